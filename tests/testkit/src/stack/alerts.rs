//! Alerts: a queue of one's own behind the topic.

use serde_json::{Value, json};

use super::{Stack, runs::until, unused};

/// What the topic was told from now on.
pub struct Alerts<'a> {
    stack: &'a Stack,
    queue: String,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Subject.
    pub subject: String,
    /// Text.
    pub message: String,
}

impl Stack {
    /// Listens to the alert topic from now on.
    #[must_use]
    pub fn alerts(&self) -> Alerts<'_> {
        let name = unused("alerts");
        let created = self.call("AmazonSQS.CreateQueue", &json!({"QueueName": name}));
        let queue = created["QueueUrl"].as_str().unwrap().to_owned();
        let topic = &self.deployment().alert_topic_arn;
        let owner = topic.rsplit_once(':').map(|(owner, _)| owner.replace(":sns:", ":sqs:")).unwrap();
        self.query(&format!("Action=Subscribe&TopicArn={topic}&Protocol=sqs&Endpoint={owner}:{name}"));
        Alerts { stack: self, queue }
    }
}

impl Alerts<'_> {
    /// The next alert.
    #[must_use]
    pub fn next(&self) -> Alert {
        until("an alert comes", || self.take())
    }

    /// An alert, if one waits.
    #[must_use]
    pub fn take(&self) -> Option<Alert> {
        let answer = self.stack.call("AmazonSQS.ReceiveMessage", &json!({"QueueUrl": self.queue}));
        let message = answer["Messages"].get(0)?;
        let handle = json!({"QueueUrl": self.queue, "ReceiptHandle": message["ReceiptHandle"]});
        let _ = self.stack.call("AmazonSQS.DeleteMessage", &handle);
        let notice: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
        let text = |name: &str| notice[name].as_str().unwrap_or_default().to_owned();
        Some(Alert { subject: text("Subject"), message: text("Message") })
    }
}
