//! Everything that is written down about runs where people without a need to know can read it.

use serde_json::{Value, json};

use super::Stack;

impl Stack {
    /// All logs, each with its name: the daemons' files, the functions' log groups, and the runs' payloads, histories
    /// and errors.
    #[must_use]
    pub fn logs(&self) -> Vec<(String, String)> {
        let mut logs = Vec::new();
        for entry in std::fs::read_dir(self.folder.join("logs")).unwrap() {
            let path = entry.unwrap().path();
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            // Which the stand-in for SNS writes down instead of sending it.
            let lines = text.lines().filter(|line| !line.contains("SNS SMS to "));
            logs.push((path.display().to_string(), lines.collect::<Vec<_>>().join("\n")));
        }
        for group in self.log_groups() {
            logs.push((group.clone(), self.log_group(&group)));
        }
        for arn in self.executions() {
            let described = self.call("AWSStepFunctions.DescribeExecution", &json!({"executionArn": &arn}));
            let history = Value::from(self.history(&arn));
            let text = without_request(&described, format!("{described}\n{history}"));
            logs.push((arn, text));
        }
        logs
    }

    fn log_groups(&self) -> Vec<String> {
        let answer = self.call("Logs_20140328.DescribeLogGroups", &json!({"limit": 50}));
        let groups = answer["logGroups"].as_array().into_iter().flatten();
        groups.filter_map(|group| group["logGroupName"].as_str().map(str::to_owned)).collect()
    }

    fn log_group(&self, name: &str) -> String {
        let mut text = String::new();
        let mut asked = json!({"logGroupName": name});
        loop {
            let mut page = self.call("Logs_20140328.FilterLogEvents", &asked);
            for event in page["events"].as_array().into_iter().flatten() {
                text.push_str(event["message"].as_str().unwrap_or_default());
                text.push('\n');
            }
            match page["nextToken"].take() {
                Value::Null => return text,
                token => asked["nextToken"] = token,
            }
        }
    }
}

/// An execution's text without what an export was asked to be about, where the request says it, as often as it is told and
/// however often it was escaped. See docs/adr/0015-an-export-is-an-execution.md.
fn without_request(described: &Value, text: String) -> String {
    let input: Value =
        serde_json::from_str(described["input"].as_str().unwrap_or("null")).unwrap_or_default();
    let asked = input["parameters"].as_object().into_iter().flatten();
    let entries =
        asked.flat_map(|(name, value)| [format!("\"{name}\":{value}"), format!("\"{name}\": {value}")]);
    entries.fold(text, |text, entry| {
        let escaped = std::iter::successors(Some(entry), |entry| {
            let quoted = Value::from(entry.as_str()).to_string();
            Some(quoted[1..quoted.len() - 1].to_owned())
        });
        escaped.take(4).fold(text, |text, entry| text.replace(&entry, ""))
    })
}
