//! docs/ERRORS.md holds every name, with the cause and the cure that stand beside it in the code.
//!
//! With `UPDATE=1` its tables are written anew.

use std::fmt::Write as _;

use rounds_shared::failure::{End, Name};
use rounds_shared::rule::Rule;
use rounds_testkit::stack::checkout;

use crate::sources::found;

/// The tables of the page, each by the word in the comments around it.
fn tables() -> Vec<(&'static str, String)> {
    let named = |prefix: &str| {
        let names = Name::ALL.iter().filter(|name| name.as_str().starts_with(prefix));
        names_table(names.map(|name| (name.as_str(), name.cause(), name.cure())))
    };
    let ends = End::ALL.iter().map(|end| (end.as_str(), end.cause(), end.cure()));
    let mut rules = "| rule | the cell, row, column or sheet |\n| --- | --- |\n".to_owned();
    for rule in Rule::ALL {
        writeln!(rules, "| `{}` | {} |", rule.as_str(), rule.describe()).unwrap();
    }
    vec![
        ("Retryable", named("Retryable.")),
        ("Rejected", named("Rejected.")),
        ("Defect", named("Defect.")),
        ("machines", names_table(ends)),
        ("rules", rules),
    ]
}

fn names_table<'n>(names: impl Iterator<Item = (&'n str, &'n str, &'n str)>) -> String {
    let mut table = "| name | what happened | what to do |\n| --- | --- | --- |\n".to_owned();
    for (name, cause, cure) in names {
        writeln!(table, "| `{name}` | {cause} | {cure} |").unwrap();
    }
    table
}

#[test]
fn the_page_of_errors_holds_every_name_and_rule_with_cause_and_cure() {
    let path = checkout().join("docs/ERRORS.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let mut page = written.clone();
    for (word, table) in tables() {
        let (start, end) = (format!("<!-- {word} -->\n\n"), format!("\n<!-- end: {word} -->"));
        let (before, rest) = page.split_once(&start).unwrap_or_else(|| panic!("ERRORS.md lacks {start}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("ERRORS.md lacks {end}"));
        page = format!("{before}{start}{table}{end}{after}");
    }
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(&path, &page).unwrap();
    }
    assert!(written == page, "docs/ERRORS.md is not as the code has it; UPDATE=1 before this test writes it");
}

#[test]
fn every_end_that_a_state_machine_gives_by_its_own_word_has_a_cause_and_the_other_way_round() {
    let machines = std::fs::read_dir(checkout().join("statemachine")).unwrap();
    let machines: String =
        machines.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    let given = found(r#"["']((?:Round|Collect|CleanUp|Export|Pipeline)\.[A-Z]\w+)["']"#, &machines);
    let known = End::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(given, known);
}
