//! The two templates, what deploys them to AWS, and what deploys the application to one machine.

use std::collections::BTreeSet;

use rounds_testkit::stack::checkout;
use serde_json::{Value, json};

use crate::cloudformation::{Template, referred};
use crate::sources::{STAGES, found};

fn text(path: &str) -> String {
    std::fs::read_to_string(checkout().join(path)).unwrap()
}

fn all(names: Vec<&str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// The parameters of the application that somebody has to give, because they have no default.
fn needed(application: &Template) -> BTreeSet<String> {
    let parameters = application.at("Parameters").as_object().unwrap();
    let needed = parameters.iter().filter(|(_, parameter)| parameter.get("Default").is_none());
    needed.map(|(name, _)| name.clone()).collect()
}

/// What `make deploy` says by itself.
fn told_by_deploy() -> BTreeSet<String> {
    let script = text("infra/deploy.py");
    let own = script.split_once("own = {").unwrap().1.split_once('}').unwrap().0;
    found(r#""(\w+)":"#, own)
}

/// What the example of an installation's settings says to a template.
fn told_by_settings(section: &str) -> BTreeSet<String> {
    let settings = text("infra/stages/example.toml");
    let section = settings.split_once(&format!("[{section}]\n")).unwrap().1;
    found(r"(?m)^(\w+) *=", section.split("\n[").next().unwrap())
}

/// What `rounds local up` says.
fn told_by_one_machine() -> BTreeSet<String> {
    let code = text("cli/src/local/deploy.rs");
    let parameters = code.split_once("fn parameters(").unwrap().1.split_once("\n}\n").unwrap().0;
    found(r#"\("(\w+)", "#, parameters)
}

#[test]
fn the_application_takes_every_output_of_the_foundation() {
    let (foundation, application) = (Template::foundation(), Template::application());
    let (outputs, parameters) = (all(foundation.names("Outputs")), all(application.names("Parameters")));
    assert!(outputs.is_subset(&parameters), "{:?}", outputs.difference(&parameters));
}

#[test]
fn a_deployment_to_aws_gives_the_application_what_it_needs() {
    let (foundation, application) = (Template::foundation(), Template::application());
    let mut given = all(foundation.names("Outputs"));
    given.extend(told_by_deploy());
    given.extend(told_by_settings("application"));
    let needed = needed(&application);
    assert!(needed.is_subset(&given), "nobody gives {:?}", needed.difference(&given));
    let parameters = all(application.names("Parameters"));
    assert!(given.is_subset(&parameters), "it does not take {:?}", given.difference(&parameters));
    let settings = told_by_settings("foundation");
    let parameters = all(foundation.names("Parameters"));
    assert!(settings.is_subset(&parameters), "{:?}", settings.difference(&parameters));
}

#[test]
fn one_machine_gives_the_application_what_it_needs() {
    let application = Template::application();
    let (given, needed) = (told_by_one_machine(), needed(&application));
    assert!(needed.is_subset(&given), "nobody gives {:?}", needed.difference(&given));
    let parameters = all(application.names("Parameters"));
    assert!(given.is_subset(&parameters), "it does not take {:?}", given.difference(&parameters));
}

#[test]
fn both_deployments_upload_the_template_and_what_it_asks_for() {
    let application = Template::application();
    let mut asked: BTreeSet<String> = BTreeSet::from(["template.yaml".to_owned()]);
    for (_, function) in application.resources("AWS::Serverless::Function") {
        asked.insert(referred(&function["CodeUri"]["Key"]).replace("${CodePrefix}/", ""));
    }
    for (_, machine) in application.resources("AWS::Serverless::StateMachine") {
        asked.insert(referred(&machine["DefinitionUri"]["Key"]).replace("${CodePrefix}/", ""));
    }
    let code = text("cli/src/local/code.rs");
    let mut uploaded = found(r#"\("([\w.]+)", "(?:infra|statemachine)"\)"#, &code);
    let programs = code.split_once("const FUNCTIONS: [&str; 5] = [").unwrap().1.split(']').next().unwrap();
    uploaded.extend(found(r#""(\w+)""#, programs).into_iter().map(|name| format!("{name}.zip")));
    assert_eq!(asked, uploaded, "one machine");
    let script = text("infra/deploy.py");
    let functions = script.split_once("FUNCTIONS = [").unwrap().1.split(']').next().unwrap();
    assert_eq!(found(r#""(\w+)""#, functions), all(STAGES.to_vec()));
    for part in [
        r#"ROOT.glob("statemachine/*.asl.json")"#,
        r#"("template.yaml", "watch.yaml")"#,
        "release[\"lake.json\"]",
    ] {
        assert!(script.contains(part), "{part}");
    }
}

#[test]
fn alarms_are_given_what_their_template_takes() {
    let (application, watch) = (Template::application(), Template::read("infra/watch.yaml"));
    let given = application.at("Resources/Watching/Properties/Parameters").as_object().unwrap();
    let given: BTreeSet<String> = given.keys().cloned().collect();
    let parameters = watch.at("Parameters").as_object().unwrap();
    let needed = parameters.iter().filter(|(_, parameter)| parameter.get("Default").is_none());
    assert!(needed.into_iter().all(|(name, _)| given.contains(name)));
    assert!(given.is_subset(&all(watch.names("Parameters"))), "{given:?}");
}

#[test]
fn exports_live_as_long_on_one_machine_as_on_aws() {
    let foundation = Template::foundation();
    let days = found(r"const EXPORT_DAYS: i32 = (\d+);", &text("cli/src/local/deploy.rs"));
    let days: Vec<Value> = days.iter().map(|days| json!(days.parse::<u32>().unwrap())).collect();
    assert_eq!([foundation.at("Parameters/ExportDays/Default").clone()], days[..]);
}
