//! The interface over HTTP.

use serde_json::json;

use crate::cloudformation::Template;

#[test]
fn the_api_lets_in_whom_iam_allows_and_reaches_exports_alone() {
    let template = Template::application();
    let api = template.at("Resources/ExportApi/Properties/DefinitionBody");
    let mut actions = Vec::new();
    for path in api["paths"].as_object().unwrap().values() {
        for method in path.as_object().unwrap().values() {
            assert_eq!(method["security"], json!([{"sigv4": []}]));
            let integration = &method["x-amazon-apigateway-integration"];
            assert_eq!(integration["passthroughBehavior"], "never");
            assert_eq!(integration["credentials"], json!({"Fn::GetAtt": "ExportApiRole.Arn"}));
            let (service, action) =
                integration["uri"]["Fn::Sub"].as_str().unwrap().split_once(":action/").unwrap();
            assert!(service.ends_with(":states"), "{service}");
            actions.push(action.to_owned());
        }
    }
    assert_eq!(actions, ["StartExecution", "DescribeExecution"]);
    assert_eq!(api["x-amazon-apigateway-request-validator"], "whole");
    let settings = template.at("Resources/ExportApi/Properties/MethodSettings");
    assert!(!settings.to_string().contains("DataTraceEnabled"), "bodies name patients");
}
