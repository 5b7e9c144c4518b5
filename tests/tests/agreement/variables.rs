//! The functions' environment: what the template sets, what the code reads, and what the READMEs tell.

use std::collections::BTreeSet;

use regex_lite::Regex;
use rounds_testkit::stack::checkout;

use crate::cloudformation::Template;
use crate::sources::{STAGES, found, shared, stage};

/// Limits that a deployment leaves as they are.
const UNSET: [&str; 2] = ["MAX_FILE_BYTES", "REPORT_MAX_ROWS"];

/// The variables that a stage's code reads, through what all share too.
pub(crate) fn read(name: &str) -> BTreeSet<String> {
    const NAMED: &str = r#"(?:optional|required|number|variable)\((?:environment,)?"([A-Z_0-9]+)""#;
    let code = stage(name);
    let mut all = found(NAMED, &code);
    all.extend(found(r#"VARIABLE:&str="([A-Z_0-9]+)""#, &code));
    let configuration = shared("configuration");
    for asked in found(r"environment\.(\w+)\(", &code) {
        all.extend(found(NAMED, &configuration[&asked]));
    }
    // Logs begin before there is a configuration.
    all.extend(found(r#"env::var\("([A-Z_0-9]+)""#, &shared("lambda")["start_logging"]));
    // The SDK reads this one.
    if code.contains("aws_sdk_sesv2::") {
        all.insert("AWS_ENDPOINT_URL_SESV2".to_owned());
    }
    all
}

/// The variables that the template gives a function.
fn set(template: &Template, name: &str) -> BTreeSet<String> {
    let function = template.function(&resource(name));
    function["Environment"].as_object().unwrap().keys().cloned().collect()
}

/// How the template calls a stage's function.
pub(crate) fn resource(stage: &str) -> String {
    let (first, rest) = stage.split_at(1);
    format!("{}{rest}Function", first.to_uppercase())
}

#[test]
fn a_function_reads_every_variable_that_the_template_sets() {
    let template = Template::application();
    for stage in STAGES {
        let (set, read) = (set(&template, stage), read(stage));
        assert!(set.is_subset(&read), "{stage} does not read {:?}", set.difference(&read));
    }
}

#[test]
fn the_template_sets_every_variable_that_a_function_reads() {
    let template = Template::application();
    for stage in STAGES {
        let mut read = read(stage);
        read.retain(|variable| !UNSET.contains(&variable.as_str()));
        let set = set(&template, stage);
        assert!(read.is_subset(&set), "{stage} is not given {:?}", read.difference(&set));
    }
}

#[test]
fn a_functions_readme_lists_the_variables_that_it_reads() {
    let row = Regex::new(r"^\| `([A-Z_0-9]+)` \|").unwrap();
    for stage in STAGES {
        let readme =
            std::fs::read_to_string(checkout().join(format!("functions/{stage}/README.md"))).unwrap();
        let (_, table) = readme.split_once("| variable | meaning | default |\n").unwrap();
        let rows = table.lines().take_while(|line| line.starts_with('|'));
        let listed: BTreeSet<String> =
            rows.filter_map(|line| Some(row.captures(line)?[1].to_owned())).collect();
        assert_eq!(listed, read(stage), "{stage}");
    }
}
