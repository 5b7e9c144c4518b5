//! The one-machine stack as `rounds local up` starts it, with all that a test asks it.
//!
//! Whatever does not work here panics with a sentence: a test without its stack has nothing to say.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken test bed ends the test"
)]

mod alerts;
mod api;
mod database;
mod logs;
mod mails;
mod runs;
mod services;

use std::path::{Path, PathBuf};
use std::process::Command;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use serde::Deserialize;

pub use alerts::{Alert, Alerts};
pub use mails::Mail;
pub use runs::{Run, until};

/// Where `make test` says that the stack for all tests is.
const SHARED: &str = "ROUNDS_TEST_STACK";

/// A running stack.
pub struct Stack {
    folder: PathBuf,
    is_own: bool,
    record: Record,
    /// Its S3.
    pub s3: aws_sdk_s3::Client,
}

/// What `rounds local up` writes down, as far as tests need it.
#[derive(Deserialize)]
struct Record {
    postgres: Service,
    ministack: Service,
    moto: Service,
    vendor: Service,
    deployment: Deployment,
}

#[derive(Deserialize)]
struct Service {
    port: u16,
    pid: i32,
}

/// Names of what is deployed.
#[derive(Deserialize)]
pub struct Deployment {
    /// Bucket for drops.
    pub landing_bucket: String,
    /// Bucket of the lake.
    pub lake_bucket: String,
    /// The state machine of files.
    pub pipeline_arn: String,
    /// The state machine of rounds.
    pub rounds_arn: String,
    /// The state machine of collections.
    pub collect_arn: String,
    /// The state machine of exports.
    pub export_arn: String,
    /// ARN of the clean-up's state machine.
    pub clean_up_arn: String,
    /// The function of collected reports.
    pub collect_function: String,
    /// The function of reports.
    pub report_function: String,
    /// The topic of alerts.
    pub alert_topic_arn: String,
    database_secret_arn: String,
}

impl Record {
    fn read(folder: &Path) -> Self {
        let path = folder.join("stack.json");
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice(&text).expect("stack.json is the record of a deployed stack")
    }
}

impl Stack {
    /// The stack that all tests share, one after another, with an empty database.
    pub async fn shared() -> Self {
        let folder = std::env::var_os(SHARED)
            .unwrap_or_else(|| panic!("{SHARED} does not name a stack: run `make test`, or tests/run.sh"));
        let stack = Self::open(folder.into(), false);
        stack
            .database()
            .await
            .batch_execute(
                "DROP SCHEMA IF EXISTS billing, enhance_health_group, healthtech, hospital, mis, records, ops CASCADE",
            )
            .await
            .unwrap();
        stack
    }

    /// A fresh stack for one test, gone at its end.
    pub fn own(name: &str) -> Self {
        let folder = checkout().join("target/local").join(format!("test-{name}"));
        local(&folder, &["down", "--wipe"]);
        local(&folder, &["up"]);
        Self::open(folder, true)
    }

    fn open(folder: PathBuf, is_own: bool) -> Self {
        let record = Record::read(&folder);
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(format!("http://127.0.0.1:{}", record.ministack.port))
            .force_path_style(true)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        Self { folder, is_own, record, s3: aws_sdk_s3::Client::from_conf(s3.build()) }
    }

    /// What is deployed.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.record.deployment
    }

    /// Starts what does not run.
    pub fn start_again(&mut self) {
        local(&self.folder, &["up"]);
        self.record = Record::read(&self.folder);
    }

    /// The `rounds` command, pointed at this stack.
    #[must_use]
    pub fn rounds(&self) -> Command {
        rounds(&self.folder)
    }

    /// Where its daemons log.
    pub(crate) fn log_folder(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// Keys in the lake bucket that begin so, in order.
    pub async fn lake(&self, prefix: &str) -> Vec<String> {
        let mut pages = self
            .s3
            .list_objects_v2()
            .bucket(&self.deployment().lake_bucket)
            .prefix(prefix)
            .into_paginator()
            .send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            keys.extend(page.unwrap().contents().iter().filter_map(|object| object.key().map(str::to_owned)));
        }
        keys
    }

    /// An object of the lake bucket.
    pub async fn lake_object(&self, key: &str) -> Vec<u8> {
        let object = self.s3.get_object().bucket(&self.deployment().lake_bucket).key(key).send().await;
        object.unwrap().body.collect().await.unwrap().to_vec()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if self.is_own && std::thread::panicking() {
            // Its logs may say why; the next run of the test wipes them.
            let _ = rounds(&self.folder).args(["local", "down"]).output();
        } else if self.is_own {
            local(&self.folder, &["down", "--wipe"]);
        }
    }
}

/// Runs `rounds local` on the stack in `folder`, which has to work.
fn local(folder: &Path, arguments: &[&str]) {
    let output = rounds(folder).arg("local").args(arguments).output().expect("rounds can be started");
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "rounds local {arguments:?}:\n{said}");
}

/// The `rounds` command for the stack in `folder`.
fn rounds(folder: &Path) -> Command {
    let mut command = Command::new(program("rounds"));
    command.current_dir(checkout()).arg("--state").arg(folder);
    command
}

/// A program of Rounds, as `make build` makes it.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    // Tests lie in `deps` of the folder that holds the programs.
    let this = std::env::current_exe().expect("a program knows its path");
    let program = this.ancestors().nth(2).expect("tests lie two folders deep").join(name);
    assert!(program.is_file(), "{} is missing: run `make build`", program.display());
    program
}

/// The checkout's folder, by the package that is under test: asked when it runs, because clones may share what was built.
#[must_use]
pub fn checkout() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    let root = Path::new(&package).ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    root.expect("the package lies in the checkout").to_owned()
}

/// A name that no other test of this stack has, nor had: a process's number comes again, so the time is in it.
fn unused(what: &str) -> String {
    let (pid, now) = (std::process::id(), jiff::Timestamp::now().as_nanosecond());
    format!("{what}-{pid}-{now}")
}
