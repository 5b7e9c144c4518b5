//! The landing bucket: a file put there, and the run that its event starts.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rounds_shared::payload::ObjectCreated;
use serde_json::json;

use crate::error::{Error, Result};
use crate::follow::follow;
use crate::interrupt::unless_interrupted;
use crate::outcome::show;
use crate::run::Run;
use crate::target::Target;
use crate::terminal::{Step, say};
use crate::upload;

/// How long an event may take to start a run.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(200);
/// Runs that are looked through for a new one: far more than begin while one waits.
const RECENT: i32 = 100;

/// Most bytes that S3 takes in one request, and that Rounds reads unless MAX_FILE_BYTES says less.
const LARGEST: u64 = 5 << 30;

/// A file as it lies in the landing bucket.
struct Landed {
    bucket: String,
    key: String,
    etag: String,
    version: Option<String>,
}

/// Puts a file at a key, and looks on where that is asked.
pub(crate) async fn deliver(
    target: &Target,
    file: &Path,
    key: &str,
    is_followed: bool,
    json: bool,
) -> Result<ExitCode> {
    let before = if is_followed { recent(target).await? } else { Vec::new() };
    let address = format!("s3://{}/{key}", target.landing_bucket);
    let told = "stopped while the file was on its way: unless `rounds runs` shows it, nothing was dropped";
    let landed = unless_interrupted(told, put(target, file, key)).await?;
    if !is_followed {
        let Landed { bucket, key, version, .. } = &landed;
        say(match json {
            true => json!({"bucket": bucket, "key": key, "version": version}).to_string(),
            false => format!("Dropped as s3://{bucket}/{key}. Its run will be in `rounds runs`."),
        });
        return Ok(ExitCode::SUCCESS);
    }
    let step = Step::start("Wait for the run to begin");
    let told =
        format!("stopped looking on; the file is at {address}, and its run goes on: rounds explain {key:?}");
    let arn = unless_interrupted(told, begun(target, &landed, before.into_iter().collect())).await?;
    step.done("begun");
    show(target, &follow(target, &arn).await?, json)
}

/// How many bytes a file has. Refuses what S3 would refuse, before the first byte is sent.
fn size(file: &Path) -> Result<u64> {
    if !file.is_file() {
        return Err(Error::NotAFile(file.to_owned()));
    }
    let opened = File::open(file).and_then(|file| file.metadata());
    let bytes = opened.map_err(Error::unread(file))?.len();
    if bytes > LARGEST {
        return Err(Error::TooLarge { path: file.to_owned(), bytes, limit: LARGEST });
    }
    Ok(bytes)
}

async fn put(target: &Target, file: &Path, key: &str) -> Result<Landed> {
    let bytes = size(file)?;
    if key.is_empty() || key.ends_with('/') {
        return Err(Error::NotAKey(key.to_owned()));
    }
    let step = Step::start("Put the file into the landing bucket");
    let body = upload::body(file, bytes, &step).await?;
    let bucket = target.landing_bucket.clone();
    let put = target.s3.put_object().bucket(&bucket).key(key).body(body).send().await;
    let put = put.map_err(Error::service(format!("putting s3://{bucket}/{key}")))?;
    step.done("there");
    let etag = put.e_tag().unwrap_or_default().trim_matches('"').to_owned();
    Ok(Landed { bucket, key: key.to_owned(), etag, version: put.version_id().map(str::to_owned) })
}

/// Waits for the execution that the file's event starts: one that was not there before and speaks of this object.
async fn begun(target: &Target, landed: &Landed, mut others: HashSet<String>) -> Result<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        for arn in recent(target).await? {
            if others.contains(&arn) {
                continue;
            }
            let run = Run::find(target, &arn).await?;
            if run.subject.event().is_some_and(|event| speaks_of(event, landed)) {
                return Ok(arn);
            }
            others.insert(arn);
        }
        if Instant::now() > deadline {
            let (bucket, key) = (landed.bucket.clone(), landed.key.clone());
            return Err(Error::NoRun { bucket, key, seconds: PATIENCE.as_secs() });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether the event tells of the object that landed: by version where the event has one, by content otherwise.
fn speaks_of(event: &ObjectCreated, landed: &Landed) -> bool {
    let object = &event.detail.object;
    let same_object = match (&object.version_id, &landed.version) {
        (Some(event), Some(landed)) => event == landed,
        _ => object.etag == landed.etag,
    };
    same_object && event.detail.bucket.name == landed.bucket && object.key == landed.key
}

async fn recent(target: &Target) -> Result<Vec<String>> {
    let list = target.sfn.list_executions().state_machine_arn(&target.pipeline_arn).max_results(RECENT);
    let answer = list.send().await.map_err(Error::service("listing the runs"))?;
    Ok(answer.executions.into_iter().map(|execution| execution.execution_arn).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(version: Option<&str>, etag: &str) -> ObjectCreated {
        let event = json!({"time": "2026-11-21T07:30:12Z", "detail": {
            "bucket": {"name": "landing"},
            "object": {"key": "a.xlsx", "size": 1, "etag": etag, "version-id": version, "sequencer": "1"}}});
        serde_json::from_value(event).unwrap()
    }

    fn landed(key: &str) -> Landed {
        Landed { bucket: "landing".into(), key: key.into(), etag: "e".into(), version: Some("v1".into()) }
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_before_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("charges.csv");
        std::fs::File::create(&file).unwrap().set_len(LARGEST).unwrap();
        assert_eq!(size(&file).unwrap(), LARGEST);
        std::fs::File::options().write(true).open(&file).unwrap().set_len(LARGEST + 1).unwrap();
        let refused = size(&file).unwrap_err();
        assert!(refused.to_string().contains("split it") && refused.exit_code() == 2, "{refused}");
        assert!(matches!(size(folder.path()), Err(Error::NotAFile(_))));
    }

    #[test]
    fn a_run_is_matched_by_version_where_the_event_has_one() {
        assert!(speaks_of(&event(Some("v1"), "other"), &landed("a.xlsx")));
        assert!(!speaks_of(&event(Some("v2"), "e"), &landed("a.xlsx")));
    }

    #[test]
    fn a_run_is_matched_by_content_where_the_event_has_no_version() {
        assert!(speaks_of(&event(None, "e"), &landed("a.xlsx")));
        assert!(!speaks_of(&event(None, "f"), &landed("a.xlsx")));
        assert!(!speaks_of(&event(None, "e"), &landed("b.xlsx")));
    }
}
