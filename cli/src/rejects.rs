//! `rounds rejects`: the rejected rows of a batch, where they are kept and by which rule, and as workbooks to mend.

use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;
use rounds_shared::payload::{BatchStory, Finding, Severity};
use serde_json::json;

use crate::batch::{folder, short};
use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::finding;
use crate::story::ask_batch;
use crate::target::Target;
use crate::terminal::{grouped, say};

/// Whose rejects are asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The batch, or its beginning.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    batch: String,
    /// Write the workbook to mend to this file; those of further parts beside it, as `-part-2` and so on.
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
}

/// An object of the lake bucket.
struct Kept {
    key: String,
    bytes: u64,
}

/// Lists the rejects of a batch, or writes its workbooks.
pub(crate) async fn run(target: &Target, arguments: &Arguments, json: bool) -> Result<()> {
    let (_, batch) = ask_batch(target, &arguments.batch).await?;
    let kept = kept(target, &batch).await?;
    let written = match &arguments.xlsx {
        Some(file) => download(target, &batch.batch, &kept, file).await?,
        None => Vec::new(),
    };
    let rules = batch.findings.iter().filter(|finding| finding.severity == Severity::Reject);
    let rules: Vec<&Finding> = rules.collect();
    if json {
        let keys: Vec<&str> = kept.iter().map(|kept| kept.key.as_str()).collect();
        let rejected = batch.counts.rejected;
        say(json!({"batch": batch.batch, "rejected": rejected, "rules": rules, "objects": keys, "written": written})
            .to_string());
    } else if written.is_empty() {
        say(tell(target, &batch, &rules, &kept));
    } else {
        say(tell_written(&batch, &written));
    }
    Ok(())
}

/// The objects that hold the batch's rejects, in the order of its parts.
async fn kept(target: &Target, batch: &BatchStory) -> Result<Vec<Kept>> {
    let prefix = format!("rejects/{}", folder(&batch.dataset, &batch.batch));
    let list = target.s3.list_objects_v2().bucket(&target.lake_bucket).prefix(prefix);
    let mut pages = list.into_paginator().send();
    let mut kept = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(Error::service("listing the rejects"))?;
        kept.extend(page.contents().iter().filter_map(|object| {
            let bytes = object.size().unwrap_or_default().unsigned_abs();
            Some(Kept { key: object.key()?.to_owned(), bytes })
        }));
    }
    Ok(kept)
}

async fn download(target: &Target, batch: &str, kept: &[Kept], file: &Path) -> Result<Vec<PathBuf>> {
    let workbooks: Vec<&Kept> = kept.iter().filter(|kept| kept.key.ends_with(".xlsx")).collect();
    if workbooks.is_empty() {
        return Err(Error::NoWorkbook(batch.to_owned()));
    }
    let files: Vec<PathBuf> = (1..=workbooks.len()).map(|part| of_part(file, part)).collect();
    if let Some(there) = files.iter().find(|file| file.exists()) {
        return Err(Error::Exists(there.clone()));
    }
    // One that breaks off leaves none of the others, so that it can be asked for again.
    let mut drafts = Vec::with_capacity(files.len());
    for (workbook, file) in workbooks.iter().zip(&files) {
        drafts.push(target.download(&workbook.key, file).await?);
    }
    drafts.into_iter().try_for_each(Draft::keep)?;
    Ok(files)
}

/// The file for a part, from 1: the name as given, then `name-part-2.xlsx`.
fn of_part(file: &Path, part: usize) -> PathBuf {
    if part == 1 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
    file.with_file_name(format!("{stem}-part-{part}{}", extension.unwrap_or_default()))
}

fn tell(target: &Target, batch: &BatchStory, rules: &[&Finding], kept: &[Kept]) -> String {
    let BatchStory { batch, dataset, counts, .. } = batch;
    let mut lines =
        vec![format!("{} of {} rows of {dataset} rejected", grouped(counts.rejected), grouped(counts.read))];
    lines.extend(rules.iter().map(|rule| format!("  {}", finding::tell(rule))));
    lines
        .extend(kept.iter().map(|kept| {
            format!("  kept in   {}  ({} bytes)", target.object(&kept.key), grouped(kept.bytes))
        }));
    if kept.iter().any(|kept| kept.key.ends_with(".xlsx")) {
        lines.push(format!("  next      rounds rejects {} --xlsx rejects.xlsx", short(batch)));
    }
    lines.join("\n")
}

fn tell_written(batch: &BatchStory, written: &[PathBuf]) -> String {
    let batch = short(&batch.batch);
    let mut lines: Vec<String> = written.iter().map(|file| file.display().to_string()).collect();
    lines.push(
        "  Mend the cells behind _reason and keep the first four columns. These are patients' data: keep the file where \
         such may be."
            .to_owned(),
    );
    lines.extend(written.iter().map(|file| {
        format!("  next      rounds replay {batch} --mended {:?} --follow", file.display().to_string())
    }));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rounds_testkit::http::{answer, sdk, serve};

    use super::*;

    #[tokio::test]
    async fn where_one_part_breaks_off_none_is_kept_and_all_can_be_asked_for_again() {
        let address = serve(|request| match request.path.contains("part-2") {
            true => Some(answer(404, "application/xml", "<Error><Code>NoSuchKey</Code></Error>")),
            false => Some(answer(200, "application/octet-stream", "rows")),
        });
        let target = Target::of_test(&sdk(address.unwrap()).await);
        let kept = ["part-1.xlsx", "part-2.xlsx"].map(|key| Kept { key: key.to_owned(), bytes: 4 });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rejects.xlsx");
        let broken = download(&target, "b", &kept, &file).await.unwrap_err();
        assert!(broken.to_string().starts_with("reading part-2.xlsx did not work"), "{broken}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        download(&target, "b", &kept[..1], &file).await.unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"rows");
    }

    #[test]
    fn parts_after_the_first_have_their_number_in_the_name() {
        assert_eq!(of_part(Path::new("a/rejects.xlsx"), 1), Path::new("a/rejects.xlsx"));
        assert_eq!(of_part(Path::new("a/rejects.xlsx"), 2), Path::new("a/rejects-part-2.xlsx"));
        assert_eq!(of_part(Path::new("rejects"), 12), Path::new("rejects-part-12"));
    }
}
