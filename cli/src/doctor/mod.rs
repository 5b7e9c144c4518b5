//! `rounds doctor`: what Rounds needs, whether it is there, and what to do where it is not.

mod aws;
mod machine;
mod stack;

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::error::Error;
use crate::local::state::StateFolder;
use crate::target::{Choice, VARIABLES};
use crate::terminal::say;

/// What was found of one prerequisite.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// It is there.
    Good(String),
    /// It is not, and something does not work without it.
    Bad { what: String, next: String },
    /// It is not, or was not looked for, and nothing is wrong with that.
    Note(String),
}

/// One prerequisite.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Check {
    name: &'static str,
    found: Found,
}

impl Check {
    fn good(name: &'static str, what: impl Into<String>) -> Self {
        Self { name, found: Found::Good(what.into()) }
    }

    fn bad(name: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { name, found: Found::Bad { what: what.into(), next: next.into() } }
    }

    fn note(name: &'static str, what: impl Into<String>) -> Self {
        Self { name, found: Found::Note(what.into()) }
    }

    /// An error of this command says what is wrong, then a semicolon or colon, then the way out; but for what AWS or the
    /// system says in words of its own.
    fn of(name: &'static str, found: Result<String, Error>) -> Self {
        match found {
            Ok(what) => Self::good(name, what),
            Err(error @ (Error::Service { .. } | Error::File { .. })) => {
                Self::bad(name, error.to_string(), "docs/OPERATIONS.md#against-aws lists names and rights")
            }
            Err(error) => {
                let told = error.to_string();
                match told.split_once("; ").or_else(|| told.split_once(": ")) {
                    Some((what, next)) => Self::bad(name, what, next),
                    None => Self::bad(name, told, "docs/OPERATIONS.md tells more"),
                }
            }
        }
    }

    fn is_bad(&self) -> bool {
        matches!(self.found, Found::Bad { .. })
    }
}

/// Looks at this machine, at the local stack and at the deployment on AWS, each as far as it is meant.
pub(crate) async fn run(
    choice: Choice,
    checkout: Result<&Checkout, &Error>,
    state: Option<&StateFolder>,
    json: bool,
) -> ExitCode {
    let mut areas = Vec::new();
    if choice != Choice::Aws {
        let folder = state.map(|state| state.root().to_owned());
        areas.push(("This machine", machine::Machine::this(folder).checks()));
        areas.push(("The local stack", stack::checks(checkout, state).await));
    }
    if choice != Choice::Local {
        let is_meant = choice == Choice::Aws || std::env::var_os(VARIABLES[0]).is_some();
        areas.push(("AWS", if is_meant { aws::checks().await } else { vec![aws::not_asked()] }));
    }
    for (area, checks) in &areas {
        if json {
            checks.iter().for_each(|check| say(as_json(area, check).to_string()));
        } else {
            say(tell(area, checks));
        }
    }
    let bad = areas.iter().flat_map(|(_, checks)| checks).filter(|check| check.is_bad()).count();
    if !json {
        say(conclusion(bad));
    }
    ExitCode::from(if bad > 0 { 2 } else { 0 })
}

fn conclusion(bad: usize) -> String {
    match bad {
        0 => "Nothing is missing. Next: rounds drop FILE --follow brings a file in".to_owned(),
        1 => "One thing is missing: do what stands below it, then look again with rounds doctor".to_owned(),
        _ => {
            format!("{bad} things are missing: do what stands below each, then look again with rounds doctor")
        }
    }
}

fn tell(area: &str, checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let mut text = area.to_owned();
    for Check { name, found } in checks {
        let (mark, what) = match found {
            Found::Good(what) => ("✓", what),
            Found::Bad { what, .. } => ("✗", what),
            Found::Note(what) => ("-", what),
        };
        text.push_str(&format!("\n  {mark} {name:<width$}  {what}"));
        if let Found::Bad { next, .. } = found {
            text.push_str(&format!("\n    {:<width$}  next: {next}", ""));
        }
    }
    text + "\n"
}

fn as_json(area: &str, check: &Check) -> Value {
    let Check { name, found } = check;
    let (is_good, what, next) = match found {
        Found::Good(what) => (Some(true), what, None),
        Found::Bad { what, next } => (Some(false), what, Some(next)),
        Found::Note(what) => (None, what, None),
    };
    json!({"area": area, "check": name, "is_good": is_good, "found": what, "next": next})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_says_in_its_own_words_is_no_next_step() {
        let reason = "StateMachineDoesNotExist: State Machine Does Not Exist".to_owned();
        let check = Check::of("machine", Err(Error::Service { what: "rounds-export".to_owned(), reason }));
        let Found::Bad { what, next } = check.found else { panic!() };
        assert!(
            what.ends_with("State Machine Does Not Exist") && next.starts_with("docs/OPERATIONS.md"),
            "{what} {next}"
        );
    }

    #[test]
    fn what_is_missing_stands_above_what_to_do_about_it() {
        let python = Error::Python { found: "Python 3.8.10 is too old".to_owned() };
        let checks = [
            Check::good("cargo", "1.96.1"),
            Check::of("python3", Err(python)),
            Check::note("chromium", "not there"),
        ];
        insta::assert_snapshot!(tell("This machine", &checks), @r"
        This machine
          ✓ cargo     1.96.1
          ✗ python3   Python 3.8.10 is too old
                      next: install Python 3.10 or later with its venv module (Debian and Ubuntu: apt install python3-venv)
          - chromium  not there
        ");
        assert_eq!(as_json("This machine", &checks[1])["is_good"], json!(false));
        assert_eq!(as_json("This machine", &checks[2])["is_good"], json!(null));
        assert!(conclusion(0).starts_with("Nothing is missing") && conclusion(2).starts_with("2 things"));
    }
}
