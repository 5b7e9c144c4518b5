"""Holds templates and state machines against cfn-lint, sam validate and checkov. Called by `make lint-infra`.

Whatever they find that decisions.toml does not answer is told, and fails.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUT = ROOT / "target/local/lint"
VENVS = ROOT / "target/local/venv"
TEMPLATES = ["infra/foundation.yaml", "infra/template.yaml", "infra/watch.yaml"]
DECISIONS = tomllib.loads((ROOT / "infra/lint/decisions.toml").read_text())["decision"]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    made = [str(lake().relative_to(ROOT)), str(machines().relative_to(ROOT))]
    findings = [*cfn_lint(TEMPLATES + made), *sam("infra/template.yaml"), *checkov(TEMPLATES)]
    open_findings = [finding for finding in findings if not any(answers(it, finding) for it in DECISIONS)]
    stale = [it["rule"] for it in DECISIONS if not any(answers(it, finding) for finding in findings)]
    for rule, file, resource, message in open_findings:
        print(f"{file}: {resource}: {rule}: {message}")
    for rule in stale:
        print(f"infra/lint/decisions.toml: {rule}: nothing is found that it answers")
    print(f"{len(findings)} findings, {len(findings) - len(open_findings)} of them decided, {len(open_findings)} open")
    sys.exit(bool(open_findings or stale))


def answers(decision, finding):
    rule, _, resource, _ = finding
    return decision["rule"] == rule and resource in decision["resources"]


def lake():
    """The template of Athena's tables, as a deployment makes it."""
    path = OUT / "lake.json"
    path.write_text(run([sys.executable, "infra/lake.py"], check=True).stdout)
    return path


def machines():
    """The state machines as one template, in which cfn-lint reads their language too."""
    # What a deployment fills in stands for itself.
    definitions = {
        path.name.split(".")[0]: re.sub(r"\$\{(\w+)\}", r"\1", path.read_text())
        for path in sorted(ROOT.glob("statemachine/*.asl.json"))
    }
    resources = {
        "".join(word.capitalize() for word in name.split("_")): {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/any"},
                "DefinitionString": definition,
            },
        }
        for name, definition in definitions.items()
    }
    path = OUT / "machines.json"
    path.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}))
    return path


def cfn_lint(templates):
    answer = run([VENVS / "lint/bin/cfn-lint", "--format", "json", *templates])
    for match in json.loads(answer.stdout or "[]"):
        path = match["Location"]["Path"] or []
        yield match["Rule"]["Id"], match["Filename"], path[1] if len(path) > 1 else "-", match["Message"]
    if answer.returncode and not answer.stdout.strip():
        sys.exit(answer.stderr)


def sam(template):
    """What SAM finds before it translates; it asks no account."""
    answer = run([VENVS / "sam/bin/sam", "validate", "--lint", "--template", template])
    if answer.returncode:
        yield "sam", template, "-", answer.stdout + answer.stderr


def checkov(templates):
    files = [part for template in templates for part in ("--file", template)]
    answer = run([VENVS / "lint/bin/checkov", *files, "--framework", "cloudformation", "--output", "json", "--skip-download"])
    try:
        reports = json.loads(answer.stdout)
    except json.JSONDecodeError:
        sys.exit(answer.stderr)
    for report in reports if isinstance(reports, list) else [reports]:
        for check in report["results"]["failed_checks"]:
            yield check["check_id"], check["file_path"].lstrip("/"), check["resource"].split(".")[-1], check["check_name"]


def run(command, check=False):
    quiet = os.environ | {"SAM_CLI_TELEMETRY": "0"}
    return subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=check, env=quiet)


if __name__ == "__main__":
    main()
