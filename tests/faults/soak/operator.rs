//! What a person does in the evening: starts again what failed, and says what became of mails of which nobody knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rounds_shared::payload::{ReportRequest, Settlement, Standing};
use rounds_testkit::stack::{Run, until};
use serde_json::Value;

use super::world::{World, daily};

/// Names of failures that what happens here may cause, as they begin. `Defect.Mail` is a channel that was stopped after
/// ten letters without an answer.
const EXPECTED: [&str; 6] =
    ["Retryable.", "Lambda.", "Runtime.ExitError", "Sandbox.Timedout", "Round.", "Defect.Mail"];
/// Failed runs are started again so often: in fair weather once is enough.
const ATTEMPTS: usize = 2;

/// Where a drop stands: S3's clock, then the sequencer, of which a longer one is later.
pub(super) type Place = (String, usize, String);

/// What is known of runs that have ended.
#[derive(Default)]
pub(super) struct Operator {
    seen: BTreeSet<String>,
    /// The drops' events in their order.
    pub(super) events: BTreeMap<Place, Value>,
    /// How many runs failed and were started again.
    pub(super) failed: usize,
    /// How many mails nobody knew of.
    pub(super) uncertain: usize,
}

impl fmt::Display for Operator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seen, failed, uncertain, .. } = self;
        write!(out, "{} runs, {failed} of them failed; {uncertain} mails of which nobody knew", seen.len())
    }
}

impl Operator {
    /// Waits for the end of everything, and brings it in order.
    pub(super) async fn tidy_up(&mut self, world: &World) {
        world.calm_down();
        let mut failed = Vec::new();
        until("each drop has started a run", || {
            world.rest();
            failed.extend(self.look(world));
            (self.events.len() == world.drops).then_some(())
        });
        self.start_again(world, failed);
        if self.settle(world).await {
            for event in self.lost(world).await {
                let _ = world.stack.start(&event);
            }
            for day in &world.days {
                let _ = world.stack.call_round(&daily(*day));
            }
            world.rest();
            let failed = self.look(world);
            self.start_again(world, failed);
        }
    }

    /// Runs that have ended since it was looked last: those that failed.
    fn look(&mut self, world: &World) -> Vec<Run> {
        let stack = world.stack.deployment();
        let machines = [&stack.pipeline_arn, &stack.rounds_arn].into_iter();
        let arns: Vec<String> =
            machines.flat_map(|machine| world.stack.executions_of(machine, None)).collect();
        let mut failed = Vec::new();
        for arn in arns {
            let Some(run) = (!self.seen.contains(&arn)).then(|| world.stack.ended(&arn)).flatten() else {
                continue;
            };
            let text = |pointer| run.event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            if let (Some(time), Some(sequencer)) = (text("/time"), text("/detail/object/sequencer")) {
                self.events.insert((time, sequencer.len(), sequencer), run.event.clone());
            }
            self.seen.insert(arn);
            if run.status != "SUCCEEDED" {
                failed.push(run);
            }
        }
        failed
    }

    /// Starts runs again that have failed for a reason that can be expected here.
    fn start_again(&mut self, world: &World, mut failed: Vec<Run>) {
        for _ in 0..ATTEMPTS {
            self.failed += failed.len();
            for run in &failed {
                assert_expected(run);
                let is_round = run.event.get("cadence").is_some();
                let _ =
                    if is_round { world.stack.call_round(&run.event) } else { world.stack.start(&run.event) };
            }
            world.rest();
            failed = self.look(world);
        }
        let told: Vec<_> = failed.iter().map(|run| (&run.arn, &run.error, &run.cause)).collect();
        assert!(failed.is_empty(), "nothing happens any more, and runs fail: {told:#?}");
    }

    /// Says of each mail of which nobody knows what the mail service knows; whether there was one that was lost.
    async fn settle(&mut self, world: &World) -> bool {
        let function = &world.stack.deployment().report_function;
        let ask =
            |request: &ReportRequest| world.stack.invoke(function, &serde_json::to_value(request).unwrap());
        // Also makes claims uncertain whose sender died.
        let listed = ask(&ReportRequest::Deliveries { only: Some(Standing::Uncertain), number: 1 });
        assert!(listed["outcome"].is_string(), "{listed}");
        let uncertain = "SELECT delivery_id::text FROM ops.delivery WHERE status = 'uncertain'";
        let rows = world.database().await.query(uncertain, &[]).await.unwrap();
        let taken = world.post.taken();
        let mut lost = false;
        for row in &rows {
            let delivery: String = row.get(0);
            let is_taken = taken.contains_key(&delivery);
            lost |= !is_taken;
            let r#as = if is_taken { Settlement::Sent } else { Settlement::Lost };
            let told = ask(&ReportRequest::Settle { delivery, r#as });
            assert_eq!(told["changed"], true, "{told}");
        }
        self.uncertain += rows.len();
        lost
    }

    /// The events of drops whose letter was lost.
    async fn lost(&self, world: &World) -> Vec<Value> {
        let asked =
            "SELECT DISTINCT l.key FROM ops.delivery d JOIN ops.load l ON d.period = 'load-' || l.load
                     WHERE d.status = 'failed'";
        let rows = world.database().await.query(asked, &[]).await.unwrap();
        let keys: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
        let key = |event: &Value| event["detail"]["object"]["key"].as_str().map(str::to_owned);
        let is_lost = |event: &&Value| key(event).is_some_and(|key| keys.contains(&key));
        self.events.values().filter(is_lost).cloned().collect()
    }
}

fn assert_expected(run: &Run) {
    let (error, cause) = (run.error.as_deref().unwrap_or_default(), run.cause.as_deref().unwrap_or_default());
    let is_expected = |name: &str| EXPECTED.iter().any(|begin| name.starts_with(begin));
    // A round names the failures of its reports in brackets.
    let named = cause.split('(').skip(1).filter_map(|rest| rest.split(')').next());
    let mut defects = named.filter(|name| name.starts_with("Defect.") && !is_expected(name));
    let is_fine = run.status == "ABORTED" || is_expected(error);
    assert!(is_fine && defects.next().is_none(), "{} failed as {error}: {cause}", run.arn);
}
