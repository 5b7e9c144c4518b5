//! Wherever people without a need to know can look.

use rounds_testkit::canary;
use rounds_testkit::stack::{Alerts, Stack};
use tokio_postgres::Client;

/// Drops whose stories are read, the latest first.
const STORIES: &str =
    "SELECT key FROM (SELECT DISTINCT ON (key) key, seen_at FROM ops.drop) d ORDER BY seen_at DESC LIMIT 25";

/// Listens to alerts from now on, and has PostgreSQL write down the statements of whoever connects from now on, as
/// Performance Insights shows them: without their parameters.
pub(crate) async fn begin(stack: &Stack) -> Alerts<'_> {
    stack.database().await.batch_execute("ALTER ROLE rounds SET log_statement = 'all'").await.unwrap();
    stack.alerts()
}

/// The places that hold a marked value: logs of functions and daemons with answers, metrics and errors, PostgreSQL's own
/// with the texts of statements; payloads and histories of executions, but for what an export was asked; alerts; the ledger
/// but for the recipients of letters; keys of objects; what `rounds` tells of files, runs and collections.
pub(crate) async fn leaks(stack: &Stack, alerts: &Alerts<'_>) -> Vec<String> {
    let database = stack.database().await;
    database.batch_execute("ALTER ROLE rounds RESET log_statement").await.unwrap();
    let mut texts = stack.logs();
    assert!(texts.iter().any(|(name, _)| name.ends_with("postgres.log")), "PostgreSQL's log is read");
    while let Some(alert) = alerts.take() {
        texts.push(("an alert".to_owned(), format!("{}\n{}", alert.subject, alert.message)));
    }
    texts.extend(ledger(&database).await);
    texts.push(("keys of the lake".to_owned(), stack.lake("").await.join("\n")));
    let keys = database.query(STORIES, &[]).await.unwrap();
    texts.extend(keys.iter().map(|row| said(stack, &["explain", row.get(0)])));
    let commands: [&[&str]; 4] =
        [&["runs", "-n", "200"], &["runs", "-n", "200", "--json"], &["collect", "status"], &["dashboard"]];
    texts.extend(commands.map(|command| said(stack, command)));
    let found = |(name, text): (String, String)| Some(format!("{name}: {}", canary::find(&text)?));
    texts.into_iter().filter_map(found).collect()
}

/// What a command says, whether or not it was content.
fn said(stack: &Stack, arguments: &[&str]) -> (String, String) {
    let output = stack.rounds().args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (format!("rounds {}", arguments.join(" ")), said.concat())
}

/// The rows of each table of the ledger. Who gets a letter stands there, and nothing else of that person.
async fn ledger(database: &Client) -> Vec<(String, String)> {
    let tables = "SELECT table_name::text FROM information_schema.tables
                  WHERE table_schema = 'ops' AND table_type = 'BASE TABLE'";
    let mut texts = Vec::new();
    for table in database.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let hidden = match table.as_str() {
            "delivery" => "recipient",
            "suppression" => "address",
            _ => "",
        };
        let rows = format!("SELECT (to_jsonb(t) - '{hidden}')::text FROM ops.{table} t");
        let rows = database.query(&rows, &[]).await.unwrap();
        let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        texts.push((format!("ops.{table}"), rows.join("\n")));
    }
    texts
}

/// No place holds one.
pub(crate) async fn assert_none(stack: &Stack, alerts: &Alerts<'_>) {
    let found = leaks(stack, alerts).await;
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}
