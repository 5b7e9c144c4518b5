//! The six reports of the booking workbook: their rows agree with the rules, each goes out once, and the extract names
//! nobody.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot ask has failed"
)]

mod agreement;
mod extract;
#[cfg(target_os = "linux")]
mod once;
mod shape;

use jiff::civil::Date;
use rounds_testkit::mis::Bookings;
use rounds_testkit::mis_rules::{Mis, Report};
use rounds_testkit::stack::{Mail, Stack};
use rounds_tests::rounds;

/// Where the workbook is dropped.
const KEY: &str = "mis/MIS_Report.xlsx";

/// What a report tells.
struct Told {
    report: Report,
    name: &'static str,
    /// Its headline's figures, by name.
    headline: &'static [(&'static str, Figure)],
}

/// What a figure counts or adds up.
#[derive(Clone, Copy)]
enum Figure {
    Rows,
    Amount,
    Refunds,
}

const REPORTS: [Told; 6] = [
    Told {
        report: Report::CancelledAndPaid,
        name: "mis.cancelled_and_paid",
        headline: &[
            ("Appointments", Figure::Rows),
            ("At risk", Figure::Amount),
            ("Refunded so far", Figure::Refunds),
        ],
    },
    Told {
        report: Report::Cancelled,
        name: "mis.cancelled",
        headline: &[("Cancelled", Figure::Rows), ("Amount", Figure::Amount)],
    },
    Told {
        report: Report::Completed,
        name: "mis.completed_consultations",
        headline: &[("Newly completed", Figure::Rows), ("Amount", Figure::Amount)],
    },
    Told {
        report: Report::Dropout,
        name: "mis.dropouts",
        headline: &[("Dropouts", Figure::Rows), ("Not earned", Figure::Amount)],
    },
    Told {
        report: Report::MissingPrescription,
        name: "mis.missing_prescriptions",
        headline: &[("Missing", Figure::Rows)],
    },
    Told {
        report: Report::OperationsExtract,
        name: "mis.operations_extract",
        headline: &[("Appointments", Figure::Rows), ("Amount", Figure::Amount)],
    },
];

/// Bookings with canaries, few enough to be dropped often and enough for every report.
fn bookings(seed: u64) -> Bookings {
    Bookings { seed, rows: 1_200, canary: true }
}

/// Drops a workbook, which is loaded; the independent reading of it.
async fn drop_workbook(stack: &Stack, workbook: Vec<u8>) -> Mis {
    let mis = Mis::read(&workbook).unwrap();
    let run = stack.drop_file(KEY, workbook).await;
    assert_eq!(run.outcome(), "loaded", "{}", run.output);
    let counts =
        ["read", "rejected", "superseded"].map(|name| run.output["loads"][0]["counts"][name].as_u64());
    assert_eq!(counts, [mis.read, mis.rejected, mis.superseded].map(|count| Some(count as u64)));
    mis
}

/// Sends the six reports for a day: one letter of each.
fn send_all(stack: &Stack, as_of: Date) -> Vec<Mail> {
    let (mails, day) = (stack.mails().len(), as_of.to_string());
    let names = REPORTS.iter().map(|told| told.name);
    let arguments: Vec<&str> = ["report"].into_iter().chain(names).chain(["--as-of", &day]).collect();
    let (told, code) = rounds(stack, &arguments);
    assert_eq!(code, Some(0), "{told}");
    let mails = stack.mails().split_off(mails);
    assert_eq!(mails.len(), REPORTS.len());
    mails
}

/// The letter of a report among those of one day.
fn letter<'a>(mails: &'a [Mail], report: &str) -> &'a Mail {
    let begins = report.replace('.', "-") + "-2";
    let is_it = |mail: &&Mail| mail.attachments.iter().any(|(name, _)| name.starts_with(&begins));
    mails.iter().find(is_it).unwrap_or_else(|| panic!("no letter of {report}"))
}
