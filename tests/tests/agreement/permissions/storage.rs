//! What S3 asks of whoever calls the methods of `rounds_shared::storage`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Permissions, permissions};
use crate::sources::{STAGES, found, shared, stage};

/// What a stage does to objects.
struct Use {
    stage: &'static str,
    /// A method of `Storage`; `link` is a link that opens an object for as long as it lives.
    method: &'static str,
    /// Folders of the lake, or of `landing`.
    read: &'static [&'static str],
    written: &'static [&'static str],
}

const USES: [Use; 15] = [
    uses("ingest", "version", &["landing"], &[]),
    uses("ingest", "spool", &["landing"], &[]),
    uses("ingest", "copy", &["landing"], &["quarantine"]),
    uses("transform", "spool", &["landing"], &[]),
    uses("transform", "spool_piece", &["landing"], &[]),
    uses("transform", "put_file", &[], &["curated", "rejects"]),
    uses("transform", "put", &[], &["batches"]),
    uses("load", "get", &["batches", "curated", "lake", "archive"], &[]),
    uses("load", "put", &[], &["lake", "rejects", "archive"]),
    uses("load", "copy_within", &["curated"], &["lake"]),
    uses("report", "put", &[], &["reports"]),
    uses("report", "put_cached", &[], &["marts", "exports", "dashboards"]),
    uses("report", "link", &["reports", "exports"], &[]),
    uses("collect", "version", &["landing/billing"], &[]),
    uses("collect", "put_new", &[], &["landing/billing"]),
];

/// Folders that what the stages share names for them, and what of it a stage uses then.
const SHARED: [(&str, &str); 3] =
    [("batches", "PartManifest"), ("dashboards", "Dashboard"), ("quarantine", ".kept_aside(")];

const fn uses(
    stage: &'static str,
    method: &'static str,
    read: &'static [&'static str],
    written: &'static [&'static str],
) -> Use {
    Use { stage, method, read, written }
}

impl Use {
    fn folders(&self) -> impl Iterator<Item = &'static str> {
        self.read.iter().chain(self.written).copied()
    }

    fn of(stage: &str) -> impl Iterator<Item = &'static Self> {
        USES.iter().filter(move |it| it.stage == stage)
    }
}

/// What S3 asks of a stage for what it does.
pub(super) fn called(stage: &str) -> Permissions {
    let (storage, links) = (shared("storage"), shared("link"));
    let mut all = Permissions::new();
    for it in Use::of(stage) {
        let operations =
            if it.method == "link" { operations(&links, "to") } else { operations(&storage, it.method) };
        assert!(!operations.is_empty(), "{} calls S3", it.method);
        for operation in operations {
            let (reading, writing) = asked(&operation);
            all.extend(permissions(reading, &it.read.iter().map(place).collect::<Vec<_>>()));
            all.extend(permissions(writing, &it.written.iter().map(place).collect::<Vec<_>>()));
            if it.read.iter().any(|folder| folder.starts_with("landing")) {
                // People take files away. S3 tells a file that is gone from one that is forbidden to those who may list.
                all.insert("s3:ListBucket on ${LandingBucket}".to_owned());
            }
        }
    }
    all
}

/// What S3 asks for, of the object that is read and of the one that is written.
fn asked(operation: &Operation) -> (&'static [&'static str], &'static [&'static str]) {
    match (operation.name.as_str(), operation.is_of_a_version) {
        ("head_object" | "get_object", false) => (&["s3:GetObject"], &[]),
        ("get_object", true) => (&["s3:GetObject", "s3:GetObjectVersion"], &[]),
        ("put_object", false) => (&[], &["s3:PutObject"]),
        ("copy_object", false) => (&["s3:GetObject"], &["s3:PutObject"]),
        // A copy of what people dropped takes the tags along that they may have put on it.
        ("copy_object", true) => (
            &["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
            &["s3:PutObject", "s3:PutObjectTagging"],
        ),
        other => panic!("say here what S3 asks for {other:?}"),
    }
}

fn place(folder: &&str) -> String {
    match folder.strip_prefix("landing") {
        Some(rest) => format!("${{LandingBucket}}{rest}/*"),
        None => format!("${{LakeBucket}}/{folder}/*"),
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Operation {
    name: String,
    is_of_a_version: bool,
}

/// The operations of S3 that a function calls, itself or through others of its source.
fn operations(source: &BTreeMap<String, String>, function: &str) -> BTreeSet<Operation> {
    let Some(code) = source.get(function) else { return BTreeSet::new() };
    let is_of_a_version = ["set_version_id(", "versionId="].iter().any(|it| code.contains(it));
    let own = found(r"\.s3\.(\w+)\(\)", code).into_iter().map(|name| Operation { name, is_of_a_version });
    let others = found(r"self\.(\w+)\(", code).into_iter().flat_map(|name| operations(source, &name));
    own.chain(others).collect()
}

#[test]
fn stages_use_the_storage_as_it_is_told_here() {
    for name in STAGES {
        let code = stage(name);
        let mut methods = found(r"storage\.(\w+)\(", &code);
        if code.contains("link::") {
            methods.insert("link".to_owned());
        }
        assert_eq!(methods, Use::of(name).map(|it| it.method.to_owned()).collect(), "{name}");
        // Under another name its methods would be called unseen.
        assert_eq!(found(r"\bstorage\b([^.:,])", &code), BTreeSet::new(), "{name} hands its storage on");
    }
}

#[test]
fn stages_name_the_folders_of_the_lake_that_are_told_here() {
    let all: BTreeSet<&str> =
        USES.iter().flat_map(Use::folders).filter(|it| !it.starts_with("landing")).collect();
    for name in STAGES {
        let code = stage(name);
        let is_named = |folder: &str| {
            let words = [format!("\"{folder}/"), format!("\"{folder}\"")];
            let through = SHARED.iter().find(|(known, _)| *known == folder).map(|(_, by)| (*by).to_owned());
            words.into_iter().chain(through).any(|word| code.contains(&word))
        };
        let named: BTreeSet<&str> = all.iter().copied().filter(|folder| is_named(folder)).collect();
        let told = Use::of(name).flat_map(Use::folders).filter(|it| !it.starts_with("landing"));
        assert_eq!(named, told.collect(), "{name}");
    }
}
