//! What the state machine asks the stages.

use serde_json::{Value, json};

/// To look at a drop, by its event.
#[must_use]
pub fn inspect(event: &Value) -> Value {
    json!({"action": "inspect", "event": event})
}

/// To set a drop aside for this error.
#[must_use]
pub fn quarantine(event: &Value, error: &str, cause: &str) -> Value {
    json!({"action": "settle", "event": event, "status": "quarantined", "error": error, "cause": cause})
}

/// To transform a part of a drop that was inspected.
#[must_use]
pub fn transform(inspected: &Value, part: &Value) -> Value {
    json!({"drop": inspected["drop"], "as_of": inspected["as_of"], "file": inspected["file"], "part": part})
}

/// To transform its first part.
#[must_use]
pub fn transform_first(inspected: &Value) -> Value {
    transform(inspected, &inspected["parts"][0])
}

/// To report on loads, told as a load's answer tells them.
#[must_use]
pub fn report(as_of: &Value, loads: &[&Value]) -> Value {
    let told = loads.iter();
    let told =
        told.map(|load| json!({"dataset": load["dataset"], "batch": load["batch"], "load": load["load"]}));
    json!({"due": {"cadence": "after load", "as_of": as_of, "loads": told.collect::<Vec<_>>()}})
}
