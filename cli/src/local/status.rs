//! What runs of a local stack, as people and programs read it.

use serde_json::{Value, json};

use crate::local::process::Service;
use crate::local::state::{Deployment, Stack, StateFolder};
use crate::table::Table;

const PARTS: Table<'_> = Table {
    header: &["PART", "STATE", "ADDRESS", "PID"],
    numbers: &[3],
    spare: &[],
    elastic: &[0],
    standing: Some(1),
};

/// Each part with its address, and the names of what is deployed.
pub(super) fn tell(folder: &StateFolder, stack: &Stack) -> String {
    let rows = stack.services().map(|(name, service)| {
        let word = if service.is_running() { "running" } else { "down" };
        let pid = if service.is_running() { service.pid.to_string() } else { "-".to_owned() };
        [name.to_owned(), word.to_owned(), address(service).unwrap_or_else(|| "-".to_owned()), pid].to_vec()
    });
    let mut lines = vec![PARTS.told(&rows), format!("\nstate and logs: {}", folder.root().display())];
    if let Some(deployment) = &stack.deployment {
        let Deployment { landing_bucket, pipeline_arn, rounds_arn, collect_arn, .. } = deployment;
        let Deployment { export_arn, clean_up_arn, .. } = deployment;
        lines.extend([
            format!("drop files into: s3://{landing_bucket}"),
            format!("pipeline:        {pipeline_arn}"),
            format!("rounds:          {rounds_arn}"),
            format!("collect:         {collect_arn}"),
            format!("export:          {export_arn}"),
            format!("clean-up:        {clean_up_arn}"),
        ]);
    }
    lines.join("\n")
}

/// The same for a program, without the database's password.
pub(super) fn as_json(folder: &StateFolder, stack: &Stack) -> Value {
    let parts = stack.services().map(|(name, service)| {
        let running = service.is_running();
        let pid = running.then_some(service.pid);
        json!({"part": name, "running": running, "address": address(service), "pid": pid})
    });
    json!({"state": folder.root(), "parts": parts, "deployment": stack.deployment})
}

fn address(service: &Service) -> Option<String> {
    (service.port > 0).then(|| format!("127.0.0.1:{}", service.port))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_part_that_is_down_is_shown_as_that_and_no_password_is() {
        let folder = StateFolder::at(Path::new("/state")).unwrap();
        let stack = Stack { database_password: "secret".to_owned(), ..Stack::default() };
        let (told, json) = (tell(&folder, &stack), as_json(&folder, &stack));
        assert!(told.contains("PostgreSQL                 down   -"), "{told}");
        assert_eq!(
            json["parts"][0],
            json!({"part": "PostgreSQL", "running": false, "address": null, "pid": null})
        );
        assert!(!told.contains("secret") && !json.to_string().contains("secret"));
    }
}
