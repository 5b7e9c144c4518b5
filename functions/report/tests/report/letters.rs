//! From a snapshot to letters: who gets which rows, what they are compared with, and where files are kept.

use std::collections::HashSet;
use std::time::Instant;

use aws_sdk_s3::config::{Credentials, Region, SharedCredentialsProvider};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rounds_report::delivery::Letters as _;
use rounds_report::due::DueReport;
use rounds_report::letters::enclosure::{self, Limits};
use rounds_report::letters::link::Links;
use rounds_report::letters::share::{Share, Shares};
use rounds_report::letters::{Press, Remaining, Writer};
use rounds_report::post::mail::Letter;
use rounds_report::rendering::content::{Enclosure, Picture};
use rounds_shared::catalog::{Attachment, Cadence, Catalog, Channel};
use tokio_postgres::Client;

use crate::clinic::{self, Memory, due, snapshot};

const FIRST: Date = date(2026, 11, 20);
const SECOND: Date = date(2026, 11, 21);

async fn links() -> Links {
    let credentials = Credentials::new("AKID", "secret", None, None, "test");
    let sdk = rounds_shared::aws::sdk_config().await.into_builder().region(Region::new("us-east-1"));
    let sdk = sdk.credentials_provider(SharedCredentialsProvider::new(credentials)).build();
    Links::new(&sdk, "lake".to_owned(), std::time::Duration::from_secs(3600))
}

/// What stands around a writer.
pub(crate) struct Desk<'a> {
    catalog: &'a Catalog,
    links: Links,
    zone: TimeZone,
    lake: Memory,
    attach: bool,
}

impl<'a> Desk<'a> {
    pub(crate) async fn new(catalog: &'a Catalog) -> Self {
        Self { catalog, links: links().await, zone: TimeZone::UTC, lake: Memory::default(), attach: true }
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.lake.keys()
    }

    pub(crate) fn text(&self, extension: &str) -> Vec<String> {
        self.lake.text(extension)
    }

    pub(crate) fn writer<'b>(&'b self, due: &'b DueReport<'b>, copy: &'b str) -> Writer<'b, Memory> {
        let limits = Limits { attach: self.attach, mail_bytes: 1_000_000 };
        let press =
            Press { catalog: self.catalog, zone: &self.zone, limits, links: &self.links, lake: &self.lake };
        Writer { press, due, sources: &[], copy, started: Instant::now(), kept: Default::default() }
    }
}

async fn shares(client: &mut Client, catalog: &Catalog, due: &DueReport<'_>) -> Vec<Share> {
    let snapshot = snapshot(client, catalog, due).await.ok().unwrap();
    Shares::of(due.report, snapshot).ok().unwrap().shares
}

fn csv(letter: &Letter) -> String {
    String::from_utf8(letter.attachments[0].content.clone()).unwrap()
}

/// Makes the letter of somebody who was sent these rows before, by their places.
async fn prepared(
    writer: &Writer<'_, Memory>,
    share: &Share,
    client: &Client,
    sent: &[usize],
) -> (String, Vec<String>) {
    let sent: HashSet<String> = sent.iter().map(|place| share.row_keys[*place].clone()).collect();
    let prepared = Remaining::new(writer, share, None).prepare(client, &sent).await.ok().unwrap().unwrap();
    (csv(&prepared.letter), prepared.row_keys)
}

#[tokio::test]
async fn rows_that_a_recipient_was_sent_are_left_out_and_counted() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let desk = Desk::new(&catalog).await;
    let due = due(&catalog, "demo.seen", SECOND);
    let share = shares(&mut client, &catalog, &due).await.remove(0);
    let writer = desk.writer(&due, "");

    let (rows, keys) = prepared(&writer, &share, &client, &[0, 1]).await;
    assert_eq!(rows, "visit_id,hospital,fee_inr\n3,South,300.30\n4,North,\n");
    assert_eq!(keys, share.row_keys[2..]);
    let expected = "encode(sha256(convert_to(concat_ws(E'\\x1f', 3), 'UTF8')), 'hex')";
    let expected: String = client.query_one(&format!("SELECT {expected}"), &[]).await.unwrap().get(0);
    assert_eq!(keys[0], expected, "the digest that the ledger's comment tells");
    let (rows, keys) = prepared(&writer, &share, &client, &[0, 1, 2, 3]).await;
    assert_eq!((rows.as_str(), keys.len()), ("visit_id,hospital,fee_inr\n", 0), "a letter that says so");
}

#[tokio::test]
async fn equal_letters_are_made_once_and_different_ones_do_not_overwrite_each_other() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let desk = Desk::new(&catalog).await;
    let due = due(&catalog, "demo.seen", SECOND);
    let share = shares(&mut client, &catalog, &due).await.remove(0);
    let writer = desk.writer(&due, "");
    let letters = Remaining::new(&writer, &share, None);
    let nothing = HashSet::new();
    let first = letters.prepare(&client, &nothing).await.ok().unwrap().unwrap();
    let second = letters.prepare(&client, &nothing).await.ok().unwrap().unwrap();
    assert!(std::sync::Arc::ptr_eq(&first.letter, &second.letter));
    prepared(&writer, &share, &client, &[0]).await;

    let keys = desk.lake.keys();
    assert_eq!(keys.len(), 4, "page and CSV of two letters: {keys:?}");
    assert!(
        keys.iter()
            .all(|key| key.starts_with("reports/demo/seen/2026-11-21/") && key.matches('/').count() == 5)
    );
    let csvs = desk.lake.text(".csv");
    assert_eq!(csvs.iter().map(|csv| csv.lines().count()).sum::<usize>(), 5 + 4);
}

#[tokio::test]
async fn figures_are_compared_with_the_latest_earlier_day_whatever_is_run_again() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let desk = Desk::new(&catalog).await;
    let mut texts = Vec::new();
    for day in [FIRST, SECOND, SECOND, FIRST, SECOND] {
        let due = due(&catalog, "demo.seen", day);
        let share = shares(&mut client, &catalog, &due).await.remove(0);
        let letter = desk.writer(&due, "").write(&client, share, Some(0), true).await.ok().unwrap().unwrap();
        texts.push(letter.page.text.clone());
    }
    assert_eq!(texts[0], texts[3], "the first has nothing to be compared with, and never will");
    assert_eq!(texts[1], texts[2], "the same period again");
    assert_eq!(texts[1], texts[4]);
    assert_ne!(texts[0], texts[1]);

    let logged = "SELECT period, rows, figures::text FROM ops.report_run ORDER BY period";
    let logged: Vec<(String, i64, String)> = client
        .query(logged, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let fees = |count, sum| {
        format!(r#"[{{"name": "Visits", "value": {count}}}, {{"name": "Fees", "value": {sum}}}]"#)
    };
    let expected = [("2026-11-20", 2, fees(2, "300.30")), ("2026-11-21", 4, fees(4, "600.60"))];
    assert_eq!(logged, expected.map(|(period, rows, figures)| (period.to_owned(), rows, figures)));
}

#[tokio::test]
async fn of_letters_for_several_recipients_the_one_with_the_fewest_rows_is_compared_with() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let desk = Desk::new(&catalog).await;
    let due = due(&catalog, "demo.seen", SECOND);
    let share = shares(&mut client, &catalog, &due).await.remove(0);
    let writer = desk.writer(&due, "");
    for sent in [&[0, 1, 2][..], &[]] {
        prepared(&writer, &share, &client, sent).await;
        let rows = client.query_one("SELECT rows FROM ops.report_run", &[]).await.unwrap();
        assert_eq!(rows.get::<_, i64>(0), 1, "somebody new gets the whole window");
    }
}

#[tokio::test]
async fn a_doctor_is_written_to_about_the_own_rows_alone() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let desk = Desk::new(&catalog).await;
    let due = due(&catalog, "demo.by_doctor", SECOND);
    assert_eq!(due.period.label, "2026-W46");
    let asked = snapshot(&mut client, &catalog, &due).await.ok().unwrap();
    let Shares { shares, unaddressed, .. } = Shares::of(due.report, asked).ok().unwrap();
    assert_eq!(unaddressed.len(), 1, "a doctor without an address");
    let writer = desk.writer(&due, "");
    let mut letters = Vec::new();
    for share in shares {
        let to = share.recipient.clone().unwrap().address;
        letters.push((to, writer.write(&client, share, None, true).await.ok().unwrap().unwrap()));
    }
    let addresses: Vec<&str> = letters.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(addresses, ["haddad@clinic.example", "li@clinic.example"]);
    assert_eq!(csv(&letters[0].1), "visit_id,doctor,fee_inr\n1,Haddad,100.10\n3,Haddad,300.30\n");
    assert_eq!(csv(&letters[1].1), "visit_id,doctor,fee_inr\n2,Li,200.20\n");
    for (own, other) in [(0, "Li"), (1, "Haddad")] {
        let page = &letters[own].1.page;
        assert!(!page.html.contains(other) && !page.text.contains(other));
        assert!(!page.html.contains("@clinic.example"), "the address is not shown");
    }
    let runs = client.query_one("SELECT count(DISTINCT item) FROM ops.report_run", &[]).await.unwrap();
    assert_eq!(runs.get::<_, i64>(0), 2, "each is compared with its own");
}

#[tokio::test]
async fn a_letter_that_is_sent_once_more_has_the_rows_that_it_had_and_leaves_no_trace_in_the_log() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let desk = Desk::new(&catalog).await;
    let due = due(&catalog, "demo.seen", SECOND);
    let share = shares(&mut client, &catalog, &due).await.remove(0);
    let writer = desk.writer(&due, "request-1");
    let original = HashSet::from([share.row_keys[1].clone()]);
    let letters = Remaining::new(&writer, &share, Some(original));
    let everything = share.row_keys.iter().cloned().collect();
    let again = letters.prepare(&client, &everything).await.ok().unwrap().unwrap();
    assert_eq!(csv(&again.letter), "visit_id,hospital,fee_inr\n2,South,200.20\n");
    assert_eq!(again.row_keys, share.row_keys[1..2]);
    let runs = client.query_one("SELECT count(*) FROM ops.report_run", &[]).await.unwrap();
    assert_eq!(runs.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn what_is_not_attached_is_linked_and_kept_all_the_same() {
    let catalog = clinic::catalog();
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let desk = Desk { attach: false, ..Desk::new(&catalog).await };
    let due = due(&catalog, "demo.seen", SECOND);
    let share = shares(&mut client, &catalog, &due).await.remove(0);
    let writer = desk.writer(&due, "");
    let letter = writer.write(&client, share, Some(0), true).await.ok().unwrap().unwrap();
    assert!(letter.attachments.is_empty());
    assert!(
        letter.page.html.contains("X-Amz-Expires=3600") && letter.page.text.contains("X-Amz-Expires=3600")
    );
    assert_eq!(writer.kept.lock().await.len(), 2);
    assert_eq!(desk.lake.text(".csv").len(), 1);
}

#[tokio::test]
async fn a_file_that_makes_the_mail_too_large_gives_way_to_a_link_that_says_where_it_is() {
    let file = |name: &str, bytes: usize| rounds_report::rendering::content::File {
        name: name.to_owned(),
        media_type: "text/csv",
        content: vec![b'x'; bytes],
        key: format!("reports/demo/{name}"),
    };
    let files = vec![file("small.csv", 3_000), file("large.csv", 9_000)];
    let limits = Limits { attach: true, mail_bytes: 10_000 };
    let enclosures = enclosure::enclose(files, &[], limits, &links().await).await.unwrap();
    let [Enclosure::Attached(small), Enclosure::Linked(large)] = enclosures.as_slice() else {
        panic!("the small one is attached, the large one linked")
    };
    assert_eq!((small.name.as_str(), large.name.as_str(), large.bytes), ("small.csv", "large.csv", 9_000));
    assert_eq!(large.place.as_deref(), Some("s3://lake/reports/demo/large.csv"));

    let picture = |section| Picture { section, png: vec![0; 3_000], width: 1, height: 1, alt: String::new() };
    let pictures = [picture(0), picture(2)];
    let files = vec![file("small.csv", 3_000)];
    let enclosures = enclosure::enclose(files, &pictures, limits, &links().await).await.unwrap();
    assert!(matches!(enclosures.as_slice(), [Enclosure::Linked(_)]), "all pictures take their room");
}

#[tokio::test]
async fn a_mart_has_one_place_for_all_loads_and_a_folder_for_each_format() {
    let mut catalog = clinic::catalog();
    for report in catalog.reports.iter_mut().filter(|report| report.name == "demo.extract") {
        report.deliver = vec![Channel::Mart];
        report.cadence = Cadence::AfterLoad;
        report.attach = vec![Attachment::Parquet, Attachment::Csv];
    }
    let (_postgres, mut client) = clinic::postgres(&catalog).await;
    let desk = Desk::new(&catalog).await;
    let report = catalog.report("demo.extract").unwrap();
    for load in [1, 2] {
        let due = DueReport::after(report, SECOND, load);
        let share = shares(&mut client, &catalog, &due).await.remove(0);
        desk.writer(&due, "").write(&client, share, None, true).await.ok().unwrap();
        client.batch_execute("DELETE FROM demo.visits WHERE visit_id > 1").await.unwrap();
    }
    let keys = ["marts/demo/extract/csv/extract.csv", "marts/demo/extract/parquet/extract.parquet"];
    assert_eq!(desk.lake.keys(), keys);
    assert_eq!(desk.lake.text(".csv")[0].lines().count(), 2, "what stands in the database now");
}
