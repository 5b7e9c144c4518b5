//! What a report's file says of its message and of times of the day.

use jiff::civil::Time;
use toml::Spanned;

use super::Examined;
use crate::catalog::{Cadence, Channel, Each, Hours, Message, Wording, hours};

/// The keys as they are written.
pub(super) struct Written<'a> {
    pub(super) message: Option<&'a Spanned<String>>,
    pub(super) subject: Option<&'a Spanned<String>>,
    pub(super) lines: Option<&'a Spanned<String>>,
    pub(super) hours: Option<&'a Spanned<String>>,
    pub(super) fresh_from: Option<&'a Spanned<String>>,
    pub(super) cadence: Cadence,
    pub(super) deliver: &'a [Channel],
    pub(super) each: Option<&'a Each>,
    /// Whether the report attaches files or draws pictures.
    pub(super) has_more: bool,
}

/// The message; none where there is none, or where it cannot be read.
pub(super) fn message(file: &mut Examined<'_>, written: &Written<'_>) -> Option<Message> {
    let Written { message, subject, lines, .. } = *written;
    let Some(text) = message else {
        for key in [subject, lines].into_iter().flatten() {
            file.mistake(key.span(), "`subject` and `lines` belong to a `message`");
        }
        return None;
    };
    if let Some(lines) = lines.filter(|_| !has_lines(written)) {
        file.mistake(lines.span(), "`lines` are what a chat room is shown of several rows");
    }
    let is_kept = written.has_more || written.deliver.iter().any(|channel| !channel.is_sent());
    if is_kept && is_one_row(written) {
        file.mistake(
            text.span(),
            "a message about one row is sent and kept nowhere: without `attach`, `[chart]` and a `deliver` that stores",
        );
    }
    let text = wording(file, text);
    let subject = subject.map(|subject| wording(file, subject));
    let lines = lines.map(|lines| wording(file, lines));
    Some(Message { text: text?, subject: subject.flatten(), lines: lines.flatten() })
}

fn has_lines(written: &Written<'_>) -> bool {
    !is_one_row(written) && written.deliver.contains(&Channel::Chat)
}

fn is_one_row(written: &Written<'_>) -> bool {
    matches!(written.each, Some(Each::Row { .. }))
}

fn wording(file: &mut Examined<'_>, written: &Spanned<String>) -> Option<Wording> {
    let wording = Wording::parse(written.get_ref());
    if wording.is_none() {
        file.mistake(written.span(), "a column stands in braces, `{column}`, and there are no others");
    }
    wording
}

/// The hours; none where there are none, or where they cannot be read.
pub(super) fn hours(file: &mut Examined<'_>, written: &Written<'_>) -> Option<Hours> {
    let text = written.hours?;
    if !is_called_by_the_clock(written) || !written.deliver.iter().any(|channel| channel.is_sent()) {
        file.mistake(text.span(), "`hours` are for what the clock makes due and people are sent");
    }
    let hours = Hours::parse(text.get_ref());
    if hours.is_none() {
        file.mistake(text.span(), "hours are written like `08:00-20:00`, within one day");
    }
    hours
}

/// The time of the day before from which on data are fresh; none where there is none, or where it cannot be read.
pub(super) fn fresh_from(file: &mut Examined<'_>, written: &Written<'_>) -> Option<Time> {
    let text = written.fresh_from?;
    if !is_called_by_the_clock(written) {
        file.mistake(text.span(), "`fresh_from` is for what the clock makes due: it waits for fresh data");
    }
    let time = hours::time(text.get_ref());
    if time.is_none() {
        file.mistake(text.span(), "a time is written like `18:00`");
    }
    time
}

const fn is_called_by_the_clock(written: &Written<'_>) -> bool {
    !matches!(written.cadence, Cadence::AfterLoad | Cadence::OnRequest)
}

#[cfg(test)]
#[path = "message_file_tests.rs"]
mod tests;
