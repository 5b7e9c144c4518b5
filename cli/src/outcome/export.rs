//! The end of an export.

use rounds_shared::failure::{End, Name};
use rounds_shared::payload::{Exported, Notice};
use serde::{Deserialize, Serialize};

use super::Reason;
use crate::terminal::{grouped, moment_and_zone};

/// The error of a request about which there is no row.
const NOTHING_FOUND: &str = End::NothingFound.as_str();

/// The output of an export that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExportOutput {
    /// `exported`.
    outcome: String,
    #[serde(flatten)]
    exported: Exported,
}

/// The link, until when it works, and who was told.
pub(super) fn tell(what: &str, run: &str, output: &ExportOutput) -> String {
    let Exported { rows, waiting, link, expires_at, notice, .. } = &output.exported;
    let notice = notice.map(|notice| match notice {
        Notice::Sent => "sent",
        Notice::Suppressed => "not sent: the address takes no mail since it bounced or complained",
        Notice::Refused => "not sent: `rounds deliveries` says why",
        Notice::Uncertain => "uncertain: `rounds deliveries --uncertain` shows it",
    });
    let notice = notice.map(|notice| format!("\n  notice    {notice}")).unwrap_or_default();
    let waiting = match waiting {
        0 => String::new(),
        _ => format!(
            "\n  waiting   {} of its datasets' rows wait for others that no file has brought; some may be missing here",
            grouped(*waiting)
        ),
    };
    format!(
        "EXPORTED    {what}\n  request   {run}\n  rows      {}{waiting}{notice}\n  link      {link}\n  until     {}; whoever \
         has the link can open it\n  next      open the link, or pass it on; when it has run out, ask again for a new one",
        grouped(*rows),
        moment_and_zone(*expires_at),
    )
}

/// Whether nothing could be made of what was asked: asked again in the same words, it ends the same way.
pub(super) fn is_refused(reason: &Reason) -> bool {
    [NOTHING_FOUND, Name::Payload.as_str()].contains(&reason.error.as_str())
}

/// What was asked wrongly, or about nobody.
pub(super) fn tell_refused(what: &str, reason: &Reason) -> String {
    let Reason { error, cause } = reason;
    format!(
        "REFUSED     {what}\n  error     {error}\n  cause     {cause}\n  next      set that right, and ask again"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_knows_the_error_by_the_same_name() {
        let machine = include_str!("../../../statemachine/export.asl.json");
        assert!(machine.contains(&format!("\"{NOTHING_FOUND}\"")));
    }

    #[test]
    fn what_is_asked_wrongly_is_not_to_be_run_again_and_what_broke_off_is() {
        let reason = |error: &str| Reason { error: error.to_owned(), cause: "the cause".to_owned() };
        assert!(is_refused(&reason(NOTHING_FOUND)) && is_refused(&reason("Defect.Payload")));
        assert!(!is_refused(&reason("Retryable.DatabaseUnreachable")));
        insta::assert_snapshot!(tell_refused("export demo.history", &reason(NOTHING_FOUND)), @r"
        REFUSED     export demo.history
          error     Export.NothingFound
          cause     the cause
          next      set that right, and ask again
        ");
    }

    #[test]
    fn an_export_tells_its_link_and_what_became_of_the_letter() {
        let output = r#"{"outcome": "exported", "report": "demo.history", "rows": 1200, "waiting": 2, "link": "https://lake/a?b",
            "expires_at": "2026-11-21T20:00:00Z", "notice": "suppressed"}"#;
        let told = tell("export demo.history", "0b5f", &serde_json::from_str(output).unwrap());
        assert!(
            told.contains("rows      1,200\n") && told.contains("link      https://lake/a?b\n"),
            "{told}"
        );
        assert!(told.contains("\n  next      open the link"), "{told}");
        assert!(told.contains("not sent: the address takes no mail"), "{told}");
        assert!(told.contains("waiting   2 of its datasets' rows wait for others"), "{told}");
        let untold = output.replace(r#", "notice": "suppressed""#, "").replace(r#""waiting": 2, "#, "");
        let untold = tell("export", "0b5f", &serde_json::from_str(&untold).unwrap());
        assert!(!untold.contains("notice") && !untold.contains("waiting"), "{untold}");
    }
}
