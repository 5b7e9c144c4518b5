"""Deploys an installation to AWS: python infra/deploy.py STAGE ARCHITECTURE. Called by `make deploy`, after the build.

Two stacks, `rounds-STAGE-foundation` and `rounds-STAGE`. Of each it shows the change set, and asks before it goes on.
"""

import hashlib
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, WaiterError

ROOT = Path(__file__).parents[1]
FUNCTIONS = ["ingest", "transform", "load", "report", "collect"]
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


def main():
    stage, architecture = sys.argv[1:]
    settings = tomllib.loads((ROOT / f"infra/stages/{stage}.toml").read_text())
    print(f"Account {boto3.client('sts').get_caller_identity()['Account']}, region {cloudformation.meta.region_name}\n")

    foundation = f"rounds-{stage}-foundation"
    body = {"TemplateBody": (ROOT / "infra/foundation.yaml").read_text()}
    change(foundation, body, {"Stage": stage, "StoragePrefixes": storage_prefixes(), **settings["foundation"]})
    cloudformation.update_termination_protection(StackName=foundation, EnableTerminationProtection=True)
    given = outputs(foundation)

    prefix = upload(given["CodeBucket"])
    region, suffix = cloudformation.meta.region_name, "amazonaws.com"
    body = {"TemplateURL": f"https://{given['CodeBucket']}.s3.{region}.{suffix}/{prefix}/template.yaml"}
    own = {"Stage": stage, "CodePrefix": prefix, "Architecture": architecture, "Watch": "ENABLED", "Lake": "ENABLED"}
    # The foundation's outputs are parameters of the application, by name.
    change(f"rounds-{stage}", body, {**given, **own, **settings["application"]})
    for name, value in outputs(f"rounds-{stage}").items():
        print(f"{name}: {value}")


def storage_prefixes():
    """The list of S3's addresses in this region, which AWS keeps."""
    name = f"com.amazonaws.{cloudformation.meta.region_name}.s3"
    told = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [name]}])
    return told["PrefixLists"][0]["PrefixListId"]


def upload(bucket):
    """Puts a release into the code bucket, in a folder that is named by its content, and answers the folder."""
    release = {f"{name}.zip": (ROOT / f"target/lambda/{name}/bootstrap.zip").read_bytes() for name in FUNCTIONS}
    release |= {path.name: path.read_bytes() for path in sorted(ROOT.glob("statemachine/*.asl.json"))}
    release |= {name: (ROOT / "infra" / name).read_bytes() for name in ("template.yaml", "watch.yaml")}
    release["lake.json"] = subprocess.run([sys.executable, ROOT / "infra/lake.py"], check=True, capture_output=True).stdout
    digest = hashlib.sha256()
    for name, content in sorted(release.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    prefix = digest.hexdigest()[:16]
    for name, content in release.items():
        s3.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=content)
    print(f"Release {prefix} is in {bucket}\n")
    return prefix


def change(stack, template, parameters):
    """Shows what would change, asks, and changes it."""
    kind = "UPDATE" if exists(stack) else "CREATE"
    told = cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S}",
        ChangeSetType=kind,
        Capabilities=CAPABILITIES,
        IncludeNestedStacks="TemplateURL" in template,
        Parameters=[{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()],
        **template,
    )
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(ChangeSetName=told["Id"])
    except WaiterError as error:
        reason = error.last_response.get("StatusReason", "")
        cloudformation.delete_change_set(ChangeSetName=told["Id"])
        if "didn't contain changes" in reason or "No updates are to be performed" in reason:
            print(f"{stack}: nothing changes\n")
            return
        sys.exit(f"{stack}: {reason}")
    print(f"{stack}: {kind.lower()}")
    for page in cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=told["Id"]):
        for it in page["Changes"]:
            resource = it["ResourceChange"]
            replaced = ", REPLACED" if resource.get("Replacement") == "True" else ""
            print(f"  {resource['Action']:8} {resource['LogicalResourceId']} ({resource['ResourceType']}{replaced})")
    if input(f"Go on with {stack}? yes or no: ").strip() != "yes":
        cloudformation.delete_change_set(ChangeSetName=told["Id"])
        sys.exit("Nothing was changed.")
    cloudformation.execute_change_set(ChangeSetName=told["Id"])
    print("Waiting. The database of a first foundation takes about twenty minutes.")
    try:
        waiter = cloudformation.get_waiter(f"stack_{kind.lower()}_complete")
        waiter.wait(StackName=stack, WaiterConfig={"Delay": 15, "MaxAttempts": 240})
    except WaiterError:
        sys.exit(f"{stack}: failed\n" + "\n".join(failures(stack)))
    print(f"{stack}: done\n")


def exists(stack):
    """Whether the stack is there. One that was only looked at is not; one that never came up is in the way."""
    try:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return False
        raise
    if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"):
        sys.exit(f"{stack} never came up: aws cloudformation delete-stack --stack-name {stack}, then deploy again")
    return status != "REVIEW_IN_PROGRESS"


def outputs(stack):
    told = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in told}


def failures(stack):
    """What failed, and why it is all taken back."""
    for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
        if event["ResourceStatus"].endswith(("_FAILED", "ROLLBACK_IN_PROGRESS")):
            yield f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"


if __name__ == "__main__":
    try:
        cloudformation, ec2, s3 = map(boto3.client, ("cloudformation", "ec2", "s3"))
        main()
    except NoRegionError:
        sys.exit("AWS needs a region, and none is named: `export AWS_DEFAULT_REGION=…`, or `aws configure`.")
    except NoCredentialsError:
        sys.exit("AWS needs credentials, and there are none: `export AWS_PROFILE=…`, or `aws configure`.")
    except ClientError as error:
        sys.exit(f"AWS refused {error.operation_name}: {error.response['Error']['Message']}")
    except BotoCoreError as error:
        sys.exit(f"AWS could not be asked: {error}")
