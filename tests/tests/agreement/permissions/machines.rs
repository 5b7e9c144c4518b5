//! The roles of state machines, of what starts them, and of the interface over HTTP.

use rounds_testkit::stack::checkout;
use serde_json::{Value, json};

use super::{Permissions, assert_agree, assert_taken_on_by, granted, permissions, place};
use crate::cloudformation::{Template, each, referred};
use crate::machines::states_of;

/// The machines of the application by name, with their properties.
fn machines(template: &Template) -> Vec<(&str, &Value)> {
    template.resources("AWS::Serverless::StateMachine")
}

/// The name of a machine's role, which its policy shares.
fn owner(machine: &Value) -> String {
    referred(&machine["Role"]).strip_suffix("Role.Arn").unwrap().to_owned()
}

/// What the states of a machine call.
fn called(machine: &Value) -> Permissions {
    let file = referred(&machine["DefinitionUri"]["Key"]).replace("${CodePrefix}/", "");
    let text = std::fs::read_to_string(checkout().join("statemachine").join(&file)).unwrap();
    let given = |argument: &Value| {
        let name = argument.as_str().unwrap().trim_start_matches("${").trim_end_matches('}');
        place(&machine["DefinitionSubstitutions"][name])
    };
    let mut all = Permissions::new();
    for (name, state) in states_of(&serde_json::from_str(&text).unwrap()) {
        assert!(
            state["Type"] != "Map" || state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE",
            "{name}"
        );
        let (action, on) = match state["Resource"].as_str() {
            None => continue,
            Some("arn:aws:states:::lambda:invoke") => ("lambda:InvokeFunction", "FunctionName"),
            Some("arn:aws:states:::sns:publish") => ("sns:Publish", "TopicArn"),
            Some(other) => panic!("say here what AWS asks for {other}, which {name} calls"),
        };
        all.extend(permissions(&[action], &[given(&state["Arguments"][on])]));
    }
    all
}

/// What Step Functions does with a machine's role for it to run: write its logs and traces, and use the key of both and of
/// alerts.
fn run(template: &Template, machine: &Value) -> Permissions {
    let mut all = Permissions::new();
    for destination in each(&machine["Logging"]["Destinations"]) {
        let group = referred(&destination["CloudWatchLogsLogGroup"]["LogGroupArn"]).replace(".Arn", "");
        let key = each(template.at(&format!("Resources/{group}/Properties/KmsKeyId")));
        all.extend(permissions(
            &["kms:Decrypt", "kms:GenerateDataKey"],
            &key.into_iter().map(place).collect::<Vec<_>>(),
        ));
        let delivery = [
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ];
        all.extend(permissions(&delivery, &["*"]));
    }
    if machine["Tracing"]["Enabled"] == true {
        let traces = [
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
        ];
        all.extend(permissions(&traces, &["*"]));
    }
    all
}

/// What it takes to hand what could not be handed over to a queue.
fn kept(template: &Template, queue: &Value) -> Permissions {
    let name = referred(queue);
    let queue = name.strip_suffix(".Arn").unwrap();
    let key = each(template.at(&format!("Resources/{queue}/Properties/KmsMasterKeyId")));
    let key: Vec<_> = key.into_iter().map(place).collect();
    permissions(&["sqs:SendMessage"], &[&name])
        .chain(permissions(&["kms:Decrypt", "kms:GenerateDataKey"], &key))
        .collect()
}

#[test]
fn each_machine_has_a_role_of_its_own_and_may_do_what_its_states_call_and_nothing_else() {
    let template = Template::application();
    let shared = granted(&template, "MachinePolicy");
    let mut owners = Vec::new();
    for (name, machine) in machines(&template) {
        let owner = owner(machine);
        let policies = template.at(&format!("Resources/{owner}Role/Properties/ManagedPolicyArns"));
        assert_eq!(*policies, json!([{"Ref": format!("{owner}Policy")}, {"Ref": "MachinePolicy"}]));
        assert_taken_on_by(&template, &format!("{owner}Role"), &["states.amazonaws.com"]);
        let may = granted(&template, &format!("{owner}Policy")).union(&shared).cloned().collect();
        let does = called(machine).union(&run(&template, machine)).cloned().collect();
        assert_agree(name, &may, &does);
        owners.push(owner);
    }
    let all = owners.len();
    owners.sort_unstable();
    owners.dedup();
    assert_eq!(owners.len(), all, "each has a role of its own");
}

#[test]
fn what_starts_runs_may_start_those_and_nothing_else() {
    let template = Template::application();
    let caller = json!({"Fn::GetAtt": "CallRole.Arn"});
    let mut called = Permissions::new();
    for (_, rule) in template.resources("AWS::Events::Rule") {
        for target in each(&rule["Targets"]).into_iter().filter(|target| target["RoleArn"] == caller) {
            called.extend(permissions(&["states:StartExecution"], &[place(&target["Arn"])]));
            called.extend(kept(&template, &target["DeadLetterConfig"]["Arn"]));
        }
    }
    for (_, machine) in machines(&template) {
        for event in machine["Events"].as_object().into_iter().flat_map(|events| events.values()) {
            assert_eq!(event["Properties"]["RoleArn"], caller);
            // By name: the machine's schedule needs the role before there is a machine.
            let machine = format!("stateMachine:{}", referred(&machine["Name"]));
            called.extend(permissions(&["states:StartExecution"], &[machine]));
            called.extend(kept(&template, &event["Properties"]["DeadLetterConfig"]["Arn"]));
        }
    }
    assert_taken_on_by(&template, "CallRole", &["events.amazonaws.com", "scheduler.amazonaws.com"]);
    assert_agree("CallPolicy", &granted(&template, "CallPolicy"), &called);
}

#[test]
fn the_api_may_start_exports_and_look_at_them_and_nothing_else() {
    let template = Template::application();
    let paths = template.at("Resources/ExportApi/Properties/DefinitionBody/paths").as_object().unwrap();
    let mut called = Permissions::new();
    for method in paths.values().flat_map(|path| path.as_object().unwrap().values()) {
        let address = referred(&method["x-amazon-apigateway-integration"]["uri"]);
        let action = address.split_once("states:action/").unwrap().1;
        let on = if action == "StartExecution" { "Export" } else { "execution:${Export.Name}:*" };
        called.extend(permissions(&[&*format!("states:{action}")], &[on]));
    }
    assert_taken_on_by(&template, "ExportApiRole", &["apigateway.amazonaws.com"]);
    assert_agree("ExportApiPolicy", &granted(&template, "ExportApiPolicy"), &called);
}
