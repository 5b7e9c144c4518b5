//! What the ledger tells of a batch: where it comes from, and what was noticed.

use rounds_shared::ledger;
use rounds_shared::manifest::PartManifest;
use rounds_shared::payload::{
    Finding, IgnoredBecause, IgnoredSheet, LoadOutcome, LoadRequest, Mend, Severity,
};
use rounds_shared::schema::sql::literal;

use crate::clinic::{Clinic, DOCTORS, drop_at};
use crate::lake::{Rows, doctors};

/// Takes the ledger back to what it was before accounts were told apart in it and reports collected.
const OF_BEFORE: &str = "
    DROP VIEW ops.freshness;
    DROP VIEW ops.collected;
    DROP TABLE ops.collection;
    DROP FUNCTION ops.as_of;
    ALTER TABLE ops.batch DROP COLUMN scope;
    ALTER TABLE ops.schema_change DROP COLUMN functions;
    CREATE VIEW ops.freshness AS
    SELECT DISTINCT ON (l.dataset)
           l.dataset, l.load, l.batch, b.loaded AS rows, l.dropped_at, l.loaded_at, l.key
    FROM ops.load l JOIN ops.batch b USING (batch) ORDER BY l.dataset, l.load DESC;
    DELETE FROM ops.schema_change WHERE subject = 'ledger'";

fn staff() -> Rows {
    doctors(&[(1, "Ada", None), (2, "Ben", None)])
}

/// The file of `request`, read with these mended workbooks.
fn mended(clinic: &Clinic, request: &LoadRequest, mends: &[i64], rows: &Rows) -> LoadRequest {
    let mut mended = request.clone();
    let mend = |second: &i64| {
        let mut drop = drop_at(*second);
        drop.key = "healthtech/rejects.xlsx".to_owned();
        Mend { drop, sha256: format!("{second:064x}") }
    };
    mended.file.mends = mends.iter().map(mend).collect();
    let batch = clinic.catalog.dataset(DOCTORS).unwrap().batch(&mended.file.identity(), &mended.drop.key);
    mended.parts = vec![clinic.lake.part(DOCTORS, &batch, 0, rows, 100, 0)];
    mended
}

#[tokio::test]
async fn a_replay_is_loaded_in_its_files_place_and_names_the_first_batch() {
    let mut clinic = Clinic::new().await;
    let first = clinic.drop(1, &[(DOCTORS, &staff())]);
    clinic.load(&first).await;
    clinic.bring(2, DOCTORS, &staff()).await;
    let once = mended(&clinic, &first, &[5], &doctors(&[(1, "Ada", None), (2, "Benn", None)]));
    let twice = mended(&clinic, &first, &[5, 6], &doctors(&[(1, "Adda", None), (2, "Benn", None)]));
    assert_eq!(clinic.load(&once).await.outcome, LoadOutcome::Loaded);
    assert_eq!(clinic.load(&twice).await.outcome, LoadOutcome::Loaded);
    assert_eq!(clinic.rows("SELECT name FROM healthtech.doctors ORDER BY 1").await, ["(Adda)", "(Benn)"]);
    clinic.catalog.datasets[0].version.push('x');
    let mut changed = first.clone();
    let batch = clinic.catalog.dataset(DOCTORS).unwrap().batch(&changed.file.identity(), &changed.drop.key);
    changed.parts = vec![clinic.lake.part(DOCTORS, &batch, 0, &staff(), 100, 0)];
    assert_eq!(clinic.load(&changed).await.outcome, LoadOutcome::Loaded);
    let lineage = "
        SELECT row_number() OVER (ORDER BY b.settled_at) AS n, first.batch = (SELECT batch FROM ops.load WHERE load = 1) AS first,
               (SELECT string_agg(m->'drop'->>'version', ' ' ORDER BY n) FROM jsonb_array_elements(b.mends) WITH ORDINALITY AS e (m, n)) AS mends
        FROM ops.batch b LEFT JOIN ops.batch first ON first.batch = b.replay_of ORDER BY 1";
    assert_eq!(clinic.rows(lineage).await, ["(1,,)", "(2,t,v5)", "(3,t,\"v5 v6\")", "(4,t,)"]);
    assert_eq!(
        clinic.rows("SELECT key, version, status FROM ops.drop WHERE key LIKE '%rejects%' ORDER BY 2").await,
        ["(healthtech/rejects.xlsx,v5,loaded)", "(healthtech/rejects.xlsx,v6,loaded)"]
    );
    let before = clinic.everything().await;
    assert_eq!(clinic.load(&changed).await.outcome, LoadOutcome::AlreadyLoaded);
    assert_eq!(clinic.everything().await, before);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn a_replay_of_an_older_file_does_not_overtake_a_newer_one() {
    let clinic = Clinic::new().await;
    let first = clinic.drop(1, &[(DOCTORS, &staff())]);
    clinic.load(&first).await;
    clinic.bring(2, DOCTORS, &doctors(&[(3, "Cleo", None)])).await;
    let replay = mended(&clinic, &first, &[5], &doctors(&[(1, "Ada", None), (2, "Benn", None)]));
    assert_eq!(clinic.load(&replay).await.outcome, LoadOutcome::Overtaken);
    assert_eq!(clinic.rows("SELECT name FROM healthtech.doctors").await, ["(Cleo)"]);
}

#[tokio::test]
async fn the_ledger_tells_everything_and_a_receipt_what_matters() {
    let clinic = Clinic::new().await;
    let mut request = clinic.drop(1, &[(DOCTORS, &staff())]);
    let reason = IgnoredBecause::HiddenSheet;
    request.file.ignored = vec![IgnoredSheet { name: "Old".to_owned(), reason }];
    let finding = |rule: &str, column: Option<&str>| Finding {
        rule: rule.to_owned(),
        sheet: Some("Staff".to_owned()),
        column: column.map(str::to_owned),
        severity: Severity::Info,
        count: 1,
        at: vec![1],
    };
    let findings =
        [finding("header", None), finding("matched_by_name", Some("name")), finding("title_row", None)];
    clinic.lake.amend(&request.parts[0].manifest, |manifest: &mut PartManifest| {
        manifest.findings = findings.to_vec();
    });
    let receipt = clinic.load(&request).await.loads.remove(0);
    let told: Vec<(&str, Option<&str>)> =
        receipt.findings.iter().map(|finding| (finding.rule.as_str(), finding.sheet.as_deref())).collect();
    assert_eq!(told, [("hidden_sheet", Some("Old")), ("title_row", Some("Staff"))]);
    assert_eq!(
        clinic.rows("SELECT sheet, rule FROM ops.finding ORDER BY 2").await,
        ["(Staff,header)", "(Old,hidden_sheet)", "(Staff,matched_by_name)", "(Staff,title_row)"]
    );
}

#[tokio::test]
async fn a_finding_is_written_down_as_it_is() {
    let clinic = Clinic::new().await;
    let request = clinic.drop(1, &[(DOCTORS, &staff())]);
    let sheet = "O'Hara \"2\"\\n, née Ödegaard";
    let noticed = [
        (None, Some("name"), Severity::Reject, 12, vec![2, 3, 5]),
        (Some(sheet), None, Severity::Warn, 1, vec![u64::from(u32::MAX) + 1]),
        (Some(""), Some("email"), Severity::Info, 0, Vec::new()),
    ];
    let findings =
        noticed.iter().zip(["a", "b", "c"]).map(|((sheet, column, severity, count, at), rule)| Finding {
            rule: rule.to_owned(),
            sheet: sheet.map(str::to_owned),
            column: column.map(str::to_owned),
            severity: *severity,
            count: *count,
            at: at.clone(),
        });
    clinic.lake.amend(&request.parts[0].manifest, |manifest: &mut PartManifest| {
        manifest.findings = findings.clone().collect();
    });
    clinic.load(&request).await;
    let written = format!(
        "SELECT rule, sheet = {}, column_name, severity, count, at FROM ops.finding ORDER BY rule",
        literal(sheet)
    );
    assert_eq!(
        clinic.rows(&written).await,
        [r#"(a,,name,reject,12,"{2,3,5}")"#, "(b,t,,warn,1,{4294967296})", "(c,f,email,info,0,{})"]
    );
}

#[tokio::test]
async fn a_ledger_of_before_is_brought_up_to_date_with_all_that_it_tells() {
    let clinic = Clinic::new().await;
    clinic.bring(2, DOCTORS, &staff()).await;
    let told = "SELECT dataset, load, batch, rows, dropped_at, loaded_at, key FROM ops.freshness";
    let before = clinic.rows(told).await;
    let mut client = clinic.postgres.connect("ledger").await;
    client.batch_execute(OF_BEFORE).await.unwrap();
    for _ in 0..2 {
        ledger::ensure(&mut client).await.unwrap();
        assert_eq!(clinic.rows(told).await, before);
        assert_eq!(
            clinic
                .rows("SELECT b.scope, f.scope, status FROM ops.batch b JOIN ops.freshness f USING (batch)")
                .await,
            ["(\"\",\"\",loaded)"]
        );
    }
    assert_eq!(clinic.bring(1, DOCTORS, &doctors(&[(3, "Cleo", None)])).await, LoadOutcome::Overtaken);
    assert_eq!(clinic.bring(3, DOCTORS, &staff()).await, LoadOutcome::AlreadyLoaded);
    assert_eq!(clinic.bring(4, DOCTORS, &doctors(&[(4, "Dan", None)])).await, LoadOutcome::Loaded);
    assert_eq!(clinic.rows("SELECT name FROM healthtech.doctors").await, ["(Dan)"]);
    assert_eq!(clinic.rows("SELECT DISTINCT status FROM ops.collected").await, [""; 0]);
}
