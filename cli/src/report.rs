//! `rounds report` and `rounds backfill`: rounds that a person calls.

use std::process::ExitCode;
use std::time::Instant;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rounds_shared::catalog::{Cadence, Report};
use rounds_shared::payload::{Plan, ReportRequest, ReportResponse, Round};

use crate::arguments::day;
use crate::error::{Error, Result};
use crate::follow::{follow, history};
use crate::function::ask;
use crate::outcome::{Ending, show, tell_tried};
use crate::pace;
use crate::run::{Call, Run};
use crate::start::start_round;
use crate::target::Target;
use crate::terminal::{note, say};

/// Which reports go out.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["reports", "cadence"]))]
pub(crate) struct Arguments {
    /// Reports by name, such as mis.cancelled; they do not wait for fresh data.
    #[arg(value_name = "NAME")]
    reports: Vec<String>,
    /// All reports of a cadence, as the clock calls them: those whose data has not arrived wait for it.
    #[arg(long, value_enum)]
    cadence: Option<Called>,
    /// The day that they speak of [default: today in the clinic's time zone].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Date>,
    /// How long to wait for data [default: what the deployment says].
    #[arg(long, value_name = "MINUTES", conflicts_with = "reports")]
    deadline: Option<u32>,
    /// Send now what goes out at certain hours only.
    #[arg(long)]
    at_any_hour: bool,
}

/// A cadence of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Called {
    Daily,
    Weekly,
    Monthly,
    Quarterly,
}

/// Which report goes out for which days.
#[derive(Debug, clap::Args)]
pub(crate) struct BackfillArguments {
    /// The report, such as mis.cancelled.
    report: String,
    /// First day; the report goes out for each day from here on which the clock would have made it due.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    from: Date,
    /// Last day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    to: Date,
    /// Go on with the next day where one does not get through.
    #[arg(long)]
    keep_going: bool,
}

/// Calls a round, and looks on until it has ended.
pub(crate) async fn run(target: &Target, arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let reports = match arguments.cadence {
        Some(called) => Round::Cadence(called.into()),
        None => Round::Reports(known(target, &arguments.reports)?),
    };
    let call = Call {
        deadline_minutes: arguments.deadline,
        at_any_hour: arguments.at_any_hour,
        ..Call::now(reports, arguments.as_of)
    };
    if let Some(as_of) = arguments.as_of {
        check_day(target, as_of).await?;
    }
    let run = start(target, &call, json).await?;
    show(target, &run, json)
}

/// Calls a round for each day on which the report was due, one after another.
pub(crate) async fn backfill(target: &Target, arguments: &BackfillArguments, json: bool) -> Result<ExitCode> {
    let BackfillArguments { report: name, to, keep_going, .. } = arguments;
    let days = days(target.catalog()?.report(name)?, arguments.from, *to)?;
    if let Some(last) = days.last() {
        check_day(target, *last).await?;
    }
    let began = Instant::now();
    let mut failures = Vec::new();
    for (ended, &day) in days.iter().enumerate() {
        note(&tell_day(day, ended, days.len(), began.elapsed().as_secs_f64()));
        let call = Call::now(Round::Reports(vec![name.clone()]), Some(day));
        let run = start(target, &call, json).await?;
        show(target, &run, json)?;
        if !matches!(run.ending, Ending::Succeeded { .. }) {
            let exit = run.exit_code();
            failures.push(exit);
            if !keep_going {
                return Err(Error::BackfillStopped { report: name.clone(), day, to: *to, exit });
            }
        }
    }
    // The lowest is that of a failure; where there was none but for want of data, a person has to act.
    if let Some(exit) = failures.iter().min() {
        return Err(Error::BackfillFailed { failed: failures.len(), days: days.len(), exit: *exit });
    }
    if !json {
        say(format!("{name} went through for {} days.", days.len()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Which day of a stretch is begun, after `spent` seconds for those before it.
fn tell_day(day: Date, ended: usize, days: usize, spent: f64) -> String {
    let left = pace::left(spent, ended, days).map(|left| format!(", {left}")).unwrap_or_default();
    format!("Day {} of {days}, {day}{left}", ended + 1)
}

/// Has the function that plans rounds refuse a day that has not come where the clinic is: a slip of the pen makes no alert.
/// It is asked of no report, so that nothing else is planned.
async fn check_day(target: &Target, as_of: Date) -> Result<()> {
    let plan = ReportRequest::Plan(Plan {
        reports: Round::Reports(Vec::new()),
        as_of: Some(as_of),
        at: Timestamp::now(),
        handled: Vec::new(),
        wait: false,
        last: false,
        at_any_hour: false,
    });
    match ask(target, &target.report_function, "planning the round", &plan).await? {
        ReportResponse::Planned { .. } => Ok(()),
        _ => Err(Error::Unexpected),
    }
}

/// Starts a round, and looks on until it has ended. Of one that failed a person is told what it did all the same, and why.
async fn start(target: &Target, call: &Call, json: bool) -> Result<Run> {
    let arn = start_round(target, call).await?;
    let run = follow(target, &arn).await?;
    if matches!(run.ending, Ending::Failed { .. }) && !json {
        let tried = tell_tried(&history(target, &arn).await?, target);
        if !tried.is_empty() {
            say(tried.trim_start_matches('\n'));
        }
    }
    Ok(run)
}

/// The names, each once, if the catalog has them all: a slip of the pen makes no alert.
fn known(target: &Target, names: &[String]) -> Result<Vec<String>> {
    let catalog = target.catalog()?;
    let mut known: Vec<String> = Vec::new();
    for name in names {
        let report = catalog.report(name)?;
        if report.cadence == Cadence::OnRequest {
            return Err(Error::OnRequest(report.name.clone()));
        }
        if !known.contains(&report.name) {
            known.push(report.name.clone());
        }
    }
    Ok(known)
}

/// The days from `from` to `to` on which the clock makes the report due.
fn days(report: &Report, from: Date, to: Date) -> Result<Vec<Date>> {
    if from > to {
        return Err(Error::Backwards { from, to });
    }
    let (name, cadence) = (report.name.clone(), report.cadence);
    match cadence {
        Cadence::AfterLoad => return Err(Error::WithoutDays(name)),
        Cadence::OnRequest => return Err(Error::OnRequest(name)),
        _ => {}
    }
    let stretch = from.series(1.day()).take_while(|day| *day <= to);
    let days: Vec<Date> = stretch.filter(|day| cadence.is_due_on(*day)).collect();
    if days.is_empty() {
        return Err(Error::NeverDue { report: name, cadence: cadence.as_str(), from, to });
    }
    Ok(days)
}

impl From<Called> for Cadence {
    fn from(called: Called) -> Self {
        match called {
            Called::Daily => Self::Daily,
            Called::Weekly => Self::Weekly,
            Called::Monthly => Self::Monthly,
            Called::Quarterly => Self::Quarterly,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rounds_shared::catalog::Catalog;
    use rounds_testkit::http::{answer, answer_with, sdk, serve};

    use super::*;

    #[tokio::test]
    async fn a_day_that_has_not_come_where_the_clinic_is_starts_no_round() {
        let tomorrow = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap();
        let address = serve(move |request| {
            if request.header("x-amz-target").is_some() {
                return Some(answer(500, "application/json", "a round was started"));
            }
            let is_asked = request.body.contains(&format!(r#""as_of":"{tomorrow}""#));
            let refusal = r#"{"errorType": "Defect.Payload", "errorMessage": "it has not come"}"#;
            let failed: &[(&str, &str)] =
                if is_asked { &[("x-amz-function-error", "Unhandled")] } else { &[] };
            Some(answer_with(200, failed, refusal))
        });
        let target = Target::of_test(&sdk(address.unwrap()).await);
        let arguments = Arguments {
            reports: vec!["mis.cancelled".to_owned()],
            cadence: None,
            as_of: Some(tomorrow),
            deadline: None,
            at_any_hour: false,
        };
        let refused = run(&target, &arguments, false).await.unwrap_err();
        assert!(refused.exit_code() == 2 && refused.to_string().ends_with("it has not come"), "{refused}");
        let report = "mis.cancelled".to_owned();
        let stretch = BackfillArguments { report, from: tomorrow, to: tomorrow, keep_going: false };
        assert!(matches!(backfill(&target, &stretch, false).await, Err(Error::Misasked { .. })));
    }

    fn report(cadence: Cadence) -> Report {
        let catalog = Catalog::open(None).unwrap();
        Report { cadence, ..catalog.reports.into_iter().next().unwrap() }
    }

    #[test]
    fn a_stretch_of_days_holds_those_on_which_the_report_was_due() {
        let (from, to) = (date(2026, 9, 28), date(2026, 11, 2));
        let due = |cadence| days(&report(cadence), from, to).unwrap();
        assert_eq!(due(Cadence::Daily).len(), 36);
        assert_eq!(due(Cadence::Weekly).len(), 6);
        assert_eq!(due(Cadence::Monthly), [date(2026, 10, 1), date(2026, 11, 1)]);
        assert_eq!(due(Cadence::Quarterly), [date(2026, 10, 1)]);
    }

    #[test]
    fn a_day_of_a_stretch_is_told_with_the_time_that_is_left() {
        let told = |ended, spent| tell_day(date(2026, 11, 3), ended, 20, spent);
        assert_eq!(told(0, 0.0), "Day 1 of 20, 2026-11-03");
        assert_eq!(told(2, 10.0), "Day 3 of 20, 2026-11-03, about 90 s left");
    }

    #[test]
    fn a_stretch_without_a_due_day_is_refused() {
        let (from, to) = (date(2026, 11, 2), date(2026, 11, 30));
        assert!(matches!(days(&report(Cadence::Monthly), from, to), Err(Error::NeverDue { .. })));
        assert!(matches!(days(&report(Cadence::Daily), to, from), Err(Error::Backwards { .. })));
        assert!(matches!(days(&report(Cadence::AfterLoad), from, to), Err(Error::WithoutDays(_))));
    }
}
