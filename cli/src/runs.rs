//! `rounds runs`: the latest runs.

use std::time::Duration;

use aws_sdk_sfn::types::ExecutionListItem;
use console::Term;
use rounds_shared::payload::BatchCounts;
use serde_json::json;
use tokio::task::JoinSet;

use crate::deliveries;
use crate::error::{Error, Result};
use crate::outcome::Load;
use crate::run::Run;
use crate::table::Table;
use crate::target::Target;
use crate::terminal::{grouped, moment, say};

const TABLE: Table<'_> = Table {
    header: &[
        "STARTED",
        "RUN",
        "WHAT",
        "OUTCOME",
        "DATASETS",
        "READ",
        "LOADED",
        "REJECTED",
        "SUPERSEDED",
        "HELD",
        "SECONDS",
    ],
    numbers: &[5, 6, 7, 8, 9, 10],
    spare: &[8, 9, 4, 10, 0],
    elastic: &[2],
    standing: Some(3),
};
/// Between two looks at the runs: a look costs nothing here, and calls on AWS.
const PAUSE: Duration = Duration::from_secs(2);
const PAUSE_ON_AWS: Duration = Duration::from_secs(5);
/// Enough of a run's name to tell it from others.
const SHORT_NAME: usize = 8;

/// Which runs to list.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many runs, the latest first.
    #[arg(short = 'n', long = "number", default_value_t = 20, value_parser = clap::value_parser!(i32).range(1..=1000))]
    number: i32,
    /// Show them again and again, until Ctrl-C.
    #[arg(long)]
    watch: bool,
}

/// Lists the latest runs of files, rounds, collections, exports and clean-ups, and says how many mails are uncertain.
pub(crate) async fn list(target: &Target, arguments: &Arguments, json: bool) -> Result<()> {
    if arguments.watch {
        return watch(target, arguments.number, json).await;
    }
    let runs = latest(target, arguments.number).await?;
    if json {
        runs.iter().for_each(|run| say(as_json(run)));
        return Ok(());
    }
    if runs.is_empty() {
        say("No run yet: drop a file with `rounds drop FILE --follow`.");
        return Ok(());
    }
    TABLE.say(&runs.iter().map(row).collect::<Vec<_>>());
    if runs.iter().any(|run| waited(run.ending.loads())) {
        say(
            "\nHELD counts the rows that waited when their run ended: what became of them, `rounds explain KEY` tells.",
        );
    }
    // Runs can be looked at while the database is away; deliveries are in it.
    match deliveries::uncertain(target).await {
        Ok(told) => told.iter().for_each(|told| say(format!("\n{told}"))),
        Err(error) => eprintln!("\nrounds: whether mails are uncertain is not known: {error}"),
    }
    Ok(())
}

/// Shows the latest runs in the same place of the terminal, until Ctrl-C.
async fn watch(target: &Target, number: i32, json: bool) -> Result<()> {
    let terminal = Term::stdout();
    if json || !terminal.is_term() {
        return Err(Error::NoTerminal);
    }
    let pause = if target.is_local() { PAUSE } else { PAUSE_ON_AWS };
    let look = async {
        let mut lines = 0;
        loop {
            let runs = latest(target, number).await?;
            // What cannot be cleared is shown below what was.
            let _ = terminal.clear_last_lines(lines);
            lines = TABLE.say(&runs.iter().map(row).collect::<Vec<_>>()) + 1;
            say(format!("Every {} s; Ctrl-C ends looking on.", pause.as_secs()));
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        biased;
        failed = look => failed,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

/// A run for a program. An export's link opens a patient's rows to whoever has it; `rounds export` alone tells it.
fn as_json(run: &Run) -> String {
    let mut told = json!(run);
    if let Some(output) = told.get_mut("output").and_then(serde_json::Value::as_object_mut) {
        output.remove("link");
    }
    told.to_string()
}

/// Asks for the latest `number` runs of all machines, all at once.
pub(crate) async fn latest(target: &Target, number: i32) -> Result<Vec<Run>> {
    let mut listed = executions(target, number).await?;
    listed.sort_by_key(|execution| std::cmp::Reverse(execution.start_date));
    let mut asked = JoinSet::new();
    for execution in listed.into_iter().take(usize::try_from(number).unwrap_or_default()) {
        let target = target.clone();
        asked.spawn(async move { Run::find(&target, &execution.execution_arn).await });
    }
    let mut runs = asked.join_all().await.into_iter().collect::<Result<Vec<Run>>>()?;
    runs.sort_by_key(|run| std::cmp::Reverse(run.started));
    Ok(runs)
}

/// The ARN of the one run whose name begins with `name`.
pub(crate) async fn resolve(target: &Target, name: &str) -> Result<String> {
    if name.starts_with("arn:") {
        return Ok(name.to_owned());
    }
    let listed = executions(target, 1000).await?;
    let mut fitting = listed.iter().filter(|execution| execution.name.starts_with(name));
    match (fitting.next(), fitting.next()) {
        (Some(execution), None) => Ok(execution.execution_arn.clone()),
        (Some(_), Some(_)) => Err(Error::AmbiguousRun(name.to_owned())),
        (None, _) => Err(Error::unknown_run(name, listed.iter().map(|execution| execution.name.as_str()))),
    }
}

/// The latest `number` executions of each machine.
async fn executions(target: &Target, number: i32) -> Result<Vec<ExecutionListItem>> {
    let mut listed = Vec::new();
    for machine in target.machines() {
        let list = target.sfn.list_executions().state_machine_arn(machine).max_results(number);
        listed.extend(list.send().await.map_err(Error::service("listing the runs"))?.executions);
    }
    Ok(listed)
}

/// Whether rows waited for others. A load that comes later may have released them, of which no run's end tells.
fn waited(loads: &[Load]) -> bool {
    loads.iter().filter_map(|load| load.counts.as_ref()).any(|counts| counts.held > 0)
}

fn row(run: &Run) -> Vec<String> {
    let loads = run.ending.loads();
    let datasets: Vec<&str> = loads.iter().map(|load| load.load.dataset.as_str()).collect();
    let counted = |rows: fn(&BatchCounts) -> u64| {
        let counts: Vec<u64> = loads.iter().filter_map(|load| load.counts.as_ref()).map(rows).collect();
        if counts.is_empty() { "-".to_owned() } else { grouped(counts.iter().sum()) }
    };
    vec![
        moment(run.started),
        run.name.chars().take(SHORT_NAME).collect(),
        run.title(),
        run.ending.word().to_owned(),
        if datasets.is_empty() { "-".to_owned() } else { datasets.join(" ") },
        counted(|counts| counts.read),
        counted(|counts| counts.loaded),
        counted(|counts| counts.rejected),
        counted(|counts| counts.superseded),
        counted(|counts| counts.held),
        run.seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1}")),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_million_rows_fit_eighty_letters() {
        let row = [
            "2026-11-21 06:30:00",
            "0b5f3c1e",
            "billing/customer_account=10000001/2026-11-21/ar_aging-1.zip",
            "already loaded",
            "billing.ar_aging billing.denial_trends",
            "1,000,000",
            "1,000,000",
            "1,000,000",
            "1,000,000",
            "1,000,000",
            "1,234.5",
        ];
        let fitted = TABLE.fitted(&[row.map(str::to_owned).to_vec()], 80);
        assert!(fitted.lines().all(|line| line.chars().count() <= 80), "{fitted}");
        assert!(fitted.contains("already loaded") && fitted.contains("0b5f3c1e"), "{fitted}");
    }

    #[test]
    fn held_rows_are_explained_where_there_were_some() {
        let load = |held: u64| -> Load {
            let counts = json!({"read": 3, "loaded": 3 - held, "rejected": 0, "superseded": 0, "held": held});
            let load = json!({"load": 1, "dataset": "records.visits", "batch": "b", "counts": counts});
            serde_json::from_value(load).unwrap()
        };
        assert!(waited(&[load(0), load(2)]));
        assert!(!waited(&[load(0)]));
    }
}
