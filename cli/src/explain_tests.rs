//! Stories, as a person reads them.

use jiff::Timestamp;
use rounds_shared::payload::{Drop, Finding, Format, LoadStory, Mend, Severity};
use rounds_shared::rule::Rule;

use rounds_shared::payload::BatchCounts;

use super::*;

const BATCH: &str = "0123456789abcdef0123456789abcdef";

fn drop(key: &str) -> Drop {
    Drop {
        bucket: "landing".to_owned(),
        key: key.to_owned(),
        version: String::new(),
        dropped_at: "2026-11-21T07:30:12Z".parse().unwrap(),
        sequencer: "1".to_owned(),
    }
}

fn dropped(status: &str, refusal: Option<(&str, &str)>) -> DropStory {
    DropStory {
        drop: drop("healthtech/May.xlsx"),
        etag: Some("e7a6".to_owned()),
        bytes: Some(12_345),
        format: Some(Format::Xlsx),
        status: status.to_owned(),
        error: refusal.map(|(error, _)| error.to_owned()),
        cause: refusal.map(|(_, cause)| cause.to_owned()),
        kept: refusal.map(|_| "s3://lake/quarantine/e7a6/May.xlsx".to_owned()),
    }
}

fn finding(rule: Rule, column: Option<&str>, severity: Severity, count: u64, at: &[u64]) -> Finding {
    let (sheet, column) = (Some("May".to_owned()), column.map(str::to_owned));
    Finding { sheet, rule: rule.to_string(), column, severity, count, at: at.to_vec() }
}

fn batch(status: BatchStatus) -> BatchStory {
    let loaded = status == BatchStatus::Loaded;
    let (loaded_rows, held) = if loaded { (9, 0) } else { (0, 9) };
    let load = |batch: &str, load| LoadRef {
        dataset: "healthtech.doctors".to_owned(),
        batch: batch.to_owned(),
        load,
    };
    BatchStory {
        batch: BATCH.to_owned(),
        dataset: "healthtech.doctors".to_owned(),
        contract: "00aa11bb22cc".to_owned(),
        status,
        counts: BatchCounts { read: 12, loaded: loaded_rows, rejected: 2, superseded: 1, held },
        replay_of: None,
        replays: Vec::new(),
        mends: Vec::new(),
        settled_at: Timestamp::UNIX_EPOCH,
        decided_at: None,
        loads: if loaded {
            vec![LoadStory { load: 7, loaded_at: Timestamp::UNIX_EPOCH }]
        } else {
            Vec::new()
        },
        latest: Some(if loaded { load(BATCH, 7) } else { load("another", 6) }),
        findings: vec![
            finding(Rule::NotAnInteger, Some("doctor_id"), Severity::Reject, 2, &[5, 9]),
            finding(Rule::Header, None, Severity::Info, 1, &[3]),
            finding(Rule::MatchedByName, Some("doctor_id"), Severity::Info, 1, &[1]),
        ],
    }
}

/// The story without the times, which are told in the reader's time zone.
fn told(story: &Story) -> String {
    let text = tell(story, &|key| format!("s3://lake/{key}"));
    let is_timed = |line: &&str| !line.contains("1970-01-0") && !line.contains("2026-11-2");
    text.lines().filter(is_timed).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_loaded_batch_is_told_from_the_file_to_the_table_with_what_to_do_next() {
    let story = Story { drops: vec![dropped("loaded", None)], batches: vec![batch(BatchStatus::Loaded)] };
    let wanted = "\
FILE        s3://landing/healthtech/May.xlsx
  status    loaded
BATCH       0123456789abcdef0123456789abcdef
  dataset   healthtech.doctors, contract 00aa11bb22cc
  status    loaded
  sheets    May: read, with the header in row 3
              doctor_id  column 1, by its name
  rows      12 read = 9 loaded + 2 rejected + 1 superseded + 0 held
  noticed   rejected        2  not_an_integer in doctor_id  (May, rows 5, 9)
                doctor_id is not a whole number
  table     healthtech.doctors, its latest load
  Parquet   s3://lake/lake/healthtech/doctors/batch=0123456789abcdef0123456789abcdef/
  rejects   s3://lake/rejects/healthtech/doctors/batch=0123456789abcdef0123456789abcdef/
  next      rounds rejects 0123456789ab --xlsx rejects.xlsx    gives the rejected rows to mend
            rounds replay 0123456789ab --mended rejects.xlsx   reads the file again with them";
    assert_eq!(told(&story), wanted);
}

#[test]
fn a_batch_that_is_held_back_names_the_two_commands() {
    let story = Story { drops: Vec::new(), batches: vec![batch(BatchStatus::HeldBack)] };
    let text = told(&story);
    assert!(text.contains("HELD BACK"), "{text}");
    assert!(
        text.contains("rounds accept 0123456789ab") && text.contains("rounds discard 0123456789ab"),
        "{text}"
    );
    assert!(!text.contains("  table "), "{text}");
}

#[test]
fn a_replay_names_the_first_batch_and_what_was_mended() {
    let mended = Mend { drop: drop("healthtech/May mended.xlsx"), sha256: "00".to_owned() };
    let replay = BatchStory {
        replay_of: Some("first".to_owned()),
        mends: vec![mended],
        replays: vec!["second".to_owned(), "third".to_owned()],
        ..batch(BatchStatus::Loaded)
    };
    let text = tell(&Story { drops: Vec::new(), batches: vec![replay] }, &|key| key.to_owned());
    assert!(text.contains("replays   first"), "{text}");
    assert!(text.contains("mended by s3://landing/healthtech/May mended.xlsx, dropped 2026-11-2"), "{text}");
    assert!(text.contains("replayed  as second\n            as third"), "{text}");
}

#[test]
fn a_batch_that_is_not_the_latest_load_says_which_came_later() {
    let later = LoadRef { dataset: "healthtech.doctors".to_owned(), batch: "newer".to_owned(), load: 12 };
    let story = BatchStory { latest: Some(later), ..batch(BatchStatus::Loaded) };
    let text = told(&Story { drops: Vec::new(), batches: vec![story] });
    assert!(text.contains("healthtech.doctors, where load 12 of batch newer came later"), "{text}");
    assert!(!text.contains("rounds replay"), "{text}");
}

#[test]
fn a_refused_file_names_error_cause_and_where_it_is_kept() {
    let refusal = Some(("Rejected.EmptyFile", "May.xlsx: it holds no rows; fill it in and drop it again"));
    let text = told(&Story { drops: vec![dropped("quarantined", refusal)], batches: Vec::new() });
    for part in [
        "status    quarantined",
        "Rejected.EmptyFile",
        "it holds no rows",
        "s3://lake/quarantine/e7a6/May.xlsx",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_refused_file_that_could_not_be_copied_says_where_it_is_and_what_to_do() {
    let told = |kept: Option<&str>| {
        let refused =
            dropped("quarantined", Some(("Rejected.TooLarge", "it has more than the bytes allowed")));
        let refused = DropStory { kept: kept.map(str::to_owned), ..refused };
        told(&Story { drops: vec![refused], batches: Vec::new() })
    };
    let stays = told(Some("s3://landing/healthtech/May.xlsx"));
    assert!(stays.contains("kept in   s3://landing/healthtech/May.xlsx, where it was dropped\n"), "{stays}");
    let gone = told(None);
    assert!(gone.contains("kept in   no place") && gone.contains("next      drop the file again"), "{gone}");
    assert!(!gone.contains("quarantine/"), "{gone}");
}

#[test]
fn a_drop_whose_run_never_ended_says_how_to_go_on() {
    let text = told(&Story { drops: vec![dropped("seen", None)], batches: Vec::new() });
    assert!(text.contains("rounds runs") && text.contains("drop the file again"), "{text}");
}

#[test]
fn a_refused_file_that_was_collected_is_asked_for_again_and_not_mended() {
    let refused = dropped("quarantined", Some(("Rejected.CorruptFile", "it is damaged")));
    let key = "billing/customer_account=10028395/2026-11-21/ar_aging-77.zip";
    let story = Story { drops: vec![DropStory { drop: drop(key), ..refused }], batches: Vec::new() };
    let text = tell(&story, &str::to_owned);
    let again = "rounds collect run ar_aging --account 10028395 --as-of 2026-11-21 --again";
    assert!(text.contains(again) && !text.contains("mend the file"), "{text}");
}

#[test]
fn many_drops_of_one_content_are_counted() {
    let drops: Vec<DropStory> = (0..5).map(|_| dropped("already_loaded", None)).collect();
    let text = told(&Story { drops, batches: Vec::new() });
    assert!(text.contains("… and 2 earlier drops of this content"), "{text}");
}
