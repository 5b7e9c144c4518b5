//! What roles may do, and what is called in their name.
//!
//! A permission is told as `action on place`, such as `s3:PutObject on ${LakeBucket}/curated/*`: the place as the policy
//! names it, without the head of an ARN.

mod boundary;
mod functions;
mod machines;
mod storage;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cloudformation::{Template, each, referred};

pub(crate) type Permissions = BTreeSet<String>;

/// What a managed policy of the application allows.
pub(crate) fn granted(template: &Template, policy: &str) -> Permissions {
    let mut all = Permissions::new();
    for statement in allowing(template, policy) {
        let mut places: Vec<String> = each(&statement["Resource"]).into_iter().map(place).collect();
        places.extend(
            each(&statement["NotResource"]).into_iter().map(|value| format!("all but {}", place(value))),
        );
        all.extend(permissions(&actions(statement), &places));
    }
    all
}

/// The statements of a managed policy that allow something.
fn allowing<'template>(template: &'template Template, policy: &str) -> Vec<&'template Value> {
    let statements = template.at(&format!("Resources/{policy}/Properties/PolicyDocument/Statement"));
    each(statements).into_iter().filter(|statement| statement["Effect"] == "Allow").collect()
}

fn actions(statement: &Value) -> Vec<&str> {
    each(&statement["Action"]).into_iter().map(|action| action.as_str().unwrap()).collect()
}

/// Each of some actions on each of some places.
fn permissions<'all>(
    actions: &'all [&str],
    places: &'all [impl AsRef<str>],
) -> impl Iterator<Item = String> + 'all {
    let of = move |action| places.iter().map(move |place| format!("{action} on {}", place.as_ref()));
    actions.iter().flat_map(of)
}

/// What a value refers to, without the head of an ARN.
fn place(value: &Value) -> String {
    let mut text = referred(value);
    for name in ["${AWS::Partition}", "${AWS::Region}", "${AWS::AccountId}"] {
        text = text.replace(name, "");
    }
    if text.starts_with("arn:") { text.splitn(6, ':').last().unwrap().to_owned() } else { text }
}

/// Fails where others than these services may take a role on, or one of them may not.
fn assert_taken_on_by(template: &Template, role: &str, services: &[&str]) {
    let statements = template.at(&format!("Resources/{role}/Properties/AssumeRolePolicyDocument/Statement"));
    for statement in each(statements) {
        assert_eq!(statement["Principal"].as_object().unwrap().len(), 1, "{role}");
        assert_eq!(each(&statement["Principal"]["Service"]), services, "{role}");
    }
}

/// Fails with what is granted and not called, and what is called and not granted.
fn assert_agree(who: &str, granted: &Permissions, called: &Permissions) {
    let unused: Vec<_> = granted.difference(called).collect();
    let missing: Vec<_> = called.difference(granted).collect();
    assert!(unused.is_empty(), "{who} may do what nobody calls: {unused:#?}");
    assert!(missing.is_empty(), "{who} may not do what is called: {missing:#?}");
}

#[test]
fn every_role_is_held_by_the_boundary_and_has_managed_policies_alone() {
    let template = Template::application();
    for (name, role) in template.resources("AWS::IAM::Role") {
        let boundary = each(&role["PermissionsBoundary"]);
        assert_eq!(boundary.into_iter().map(referred).collect::<Vec<_>>(), ["BoundaryArn"], "{name}");
        assert!(role.get("Policies").is_none(), "{name} has a policy within it");
    }
}

#[test]
fn every_policy_is_some_roles() {
    let template = Template::application();
    let roles = template.resources("AWS::IAM::Role");
    let held: BTreeSet<String> =
        roles.iter().flat_map(|(_, role)| each(&role["ManagedPolicyArns"])).map(referred).collect();
    let policies = template.resources("AWS::IAM::ManagedPolicy");
    assert_eq!(held, policies.into_iter().map(|(name, _)| name.to_owned()).collect());
}

#[test]
fn no_function_may_take_an_object_away() {
    let template = Template::application();
    for (name, _) in template.resources("AWS::IAM::ManagedPolicy") {
        for action in allowing(&template, name).into_iter().flat_map(actions) {
            let is_harmless =
                !["s3:Delete", "s3:*", "s3:PutLifecycle"].iter().any(|it| action.starts_with(it));
            assert!(is_harmless, "{name}: {action}: what was archived is in no table any more");
        }
    }
}
