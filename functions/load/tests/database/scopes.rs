//! Datasets that are replaced per account, where the drop's key says whose rows a file brings: each account has an order
//! of drops of its own, and an empty file is content too.

use rounds_shared::catalog::HoldBack;
use rounds_shared::failure::{Class, Failure as _, Name};
use rounds_shared::ledger;
use rounds_shared::payload::{Decision, Drop, LoadOutcome, LoadRequest, Verdict};

use crate::clinic::{CLAIMS, Clinic, drop_at, shuffled_twice};
use crate::lake::{Rows, numbers, texts};

const NAME: &str = "demo.claims";
const KEYED: &str = "key = [\"account\", \"claim\"]";

async fn clinic(key: &str) -> Clinic {
    Clinic::of(&[("demo/claims.toml", &keyed(key))]).await
}

fn keyed(key: &str) -> String {
    CLAIMS.replace("[columns]", &format!("{key}\n[columns]"))
}

/// Number and amount.
type Claim = (i64, i64);

fn claims(account: &str, rows: &[Claim]) -> Rows {
    Rows(vec![
        texts("account", &vec![account; rows.len()]),
        numbers("claim", &rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        numbers("amount", &rows.iter().map(|row| row.1).collect::<Vec<_>>()),
    ])
}

fn of_account(account: &str, second: i64) -> Drop {
    Drop { key: format!("demo/account={account}/2026-11-21/claims.csv"), ..drop_at(second) }
}

/// A file of this account's claims.
fn file(clinic: &Clinic, account: &str, second: i64, rows: &[Claim]) -> LoadRequest {
    clinic.dropped(of_account(account, second), &[(NAME, &claims(account, rows))])
}

async fn bring(clinic: &Clinic, account: &str, second: i64, rows: &[Claim]) -> LoadOutcome {
    clinic.load(&file(clinic, account, second, rows)).await.outcome
}

async fn table(clinic: &Clinic) -> Vec<String> {
    clinic.rows("SELECT account, claim, amount FROM demo.claims ORDER BY 1, 2, 3").await
}

#[tokio::test]
async fn each_account_has_an_order_of_drops_of_its_own() {
    for key in ["", KEYED] {
        let clinic = clinic(key).await;
        assert_eq!(bring(&clinic, "A", 5, &[(1, 5), (2, 5)]).await, LoadOutcome::Loaded);
        assert_eq!(bring(&clinic, "B", 3, &[(1, 3)]).await, LoadOutcome::Loaded, "older, but another's");
        assert_eq!(bring(&clinic, "A", 4, &[(1, 4), (9, 4)]).await, LoadOutcome::Overtaken, "also claim 9");
        assert_eq!(bring(&clinic, "B", 4, &[(2, 4)]).await, LoadOutcome::Loaded);
        assert_eq!(table(&clinic).await, ["(A,1,5)", "(A,2,5)", "(B,2,4)"], "{key}");
        assert_eq!(
            clinic.rows("SELECT scope, rows, extract(epoch FROM dropped_at)::int FROM ops.freshness").await,
            ["(A,2,5)", "(B,1,4)"]
        );
        clinic.assert_lake().await;
    }
}

#[tokio::test]
async fn a_late_file_brings_nothing_back_that_a_newer_one_took_away_also_if_that_was_empty() {
    for key in ["", KEYED] {
        let clinic = clinic(key).await;
        bring(&clinic, "B", 1, &[(1, 1)]).await;
        bring(&clinic, "A", 1, &[(1, 1), (2, 1)]).await;
        let empty = file(&clinic, "A", 4, &[]);
        let receipt = clinic.load(&empty).await.loads.remove(0);
        assert_eq!(
            (receipt.outcome, receipt.counts.read, receipt.counts.loaded),
            (LoadOutcome::Loaded, 0, 0)
        );
        assert_eq!(table(&clinic).await, ["(B,1,1)"], "{key}");
        let before = clinic.everything().await;
        assert_eq!(clinic.load(&empty).await.outcome, LoadOutcome::AlreadyLoaded);
        assert_eq!(bring(&clinic, "A", 1, &[(1, 1), (2, 1)]).await, LoadOutcome::AlreadyLoaded);
        assert_eq!(clinic.everything().await, before);
        assert_eq!(bring(&clinic, "A", 3, &[(1, 3), (7, 3)]).await, LoadOutcome::Overtaken);
        assert_eq!(table(&clinic).await, ["(B,1,1)"], "{key}");
        assert_eq!(bring(&clinic, "A", 5, &[(1, 1), (2, 1)]).await, LoadOutcome::Loaded, "a wish to go back");
        assert_eq!(table(&clinic).await, ["(A,1,1)", "(A,2,1)", "(B,1,1)"], "{key}");
        let accounts = "SELECT scope, status, read, loaded, superseded FROM ops.batch ORDER BY 1, 2, 3";
        assert_eq!(
            clinic.rows(accounts).await,
            ["(A,loaded,0,0,0)", "(A,loaded,2,2,0)", "(A,overtaken,2,0,2)", "(B,loaded,1,1,0)"]
        );
        clinic.assert_lake().await;
    }
}

#[tokio::test]
async fn an_empty_file_is_content_only_where_the_contract_says_so_and_nothing_was_read() {
    let mut clinic = clinic("").await;
    bring(&clinic, "A", 1, &[(1, 1)]).await;
    let mut rejected = file(&clinic, "A", 2, &[]);
    let batch = rejected.parts[0].batch.clone();
    rejected.parts = vec![clinic.lake.part(NAME, &batch, 0, &claims("A", &[]), 100, 3)];
    let error = clinic.try_load(&rejected, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name(), Name::NoUsableRows, "three rows were read, and all rejected");
    clinic.catalog.datasets[0].loads_empty = false;
    let error = clinic.try_load(&file(&clinic, "A", 3, &[]), &clinic.lake).await.unwrap_err();
    assert_eq!(error.name(), Name::NoUsableRows);
    assert_eq!(table(&clinic).await, ["(A,1,1)"]);
}

#[tokio::test]
async fn an_empty_file_of_a_table_that_is_replaced_empties_the_table() {
    for key in ["", "key = [\"claim\"]"] {
        let contract = keyed(key).replace(" per account", "").replace(" from = \"key\",", "");
        let clinic = Clinic::of(&[("demo/claims.toml", &contract)]).await;
        clinic.bring(1, NAME, &claims("A", &[(1, 1), (2, 1)])).await;
        assert_eq!(clinic.bring(2, NAME, &claims("A", &[])).await, LoadOutcome::Loaded);
        assert_eq!(table(&clinic).await, [""; 0]);
        assert_eq!(clinic.batches().await, ["(loaded,2,2,0,0,0)", "(loaded,0,0,0,0,0)"]);
    }
}

#[tokio::test]
async fn equal_lines_are_all_loaded_in_each_account() {
    let clinic = clinic("").await;
    for account in ["A", "B"] {
        let receipt =
            clinic.load(&file(&clinic, account, 1, &[(1, 5), (1, 5), (1, 5)])).await.loads.remove(0);
        assert_eq!((receipt.counts.read, receipt.counts.loaded, receipt.counts.superseded), (3, 3, 0));
    }
    bring(&clinic, "A", 2, &[(1, 5), (1, 5)]).await;
    assert_eq!(table(&clinic).await, ["(A,1,5)", "(A,1,5)", "(B,1,5)", "(B,1,5)", "(B,1,5)"]);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn equal_files_of_two_accounts_are_two_batches_and_no_replay_of_each_other() {
    let clinic = clinic("").await;
    for account in ["A", "B"] {
        assert_eq!(bring(&clinic, account, 1, &[]).await, LoadOutcome::Loaded);
    }
    let batches = "SELECT scope, replay_of FROM ops.batch ORDER BY 1";
    assert_eq!(clinic.rows(batches).await, ["(A,)", "(B,)"]);
    assert_eq!(clinic.rows("SELECT count(DISTINCT sha256) FROM ops.batch").await, ["(1)"]);
}

#[tokio::test]
async fn under_a_changed_contract_the_file_that_stands_is_loaded_anew_and_an_older_one_is_not() {
    let mut clinic = clinic("").await;
    bring(&clinic, "A", 1, &[(1, 1)]).await;
    bring(&clinic, "A", 2, &[(1, 2)]).await;
    bring(&clinic, "B", 3, &[(1, 3)]).await;
    clinic.catalog.datasets[0].version.push('x');
    assert_eq!(bring(&clinic, "A", 1, &[(1, 1)]).await, LoadOutcome::Overtaken);
    assert_eq!(bring(&clinic, "A", 2, &[(1, 20)]).await, LoadOutcome::Loaded);
    assert_eq!(table(&clinic).await, ["(A,1,20)", "(B,1,3)"]);
    let before = clinic.everything().await;
    assert_eq!(bring(&clinic, "A", 2, &[(1, 20)]).await, LoadOutcome::AlreadyLoaded);
    assert_eq!(clinic.everything().await, before);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn an_account_is_held_back_by_its_own_last_file_and_an_empty_one_is_smaller() {
    let mut clinic = clinic("").await;
    clinic.catalog.datasets[0].hold_back = HoldBack { smaller_by: Some(40), rejects_over: None };
    let ten: Vec<Claim> = (0..10).map(|claim| (claim, 1)).collect();
    assert_eq!(bring(&clinic, "A", 1, &ten).await, LoadOutcome::Loaded);
    assert_eq!(bring(&clinic, "B", 2, &ten[..2]).await, LoadOutcome::Loaded, "the other has ten");
    assert_eq!(bring(&clinic, "A", 3, &ten[..6]).await, LoadOutcome::HeldBack);
    assert_eq!(bring(&clinic, "A", 4, &ten[..7]).await, LoadOutcome::Loaded);
    let mut empty = file(&clinic, "A", 5, &[]);
    assert_eq!(clinic.load(&empty).await.outcome, LoadOutcome::HeldBack);
    assert_eq!(
        clinic.rows("SELECT account, count(*) FROM demo.claims GROUP BY 1 ORDER BY 1").await,
        ["(A,7)", "(B,2)"]
    );
    let batch = empty.parts[0].batch.clone();
    empty.decision = Some(Decision { batch, verdict: Verdict::Accept });
    assert_eq!(clinic.load(&empty).await.outcome, LoadOutcome::Loaded);
    assert_eq!(clinic.rows("SELECT account, count(*) FROM demo.claims GROUP BY 1").await, ["(B,2)"]);
    assert_eq!(bring(&clinic, "A", 6, &ten[..1]).await, LoadOutcome::Loaded, "more than nothing");
}

/// Files of three accounts, each with its drop's second: full, empty, and full again as before.
fn files(clinic: &Clinic) -> Vec<LoadRequest> {
    let contents: [(&str, i64, &[Claim]); 8] = [
        ("A", 1, &[(1, 1), (2, 1), (2, 1)]),
        ("B", 2, &[(1, 2)]),
        ("A", 3, &[]),
        ("C", 4, &[(1, 4), (1, 4)]),
        ("A", 5, &[(1, 1), (2, 1), (2, 1)]),
        ("B", 6, &[(1, 6), (3, 6)]),
        ("C", 7, &[]),
        ("B", 8, &[(3, 8)]),
    ];
    contents.map(|(account, second, rows)| file(clinic, account, second, rows)).into()
}

const END: [&str; 4] = ["(A,1,1)", "(A,2,1)", "(A,2,1)", "(B,3,8)"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_in_any_order_and_at_once_end_as_in_their_own() {
    let clinic = clinic("").await;
    let drops = files(&clinic);
    let anew = async || clinic.reader.batch_execute("DROP SCHEMA demo, ops CASCADE").await.unwrap();
    for order in shuffled_twice(drops.len()) {
        for index in &order {
            clinic.load(&drops[*index]).await;
        }
        assert_eq!(table(&clinic).await, END, "in the order {order:?}");
        anew().await;
    }
    for round in 0..5 {
        let go = |index: usize| clinic.try_load(&drops[index], &clinic.lake);
        let (a, b, c, d, e, f, g, h) = tokio::join!(go(0), go(1), go(2), go(3), go(4), go(5), go(6), go(7));
        for answer in [a, b, c, d, e, f, g, h] {
            answer.unwrap();
        }
        assert_eq!(table(&clinic).await, END, "at once, round {round}");
        anew().await;
    }
}

#[tokio::test]
async fn a_load_that_breaks_off_leaves_the_account_as_it_was_and_the_next_run_loads() {
    let clinic = clinic("").await;
    let cut = "
        CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
        CREATE TRIGGER cut AFTER INSERT ON ops.load FOR EACH STATEMENT EXECUTE FUNCTION cut()";
    ledger::ensure(&mut clinic.postgres.connect("setup").await).await.unwrap();
    bring(&clinic, "A", 1, &[(1, 1)]).await;
    bring(&clinic, "B", 1, &[(1, 1)]).await;
    clinic.reader.batch_execute(cut).await.unwrap();
    let (full, empty) = (file(&clinic, "A", 2, &[(1, 2), (2, 2)]), file(&clinic, "A", 3, &[]));
    for request in [&full, &empty] {
        let error = clinic.try_load(request, &clinic.lake).await.unwrap_err();
        assert_eq!(error.name().class(), Class::Retryable, "{error}");
        assert_eq!(table(&clinic).await, ["(A,1,1)", "(B,1,1)"]);
    }
    clinic.reader.batch_execute("DROP TRIGGER cut ON ops.load").await.unwrap();
    assert_eq!(clinic.load(&full).await.outcome, LoadOutcome::Loaded);
    assert_eq!(table(&clinic).await, ["(A,1,2)", "(A,2,2)", "(B,1,1)"]);
    assert_eq!(clinic.load(&empty).await.outcome, LoadOutcome::Loaded);
    assert_eq!(table(&clinic).await, ["(B,1,1)"]);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn a_newer_file_also_takes_the_place_of_rows_that_wait_and_of_its_account_only() {
    let payers = "title = \"Payers\"\ntable = \"demo.payers\"\nmatch = { prefix = \"payers/\" }\nkey = [\"payer\"]\n\
                  load = \"merge\"\n[columns]\npayer = { type = \"bigint\" }\n";
    let waiting = "amount  = { type = \"bigint\", references = \"demo.payers\", missing = \"hold\" }";
    let contract = CLAIMS.replace("amount  = { type = \"bigint\" }", waiting);
    let clinic = Clinic::of(&[("demo/claims.toml", &contract), ("demo/payers.toml", payers)]).await;
    for account in ["A", "B", "C"] {
        assert_eq!(bring(&clinic, account, 1, &[(1, 7), (1, 7)]).await, LoadOutcome::Loaded);
    }
    assert_eq!(bring(&clinic, "A", 2, &[]).await, LoadOutcome::Loaded);
    assert_eq!(bring(&clinic, "B", 2, &[(2, 7)]).await, LoadOutcome::Loaded);
    assert_eq!(
        clinic.rows("SELECT account, claim FROM demo.claims__held ORDER BY 1").await,
        ["(B,2)", "(C,1)", "(C,1)"]
    );
    clinic.bring(3, "demo.payers", &Rows(vec![numbers("payer", &[7])])).await;
    assert_eq!(table(&clinic).await, ["(B,2,7)", "(C,1,7)", "(C,1,7)"]);
    clinic.assert_lake().await;
}

#[tokio::test]
async fn a_file_whose_key_does_not_say_whose_rows_it_brings_touches_nothing() {
    let clinic = clinic("").await;
    bring(&clinic, "A", 1, &[(1, 1)]).await;
    let error =
        clinic.try_load(&clinic.drop(2, &[(NAME, &claims("A", &[]))]), &clinic.lake).await.unwrap_err();
    assert_eq!(error.name(), Name::Payload);
    assert_eq!(table(&clinic).await, ["(A,1,1)"]);
}
