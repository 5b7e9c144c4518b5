//! Output: results on stdout; progress on stderr, as a spinner where there is a terminal and as plain lines elsewhere.

use std::io::{self, IsTerminal, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use console::style;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Whether a program reads what is written: then stderr has errors alone. It is of the process, as its streams are.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// Says nothing beside results and errors from now on.
pub(crate) fn tell_results_alone() {
    IS_QUIET.store(true, Ordering::Relaxed);
}

/// Writes beside the results, unless a program reads them.
fn aside(text: &str) {
    if !IS_QUIET.load(Ordering::Relaxed) {
        eprint!("{text}");
    }
}

/// Writes a line of the command's result. A reader that went away (`| head`) is no error; where the result is lost
/// otherwise, as on a full disk, nothing more is worth saying, and the exit code has to tell.
pub(crate) fn say(line: impl AsRef<str>) {
    match writeln!(io::stdout().lock(), "{}", line.as_ref()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("rounds: the result cannot be written: {}", error.kind());
            process::exit(1)
        }
        _ => {}
    }
}

/// Says what is done, beside the results.
pub(crate) fn note(line: &str) {
    aside(&format!("  {line}\n"));
}

/// One piece of work that a person waits for.
pub(crate) struct Step {
    name: String,
    started: Instant,
    spinner: Option<ProgressBar>,
    is_done: bool,
}

impl Step {
    /// Shows that the work has begun.
    pub(crate) fn start(name: impl Into<String>) -> Self {
        let name = name.into();
        let is_shown = io::stderr().is_terminal() && !IS_QUIET.load(Ordering::Relaxed);
        let spinner = is_shown.then(|| {
            let spinner = ProgressBar::new_spinner();
            spinner.set_style(shape("  {spinner} {msg} {elapsed}"));
            spinner.set_message(name.clone());
            spinner.enable_steady_tick(Duration::from_millis(120));
            spinner
        });
        if spinner.is_none() {
            aside(&format!("  {name} ... "));
        }
        Self { name, started: Instant::now(), spinner, is_done: false }
    }

    /// Says more about the work while it goes on.
    pub(crate) fn note(&self, note: &str) {
        match &self.spinner {
            Some(spinner) => spinner.set_message(format!("{}: {note}", self.name)),
            None => aside(&format!("{note} ... ")),
        }
    }

    /// Shows how far the work is as a bar, where there is a terminal.
    pub(crate) fn count(&self, ended: usize, items: usize) {
        let Some(bar) = &self.spinner else { return };
        bar.set_style(shape("  {spinner} {msg} {bar:24} {elapsed}"));
        bar.set_length(u64::try_from(items).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(ended).unwrap_or(u64::MAX));
    }

    /// A bar of bytes on their way, with their rate and the time that is left; none where there is no terminal.
    pub(crate) fn bytes(&self, total: u64) -> Option<ProgressBar> {
        let bar = self.spinner.clone()?;
        bar.set_style(shape(
            "  {spinner} {msg}\n    {bar:24} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        ));
        bar.set_length(total);
        Some(bar)
    }

    /// Shows that the work is done, and how long it took where that is worth knowing.
    pub(crate) fn done(mut self, outcome: &str) {
        self.is_done = true;
        let elapsed = self.started.elapsed();
        let time = if elapsed >= Duration::from_millis(100) {
            format!(" ({:.1} s)", elapsed.as_secs_f64())
        } else {
            String::new()
        };
        match &self.spinner {
            Some(spinner) => {
                spinner.finish_and_clear();
                eprintln!("  {} {}: {outcome}{time}", style("✓").for_stderr().green(), self.name);
            }
            None => aside(&format!("{outcome}{time}\n")),
        }
    }
}

impl Drop for Step {
    /// Work that was not done leaves a clean line for the error that follows.
    fn drop(&mut self) {
        match &self.spinner {
            _ if self.is_done => {}
            Some(spinner) => {
                spinner.finish_and_clear();
                eprintln!("  {} {}", style("✗").for_stderr().red(), self.name);
            }
            None => aside("stopped\n"),
        }
    }
}

/// How a step looks; a template that is none leaves a spinner.
fn shape(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// A number with its thousands apart: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A moment by the clock of this machine, to the second.
pub(crate) fn moment(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same with its time zone, for a moment that is passed on to others.
pub(crate) fn moment_and_zone(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
