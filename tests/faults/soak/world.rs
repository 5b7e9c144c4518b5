//! The stack that everything happens to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use jiff::ToSpan as _;
use jiff::civil::Date;
use rounds_testkit::stack::{Stack, until};
use rounds_tests::folder;
use serde_json::{Value, json};
use tokio_postgres::Client;

use super::files::Files;
use super::post::{Post, Weather};
use super::step::{FUNCTIONS, Step};

/// How many executions run at once at the most.
const AT_ONCE: usize = 4;
const PAUSE: Duration = Duration::from_millis(20);

/// The stack, its mail service, and what was done to them.
pub(super) struct World {
    /// The stack.
    pub(super) stack: Stack,
    /// The mail service that its functions know.
    pub(super) post: Post,
    /// What there is to drop.
    pub(super) files: Files,
    /// How many files were dropped.
    pub(super) drops: usize,
    /// Numbers of the files that were dropped, by their entity tags.
    pub(super) tags: BTreeMap<String, usize>,
    /// The days of which rounds were called.
    pub(super) days: BTreeSet<Date>,
    today: Date,
    fail_points: PathBuf,
}

impl World {
    /// A fresh stack.
    pub(super) fn begin(seed: u64, today: Date) -> Self {
        let (stack, post) = (Stack::own(&format!("soak-{seed}")), Post::open(seed));
        stack.configure(&stack.deployment().report_function, "AWS_ENDPOINT_URL_SESV2", &post.url().into());
        let fail_points = folder(&format!("soak-{seed}"));
        for function in FUNCTIONS {
            stack.configure(function, "FAIL_POINTS", &fail_points.to_str().unwrap().into());
        }
        let files = Files::synthesize(seed, today);
        Self {
            stack,
            post,
            files,
            drops: 0,
            tags: BTreeMap::new(),
            days: BTreeSet::new(),
            today,
            fail_points,
        }
    }

    /// Has a step happen.
    pub(super) async fn take(&mut self, step: Step) {
        match step {
            Step::Drop(number) => self.drop_file(number).await,
            Step::DeliverAgain(which) => {
                let runs = self.stack.executions_of(&self.stack.deployment().pipeline_arn, None);
                if let Some(run) = chosen(&runs, which) {
                    self.wait_for_a_turn();
                    let _ = self.stack.start(&self.stack.event(run));
                }
            }
            Step::Round(days_ago) => self.call_round(self.today.saturating_sub(days_ago.days())),
            Step::Kill(function) => drop(self.stack.kill_if_running(function)),
            Step::DieAt(point) => std::fs::write(self.fail_points.join(point), "").unwrap(),
            Step::CrashDatabase => self.crash_database().await,
            Step::CutSessions => {
                let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'rounds-%'";
                let _ = self.database().await.batch_execute(cut).await;
            }
            Step::Rotate(number) => {
                drop(self.database().await);
                self.stack.rotate_password(&format!("password {number}")).await;
            }
            Step::Mail(weather) => self.post.turn(weather),
            Step::Stop(which) => {
                let runs = self.running();
                chosen(&runs, which).into_iter().for_each(|run| self.stack.stop(run));
            }
            Step::Rest => self.rest(),
        }
    }

    /// Drops a file, and does not wait for what it starts.
    pub(super) async fn drop_file(&mut self, number: usize) {
        self.wait_for_a_turn();
        let file = &self.files.all[number];
        let content = file.content.clone().into();
        let put = self.stack.s3.put_object().bucket(&self.stack.deployment().landing_bucket);
        let put = put.key(file.key(self.drops)).body(content).send().await.unwrap();
        self.tags.insert(put.e_tag.unwrap().trim_matches('"').to_owned(), number);
        self.drops += 1;
    }

    /// Calls the daily round of a day.
    pub(super) fn call_round(&mut self, day: Date) {
        self.wait_for_a_turn();
        self.days.insert(day);
        let _ = self.stack.call_round(&daily(day));
    }

    /// Kills one of PostgreSQL's sessions, at which the server ends all others, as this one that watches, and recovers
    /// from its log.
    async fn crash_database(&self) {
        let (victim, watcher) = (self.database().await, self.database().await);
        let pid: i32 = victim.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
        let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        assert!(killed.unwrap().success(), "a session was there to be killed");
        while !watcher.is_closed() {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A connection to the database, as soon as it is there.
    pub(super) async fn database(&self) -> Client {
        loop {
            if let Ok(client) = self.stack.try_database().await {
                return client;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Has nobody die any more who has not died yet.
    pub(super) fn calm_down(&self) {
        self.post.turn(Weather::Fair);
        for point in std::fs::read_dir(&self.fail_points).unwrap().flatten() {
            // Whoever dies there right now removes it too.
            let _ = std::fs::remove_file(point.path());
        }
    }

    /// Waits until nothing runs.
    pub(super) fn rest(&self) {
        until("everything has ended", || self.running().is_empty().then_some(()));
    }

    fn wait_for_a_turn(&self) {
        until("a run has ended", || (self.running().len() < AT_ONCE).then_some(()));
    }

    /// Executions that run.
    pub(super) fn running(&self) -> Vec<String> {
        let stack = self.stack.deployment();
        let machines = [&stack.pipeline_arn, &stack.rounds_arn].into_iter();
        machines.flat_map(|machine| self.stack.executions_of(machine, Some("RUNNING"))).collect()
    }

    /// The bucket's keys under a prefix, and the batches that they name.
    pub(super) async fn batches(&self, prefix: &str) -> BTreeSet<String> {
        let keys = self.stack.lake(prefix).await;
        let named = |key: &String| Some(key.split_once("/batch=")?.1.split('/').next()?.to_owned());
        keys.iter().filter_map(named).collect()
    }
}

fn chosen(runs: &[String], which: usize) -> Option<&String> {
    runs.get(which.checked_rem(runs.len())?)
}

/// The call of a day's reports, of which none waits for its data.
pub(super) fn daily(day: Date) -> Value {
    json!({"cadence": "daily", "as_of": day, "at_any_hour": true, "deadline_minutes": 0, "poll_seconds": 1})
}
