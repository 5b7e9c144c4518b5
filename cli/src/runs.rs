//! `rounds runs` and `rounds rerun`.

use std::process::ExitCode;

use aws_sdk_sfn::types::ExecutionListItem;
use rounds_shared::payload::{BatchCounts, CleanUpOrder, Decision, ObjectCreated, Order};
use serde_json::json;
use tokio::task::JoinSet;

use crate::deliveries;
use crate::drop::show;
use crate::error::{Error, Result};
use crate::follow::follow;
use crate::outcome::Load;
use crate::run::{Call, Run};
use crate::target::Target;
use crate::terminal::{grouped, moment, say, table};

const HEADER: [&str; 11] = [
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
];
const NUMBERS: [usize; 6] = [5, 6, 7, 8, 9, 10];
/// Enough of a run's name to tell it from others.
const SHORT_NAME: usize = 8;

/// Which runs to list.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many runs, the latest first.
    #[arg(short = 'n', long = "number", default_value_t = 20, value_parser = clap::value_parser!(i32).range(1..=1000))]
    number: i32,
    /// One JSON object per run and line.
    #[arg(long)]
    json: bool,
}

/// Which run to start again.
#[derive(Debug, clap::Args)]
pub(crate) struct RerunArguments {
    /// Name of the run, or its beginning, as `rounds runs` shows it.
    run: String,
    /// Look on until the new run has ended.
    #[arg(long)]
    follow: bool,
    /// Tell the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Lists the latest runs of files, rounds, collections, exports and clean-ups, and says how many mails are uncertain.
pub(crate) async fn list(target: &Target, arguments: &Arguments) -> Result<()> {
    let runs = latest(target, arguments.number).await?;
    if arguments.json {
        for run in &runs {
            let mut told = json!(run);
            // An export's link opens a patient's rows to whoever has it; `rounds export` alone tells it.
            if let Some(output) = told.get_mut("output").and_then(serde_json::Value::as_object_mut) {
                output.remove("link");
            }
            say(told.to_string());
        }
        return Ok(());
    }
    if runs.is_empty() {
        say("No run yet: drop a file with `rounds drop FILE --follow`.");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = runs.iter().map(row).collect();
    say(table(&HEADER, &NUMBERS, &rows));
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

/// Starts a run again with the input that it had.
pub(crate) async fn rerun(target: &Target, arguments: &RerunArguments) -> Result<ExitCode> {
    let arn = resolve(target, &arguments.run).await?;
    let known = target.sfn.describe_execution().execution_arn(arn).send().await;
    let known = known.map_err(Error::service("asking for the run"))?;
    let machine = known.state_machine_arn().to_owned();
    let started = start_with(target, &machine, known.input).await?;
    if arguments.follow {
        return show(target, &follow(target, &started).await?, arguments.json);
    }
    show(target, &Run::find(target, &started).await?, arguments.json)
}

/// Starts a run with the event of a file, and an operator's decision where there is one.
pub(crate) async fn start(
    target: &Target,
    event: &ObjectCreated,
    decision: Option<Decision>,
) -> Result<String> {
    let mut input = json!(event);
    if let (Some(decision), Some(input)) = (decision, input.as_object_mut()) {
        input.insert("decision".to_owned(), json!(decision));
    }
    start_with(target, &target.pipeline_arn, Some(input.to_string())).await
}

/// Starts a round.
pub(crate) async fn start_round(target: &Target, call: &Call) -> Result<String> {
    start_with(target, &target.rounds_arn, Some(json!(call).to_string())).await
}

/// Starts a collection.
pub(crate) async fn start_collection(target: &Target, order: &Order) -> Result<String> {
    start_with(target, &target.collect_arn, Some(json!(order).to_string())).await
}

/// Starts a clean-up.
pub(crate) async fn start_clean_up(target: &Target, order: &CleanUpOrder) -> Result<String> {
    start_with(target, &target.clean_up_arn, Some(json!(order).to_string())).await
}

/// Starts an export with the input of its machine.
pub(crate) async fn start_export(target: &Target, input: &serde_json::Value) -> Result<String> {
    start_with(target, &target.export_arn, Some(input.to_string())).await
}

async fn start_with(target: &Target, machine: &str, input: Option<String>) -> Result<String> {
    let start = target.sfn.start_execution().state_machine_arn(machine).set_input(input);
    Ok(start.send().await.map_err(Error::service("starting the run"))?.execution_arn)
}

/// Asks for the latest `number` runs of all machines, all at once.
async fn latest(target: &Target, number: i32) -> Result<Vec<Run>> {
    let mut asked = JoinSet::new();
    for execution in executions(target, number).await? {
        let target = target.clone();
        asked.spawn(async move { Run::find(&target, &execution.execution_arn).await });
    }
    let mut runs = asked.join_all().await.into_iter().collect::<Result<Vec<Run>>>()?;
    runs.sort_by_key(|run| std::cmp::Reverse(run.started));
    runs.truncate(usize::try_from(number).unwrap_or_default());
    Ok(runs)
}

/// The ARN of the one run whose name begins with `name`.
async fn resolve(target: &Target, name: &str) -> Result<String> {
    if name.starts_with("arn:") {
        return Ok(name.to_owned());
    }
    let listed = executions(target, 1000).await?;
    let mut fitting = listed.into_iter().filter(|execution| execution.name.starts_with(name));
    match (fitting.next(), fitting.next()) {
        (Some(execution), None) => Ok(execution.execution_arn),
        (Some(_), Some(_)) => Err(Error::AmbiguousRun(name.to_owned())),
        (None, _) => Err(Error::UnknownRun(name.to_owned())),
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
