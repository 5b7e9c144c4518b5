//! Examples that stand below each command's help.

pub(crate) const DROP: &str = "Examples:
  rounds drop \"October appointments.xlsx\" --domain healthtech --follow
  rounds drop charges.csv --key billing/customer_account=10000001/charges.csv";
pub(crate) const RUNS: &str = "Examples:
  rounds runs -n 50
  rounds runs --watch
  rounds runs --json | jq 'select(.status == \"failed\")'";
pub(crate) const REDRIVE: &str = "Examples:
  rounds redrive 0b5f3c1e --follow";
pub(crate) const REPORT: &str = "Examples:
  rounds report --cadence daily
  rounds report mis.cancelled --as-of 2025-11-20";
pub(crate) const BACKFILL: &str = "Examples:
  rounds backfill mis.cancelled --from 2025-11-01 --to 2025-11-20 --keep-going";
pub(crate) const COLLECT: &str = "Examples:
  rounds collect run
  rounds collect run ar_aging --account 10000001 --as-of 2025-11-21 --again
  rounds collect status -n 10";
pub(crate) const CLEAN_UP: &str = "Examples:
  rounds clean-up --as-of 2025-11-01";
pub(crate) const EXPORT: &str = "Examples:
  rounds export hospital.patient_history patient_id=P100000 --notify records@clinic.example";
pub(crate) const DASHBOARD: &str = "Examples:
  rounds dashboard
  rounds dashboard records.patient_records --out records.html";
pub(crate) const DELIVERIES: &str = "Examples:
  rounds deliveries --uncertain";
pub(crate) const RESEND: &str = "Examples:
  rounds resend 8a6e0804-2bd0-4672-b79d-d97027f9071a";
pub(crate) const SETTLE: &str = "Examples:
  rounds settle 8a6e0804-2bd0-4672-b79d-d97027f9071a lost";
pub(crate) const EXPLAIN: &str = "Examples:
  rounds explain healthtech/appointments.xlsx
  rounds explain 4f2a91c0
  rounds explain Rejected.MissingColumns";
pub(crate) const REJECTS: &str = "Examples:
  rounds rejects 4f2a91c0 --xlsx rejects.xlsx";
pub(crate) const REPLAY: &str = "Examples:
  rounds replay 4f2a91c0 --mended rejects.xlsx --follow";
pub(crate) const ACCEPT: &str = "Examples:
  rounds accept 4f2a91c0";
pub(crate) const DISCARD: &str = "Examples:
  rounds discard 4f2a91c0";
pub(crate) const LOCAL: &str = "Examples:
  rounds local up --catalog ../clinic/catalog
  rounds local psql -- -c 'TABLE ops.run'
  rounds local down";
pub(crate) const CATALOG: &str = "Examples:
  rounds catalog list
  rounds catalog explain mis.appointments
  rounds catalog check --catalog ../clinic/catalog";
pub(crate) const DOCTOR: &str = "Examples:
  rounds doctor
  rounds doctor --target aws --json";
pub(crate) const COMPLETIONS: &str = "Examples:
  rounds completions bash
  source <(rounds completions bash)";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use crate::Arguments;

    /// The words of an example as a shell hands them over, up to what it does with the output.
    fn words(line: &str) -> Vec<String> {
        let line = line.trim().trim_start_matches("source <(").trim_end_matches(')');
        let (mut words, mut quote) = (vec![String::new()], None);
        for letter in line.split(" | ").next().unwrap().chars() {
            match (letter, quote) {
                ('"' | '\'', None) => quote = Some(letter),
                (letter, Some(open)) if letter == open => quote = None,
                (' ', None) => words.push(String::new()),
                (letter, _) => words.last_mut().unwrap().push(letter),
            }
        }
        words
    }

    #[test]
    fn every_command_has_examples_and_each_of_them_is_understood() {
        for command in Arguments::command().get_subcommands().filter(|command| command.get_name() != "help") {
            let help =
                command.get_after_help().unwrap_or_else(|| panic!("{}", command.get_name())).to_string();
            let examples: Vec<&str> = help.lines().filter(|line| line.contains("rounds ")).collect();
            assert!(!examples.is_empty(), "{}", command.get_name());
            for example in examples {
                let words = words(example);
                assert_eq!(words[1], command.get_name(), "{example}");
                if let Err(error) = Arguments::try_parse_from(words) {
                    panic!("{example}: {error}");
                }
            }
        }
    }
}
