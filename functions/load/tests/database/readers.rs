//! Readers who look all the time while one account's files are loaded and the catalog changes: they see what was or what
//! is, never a gap, never an error, and of another account always the same.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use polars::prelude::{Column, DataType, TimeUnit};
use rounds_shared::catalog::{Catalog, ColumnType, Dataset, Files};
use rounds_shared::payload::{Drop, LoadOutcome};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::clinic::{CLAIMS, Clinic, drop_at, relaxed};
use crate::lake::{Rows, column, texts};
use crate::types::{decimals, moments};

/// One view that reads another and the table, and one that stands alone, in a domain without tables.
const BY_ACCOUNT: &str = "
    SELECT account, count(*) AS claims, count(DISTINCT amount) AS amounts FROM demo.claims GROUP BY account";
const SHARES: &str = "
    SELECT c.account, a.claims, a.amounts FROM demo.claims c JOIN demo.by_account a USING (account)
    GROUP BY 1, 2, 3";
const ELSEWHERE: &str = "SELECT * FROM demo.by_account";

/// The claims with so many columns more.
fn claims(more: usize) -> Catalog {
    let more: String = (0..more).map(|number| format!("more_{number} = {{ type = \"text\" }}\n")).collect();
    let files = [
        ("demo/claims.toml", CLAIMS.to_owned() + &more),
        ("demo/views/by_account.sql", BY_ACCOUNT.to_owned()),
        ("demo/views/a_share.sql", SHARES.to_owned()),
        ("other/views/claims.sql", ELSEWHERE.to_owned()),
    ];
    relaxed(&Files(files.map(|(path, text)| (path.to_owned(), text)).into()))
}

/// Rows of an account as its contract has them; what is in them depends on `seed`.
fn made_up(dataset: &Dataset, account: &str, rows: usize, seed: usize) -> Rows {
    let scope = dataset.scope_column().map_or("", |column| column.name.as_str());
    let units = |most: usize| (0..rows).map(move |row| Some(i64::try_from((row * 7 + seed) % most).unwrap()));
    let cells = |rule: &rounds_shared::catalog::Column| {
        let name = rule.name.as_str();
        match rule.kind {
            ColumnType::Text if name == scope => texts(name, &vec![account; rows]),
            ColumnType::Text => {
                let words: Vec<String> = units(11).map(|unit| format!("{name} {}", unit.unwrap())).collect();
                texts(name, &words.iter().map(String::as_str).collect::<Vec<_>>())
            }
            ColumnType::Decimal { precision, scale } => {
                let units: Vec<_> = units(90_000).map(|unit| unit.map(i128::from)).collect();
                decimals(name, &units, precision.into(), scale.into())
            }
            ColumnType::Date => {
                let days: Vec<_> = units(400).map(|unit| unit.map(|unit| unit + 20_200)).collect();
                moments(name, &days, &DataType::Int32).cast(&DataType::Date).unwrap()
            }
            ColumnType::Timestamp => {
                let seconds =
                    units(30_000_000).map(|unit| unit.map(|unit| (unit + 1_745_000_000) * 1_000_000));
                let kind = DataType::Datetime(TimeUnit::Microseconds, None);
                moments(name, &seconds.collect::<Vec<_>>(), &kind)
            }
            ColumnType::Integer => moments(name, &units(120).collect::<Vec<_>>(), &DataType::Int32),
            ColumnType::Bigint => moments(name, &units(120).collect::<Vec<_>>(), &DataType::Int64),
            ColumnType::Time => moments(name, &units(86_400).collect::<Vec<_>>(), &DataType::Time),
            ColumnType::Boolean => column(name, vec![Some(true); rows]),
            ColumnType::Json => Column::full_null(name.into(), rows, &DataType::String),
        }
    };
    Rows(dataset.columns.iter().map(cells).collect())
}

impl Clinic {
    async fn bring_of(&self, dataset: &str, account: &str, second: i64, (rows, seed): (usize, usize)) {
        let dataset = self.catalog.dataset(dataset).unwrap();
        let scope = &dataset.scope_column().unwrap().name;
        let key = format!("{}{scope}={account}/{second}.csv", dataset.prefix);
        let rows = made_up(dataset, account, rows, seed);
        let request = self.dropped(Drop { key, ..drop_at(second) }, &[(&dataset.name, &rows)]);
        assert_eq!(self.load(&request).await.outcome, LoadOutcome::Loaded, "{}", dataset.name);
    }
}

/// A question to the database, and the answers that are right.
#[derive(Clone)]
struct Look {
    question: String,
    answers: BTreeSet<String>,
}

impl Look {
    fn at(question: impl Into<String>) -> Self {
        Self { question: question.into(), answers: BTreeSet::new() }
    }

    /// All that is answered, in one word.
    async fn answer(&self, client: &Client) -> String {
        let told = client.simple_query(&self.question).await;
        let told = told.unwrap_or_else(|error| panic!("{}: {error:?}", self.question));
        let cells = told.iter().flat_map(|message| match message {
            SimpleQueryMessage::Row(row) => (0..row.len()).map(|cell| row.get(cell)).collect(),
            _ => Vec::new(),
        });
        cells.map(|cell| cell.unwrap_or("nothing")).collect::<Vec<_>>().join(" ")
    }
}

/// Takes what is answered now for right.
async fn learn(looks: &mut [Look], client: &Client) {
    for look in looks {
        let answer = look.answer(client).await;
        look.answers.insert(answer);
    }
}

/// Looks again and again until told that it is done; answers how often.
fn watch(done: &Arc<AtomicBool>, client: Client, looks: &[Look]) -> JoinHandle<usize> {
    let (done, looks) = (done.clone(), looks.to_vec());
    tokio::spawn(async move {
        let mut times = 0;
        while !done.load(Ordering::Relaxed) {
            for look in &looks {
                let answer = look.answer(&client).await;
                assert!(look.answers.contains(&answer), "{}: {answer}", look.question);
            }
            times += 1;
        }
        times
    })
}

/// The beginning of a question for all that a relation `v` says.
const CONTENT_OF: &str = "SELECT md5(string_agg(v::text, ',' ORDER BY v::text)) FROM";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_wait_at_the_most_while_files_are_loaded_and_columns_are_added() {
    let name = "demo.claims";
    let mut clinic = Clinic::with(claims(0)).await;
    clinic.bring_of(name, "B", 1, (500, 1)).await;
    let counts = |account: &str, relation: &str| {
        format!("SELECT count(*) FROM {relation} WHERE account = '{account}'")
    };
    let together = |questions: &[String]| {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Look::at(format!("{begin}; {}; COMMIT", questions.join("; ")))
    };
    let relations = ["demo.claims", "demo.by_account", "demo.a_share", "other.claims"];
    let mut looks = Vec::new();
    for account in ["A", "B"] {
        let lines = "SELECT count(*), count(DISTINCT _batch) FROM demo.claims WHERE account =";
        looks.push(Look::at(format!("{lines} '{account}'")));
        for view in &relations[1..] {
            looks.push(Look::at(format!("{CONTENT_OF} {view} v WHERE account = '{account}'")));
        }
        // Reports ask several questions of one moment, in whatever order.
        let mut questions = relations.map(|relation| counts(account, relation));
        looks.push(together(&questions));
        questions.reverse();
        looks.push(together(&questions));
    }
    let states = [(6_000, 1), (4_000, 2), (0, 3)];
    for (second, state) in (2..).zip(states) {
        clinic.bring_of(name, "A", second, state).await;
        learn(&mut looks, &clinic.reader).await;
    }
    assert!(looks[6..].iter().all(|look| look.answers.len() == 1), "B is not touched");
    let done = Arc::new(AtomicBool::new(false));
    let mut watching = Vec::new();
    for reader in ["one", "two", "three"] {
        watching.push(watch(&done, clinic.postgres.connect(reader).await, &looks));
    }
    for (more, second) in (1..=9).zip(10..) {
        clinic.catalog = claims(more);
        clinic.bring_of(name, "A", second, states[more % 3]).await;
    }
    done.store(true, Ordering::Relaxed);
    for watching in watching {
        assert!(watching.await.unwrap() > 10, "readers looked often");
    }
    let columns =
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'demo.claims'::regclass AND attname LIKE 'more%'";
    assert_eq!(clinic.rows(columns).await, ["(9)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_the_billing_domain_never_see_a_gap() {
    let clinic = Clinic::with(relaxed(&Files::embedded())).await;
    let (ours, other) = ("10000001", "10000002");
    let datasets: Vec<&Dataset> =
        clinic.catalog.datasets.iter().filter(|dataset| dataset.domain() == "billing").collect();
    for dataset in &datasets {
        clinic.bring_of(&dataset.name, other, 1, (200, 3)).await;
        clinic.bring_of(&dataset.name, ours, 1, (400, 1)).await;
    }
    let per_account = "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1::text::regclass \
                       AND attname = 'customer_account')";
    let (mut of_other, mut looks) = (Vec::new(), Vec::new());
    for view in clinic.catalog.views.iter().filter(|view| view.domain() == "billing") {
        let all = format!("SET rounds.as_of = '2026-11-23'; {CONTENT_OF} {} v", view.name);
        if clinic.reader.query_one(per_account, &[&view.name]).await.unwrap().get(0) {
            of_other.push(Look::at(format!("{all} WHERE customer_account = '{other}'")));
            looks.push(Look::at(format!("{all} WHERE customer_account = '{ours}'")));
        } else {
            looks.push(Look::at(all));
        }
    }
    for dataset in &datasets {
        let rows = |account| format!("{CONTENT_OF} {} v WHERE customer_account = '{account}'", dataset.name);
        of_other.push(Look::at(rows(other)));
    }
    learn(&mut of_other, &clinic.reader).await;
    let done = Arc::new(AtomicBool::new(false));
    let watching = watch(&done, clinic.postgres.connect("other").await, &of_other);
    let states = [(300, 2), (0, 0), (400, 1)];
    let mut seconds = 2..;
    for dataset in &datasets {
        let rows = "SELECT count(*), count(DISTINCT _batch) FROM";
        let mut looks = looks.clone();
        looks.push(Look::at(format!("{rows} {} WHERE customer_account = '{ours}'", dataset.name)));
        for state in states {
            clinic.bring_of(&dataset.name, ours, seconds.next().unwrap(), state).await;
            learn(&mut looks, &clinic.reader).await;
        }
        let moved = looks.iter().filter(|look| look.answers.len() == states.len()).count();
        assert!(moved > 1, "{}: table and view show each of its files", dataset.name);
        let loaded = Arc::new(AtomicBool::new(false));
        let watching = watch(&loaded, clinic.postgres.connect("ours").await, &looks);
        for state in states.iter().chain(&states) {
            clinic.bring_of(&dataset.name, ours, seconds.next().unwrap(), *state).await;
        }
        loaded.store(true, Ordering::Relaxed);
        assert!(watching.await.unwrap() > 0, "{}: the reader looked", dataset.name);
    }
    done.store(true, Ordering::Relaxed);
    assert!(watching.await.unwrap() > 10, "the reader looked often");
}
