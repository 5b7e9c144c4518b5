//! What happens, drawn from a seed: the same seed draws the same steps.

use std::time::Duration;

use fastrand::Rng;

use super::post::Weather;

/// The functions that are killed.
pub(super) const FUNCTIONS: [&str; 4] = ["rounds-ingest", "rounds-transform", "rounds-load", "rounds-report"];
/// Where they die by themselves.
const POINTS: [&str; 11] = [
    "ingest.recorded",
    "ingest.set_aside",
    "ingest.settled",
    "transform.put",
    "transform.told",
    "load.filled",
    "load.recorded",
    "load.committed",
    "report.claimed",
    "report.handed_over",
    "report.settled",
];
/// Reports are asked for of so many days.
const DAYS: i32 = 4;
/// Longest pause between two steps.
const PAUSE_MS: u64 = 120;

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The file of this number is dropped.
    Drop(usize),
    /// The event of an earlier drop is delivered once more.
    DeliverAgain(usize),
    /// A round is called for the day so many days ago.
    Round(i32),
    /// The processes of a function are killed.
    Kill(&'static str),
    /// The next function that comes to this point dies there.
    DieAt(&'static str),
    /// PostgreSQL crashes, and recovers.
    CrashDatabase,
    /// All sessions with PostgreSQL are broken off.
    CutSessions,
    /// The database gets a new password.
    Rotate(usize),
    /// How the mail service behaves from now on.
    Mail(Weather),
    /// A running execution is stopped.
    Stop(usize),
    /// Everything that runs comes to its end first.
    Rest,
}

/// The steps of a seed, each with the pause after it, for so many files.
pub(super) fn steps(seed: u64, files: usize) -> impl Iterator<Item = (Step, Duration)> {
    let mut chance = Rng::with_seed(seed);
    std::iter::repeat_with(move || {
        let step = draw(&mut chance, files);
        (step, Duration::from_millis(chance.u64(..PAUSE_MS)))
    })
}

fn draw(chance: &mut Rng, files: usize) -> Step {
    match chance.u32(..100) {
        0..45 => Step::Drop(chance.usize(..files)),
        45..52 => Step::DeliverAgain(chance.usize(..)),
        52..56 => Step::Round(chance.i32(0..DAYS)),
        56..62 => Step::Kill(FUNCTIONS[chance.usize(..FUNCTIONS.len())]),
        62..69 => Step::DieAt(POINTS[chance.usize(..POINTS.len())]),
        69..73 => Step::CrashDatabase,
        73..80 => Step::CutSessions,
        80..85 => Step::Rotate(chance.usize(..)),
        85..91 => Step::Mail(if chance.bool() { Weather::Fair } else { Weather::Foul }),
        91..95 => Step::Stop(chance.usize(..)),
        _ => Step::Rest,
    }
}
