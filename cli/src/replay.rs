//! `rounds replay`: a file read again, under a changed contract or with its rejected rows mended.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use rounds_shared::manifest::MEND_COLUMNS;
use rounds_shared::payload::{BatchStory, ObjectCreated, Story};
use rounds_shared::tabular::{self, Limits, Unreadable};

use crate::batch::short;
use crate::error::{Error, Result};
use crate::follow::follow;
use crate::landing::deliver;
use crate::outcome::{Outcome, show};
use crate::run::Run;
use crate::start::start;
use crate::story::{ask, ask_batch};
use crate::target::Target;
use crate::terminal::say;

/// Enough of a batch's name to tell mended workbooks apart.
const BATCH_IN_KEY: usize = 8;

/// What to replay.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The batch, or its beginning.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    batch: String,
    /// The batch's workbook of rejects, mended. Without it the file is read again as it is, for a changed contract.
    #[arg(long, value_name = "FILE")]
    mended: Option<PathBuf>,
    /// Look on until the run has ended.
    #[arg(long)]
    follow: bool,
}

/// Replays, and looks on where that is asked.
pub(crate) async fn run(target: &Target, arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let Arguments { batch, mended, follow: is_followed } = arguments;
    let (story, batch) = ask_batch(target, batch).await?;
    if let Some(file) = mended {
        if !is_rejects_of(file, &batch.batch)? {
            return Err(Error::NotMended { file: file.clone(), batch: short(&batch.batch).to_owned() });
        }
        let original = story.drops.first().ok_or_else(|| Error::NoDrop(batch.batch.clone()))?;
        let key = mended_key(&original.drop.key, &batch.batch, file);
        return deliver(target, file, &key, *is_followed, json).await;
    }
    // What was mended since is read with it.
    let (story, batch) = match batch.replays.last() {
        Some(latest) => ask_batch(target, latest).await?,
        None => (story, batch),
    };
    let started = start(target, &event_of(target, &story, &batch).await?, None).await?;
    if !is_followed {
        return show(target, &Run::find(target, &started).await?, json);
    }
    let run = follow(target, &started).await?;
    let code = show(target, &run, json)?;
    if !json && run.ending.outcome().is_some_and(Outcome::is_unchanged) {
        say(format!(
            "The contract of {dataset} is still the one that batch {batch} was read under. Deploy the changed catalog \
             first, or mend the rejected rows: rounds rejects {batch} --xlsx rejects.xlsx. Where a newer file took its \
             place, drop the file again to put it back",
            dataset = batch.dataset,
            batch = short(&batch.batch),
        ));
    }
    Ok(code)
}

/// Whether a file is the workbook of rejects of this batch. Whether all of its rows are is found out when it is dropped.
fn is_rejects_of(path: &Path, batch: &str) -> Result<bool> {
    if !path.is_file() {
        return Err(Error::NotAFile(path.to_owned()));
    }
    let mut file = File::open(path).map_err(Error::unread(path))?;
    Ok(beginnings(&mut file).is_ok_and(|sheets| {
        sheets.iter().any(|rows| match rows.as_slice() {
            [header, first] => {
                header.iter().zip(MEND_COLUMNS).all(|(cell, name)| cell == name)
                    && first.first().is_some_and(|named| named == batch)
            }
            _ => false,
        })
    }))
}

/// The first two rows of each sheet.
fn beginnings(file: &mut File) -> std::result::Result<Vec<Vec<Vec<String>>>, Unreadable> {
    let limits = Limits::default();
    let format = tabular::detect(file)?;
    let mut sheets = Vec::new();
    for sheet in tabular::sheets(file, format, &limits)? {
        let mut rows = Vec::new();
        tabular::rows(file, format, sheet.name.as_deref(), &limits, &mut |row| {
            rows.push(row.texts());
            if rows.len() < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        sheets.push(rows);
    }
    Ok(sheets)
}

/// The event from which a batch was made: that of its last mended workbook, or else of its file.
pub(crate) async fn event_of(target: &Target, story: &Story, batch: &BatchStory) -> Result<ObjectCreated> {
    let Some(mend) = batch.mends.last() else {
        let drop = story.drops.first().ok_or_else(|| Error::NoDrop(batch.batch.clone()))?;
        return Ok(drop.event());
    };
    let latest = ask(target, &mend.drop.key).await?.drops.into_iter();
    let known = latest.into_iter().find(|drop| drop.drop.version == mend.drop.version);
    Ok(known.map_or_else(|| mend.drop.event("", 0), |drop| drop.event()))
}

/// Beside the original, with the batch in the name: `a/May.xlsx` becomes `a/May mended 0123abcd.xlsx`.
fn mended_key(original: &str, batch: &str, file: &Path) -> String {
    let (folder, name) = original.rsplit_once('/').map_or(("", original), |(folder, name)| (folder, name));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let extension = file.extension().map_or("xlsx".into(), |extension| extension.to_string_lossy());
    let slash = if folder.is_empty() { "" } else { "/" };
    let batch = batch.get(..BATCH_IN_KEY).unwrap_or(batch);
    format!("{folder}{slash}{stem} mended {batch}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mended_workbook_that_is_not_there_is_refused_as_any_file_is() {
        let refused = is_rejects_of(Path::new("missing.xlsx"), "0123456789abcdef").unwrap_err();
        assert!(matches!(refused, Error::NotAFile(_)) && refused.exit_code() == 2, "{refused}");
    }

    #[test]
    fn a_mended_workbook_is_dropped_beside_the_original() {
        let key = |original| mended_key(original, "0123456789abcdef", Path::new("/tmp/rejects.xlsx"));
        assert_eq!(key("healthtech/a.b/May.2025.xls"), "healthtech/a.b/May.2025 mended 01234567.xlsx");
        assert_eq!(key("May"), "May mended 01234567.xlsx");
    }
}
