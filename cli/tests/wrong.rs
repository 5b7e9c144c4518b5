//! Wrong things done on purpose: each has one clear message and an exit code that fits, and leaves nothing behind.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The command, with nothing of the caller's environment.
fn rounds(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rounds"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).args(arguments);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).stdin(Stdio::null());
    command
}

/// The same, for a deployment on AWS.
fn on_aws(arguments: &[&str], endpoint: &str) -> Command {
    let mut command = rounds(&["--target", "aws"]);
    for (kind, names) in [
        ("ARN", &["PIPELINE", "ROUNDS", "COLLECT", "EXPORT", "CLEAN_UP"] as &[&str]),
        ("FUNCTION", &["INGEST", "REPORT", "COLLECT"]),
        ("BUCKET", &["LANDING", "LAKE"]),
    ] {
        for name in names {
            command.env(format!("ROUNDS_{name}_{kind}"), name.to_lowercase());
        }
    }
    command.envs([
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL", endpoint),
    ]);
    command.args(arguments);
    command
}

fn said(output: &Output) -> (String, Option<i32>) {
    (String::from_utf8_lossy(&output.stderr).trim().to_owned(), output.status.code())
}

#[test]
fn wrong_credentials_are_one_sentence_with_what_to_type() {
    let (told, code) = said(&on_aws(&["runs"], "http://127.0.0.1:9").output().unwrap());
    assert!(
        told.starts_with("rounds: listing the runs did not work: no AWS credentials were found"),
        "{told}"
    );
    assert!(told.contains("AWS_PROFILE") && told.lines().count() == 1 && !told.contains('{'), "{told}");
    assert_eq!(code, Some(2));
    let misspelt = on_aws(&["runs"], "http://127.0.0.1:9").env("AWS_PROFILE", "night").output().unwrap();
    assert!(said(&misspelt).0.contains("under the profile `night`"), "{misspelt:?}");
    let without_region = on_aws(&["runs"], "http://127.0.0.1:9").env_remove("AWS_REGION").output().unwrap();
    assert!(said(&without_region).0.contains("set AWS_REGION"), "{without_region:?}");
}

#[test]
fn a_wrong_word_is_told_to_a_program_as_one_object() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("stack");
    for (arguments, name, code) in [
        (&["runs"] as &[&str], "StackDown", 2),
        (&["report", "mis.cancelled", "--as-of", "2099-01-01"], "Usage", 2),
        (&["local", "status"], "StackDown", 2),
        (&["catalog", "explain", "mis.appointment"], "UnknownEntry", 2),
        (&["local", "up", "--catalog", "/nowhere"], "Catalog", 2),
    ] {
        let mut command = rounds(&["--json", "--target", "local", "--state"]);
        let (told, exit) = said(&command.arg(&state).args(arguments).output().unwrap());
        let told: Value =
            serde_json::from_str(&told).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {told}"));
        assert_eq!((told["error"].as_str(), exit), (Some(name), Some(code)), "{told}");
        assert_eq!(told["exit"], code);
    }
    assert!(!state.exists(), "nothing was begun");
}

#[test]
fn an_empty_argument_names_nothing() {
    for arguments in [
        &["redrive", ""] as &[&str],
        &["explain", ""],
        &["rejects", ""],
        &["replay", ""],
        &["accept", ""],
        &["discard", ""],
        &["drop", ""],
        &["drop", "a.csv", "--key", ""],
    ] {
        let (told, code) = said(&on_aws(arguments, "http://127.0.0.1:9").output().unwrap());
        assert!(
            told.starts_with("error: a value is required for") && code == Some(2),
            "{arguments:?}: {told}"
        );
    }
}

#[test]
fn a_folder_that_holds_no_stack_is_neither_wiped_nor_filled() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "mine").unwrap();
    for (arguments, rule) in [
        (&["down", "--wipe"] as &[&str], "holds no stack of Rounds: nothing was removed"),
        (&["up"], "holds something else than a stack of Rounds"),
    ] {
        let mut command = rounds(&["local"]);
        let (told, code) = said(&command.args(arguments).arg("--state").arg(folder.path()).output().unwrap());
        assert!(told.contains(rule) && code == Some(2), "{arguments:?}: {told}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_error_is_all_that_a_program_reads_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("charges.csv");
    fs::write(&file, "a,b\n1,2\n").unwrap();
    let drop = ["drop", file.to_str().unwrap()];
    let (told, _) = said(&on_aws(&drop, "http://127.0.0.1:9").output().unwrap());
    assert!(told.starts_with("Put the file into the landing bucket ... stopped"), "a person is told: {told}");
    let (told, code) = said(&on_aws(&drop, "http://127.0.0.1:9").arg("--json").output().unwrap());
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
    assert_eq!((told["error"].as_str(), code), (Some("Access"), Some(2)));
}

#[test]
fn whom_an_export_is_about_is_not_repeated() {
    let export = ["export", "hospital.patient_history", "P100000"];
    let (told, code) = said(&on_aws(&export, "http://127.0.0.1:9").output().unwrap());
    assert!(told.contains("patient_id=…") && !told.contains("P100000") && code == Some(2), "{code:?} {told}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = rounds(&["completions", "bash"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let (told, code) = said(&child.wait_with_output().unwrap());
    assert_eq!((told.as_str(), code), ("", Some(0)));
}

#[test]
fn a_wrong_catalog_is_found_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let (state, catalog) = (folder.path().join("stack"), folder.path().join("catalog"));
    fs::create_dir_all(catalog.join("demo")).unwrap();
    fs::write(catalog.join("demo/payments.toml"), "title = 1").unwrap();
    let mut command = rounds(&["local", "up", "--catalog"]);
    let (told, code) = said(&command.arg(&catalog).arg("--state").arg(&state).output().unwrap());
    assert!(
        told.contains("demo/payments.toml:1:") && told.contains("rounds catalog check --catalog /"),
        "{told}"
    );
    assert!(code == Some(2) && !state.exists());
}

#[test]
fn ctrl_c_is_one_sentence_about_what_was_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("charges.csv");
    fs::write(&file, "a,b\n1,2\n").unwrap();
    let drop = ["drop", file.to_str().unwrap()];
    for (arguments, told) in [
        (&["report", "mis.cancelled"] as &[&str], "rounds: stopped; what had begun goes on by itself"),
        (&drop, "nothing was dropped"),
        (&["runs"], "rounds: stopped"),
    ] {
        // Takes the question, and never answers.
        let service = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", service.local_addr().unwrap());
        let mut command = on_aws(arguments, &endpoint);
        command.envs([("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let _question = service.accept().unwrap();
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let (said, code) = said(&child.wait_with_output().unwrap());
        assert!(
            code == Some(130) && said.contains("rounds: stopped") && said.contains(told),
            "{code:?} {said}"
        );
        assert_eq!(
            arguments == ["runs"],
            said == "rounds: stopped",
            "nothing goes on of what only looked: {said}"
        );
    }
}

#[test]
fn a_shell_is_told_the_names_of_commands_and_an_error_is_explained_without_a_stack() {
    let completions = rounds(&["completions", "bash"]).output().unwrap();
    let told = String::from_utf8_lossy(&completions.stdout).into_owned();
    assert!(completions.status.success() && told.contains("redrive") && told.contains("doctor"));
    let explained = rounds(&["explain", "Rejected.MissingColumns"]).output().unwrap();
    assert!(String::from_utf8_lossy(&explained.stdout).contains("  cause "), "{explained:?}");
}

#[test]
fn a_result_that_a_full_disk_loses_is_told_by_the_exit_code() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = rounds(&["completions", "bash"]).stdout(full).output().unwrap();
    let (told, code) = said(&output);
    assert_eq!(told, "rounds: the result cannot be written: no storage space");
    assert_eq!(code, Some(1));
}
