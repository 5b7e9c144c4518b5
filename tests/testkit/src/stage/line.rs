//! The stages of the pipeline in a row, as its state machine calls them, but without it: one call each.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Answer, Stage, asked};
use crate::stack::Stack;

/// A bucket for drops of which no event tells, so that nobody but the line takes them up.
pub const LANDING: &str = "rounds-line";

/// Makes [`LANDING`] where it is not there.
pub async fn landing(stack: &Stack) {
    // Where it is there already, it stays.
    let _ = stack.s3.create_bucket().bucket(LANDING).send().await;
    let kept = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let versions =
        stack.s3.put_bucket_versioning().bucket(LANDING).versioning_configuration(kept).send().await;
    versions.expect("the bucket keeps versions");
}

/// Four stages that a test may put others in the place of.
pub struct Line {
    s3: aws_sdk_s3::Client,
    /// Looks at a drop.
    pub ingest: Stage,
    /// Transforms its parts, one after another.
    pub transform: Stage,
    /// Loads it.
    pub load: Stage,
    /// Reports on it.
    pub report: Stage,
}

/// A run that did not come to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Stopped {
    /// The stage: `ingest`, …
    pub at: &'static str,
    /// How its call ended.
    pub answer: Answer,
}

impl Line {
    /// The stages of a stack.
    pub async fn start(stack: &Stack) -> Self {
        Self::start_with(stack, &[]).await
    }

    /// The same with these variables changed.
    pub async fn start_with(stack: &Stack, changed: &[(&str, &str)]) -> Self {
        landing(stack).await;
        let changed = [&[("LANDING_BUCKET", LANDING)], changed].concat();
        let stage = |name| Stage::start(stack, name, &changed);
        Self {
            s3: stack.s3.clone(),
            ingest: stage("ingest"),
            transform: stage("transform"),
            load: stage("load"),
            report: stage("report"),
        }
    }

    /// Drops a file: the event that S3 would send of it, without a version, as S3's events of buckets with none are.
    pub async fn drop_file(&self, key: &str, content: Vec<u8>) -> Value {
        let size = content.len();
        let put = self.s3.put_object().bucket(LANDING).key(key).body(ByteStream::from(content)).send().await;
        let put = put.expect("the file is dropped");
        let now = Timestamp::now();
        let object = json!({
            "key": key,
            "size": size,
            "etag": put.e_tag().unwrap_or_default().trim_matches('"'),
            "version-id": put.version_id(),
            "sequencer": format!("{:018X}", now.as_nanosecond()),
        });
        let time = Timestamp::from_second(now.as_second()).expect("it is now");
        json!({"time": time, "detail": {"bucket": {"name": LANDING}, "object": object}})
    }

    /// Takes a drop through the stages, as the state machine does, each called once: its output at the end.
    ///
    /// # Errors
    /// The first stage that did not answer, and how.
    pub fn run(&mut self, event: &Value) -> Result<Value, Stopped> {
        let inspected = at("ingest", self.ingest.invoke(&asked::inspect(event)))?;
        let outcome = inspected["outcome"].as_str().unwrap_or_default();
        let (outcome, loads) = match outcome {
            "accepted" => {
                let order = self.transformed(&inspected)?;
                let loaded = at("load", self.load.invoke(&order))?;
                (loaded["outcome"].clone(), loaded["loads"].clone())
            }
            "duplicate" => (inspected["outcome"].clone(), inspected["loads"].clone()),
            _ => return Ok(inspected),
        };
        let reports = match due(&inspected, &loads) {
            Some(due) => at("report", self.report.invoke(&due))?["reports"].clone(),
            None => json!([]),
        };
        Ok(json!({"outcome": outcome, "drop": inspected["drop"], "loads": loads, "reports": reports}))
    }

    /// Takes a drop up to its load: what the load is asked.
    ///
    /// # Errors
    /// See [`Line::run`].
    ///
    /// # Panics
    /// Ingest does not accept it.
    pub fn up_to_load(&mut self, event: &Value) -> Result<Value, Stopped> {
        let inspected = at("ingest", self.ingest.invoke(&asked::inspect(event)))?;
        assert_eq!(inspected["outcome"], "accepted", "{inspected}");
        self.transformed(&inspected)
    }

    /// Takes a drop up to its report: what the report is asked.
    ///
    /// # Errors
    /// See [`Line::run`].
    ///
    /// # Panics
    /// Nothing was loaded.
    pub fn up_to_report(&mut self, event: &Value) -> Result<Value, Stopped> {
        let order = self.up_to_load(event)?;
        let loaded = at("load", self.load.invoke(&order))?;
        Ok(due(&order, &loaded["loads"]).expect("something was loaded"))
    }

    /// What the load is asked about a drop that ingest accepted.
    fn transformed(&mut self, inspected: &Value) -> Result<Value, Stopped> {
        let mut order = inspected.clone();
        let mut parts = Vec::new();
        for part in inspected["parts"].as_array().into_iter().flatten() {
            parts.push(at("transform", self.transform.invoke(&asked::transform(inspected, part)))?);
        }
        order["parts"] = parts.into();
        order["decision"] = Value::Null;
        Ok(order)
    }
}

fn at(stage: &'static str, answer: Answer) -> Result<Value, Stopped> {
    match answer {
        Answer::Done(value) => Ok(value),
        answer => Err(Stopped { at: stage, answer }),
    }
}

/// What the report is asked after these loads; nothing where nothing was loaded.
fn due(inspected: &Value, loads: &Value) -> Option<Value> {
    let all = loads.as_array()?;
    let is_loaded = |load: &&Value| {
        load.get("outcome").is_none_or(|outcome| outcome == "loaded" || outcome == "already_loaded")
    };
    let loaded: Vec<&Value> = all.iter().filter(is_loaded).collect();
    (!loaded.is_empty()).then(|| asked::report(&inspected["as_of"], &loaded))
}
