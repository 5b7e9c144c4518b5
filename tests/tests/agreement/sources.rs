//! What the functions' sources call, read as text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex_lite::Regex;
use rounds_testkit::stack::checkout;

/// The functions, as their folders are called.
pub(crate) const STAGES: [&str; 5] = ["ingest", "transform", "load", "report", "collect"];

/// The sources of a stage, without tests, comments and blanks.
pub(crate) fn stage(name: &str) -> String {
    squeezed(&sources(&checkout().join(format!("functions/{name}/src"))))
}

/// The sources of all stages and of what they share, without tests, comments and blanks.
pub(crate) fn all() -> String {
    STAGES.map(stage).concat() + &squeezed(&sources(&checkout().join("shared/src")))
}

/// A module of what the stages share, a file or a folder of `shared/src`, function by function, without blanks. One that is
/// defined twice is both.
pub(crate) fn shared(module: &str) -> BTreeMap<String, String> {
    let path = checkout().join("shared/src").join(module);
    let text = if path.is_dir() { sources(&path) } else { source(&path.with_extension("rs")) };
    let mut functions = BTreeMap::<String, String>::new();
    for definition in text.split("fn ").skip(1) {
        let name = definition.split(['(', '<']).next().unwrap();
        functions.entry(name.to_owned()).or_default().push_str(&squeezed(definition));
    }
    functions
}

/// What a pattern's group finds in a text.
pub(crate) fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).unwrap();
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.push_str(&sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs")
            && !path.to_str().unwrap().ends_with("tests.rs")
        {
            all.push_str(&source(&path));
        }
    }
    all
}

fn source(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect()
}

fn squeezed(code: &str) -> String {
    code.split_whitespace().collect()
}
