//! Executions of the state machines, started.

use rounds_shared::payload::{CleanUpOrder, Decision, ObjectCreated, Order};
use serde_json::json;

use crate::error::{Error, Result};
use crate::run::Call;
use crate::target::Target;

/// Starts a run with the event of a file, and an operator's decision where there is one.
pub(crate) async fn start(
    target: &Target,
    event: &ObjectCreated,
    decision: Option<Decision>,
) -> Result<String> {
    let mut input = json!(event);
    if let (Some(decision), Some(input)) = (decision, input.as_object_mut()) {
        input.insert("decision".to_owned(), json!(decision));
    }
    start_with(target, &target.pipeline_arn, Some(input.to_string())).await
}

/// Starts a round.
pub(crate) async fn start_round(target: &Target, call: &Call) -> Result<String> {
    start_with(target, &target.rounds_arn, Some(json!(call).to_string())).await
}

/// Starts a collection.
pub(crate) async fn start_collection(target: &Target, order: &Order) -> Result<String> {
    start_with(target, &target.collect_arn, Some(json!(order).to_string())).await
}

/// Starts a clean-up.
pub(crate) async fn start_clean_up(target: &Target, order: &CleanUpOrder) -> Result<String> {
    start_with(target, &target.clean_up_arn, Some(json!(order).to_string())).await
}

/// Starts an export with the input of its machine.
pub(crate) async fn start_export(target: &Target, input: &serde_json::Value) -> Result<String> {
    start_with(target, &target.export_arn, Some(input.to_string())).await
}

/// Starts an execution of `machine`.
pub(crate) async fn start_with(target: &Target, machine: &str, input: Option<String>) -> Result<String> {
    let start = target.sfn.start_execution().state_machine_arn(machine).set_input(input);
    Ok(start.send().await.map_err(Error::service("starting the run"))?.execution_arn)
}
