//! The template's deployment through CloudFormation.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Capability, Parameter, ResourceStatus, Stack, StackStatus};

use crate::error::{Error, Result};
use crate::terminal::Step;

const STACK: &str = "rounds";
const FUNCTION: &str = "AWS::Lambda::Function";
const CAPABILITIES: [Capability; 2] = [Capability::CapabilityIam, Capability::CapabilityAutoExpand];

/// What the template says about what it made.
pub(crate) struct Outputs(BTreeMap<String, String>);

impl Outputs {
    /// The output `name`.
    pub(crate) fn get(&self, name: &str) -> Result<String> {
        self.0.get(name).cloned().ok_or_else(|| Error::Deployment {
            status: "outputs are incomplete".to_owned(),
            reasons: format!("    the template has no output {name}"),
        })
    }
}

/// Creates the stack from the template at `url`, or updates it where template or parameters changed, and waits for the
/// end. By URL, for CloudFormation takes no more than 51,200 bytes of template in a request.
pub(crate) async fn deploy(config: &SdkConfig, url: &str, parameters: &[(&str, String)]) -> Result<Outputs> {
    let step = Step::start("Application");
    let cloudformation = Client::new(config);
    let parameters: Vec<Parameter> = parameters
        .iter()
        .map(|(key, value)| Parameter::builder().parameter_key(*key).parameter_value(value).build())
        .collect();
    let mut known = describe(&cloudformation).await?;
    let is_lost = match &known {
        Some(stack) => never_came_up(stack) || !lost_functions(config).await?.is_empty(),
        None => false,
    };
    if is_lost {
        cloudformation.delete_stack().stack_name(STACK).send().await.map_err(failed)?;
        settled(&cloudformation).await?;
        known = None;
    }
    let outcome = match known {
        None => create(&cloudformation, url, parameters).await?,
        Some(_) => update(&cloudformation, url, parameters).await?,
    };
    let stack = settled(&cloudformation).await?;
    let is_good =
        |status: &StackStatus| matches!(status, StackStatus::CreateComplete | StackStatus::UpdateComplete);
    match stack {
        Some(stack) if stack.stack_status().is_some_and(is_good) => {
            step.done(outcome);
            Ok(Outputs(outputs(&stack)))
        }
        stack => Err(broken(&cloudformation, stack.as_ref()).await),
    }
}

/// The functions that are deployed, as CloudFormation knows it, and that Lambda has no longer: where the disk was full, each
/// keeps what it could write.
pub(crate) async fn lost_functions(config: &SdkConfig) -> Result<Vec<String>> {
    let deployed =
        Client::new(config).describe_stack_resources().stack_name(STACK).send().await.map_err(failed)?;
    let listed = aws_sdk_lambda::Client::new(config).list_functions().send().await;
    let listed = listed.map_err(Error::service("listing the functions"))?;
    let is_there = |name: &str| listed.functions().iter().any(|known| known.function_name() == Some(name));
    let functions = deployed.stack_resources().iter().filter(|part| part.resource_type() == Some(FUNCTION));
    let names = functions.filter_map(|function| function.physical_resource_id());
    Ok(names.filter(|name| !is_there(name)).map(str::to_owned).collect())
}

async fn create(client: &Client, url: &str, parameters: Vec<Parameter>) -> Result<&'static str> {
    let create = client.create_stack().stack_name(STACK).template_url(url).set_parameters(Some(parameters));
    create.set_capabilities(Some(CAPABILITIES.to_vec())).send().await.map_err(failed)?;
    Ok("deployed")
}

async fn update(client: &Client, url: &str, parameters: Vec<Parameter>) -> Result<&'static str> {
    let update = client.update_stack().stack_name(STACK).template_url(url).set_parameters(Some(parameters));
    match update.set_capabilities(Some(CAPABILITIES.to_vec())).send().await {
        Ok(_) => Ok("redeployed"),
        Err(error) if error.message().is_some_and(|text| text.contains("No updates are to be performed")) => {
            Ok("unchanged")
        }
        Err(error) => Err(failed(error)),
    }
}

/// The stack; none where there is none, which CloudFormation tells by an error without a name of its own.
async fn describe(client: &Client) -> Result<Option<Stack>> {
    match client.describe_stacks().stack_name(STACK).send().await {
        Ok(answer) => Ok(answer.stacks.unwrap_or_default().into_iter().next()),
        Err(error) if error.message().is_some_and(|text| text.contains("does not exist")) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Waits until nothing is in progress.
async fn settled(client: &Client) -> Result<Option<Stack>> {
    loop {
        let stack = describe(client).await?;
        let status = stack.as_ref().and_then(Stack::stack_status).map_or("", StackStatus::as_str);
        if !status.ends_with("IN_PROGRESS") {
            return Ok(stack);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A stack whose creation failed can only be deleted.
fn never_came_up(stack: &Stack) -> bool {
    use StackStatus::{CreateFailed, DeleteFailed, RollbackComplete, RollbackFailed};
    matches!(stack.stack_status(), Some(CreateFailed | DeleteFailed | RollbackComplete | RollbackFailed))
}

fn outputs(stack: &Stack) -> BTreeMap<String, String> {
    let named = stack.outputs().iter().filter_map(|output| output.output_key().zip(output.output_value()));
    named.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The resources that failed, and why.
async fn broken(client: &Client, stack: Option<&Stack>) -> Error {
    let status = stack.and_then(Stack::stack_status).map_or("gone", StackStatus::as_str).to_owned();
    let events = client.describe_stack_events().stack_name(STACK).send().await;
    let events = events.map(|answer| answer.stack_events.unwrap_or_default()).unwrap_or_default();
    let failures = events.iter().filter(|event| {
        matches!(event.resource_status(), Some(ResourceStatus::CreateFailed | ResourceStatus::UpdateFailed))
    });
    let reasons = failures.map(|event| {
        let name = event.logical_resource_id().unwrap_or_default();
        format!("    {name}: {}", event.resource_status_reason().unwrap_or_default())
    });
    Error::Deployment { status, reasons: reasons.collect::<Vec<_>>().join("\n") }
}

fn failed<E>(error: aws_sdk_cloudformation::error::SdkError<E>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    Error::service("deploying the application")(error)
}

#[cfg(test)]
mod tests {
    use rounds_testkit::http::{answer, sdk, serve};

    use super::*;

    const DEPLOYED: &str = "<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources>\
        <member><ResourceType>AWS::Lambda::Function</ResourceType><PhysicalResourceId>rounds-ingest</PhysicalResourceId>\
        <LogicalResourceId>a</LogicalResourceId><Timestamp>2026-11-21T07:30:12Z</Timestamp>\
        <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>\
        <member><ResourceType>AWS::Lambda::Function</ResourceType><PhysicalResourceId>rounds-load</PhysicalResourceId>\
        <LogicalResourceId>b</LogicalResourceId><Timestamp>2026-11-21T07:30:12Z</Timestamp>\
        <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>\
        <member><ResourceType>AWS::SNS::Topic</ResourceType><PhysicalResourceId>arn</PhysicalResourceId>\
        <LogicalResourceId>c</LogicalResourceId><Timestamp>2026-11-21T07:30:12Z</Timestamp>\
        <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>\
        </StackResources></DescribeStackResourcesResult></DescribeStackResourcesResponse>";

    #[tokio::test]
    async fn a_function_that_is_deployed_and_not_there_is_lost() {
        let address = serve(|request| {
            Some(match request.path.contains("2015-03-31/functions") {
                true => {
                    answer(200, "application/json", r#"{"Functions": [{"FunctionName": "rounds-load"}]}"#)
                }
                false => answer(200, "text/xml", DEPLOYED),
            })
        });
        let config = sdk(address.unwrap()).await;
        assert_eq!(lost_functions(&config).await.unwrap(), ["rounds-ingest"]);
    }
}
