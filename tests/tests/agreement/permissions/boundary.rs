//! What no role of the application can exceed, and what the network's endpoints let through.

use std::collections::BTreeSet;

use rounds_testkit::stack::checkout;
use serde_json::{Value, json};

use super::{actions, allowing};
use crate::cloudformation::{Template, each, referred};

/// The actions that some role of the application may do.
fn may(application: &Template) -> BTreeSet<&str> {
    let policies = application.resources("AWS::IAM::ManagedPolicy");
    policies.iter().flat_map(|(name, _)| allowing(application, name)).flat_map(actions).collect()
}

fn let_through<'template>(foundation: &'template Template, policy: &str) -> BTreeSet<&'template str> {
    allowing(foundation, policy).into_iter().flat_map(actions).collect()
}

#[test]
fn the_boundary_lets_through_what_the_roles_may_do_and_nothing_else() {
    assert_eq!(may(&Template::application()), let_through(&Template::foundation(), "Boundary"));
}

#[test]
fn the_endpoints_let_through_what_the_roles_may_do_and_nothing_else() {
    let (foundation, application) = (Template::foundation(), Template::application());
    for (endpoint, service) in [("StorageEndpoint", "s3:"), ("SecretsEndpoint", "secretsmanager:")] {
        let mut may = may(&application);
        may.retain(|action| action.starts_with(service));
        assert_eq!(may, let_through(&foundation, endpoint), "{endpoint}");
    }
}

#[test]
fn the_boundary_lets_the_roles_do_it_where_they_may() {
    let (foundation, application) = (Template::foundation(), Template::application());
    let boundary = allowing(&foundation, "Boundary");
    for (name, _) in application.resources("AWS::IAM::ManagedPolicy") {
        for statement in allowing(&application, name) {
            // All but some is anywhere.
            let anywhere = statement.get("NotResource").map(|_| "*".to_owned());
            let places =
                each(&statement["Resource"]).into_iter().map(|it| deployed(&application, &foundation, it));
            for place in places.chain(anywhere) {
                for action in actions(statement) {
                    let reaches = |pattern: &Value| {
                        let pattern = full(&referred(pattern));
                        pattern.strip_suffix('*').map_or(pattern == place, |head| place.starts_with(head))
                    };
                    let lets = |it: &&Value| {
                        actions(it).contains(&action) && each(&it["Resource"]).into_iter().any(reaches)
                    };
                    assert!(boundary.iter().any(lets), "{name}: {action} on {place}");
                }
            }
        }
    }
}

#[test]
fn the_foundation_knows_the_application_by_the_names_that_it_has() {
    let application = Template::application();
    let script = std::fs::read_to_string(checkout().join("infra/deploy.py")).unwrap();
    assert!(script.contains(r#"change(f"rounds-{stage}", "#), "which the boundary calls rounds-${{Stage}}");
    let foundation = std::fs::read_to_string(checkout().join("infra/foundation.yaml")).unwrap();
    assert!(foundation.contains(":role/rounds/${Stage}/*"));
    for (name, role) in application.resources("AWS::IAM::Role") {
        assert_eq!(role["Path"], json!({"Fn::Sub": "/rounds/${Stage}/"}), "{name}");
    }
}

/// What a reference of the application leads to, once both are deployed, as the foundation would call it.
fn deployed(application: &Template, foundation: &Template, value: &Value) -> String {
    let name = referred(value);
    let given = foundation.at(&format!("Outputs/{name}/Value"));
    let name = if given.is_null() { name } else { referred(given) };
    let resource = application.at(&format!("Resources/{}", name.trim_end_matches(".Arn")));
    let called = |property: &str| referred(&resource["Properties"][property]);
    full(&match resource["Type"].as_str() {
        None => name,
        Some("AWS::Serverless::Function") => format!("arn:aws:lambda:::function:{}", called("FunctionName")),
        Some("AWS::Serverless::StateMachine") => format!("arn:aws:states:::stateMachine:{}", called("Name")),
        Some("AWS::Logs::LogGroup") => format!("arn:aws:logs:::log-group:{}:*", called("LogGroupName")),
        // CloudFormation names these two.
        Some("AWS::SQS::Queue") => format!("arn:aws:sqs:::${{AWS::StackName}}-{name}"),
        Some("AWS::SNS::Topic") => format!("arn:aws:sns:::${{AWS::StackName}}-{name}"),
        Some(other) => panic!("say here what the ARN of {other} is"),
    })
}

/// A text with the names that both templates use, and with no partition, region and account in it.
fn full(text: &str) -> String {
    let names = [
        ("${AWS::Partition}", "aws"),
        ("${AWS::Region}", ""),
        ("${AWS::AccountId}", ""),
        ("${AWS::StackName}", "rounds-${Stage}"),
        ("${Export.Name}", "rounds-${Stage}-export"),
        // What RDS calls the secret that it keeps.
        ("Database.MasterUserSecret.SecretArn", "arn:aws:secretsmanager:::secret:rds!db-1"),
    ];
    let text = names.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    ["LandingBucket", "LakeBucket"].iter().fold(text, |text, bucket| {
        let arn = format!("arn:aws:s3:::${{{bucket}}}");
        if text == format!("{bucket}.Arn") { arn } else { text.replace(&format!("${{{bucket}.Arn}}"), &arn) }
    })
}
