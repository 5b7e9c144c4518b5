//! docs/CATALOG.md followed as it is written, and the commands of all papers.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;

use rounds_testkit::papers::{self, Block};
use rounds_testkit::stack::{Stack, checkout, program};

/// What the command said on both channels, and its exit code.
fn rounds(stack: &Stack, arguments: &[&str]) -> (String, Option<i32>) {
    let output = stack.rounds().args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (said, output.status.code())
}

fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// The shipped catalog with the files of the guide.
fn write_catalog(blocks: &[Block], folder: &Path) {
    let copied = Command::new("cp").arg("-R").arg(checkout().join("catalog")).arg(folder).status();
    assert!(copied.unwrap().success());
    for (path, text) in papers::catalog(blocks).0 {
        // The others are excerpts, which the transform's guide holds against their files.
        if !folder.join(&path).exists() {
            write(folder, &path, &text);
        }
    }
}

/// The text of the first block with this title.
fn text<'a>(blocks: &'a [Block], title: &str) -> &'a str {
    blocks.iter().find(|block| block.title == title).unwrap().text.trim_end()
}

#[test]
fn the_guide_can_be_followed_to_a_table_and_a_mail() {
    let blocks = papers::guide();
    let folder = tempfile::tempdir().unwrap();
    let catalog = folder.path().join("catalog");
    write_catalog(&blocks, &catalog);
    let stack = Stack::own("guide");
    let dir = catalog.to_str().unwrap();
    let (told, code) = rounds(&stack, &["catalog", "check", "--catalog", dir]);
    assert_eq!(code, Some(0), "{told}");
    let (told, code) = rounds(&stack, &["local", "up", "--catalog", dir]);
    assert_eq!(code, Some(0), "{told}");

    write(folder.path(), "payments.csv", text(&blocks, "demo/payments.csv"));
    let file = folder.path().join("payments.csv");
    let (told, code) = rounds(&stack, &["drop", file.to_str().unwrap(), "--domain", "demo", "--follow"]);
    assert_eq!(code, Some(0), "{told}");
    let (told, code) = rounds(&stack, &["report", "demo.large_payments", "--as-of", "2025-10-08"]);
    assert_eq!(code, Some(0), "{told}");
    let mails = stack.mails();
    let [mail] = mails.as_slice() else { panic!("{} mails", mails.len()) };
    assert_eq!(mail.to, ["finance@clinic.example"]);
    let said = format!("{}\n\n{}", mail.subject, mail.text.replace("\r\n", "\n").replace('\u{a0}', " "));
    assert!(said.starts_with(text(&blocks, "mail")), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_as_the_guide_shows_them() {
    let blocks = papers::guide();
    let folder = tempfile::tempdir().unwrap();
    let catalog = folder.path().join("catalog");
    write_catalog(&blocks, &catalog);
    let stack = Stack::shared().await;
    let (_, wrong) = papers::catalog(&blocks);
    assert!(!wrong.is_empty());
    for wrong in wrong {
        write(&catalog, &wrong.path, &wrong.text);
        let (told, code) = rounds(&stack, &["catalog", "check", "--catalog", catalog.to_str().unwrap()]);
        assert_eq!(code, Some(2), "{told}");
        let named = told.lines().filter(|line| line.contains(&wrong.path)).map(str::trim);
        assert_eq!(named.collect::<Vec<_>>().join("\n"), wrong.told, "{told}");
        fs::remove_file(catalog.join(&wrong.path)).unwrap();
    }
}

#[test]
fn the_papers_show_commands_that_there_are() {
    let papers =
        ["README.md", "CONTRIBUTING.md", "tests/README.md", "infra/local/README.md"].map(str::to_owned);
    let docs = fs::read_dir(checkout().join("docs")).unwrap();
    let docs = docs.map(|entry| format!("docs/{}", entry.unwrap().file_name().to_str().unwrap()));
    let mut seen = 0;
    for paper in papers.into_iter().chain(docs.filter(|path| path.ends_with(".md"))) {
        for command in papers::commands(&papers::page(&paper)) {
            // What is asked for help has read all that stands before it; psql is asked of the stack's.
            let script = format!(
                "rounds() {{ \"$ROUNDS\" --state \"$ROUNDS_TEST_STACK\" \"$@\" --help; }}\n{command}"
            );
            let output = Command::new("sh").args(["-c", &script]).env("ROUNDS", program("rounds")).output();
            let output = output.unwrap();
            assert!(
                output.status.success(),
                "{paper}: {command}\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} commands");
}
