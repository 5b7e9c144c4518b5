//! `rounds explain`: the story of a batch or of a dropped file, from the ledger.

use clap::builder::NonEmptyStringValueParser;
use jiff::civil::Date;
use rounds_shared::payload::{BatchStatus, BatchStory, DropStory, LoadRef, Story};
use serde_json::json;

use crate::batch::{folder, short, sum, tell_kept};
use crate::error::Result;
use crate::finding::{tell_rows, tell_sheets};
use crate::story::ask;
use crate::target::Target;
use crate::terminal::{grouped, moment, say};

/// Drops of one content that are told in full.
const DROPS: usize = 3;

/// What to explain.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A batch, the beginning of one, the key of a dropped file, or the name of an error.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) subject: String,
}

/// Asks for the story, and tells it.
pub(crate) async fn run(target: &Target, arguments: &Arguments, json: bool) -> Result<()> {
    let story = ask(target, &arguments.subject).await?;
    say(match json {
        true => json!(story).to_string(),
        false => tell(&story, &|key| target.object(key)),
    });
    Ok(())
}

/// The story for a person; `place` says where an object of the lake bucket is.
fn tell(story: &Story, place: &dyn Fn(&str) -> String) -> String {
    let mut lines = Vec::new();
    for drop in story.drops.iter().take(DROPS) {
        tell_drop(drop, place, &mut lines);
    }
    if story.drops.len() > DROPS {
        lines.push(format!("            … and {} earlier drops of this content", story.drops.len() - DROPS));
    }
    for batch in &story.batches {
        tell_batch(batch, place, &mut lines);
    }
    lines.join("\n")
}

fn tell_drop(story: &DropStory, place: &dyn Fn(&str) -> String, lines: &mut Vec<String>) {
    let DropStory { drop, etag, bytes, format, status, error, cause, kept } = story;
    lines.push(format!("FILE        {}", drop.address()));
    let mut facts = vec![moment(drop.dropped_at)];
    facts.extend(bytes.map(|bytes| format!("{} bytes", grouped(bytes))));
    facts.extend(format.map(|format| format.as_str().to_owned()));
    if !drop.version.is_empty() {
        facts.push(format!("version {}", drop.version));
    }
    lines.push(format!("  dropped   {}", facts.join(", ")));
    lines.push(format!("  status    {}", status.replace('_', " ")));
    if let (Some(error), Some(cause)) = (error, cause) {
        lines.push(format!("  reason    {error}"));
        lines.push(format!("  cause     {cause}"));
    }
    match (status.as_str(), etag) {
        ("quarantined", Some(etag)) => {
            let (kept, next) = tell_kept(drop, etag, kept.as_deref(), place);
            lines.push(format!("  kept in   {kept}"));
            let next = collected(&drop.key).unwrap_or_else(|| next.to_owned());
            lines.push(format!("  next      {next}; nothing of it was loaded"));
        }
        ("seen", _) => {
            lines.push("  next      rounds runs    tells whether its run is under way".to_owned());
            lines.push(
                "            if not: `rounds redrive` with the run's name, or drop the file again".to_owned(),
            );
        }
        ("failed", _) => {
            lines.push("  next      mend the cause, then `rounds redrive` with the run's name".to_owned());
        }
        _ => {}
    }
}

/// How to have the vendor run a report again, where the key is that of a collected one:
/// `billing/customer_account=10028395/2026-11-21/ar_aging-1.zip`.
fn collected(key: &str) -> Option<String> {
    let mut names = key.rsplit('/');
    let (report, _) = names.next()?.split_once('-')?;
    let day: Date = names.next()?.parse().ok()?;
    let (_, account) = names.next()?.split_once('=')?;
    Some(format!("rounds collect run {report} --account {account} --as-of {day} --again"))
}

fn tell_batch(story: &BatchStory, place: &dyn Fn(&str) -> String, lines: &mut Vec<String>) {
    let BatchStory { batch, dataset, contract, counts, findings, .. } = story;
    lines.push(format!("BATCH       {batch}"));
    lines.push(format!("  dataset   {dataset}, contract {contract}"));
    lines.push(format!("  status    {}", status(story)));
    tell_lineage(story, lines);
    section("sheets", tell_sheets(findings), lines);
    lines.push(format!("  rows      {}", sum(counts)));
    section("noticed", tell_rows(findings), lines);
    let loads = story.loads.iter().map(|load| format!("load {} on {}", load.load, moment(load.loaded_at)));
    section("loaded", loads.collect(), lines);
    let folder = folder(dataset, batch);
    if !story.loads.is_empty() {
        lines.push(format!("  table     {dataset}{}", standing(story)));
        lines.push(format!("  Parquet   {}", place(&format!("lake/{folder}"))));
    }
    if counts.rejected > 0 {
        lines.push(format!("  rejects   {}", place(&format!("rejects/{folder}"))));
    }
    section("next", next(story), lines);
}

/// From which batch it comes, and what came of it.
fn tell_lineage(story: &BatchStory, lines: &mut Vec<String>) {
    if let Some(first) = &story.replay_of {
        lines.push(format!("  replays   {first}"));
    }
    let mends = story.mends.iter().map(|mend| {
        format!("s3://{}/{}, dropped {}", mend.drop.bucket, mend.drop.key, moment(mend.drop.dropped_at))
    });
    section("mended by", mends.collect(), lines);
    section("replayed", story.replays.iter().map(|batch| format!("as {batch}")).collect(), lines);
}

/// Lines under a word in the margin; none where there are none.
fn section(name: &str, told: Vec<String>, lines: &mut Vec<String>) {
    for (index, line) in told.into_iter().enumerate() {
        let name = if index == 0 { name } else { "" };
        lines.push(format!("  {name:<9} {line}"));
    }
}

fn status(story: &BatchStory) -> String {
    let decided = story.decided_at.map(moment);
    match (story.status, decided) {
        (BatchStatus::Loaded, None) => "loaded".to_owned(),
        (BatchStatus::Loaded, Some(when)) => format!("loaded, accepted by an operator on {when}"),
        (BatchStatus::Overtaken, _) => "overtaken: a newer file had been loaded before it".to_owned(),
        (BatchStatus::HeldBack, _) => "HELD BACK: it waits for you, and nothing of it is loaded".to_owned(),
        (BatchStatus::Discarded, when) => {
            format!("discarded by an operator{}", when.map(|when| format!(" on {when}")).unwrap_or_default())
        }
    }
}

/// Whether the batch is the dataset's latest load, or which came after it.
fn standing(story: &BatchStory) -> String {
    match &story.latest {
        Some(LoadRef { batch, .. }) if *batch == story.batch => ", its latest load".to_owned(),
        Some(LoadRef { batch, load, .. }) => format!(", where load {load} of batch {batch} came later"),
        None => String::new(),
    }
}

fn next(story: &BatchStory) -> Vec<String> {
    let batch = short(&story.batch);
    let is_latest = story.latest.as_ref().is_some_and(|latest| latest.batch == story.batch);
    match story.status {
        BatchStatus::HeldBack => vec![
            format!("rounds accept {batch}    loads it"),
            format!("rounds discard {batch}   does not, now or later"),
        ],
        BatchStatus::Loaded if is_latest && story.counts.rejected > 0 => vec![
            format!("rounds rejects {batch} --xlsx rejects.xlsx    gives the rejected rows to mend"),
            format!("rounds replay {batch} --mended rejects.xlsx   reads the file again with them"),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
