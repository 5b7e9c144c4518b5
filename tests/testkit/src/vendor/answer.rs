//! Answers as the vendor writes them.

use super::behaviour::{Answer, Xml};

/// The vendor's namespace.
const NAMESPACE: &str = "http://www.collaboratemd.com/api/v1/";

/// What goes back over the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// A status, and a body of this type.
    Http { status: u16, kind: &'static str, body: String },
    /// Nothing.
    HangUp,
}

impl Reply {
    pub(super) fn status(status: u16) -> Self {
        Self::Http { status, kind: "text/plain", body: String::new() }
    }

    pub(super) fn json(body: String) -> Self {
        Self::Http { status: 200, kind: "application/json", body }
    }

    /// The answer, where it takes nothing but words.
    pub(super) fn in_words(answer: Answer, xml: Xml) -> Self {
        let say = |status: &'static str, message: &'static str| Words::new(status, message).reply(xml);
        match answer {
            Answer::Status(status) | Answer::StatusAfter(status) => Self::status(status),
            Answer::HangUp | Answer::HangUpAfter => Self::HangUp,
            Answer::Page => Self::Http {
                status: 200,
                kind: "text/html",
                body: "<!DOCTYPE html><html><body><p>Please wait<br></body></html>".to_owned(),
            },
            Answer::StillRunning => say("REPORT RUNNING", STILL_RUNNING),
            Answer::NoData | Answer::Complete => say("SUCCESS", ""),
            Answer::NoRecords => say("ERROR", "No records were found matching the criteria used."),
            Answer::TimedOut => say("REPORT TIMED OUT", "The report has timed out."),
            Answer::NotFound => say("NOT FOUND", "The report results were not found."),
            Answer::InvalidCriteria => say("INVALID CRITERIA", "The report or its filter does not exist."),
            Answer::Error => say("ERROR", "An unexpected error occurred."),
            Answer::InterfaceOff => say("ERROR", "The Web API interface is not turned on for this customer."),
            Answer::NoLongerActive => say("ERROR", "This customer is no longer active."),
        }
    }
}

pub(super) const STILL_RUNNING: &str = "The report is still running. Please wait for it to complete.";

/// What an answer says.
pub(super) struct Words<'a> {
    pub(super) status: &'a str,
    pub(super) message: &'a str,
    pub(super) identifier: Option<&'a str>,
    pub(super) data: Option<&'a str>,
}

impl<'a> Words<'a> {
    pub(super) fn new(status: &'a str, message: &'a str) -> Self {
        Self { status, message, identifier: None, data: None }
    }

    pub(super) fn reply(&self, xml: Xml) -> Reply {
        let (prefix, root, data_root) = match xml {
            Xml::Namespaced => ("", format!(" xmlns=\"{NAMESPACE}\""), ""),
            Xml::Prefixed => ("ns2:", format!(" xmlns:ns2=\"{NAMESPACE}\""), ""),
            Xml::BareData => ("", format!(" xmlns=\"{NAMESPACE}\""), " xmlns=\"\""),
            Xml::Plain => ("", String::new(), ""),
        };
        let element =
            |name: &str, rest: &str, text: &str| format!("  <{prefix}{name}{rest}>{text}</{prefix}{name}>\n");
        let mut body =
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{prefix}ReportResponse{root}>\n");
        body += &element("Status", "", self.status);
        body += &element("StatusMessage", "", self.message);
        if let Some(identifier) = self.identifier {
            body += &element("Identifier", "", identifier);
        }
        if let Some(data) = self.data {
            body += &element("Data", data_root, data);
        }
        body += &format!("</{prefix}ReportResponse>\n");
        Reply::Http { status: 200, kind: "application/xml;charset=UTF-8", body }
    }
}
