//! What SES tells of a mail.

use serde::{Deserialize, Serialize};

/// What SES tells of a mail (EventBridge, source `aws.ses`). Fields that Rounds does not read are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailEvent {
    /// `aws.ses`.
    pub source: String,
    /// What happened.
    pub detail: MailEventDetail,
}

/// What happened to a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailEventDetail {
    /// `Send`, `Delivery`, `Bounce`, `Complaint`, `Reject`, `DeliveryDelay`, …
    pub event_type: String,
    /// The mail.
    pub mail: MailRef,
    /// Where it bounced.
    pub bounce: Option<Bounce>,
}

/// The mail that an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailRef {
    /// SES's id of it.
    pub message_id: String,
    /// Its tags; `delivery` holds the ledger's id.
    #[serde(default)]
    pub tags: std::collections::BTreeMap<String, Vec<String>>,
}

/// How a mail bounced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bounce {
    /// `Permanent`, `Transient`, `Undetermined`.
    pub bounce_type: String,
}
