//! The functions' roles against what the code calls, and what Lambda does in its name.

use std::collections::BTreeSet;

use rounds_shared::catalog::Catalog;
use serde_json::json;

use super::{Permissions, allowing, assert_agree, assert_taken_on_by, granted, permissions, place, storage};
use crate::cloudformation::{Template, each, referred};
use crate::sources::{STAGES, all, found, stage};
use crate::variables::{read, resource};

/// What AWS asks of whoever calls an operation other than those of S3, and for what.
const SERVICES: [(&str, &[&str], &[&str]); 2] = [
    (
        // A mail that is sent as it is, in MIME, is asked for under both names.
        "send_email",
        &["ses:SendEmail", "ses:SendRawEmail"],
        &["identity/${MailFrom}", "identity/${Domain}", "configuration-set/${AWS::StackName}-reports"],
    ),
    // A telephone has no name, so that all are allowed, and no topic.
    ("publish", &["sns:Publish"], &["all but *"]),
];

/// The operations that code calls on the client of an SDK.
fn operations(code: &str) -> BTreeSet<String> {
    let mut all = found(r"\b(?:s3|client)\.([a-z_]+)\(\)", code);
    // PostgreSQL's client is called so too.
    all.retain(|operation| !operation.contains("transaction"));
    all
}

/// What a stage's code calls.
fn called(template: &Template, name: &str) -> Permissions {
    let code = stage(name);
    let function = template.function(&resource(name));
    let mut all = storage::called(name);
    for operation in operations(&code) {
        let service = SERVICES.iter().find(|(known, ..)| *known == operation);
        let (_, actions, places) =
            service.unwrap_or_else(|| panic!("say here what AWS asks for {operation}, which {name} calls"));
        all.extend(permissions(actions, places));
    }
    for variable in read(name).iter().filter(|variable| variable.ends_with("_SECRET_ARN")) {
        let secrets: Vec<_> = each(&function["Environment"][variable]).into_iter().map(place).collect();
        all.extend(permissions(&["secretsmanager:GetSecretValue"], &secrets));
    }
    // Where Lambda puts an event that the function could not take, with the function's role.
    let queue =
        function.get("EventInvokeConfig").map(|it| &it["DestinationConfig"]["OnFailure"]["Destination"]);
    all.extend(permissions(&["sqs:SendMessage"], &queue.map(place).into_iter().collect::<Vec<_>>()));
    all
}

/// What Lambda does with a function's role for it to run: decrypt its environment, write its logs and traces, put it into
/// its network.
fn run(template: &Template, name: &str) -> Permissions {
    let function = template.function(&resource(name));
    let of = |property: &str| function.get(property).map(each).unwrap_or_default();
    let mut all = Permissions::new();
    for key in of("KmsKeyArn").into_iter().map(place) {
        all.extend(permissions(&["kms:Decrypt", "kms:GenerateDataKey"], &[key]));
    }
    for logs in of("LoggingConfig") {
        let group = format!("{}.Arn", referred(&logs["LogGroup"]));
        all.extend(permissions(&["logs:CreateLogStream", "logs:PutLogEvents"], &[group]));
    }
    if function["Tracing"] == "Active" {
        all.extend(permissions(&["xray:PutTraceSegments", "xray:PutTelemetryRecords"], &["*"]));
    }
    if !of("VpcConfig").is_empty() {
        let network = [
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ];
        all.extend(permissions(&network, &["*"]));
    }
    all
}

#[test]
fn each_function_has_a_role_of_its_own() {
    let template = Template::application();
    for name in STAGES {
        let own = resource(name).replace("Function", "");
        assert_eq!(
            template.function(&resource(name))["Role"],
            json!({"Fn::GetAtt": format!("{own}Role.Arn")})
        );
        let policies = template.at(&format!("Resources/{own}Role/Properties/ManagedPolicyArns"));
        assert_eq!(*policies, json!([{"Ref": format!("{own}Policy")}, {"Ref": "FunctionPolicy"}]));
        assert_taken_on_by(&template, &format!("{own}Role"), &["lambda.amazonaws.com"]);
    }
}

#[test]
fn each_function_may_do_what_its_code_calls_and_nothing_else() {
    let template = Template::application();
    for name in STAGES {
        let policy = resource(name).replace("Function", "Policy");
        assert_agree(&policy, &granted(&template, &policy), &called(&template, name));
    }
}

#[test]
fn functions_share_what_lambda_needs_to_run_them_and_nothing_else() {
    let template = Template::application();
    let run = STAGES.iter().flat_map(|name| run(&template, name)).collect();
    assert_agree("FunctionPolicy", &granted(&template, "FunctionPolicy"), &run);
}

#[test]
fn aws_is_called_where_these_tests_look() {
    let all = all();
    let known: BTreeSet<&str> =
        ["head_object", "get_object", "put_object", "copy_object", "get_secret_value"]
            .into_iter()
            .chain(SERVICES.map(|(operation, ..)| operation))
            .collect();
    assert_eq!(operations(&all).iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
    let count = |text: &str| all.matches(text).count();
    let operations: usize = known.iter().map(|operation| count(&format!(".{operation}()"))).sum();
    assert_eq!(
        count(".send()") + count(".presigned("),
        operations,
        "an operation is called in a way that they do not see"
    );
}

#[test]
fn the_collector_may_drop_what_it_collects_and_nothing_else() {
    let template = Template::application();
    let statements = allowing(&template, "CollectPolicy");
    let drops = statements.into_iter().find(|statement| statement["Sid"] == "DropReports").unwrap();
    let place = place(&drops["Resource"]);
    let allowed = place.strip_prefix("${LandingBucket}/").unwrap().strip_suffix('*').unwrap();
    let catalog = Catalog::open(None).unwrap();
    for report in &catalog.source.as_ref().unwrap().reports {
        let dataset = catalog.dataset(&report.dataset).unwrap();
        assert_eq!(dataset.prefix, allowed, "{}", report.name);
    }
}
