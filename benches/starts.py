"""How soon each function's program asks for its first call, and how large it is.

python benches/starts.py [--runs 30] [--write]

The programs start as they do in Lambda: with the catalog that is in them, TLS checked, and nothing reachable yet.
"""

import argparse
import zipfile
from io import BytesIO
from statistics import median

import report
from measure import is_quiet, peak
from postgres import CHECKOUT
from stage import FUNCTIONS, Stage, program

MACHINES = {"x86_64": "x86-64", "aarch64": "arm64"}
REGION = "us-east-1"
SECRET = f"arn:aws:secretsmanager:{REGION}:000000000000:secret:"
# What infra/template.yaml sets, without a network.
ENVIRONMENT = {
    **{"AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"},
    **{"LANDING_BUCKET": "landing", "LAKE_BUCKET": "lake", "CLINIC_TIME_ZONE": "America/Chicago", "RUST_LOG": "info"},
    **{"DATABASE_SECRET_ARN": f"{SECRET}database", "DATABASE_HOST": "database.invalid", "DATABASE_TLS": "verify-full"},
    **{"PSEUDONYM_SECRET_ARN": f"{SECRET}pseudonyms", "WEBHOOKS_SECRET_ARN": f"{SECRET}webhooks"},
    **{"AUDIENCES": '{"operations": ["ana@clinic.example"]}', "MAIL_FROM": "reports@clinic.example"},
    **{"COLLECT_SECRET_ARN": f"{SECRET}vendor", "COLLECT_ACCOUNTS": '["10000001"]'},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--write", action="store_true", help="put the table into docs/PERFORMANCE.md")
    arguments = parser.parse_args()
    is_sound = is_quiet(arguments.write)
    took = {name: [] for name in FUNCTIONS}
    for _ in range(arguments.runs):
        for name in FUNCTIONS:
            took[name].append(first_poll(name))
    sizes = {name: {machine: size(name, machine) for machine in MACHINES} for name in FUNCTIONS}
    report.tell("starts", table(took, sizes, arguments.runs), is_sound, arguments.write)


def first_poll(name):
    """Milliseconds from the start of a process to when it asks for a call, and the bytes that it holds then."""
    with Stage(name, ENVIRONMENT, CHECKOUT / "target/bench/starts.log") as stage:
        return stage.first_poll() * 1000, peak(stage.pid)


def size(name, machine):
    """Bytes of the program for a machine and of its zip; nothing where it is not built."""
    if not (built := program(name, machine)).exists():
        return None
    zipped = BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as package:
        package.write(built, "bootstrap")
    return built.stat().st_size, len(zipped.getvalue())


def table(took, sizes, runs):
    built = [machine for machine in MACHINES if any(size[machine] for size in sizes.values())]
    head = ["function", "first poll, ms", "least–most", "resident MiB"]
    head += [f"{MACHINES[machine]} {what} MiB" for machine in built for what in ("program", "zip")]
    lines = []
    for name, starts in took.items():
        times, memory = zip(*starts)
        cells = [name, f"{median(times):.0f}", f"{min(times):.0f}–{max(times):.0f}", f"{median(memory) / 2**20:.0f}"]
        for machine in built:
            cells += [f"{part / 2**20:.1f}" for part in sizes[name][machine] or ()] or ["", ""]
        lines.append(cells)
    return f"Medians of {runs} starts by turns:\n\n" + report.markdown(head, lines)


if __name__ == "__main__":
    main()
