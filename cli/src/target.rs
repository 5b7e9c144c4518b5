//! What the command talks to: the local stack, or a deployment on AWS.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use rounds_shared::catalog::Catalog;
use rounds_shared::link::Links;

use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::local::ministack::{CREDENTIALS, REGION};
use crate::local::state::{Stack, StateFolder};

/// How long a link should work that a person asks for.
const LINK_LIFE: Duration = Duration::from_secs(12 * 3600);

/// Variables that name the parts of a deployment on AWS.
pub(crate) const VARIABLES: [&str; 10] = [
    "ROUNDS_PIPELINE_ARN",
    "ROUNDS_ROUNDS_ARN",
    "ROUNDS_COLLECT_ARN",
    "ROUNDS_EXPORT_ARN",
    "ROUNDS_CLEAN_UP_ARN",
    "ROUNDS_INGEST_FUNCTION",
    "ROUNDS_REPORT_FUNCTION",
    "ROUNDS_COLLECT_FUNCTION",
    "ROUNDS_LANDING_BUCKET",
    "ROUNDS_LAKE_BUCKET",
];

/// Which deployment a command is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Choice {
    /// The local stack where one runs, AWS otherwise.
    Auto,
    /// The local stack.
    Local,
    /// The deployment on AWS that variables name, as docs/OPERATIONS.md tells.
    Aws,
}

/// A deployment of Rounds, and the clients to reach it.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sfn: aws_sdk_sfn::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    /// Links to objects of the lake bucket, signed with the caller's credentials.
    pub(crate) links: Links,
    pub(crate) pipeline_arn: String,
    pub(crate) rounds_arn: String,
    pub(crate) collect_arn: String,
    pub(crate) export_arn: String,
    pub(crate) clean_up_arn: String,
    /// The function that tells what the ledger knows of files.
    pub(crate) ingest_function: String,
    /// The function that tells what the ledger knows of deliveries.
    pub(crate) report_function: String,
    /// The function that tells what the ledger knows of collected reports.
    pub(crate) collect_function: String,
    pub(crate) landing_bucket: String,
    pub(crate) lake_bucket: String,
    /// Where the local stack keeps its objects as files; none on AWS.
    pub(crate) objects: Option<PathBuf>,
    /// The catalog that the local stack reads; none on AWS, whose functions hold the same one as this program.
    catalog: Option<PathBuf>,
}

impl Target {
    /// The deployment that `choice` means; `state` is where a local stack would have its record, if there is a
    /// checkout to have one.
    pub(crate) async fn find(choice: Choice, state: Option<&StateFolder>) -> Result<Self> {
        let stack = match (choice, state) {
            (Choice::Aws, _) | (_, None) => None,
            (_, Some(state)) => state.load()?.map(|stack| (state, stack)),
        };
        match (choice, stack) {
            (_, Some((state, stack))) if stack.is_reachable() => Self::local(state, &stack),
            (Choice::Local, Some((_, stack))) => Err(stack.check().err().unwrap_or(Error::StackDown)),
            (Choice::Local, None) => Err(Error::StackDown),
            (Choice::Auto, _) if std::env::var_os(VARIABLES[0]).is_none() => Err(Error::NoTarget),
            _ => Self::aws().await,
        }
    }

    /// Whether it is the local stack.
    pub(crate) fn is_local(&self) -> bool {
        self.objects.is_some()
    }

    /// Where an object of the lake bucket is: its file on this machine, its address on AWS.
    pub(crate) fn object(&self, key: &str) -> String {
        let file = self.objects.as_ref().map(|objects| objects.join(&self.lake_bucket).join(key));
        match file.filter(|file| file.exists()) {
            Some(file) => file.display().to_string(),
            None => format!("s3://{}/{key}", self.lake_bucket),
        }
    }

    /// An object of the lake bucket as a draft of a file, written as it comes.
    pub(crate) async fn download(&self, key: &str, place: &Path) -> Result<Draft> {
        let get = self.s3.get_object().bucket(&self.lake_bucket).key(key).send().await;
        let mut body = get.map_err(Error::service(format!("reading {key}")))?.body;
        let mut draft = Draft::of(place)?;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| Error::file(place)(std::io::Error::other(error)))?;
            draft.write(&chunk)?;
        }
        Ok(draft)
    }

    /// The catalog of the deployment.
    pub(crate) fn catalog(&self) -> Result<Catalog> {
        Ok(Catalog::open(self.catalog.as_deref())?)
    }

    /// The state machines: of files, of rounds, of collections, of exports, and of clean-ups.
    pub(crate) fn machines(&self) -> [&str; 5] {
        [&self.pipeline_arn, &self.rounds_arn, &self.collect_arn, &self.export_arn, &self.clean_up_arn]
    }

    fn local(state: &StateFolder, stack: &Stack) -> Result<Self> {
        let deployment = stack.current()?;
        Ok(Self {
            objects: Some(state.objects()),
            catalog: Some(deployment.catalog.clone()),
            ..Self::named(&local_config(&stack.endpoint()), deployment.names())
        })
    }

    async fn aws() -> Result<Self> {
        let mut names = Vec::with_capacity(VARIABLES.len());
        for name in VARIABLES {
            names.push(std::env::var(name).map_err(|_| Error::Unset(name))?);
        }
        let names = <[String; 10]>::try_from(names).map_err(|_| Error::NoTarget)?;
        let config = rounds_shared::aws::sdk_config().await;
        if config.region().is_none() {
            return Err(Error::NoRegion);
        }
        Ok(Self::named(&config, names))
    }

    /// The deployment whose parts have these names, in the order of [`VARIABLES`].
    fn named(config: &SdkConfig, names: [String; 10]) -> Self {
        let [pipeline_arn, rounds_arn, collect_arn, export_arn, clean_up_arn, functions @ ..] = names;
        let [ingest_function, report_function, collect_function, landing_bucket, lake_bucket] = functions;
        Self {
            s3: aws_sdk_s3::Client::new(config),
            sfn: aws_sdk_sfn::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            links: Links::new(config, lake_bucket.clone(), LINK_LIFE),
            pipeline_arn,
            rounds_arn,
            collect_arn,
            export_arn,
            clean_up_arn,
            ingest_function,
            report_function,
            collect_function,
            landing_bucket,
            lake_bucket,
            objects: None,
            catalog: None,
        }
    }

    /// A deployment whose parts have made-up names.
    #[cfg(test)]
    pub(crate) fn of_test(config: &SdkConfig) -> Self {
        let machine = |name| format!("arn:aws:states:us-east-1:1:stateMachine:rounds-{name}");
        let [pipeline, rounds, collect, export, clean_up] =
            ["pipeline", "rounds", "collect", "export", "clean-up"].map(machine);
        let [ingest, report, gather, landing, lake] =
            ["ingest", "report", "collect", "landing", "lake"].map(str::to_owned);
        Self::named(
            config,
            [pipeline, rounds, collect, export, clean_up, ingest, report, gather, landing, lake],
        )
    }
}

/// Configuration for a service on this machine: none of the caller's own AWS settings have a say.
pub(crate) fn local_config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new(CREDENTIALS, CREDENTIALS, None, None, "local stack");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(aws_sdk_s3::config::SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}
