//! What a report's file says of a report on request.

use super::Examined;
use super::report_file::{HeadlineFile, ReportFile, is_free};
use crate::catalog::report::{Cadence, Channel, Query};

/// What is asked for is one file about what the request names; nobody is shown it but through its link.
pub(super) fn check(file: &mut Examined<'_>, written: &ReportFile, own: &Query) {
    if written.cadence == Cadence::OnRequest {
        check_whole(file, written);
    }
    let sql = without_comments(&own.sql);
    for name in &written.parameters {
        let is_taken = written.settings.keys().any(|setting| setting.get_ref() == name.get_ref());
        if written.cadence != Cadence::OnRequest {
            file.mistake(name.span(), "`parameters` are for reports with `cadence = \"on request\"`");
        } else if !is_free(name.get_ref()) || is_taken {
            file.mistake(
                name.span(),
                "a parameter's name is lower-case letters, digits and `_`, other than as_of, period_first, period_last \
                 and a setting's",
            );
        } else if !sql.contains(&format!("'rounds.{}'", name.get_ref())) {
            let reads = format!("current_setting('rounds.{}')", name.get_ref());
            file.mistake(
                name.span(),
                format!("{} does not read `{reads}`, and tells of everybody", own.file),
            );
        }
    }
}

fn check_whole(file: &mut Examined<'_>, written: &ReportFile) {
    let is_one_file = written.attach.len() == 1 && written.sections.is_empty() && written.chart.is_none();
    let is_for_one = !written.parameters.is_empty() && written.each.is_none() && written.once_per.is_empty();
    let is_linked = matches!(written.deliver.as_slice(), [Channel::Email | Channel::File]);
    if !(is_one_file && is_for_one && is_linked) {
        file.mistake(
            written.title.span(),
            "on request there is one file about what `parameters` name: one word in `attach`, `deliver` is `[\"email\"]`, \
             which sends a link to it, or `[\"file\"]`, and there are neither `each`, `once_per`, `[[sections]]` nor a chart",
        );
    }
    let telling = written.message.as_ref().map(toml::Spanned::span);
    let asking =
        matches!(written.headline.get_ref(), HeadlineFile::Query(_)).then(|| written.headline.span());
    for at in telling.into_iter().chain(asking) {
        file.mistake(
            at,
            "whoever is sent the link is told nothing of a row: there is no `message`, and the headline is `count` or `sum(…)`",
        );
    }
}

/// A query as PostgreSQL reads it: what stands in a comment is not there.
fn without_comments(sql: &str) -> String {
    let (mut kept, mut rest) = (String::new(), sql);
    while let Some(at) = rest.find(['\'', '-', '/']) {
        let (before, from) = rest.split_at(at);
        kept.push_str(before);
        let end =
            |mark: &str, after: usize| from.get(after..).and_then(|it| it.find(mark)).map(|it| it + after);
        let (is_comment, length) = match from {
            _ if from.starts_with("--") => (true, end("\n", 2)),
            _ if from.starts_with("/*") => (true, end("*/", 2).map(|it| it + 2)),
            _ if from.starts_with('\'') => (false, end("'", 1).map(|it| it + 1)),
            _ => (false, Some(1)),
        };
        let (part, after) = from.split_at(length.unwrap_or(from.len()));
        kept.push_str(if is_comment { " " } else { part });
        rest = after;
    }
    kept + rest
}

#[cfg(test)]
#[path = "request_file_tests.rs"]
mod tests;
