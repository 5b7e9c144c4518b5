"""One line of what the runs came to whose JSON the file named holds: rows and letters, or why one was refused."""

import json
import sys


def counts(outputs: list[dict]) -> list[str]:
    loads = [load["counts"] for output in outputs for load in output.get("loads", [])]
    if not loads:
        return []
    total = {name: sum(load[name] for load in loads) for name in loads[0]}
    told = [f"{total['read']:,} rows", f"{total['rejected']:,} rejected"]
    return told + ([f"{total['held']:,} wait"] if total["held"] else [])


def letters(outputs: list[dict]) -> list[str]:
    reports = [report for output in outputs for report in output.get("reports", [])]
    sent = sum(report["sent"] for report in reports)
    before = sum(report["already_sent"] for report in reports)
    told = [f"{sent} letter{'' if sent == 1 else 's'}"] if sent else []
    return told + ([f"{before} had gone out before"] if before else [])


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        runs = [json.loads(line) for line in file if line.startswith("{")]
    outputs = [run.get("output") or {} for run in runs]
    reasons = [run.get("reason") or output.get("reason") for run, output in zip(runs, outputs)]
    refused = [reason["error"] for reason in reasons if reason]
    waiting = [f"{output['waiting']:,} rows wait" for output in outputs if output.get("waiting")]
    asked = [f"{output['rows']:,} rows" for output in outputs if output.get("outcome") == "exported"]
    tables = [table for output in outputs for table in output.get("tables", [])]
    archived = [f"{sum(table['archived'] for table in tables):,} rows archived"] if tables else []
    told = counts(outputs) + asked + letters(outputs) + archived + waiting + refused
    print(", ".join(told) or "nothing to do")


main()
