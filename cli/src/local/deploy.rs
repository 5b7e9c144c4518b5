//! Puts the application on the local stack: what a foundation would give it, its code, and the template by
//! CloudFormation. Every piece is left alone where it already is as it should be.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, EventBridgeConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, NotificationConfiguration,
    VersioningConfiguration,
};
use aws_sdk_sesv2::operation::create_email_identity::CreateEmailIdentityError;
use rounds_shared::catalog::Catalog;
use serde_json::{Map, Value, json};

use crate::checkout::Checkout;
use crate::error::{Error, Result};
use crate::local::catalog::{self, Checked};
use crate::local::code::{Release, forget_others};
use crate::local::postgres::{DATABASE, USER};
use crate::local::state::{Deployment, Stack, StateFolder};
use crate::local::{template, vendor};
use crate::random;
use crate::target::local_config;
use crate::terminal::Step;

const LANDING: &str = "rounds-landing";
const LAKE: &str = "rounds-lake";
const CODE: &str = "rounds-code";
const DATABASE_SECRET: &str = "rounds/database";
const PSEUDONYM_SECRET: &str = "rounds/pseudonym-key";
const WEBHOOKS_SECRET: &str = "rounds/webhooks";
const COLLECT_SECRET: &str = "rounds/billing-vendor";
/// Names what collects from elsewhere than the stand-in.
const COLLECT_URL: &str = "COLLECT_URL";
/// Days that an export is kept.
const EXPORT_DAYS: i32 = 7;
const MAIL_FROM: &str = "rounds@clinic.example";

/// Deploys, and records the names of what was deployed.
pub(crate) async fn deploy(
    checkout: &Checkout,
    folder: &StateFolder,
    catalog: &Checked,
    stack: &mut Stack,
) -> Result<()> {
    let catalog_dir = catalog::copy(catalog, folder)?;
    let config = local_config(&stack.endpoint());
    let step = Step::start("Buckets, secrets, sender");
    let s3 = aws_sdk_s3::Client::new(&config);
    for bucket in [LANDING, LAKE, CODE] {
        create_bucket(&s3, bucket).await?;
    }
    announce_drops(&s3).await?;
    forget_exports(&s3).await?;
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let database_secret_arn = keep_secret(&secrets, DATABASE_SECRET, &database_secret(stack)).await?;
    replace_secret(&secrets, DATABASE_SECRET, &database_secret(stack)).await?;
    let pseudonym_key = json!({"key": random::token()?}).to_string();
    let pseudonym_secret_arn = keep_secret(&secrets, PSEUDONYM_SECRET, &pseudonym_key).await?;
    let webhooks_secret_arn = keep_secret(&secrets, WEBHOOKS_SECRET, "{}").await?;
    let credentials = json!({"username": "rounds", "password": random::token()?}).to_string();
    let collect_secret_arn = keep_secret(&secrets, COLLECT_SECRET, &credentials).await?;
    verify_sender(&stack.mail_endpoint()).await?;
    step.done("ready");

    let release = Release::beside_this_program(checkout)?;
    let mut deployment = Deployment {
        landing_bucket: LANDING.to_owned(),
        lake_bucket: LAKE.to_owned(),
        code_bucket: CODE.to_owned(),
        code_prefix: release.upload(&s3, CODE).await?,
        database_secret_arn,
        pseudonym_secret_arn,
        webhooks_secret_arn,
        collect_secret_arn,
        catalog: catalog_dir,
        audiences: audiences(&catalog.catalog),
        mail_from: MAIL_FROM.to_owned(),
        collect_url: std::env::var(COLLECT_URL).unwrap_or_else(|_| stack.vendor_endpoint()),
        collect_accounts: json!(vendor::accounts()).to_string(),
        collect_numbers: vendor::numbers(stack)?,
        ..Deployment::default()
    };
    let parameters = parameters(stack, &deployment);
    let template = format!("{}/{CODE}/{}/template.yaml", stack.endpoint(), deployment.code_prefix);
    let outputs = template::deploy(&config, &template, &parameters).await?;
    deployment.pipeline_arn = outputs.get("PipelineArn")?;
    deployment.rounds_arn = outputs.get("RoundsArn")?;
    deployment.collect_arn = outputs.get("CollectArn")?;
    deployment.export_arn = outputs.get("ExportArn")?;
    deployment.clean_up_arn = outputs.get("CleanUpArn")?;
    deployment.ingest_function = outputs.get("IngestFunction")?;
    deployment.report_function = outputs.get("ReportFunction")?;
    deployment.collect_function = outputs.get("CollectFunction")?;
    deployment.alert_topic_arn = outputs.get("AlertTopicArn")?;
    forget_others(&s3, CODE, &deployment.code_prefix).await?;
    stack.deployment = Some(deployment);
    folder.save(stack)
}

/// What the template is deployed with.
fn parameters(stack: &Stack, deployment: &Deployment) -> [(&'static str, String); 22] {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    [
        ("LandingBucket", deployment.landing_bucket.clone()),
        ("LakeBucket", deployment.lake_bucket.clone()),
        ("DatabaseSecretArn", deployment.database_secret_arn.clone()),
        ("DatabaseTls", "disable".to_owned()),
        ("PseudonymSecretArn", deployment.pseudonym_secret_arn.clone()),
        ("WebhooksSecretArn", deployment.webhooks_secret_arn.clone()),
        // Here a person calls the rounds, and looks on.
        ("Schedules", "DISABLED".to_owned()),
        ("DeadlineMinutes", "5".to_owned()),
        ("PollSeconds", "2".to_owned()),
        ("Audiences", deployment.audiences.clone()),
        ("CollectSecretArn", deployment.collect_secret_arn.clone()),
        ("CollectUrl", deployment.collect_url.clone()),
        ("CollectAccounts", deployment.collect_accounts.clone()),
        ("CollectNumbers", deployment.collect_numbers.clone()),
        ("CollectPollSeconds", "1".to_owned()),
        ("CollectMinutes", "5".to_owned()),
        ("MailFrom", deployment.mail_from.clone()),
        ("SesEndpoint", stack.mail_endpoint()),
        ("CatalogDir", deployment.catalog.display().to_string()),
        ("CodeBucket", deployment.code_bucket.clone()),
        ("CodePrefix", deployment.code_prefix.clone()),
        ("Architecture", architecture.to_owned()),
    ]
}

async fn create_bucket(s3: &aws_sdk_s3::Client, bucket: &str) -> Result<()> {
    match s3.create_bucket().bucket(bucket).send().await {
        Err(error) if !error.as_service_error().is_some_and(|it| it.is_bucket_already_owned_by_you()) => {
            Err(Error::service(format!("creating the bucket {bucket}"))(error))
        }
        _ => Ok(()),
    }
}

/// Keeps every version of a dropped file, and sends an event for each.
async fn announce_drops(s3: &aws_sdk_s3::Client) -> Result<()> {
    let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning()
        .bucket(LANDING)
        .versioning_configuration(versions)
        .send()
        .await
        .map_err(Error::service("turning on versions in the landing bucket"))?;
    let events = NotificationConfiguration::builder()
        .event_bridge_configuration(EventBridgeConfiguration::builder().build())
        .build();
    s3.put_bucket_notification_configuration()
        .bucket(LANDING)
        .notification_configuration(events)
        .send()
        .await
        .map_err(Error::service("turning on events in the landing bucket"))?;
    Ok(())
}

/// Deletes what was made on request after a week, which is as long as a link to it can live.
async fn forget_exports(s3: &aws_sdk_s3::Client) -> Result<()> {
    let rule = LifecycleRule::builder()
        .id("exports")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("exports/").build())
        .expiration(LifecycleExpiration::builder().days(EXPORT_DAYS).build());
    let rules = rule.build().and_then(|rule| BucketLifecycleConfiguration::builder().rules(rule).build());
    let what = "setting how long exports are kept";
    let unset = |error: BuildError| Error::Service { what: what.to_owned(), reason: error.to_string() };
    let put = s3.put_bucket_lifecycle_configuration().bucket(LAKE);
    put.lifecycle_configuration(rules.map_err(unset)?).send().await.map_err(Error::service(what))?;
    Ok(())
}

/// The database's address and credentials in the JSON that RDS keeps in a secret.
fn database_secret(stack: &Stack) -> String {
    json!({
        "engine": "postgres",
        "host": "127.0.0.1",
        "port": stack.postgres.port,
        "username": USER,
        "password": stack.database_password,
        "dbname": DATABASE,
    })
    .to_string()
}

/// Stores a secret where there is none, and answers its ARN. One that is there is kept: what was made with it, as
/// pseudonyms, must stay true.
async fn keep_secret(secrets: &aws_sdk_secretsmanager::Client, name: &str, value: &str) -> Result<String> {
    let arn = match secrets.describe_secret().secret_id(name).send().await {
        Ok(known) => known.arn,
        Err(error) if error.as_service_error().is_some_and(|it| it.is_resource_not_found_exception()) => {
            let created = secrets.create_secret().name(name).secret_string(value).send().await;
            created.map_err(Error::service(format!("storing the secret {name}")))?.arn
        }
        Err(error) => return Err(Error::service(format!("asking for the secret {name}"))(error)),
    };
    Ok(arn.unwrap_or_else(|| name.to_owned()))
}

/// Gives a secret a new value, where it has another.
async fn replace_secret(secrets: &aws_sdk_secretsmanager::Client, name: &str, value: &str) -> Result<()> {
    let known = secrets.get_secret_value().secret_id(name).send().await;
    let known = known.map_err(Error::service(format!("reading the secret {name}")))?;
    if known.secret_string() != Some(value) {
        let put = secrets.put_secret_value().secret_id(name).secret_string(value).send().await;
        put.map_err(Error::service(format!("storing the secret {name}")))?;
    }
    Ok(())
}

/// SES sends only for identities that it has verified, and so does its stand-in.
async fn verify_sender(endpoint: &str) -> Result<()> {
    let mail = aws_sdk_sesv2::Client::new(&local_config(endpoint));
    match mail.create_email_identity().email_identity(MAIL_FROM).send().await {
        Err(error)
            if !matches!(
                error.as_service_error(),
                Some(CreateEmailIdentityError::AlreadyExistsException(_))
            ) =>
        {
            Err(Error::service("registering the sender of mails")(error))
        }
        _ => Ok(()),
    }
}

/// One address for each audience that a report of the catalog names.
fn audiences(catalog: &Catalog) -> String {
    let named = catalog.reports.iter().filter_map(|report| report.audience.as_ref());
    let addresses: Map<String, Value> =
        named.map(|audience| (audience.clone(), json!([format!("{audience}@clinic.example")]))).collect();
    Value::Object(addresses).to_string()
}
