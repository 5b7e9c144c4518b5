//! `rounds export`: a report that is made on request, and the link to it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use rounds_shared::catalog::{Cadence, Report};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::follow::follow;
use crate::outcome::show;
use crate::start::start_export;
use crate::target::Target;

/// Which report, and what it is to be about.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The report, such as hospital.patient_history.
    report: String,
    /// What it is to be about, such as patient_id=P100000.
    // Taken apart below: an error of the parser's would repeat whom it is about.
    #[arg(value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Member of the report's audience who is sent the link.
    #[arg(long, value_name = "ADDRESS")]
    notify: Option<String>,
}

/// Asks for the report, and looks on until it is made.
pub(crate) async fn run(target: &Target, arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let catalog = target.catalog()?;
    let input = input(catalog.report(&arguments.report)?, arguments)?;
    let started = start_export(target, &input).await?;
    show(target, &follow(target, &started).await?, json)
}

/// What the state machine is asked, if the report is made so: a slip of the pen starts nothing.
fn input(report: &Report, arguments: &Arguments) -> Result<Value> {
    let Report { name, parameters: expected, .. } = report;
    if report.cadence != Cadence::OnRequest {
        return Err(Error::NotOnRequest { report: name.clone() });
    }
    let named = arguments.parameters.iter().filter_map(|text| text.split_once('='));
    let named: BTreeMap<&str, &str> = named.filter(|(_, value)| !value.trim().is_empty()).collect();
    let is_whole = expected.iter().all(|name| named.contains_key(name.as_str()));
    if !is_whole || arguments.parameters.len() != expected.len() {
        let usage: Vec<String> = expected.iter().map(|name| format!("{name}=…")).collect();
        return Err(Error::Parameters { report: name.clone(), usage: usage.join(" ") });
    }
    let mut input = json!({"report": name, "parameters": named});
    if let (Some(address), Some(input)) = (&arguments.notify, input.as_object_mut()) {
        input.insert("notify".to_owned(), json!(address));
    }
    Ok(input)
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Catalog;

    use super::*;

    fn asked(report: &str, parameters: &[&str]) -> Result<Value> {
        let arguments = Arguments {
            report: report.to_owned(),
            parameters: parameters.iter().map(|text| (*text).to_owned()).collect(),
            notify: Some("ana@clinic.example".to_owned()),
        };
        input(Catalog::open(None).unwrap().report(report)?, &arguments)
    }

    #[test]
    fn a_request_names_the_report_what_it_is_about_and_who_is_told() {
        let expected = json!({
            "report": "hospital.patient_history", "parameters": {"patient_id": "P=1"}, "notify": "ana@clinic.example",
        });
        assert_eq!(asked("hospital.patient_history", &["patient_id=P=1"]).unwrap(), expected);
    }

    #[test]
    fn a_slip_of_the_pen_starts_nothing_and_is_not_repeated_in_the_error() {
        let twice = ["patient_id=P1", "patient_id=P2"];
        for wrong in [&[] as &[&str], &["patient_id= "], &["patient=P1"], &["P1"], &["=P1"], &twice] {
            let told = asked("hospital.patient_history", wrong).unwrap_err().to_string();
            assert!(told.contains("patient_id=…") && !told.contains("P1"), "{told}");
        }
        assert!(matches!(asked("mis.cancelled", &[]), Err(Error::NotOnRequest { .. })));
        assert!(matches!(asked("hospital.patient_histroy", &[]), Err(Error::UnknownReport(_))));
    }
}
