//! What can be reached of a deployment on AWS.

use aws_config::SdkConfig;
use aws_sdk_lambda::types::InvocationType;

use super::Check;
use crate::error::Error;
use crate::target::{Target, VARIABLES};

pub(super) fn not_asked() -> Check {
    Check::note("deployment", "not looked at; name one as docs/OPERATIONS.md tells, or give --target aws")
}

pub(super) async fn checks() -> Vec<Check> {
    let unset: Vec<&str> = VARIABLES.into_iter().filter(|name| std::env::var_os(name).is_none()).collect();
    let config = rounds_shared::aws::sdk_config().await;
    let mut checks = vec![match config.region() {
        Some(region) => Check::good("region", region.to_string()),
        None => Check::of("region", Err(Error::NoRegion)),
    }];
    if config.region().is_some() {
        checks.push(identity(&config).await);
    }
    if !unset.is_empty() {
        let next = "set them to the stack's outputs and parameters, as docs/OPERATIONS.md tells";
        checks.push(Check::bad("variables", format!("{} not set", unset.join(", ")), next));
    }
    if checks.iter().any(Check::is_bad) {
        return checks;
    }
    match Target::find(crate::target::Choice::Aws, None).await {
        Ok(target) => checks.extend(parts(&target).await),
        Err(error) => checks.push(Check::of("deployment", Err(error))),
    }
    checks
}

async fn identity(config: &SdkConfig) -> Check {
    let asked = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let known = asked.map(|identity| identity.arn.unwrap_or_default());
    Check::of("credentials", known.map_err(Error::service("asking who you are")))
}

/// Whether each part is there and may be used: the machines are described, the functions called without being run.
async fn parts(target: &Target) -> Vec<Check> {
    let mut checks = Vec::new();
    for machine in target.machines() {
        let asked = target.sfn.describe_state_machine().state_machine_arn(machine).send().await;
        let name = machine.rsplit(':').next().unwrap_or(machine).to_owned();
        let asked = asked.map(|_| name.clone()).map_err(Error::service(name.clone()));
        checks.push(Check::of("machine", asked));
    }
    for function in [&target.ingest_function, &target.report_function, &target.collect_function] {
        let invoke = target.lambda.invoke().function_name(function).invocation_type(InvocationType::DryRun);
        let asked = invoke.send().await.map(|_| function.clone());
        checks.push(Check::of("function", asked.map_err(Error::service(function.clone()))));
    }
    for bucket in [&target.landing_bucket, &target.lake_bucket] {
        let asked = target.s3.head_bucket().bucket(bucket).send().await.map(|_| bucket.clone());
        checks.push(Check::of("bucket", asked.map_err(Error::service(bucket.clone()))));
    }
    checks
}

#[cfg(test)]
mod tests {
    use rounds_testkit::http::{answer, sdk, serve};

    use super::super::Found;
    use super::*;

    const DENIED: &str = r#"{"__type": "AccessDeniedException", "message": "not authorized to perform: states:DescribeStateMachine"}"#;

    #[tokio::test]
    async fn each_part_of_a_deployment_is_asked_for_and_what_is_refused_is_named() {
        let address = serve(|request| {
            let is_machine = request.header("x-amz-target").is_some();
            let is_denied = is_machine && request.body.contains("rounds-export");
            Some(match (is_denied, request.path.contains("2015-03-31"), request.path.contains("lake")) {
                (true, ..) => answer(400, "application/x-amz-json-1.0", DENIED),
                (_, true, _) => answer(204, "application/json", ""),
                (_, _, true) => answer(404, "application/xml", ""),
                _ if request.path.contains("landing") => answer(403, "application/xml", ""),
                _ if is_machine => answer(200, "application/x-amz-json-1.0", r#"{"stateMachineArn": "a", "name": "a", "definition": "{}", "roleArn": "a", "type": "STANDARD", "creationDate": 1.0}"#),
                _ => answer(200, "application/xml", ""),
            })
        })
        .unwrap();
        let target = Target::of_test(&sdk(address).await);
        let checks = parts(&target).await;
        let bad: Vec<&Check> = checks.iter().filter(|check| check.is_bad()).collect();
        assert_eq!(checks.len(), 10);
        assert_eq!(bad.len(), 3, "{checks:?}");
        let Found::Bad { what, next } = &bad[0].found else { panic!() };
        assert!(
            what.contains("rounds-export") && next.contains("states:DescribeStateMachine"),
            "{what} {next}"
        );
        let Found::Bad { what, next } = &bad[1].found else { panic!() };
        assert!(what.contains("landing") && next.contains("lack a right"), "{what} {next}");
        assert_eq!(bad[2].name, "bucket");
    }
}
