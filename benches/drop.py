"""How long a small drop takes from S3 put to COMMIT on the one-machine stack, once it is warm.

python benches/drop.py [--rows 1000] [--runs 10] [--write]

A stack of its own, with the release programs and the catalog of the benchmarks, which is gone afterwards.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from urllib.request import Request, urlopen

import psycopg2

import report
from measure import is_quiet
from postgres import CHECKOUT
from stage import FUNCTIONS, program

FOLDER = CHECKOUT / "target/bench/drop"
WARM_UP = 3  # drops before those that count
LOOK = 0.002  # seconds between looks for the rows
PATIENCE = 60


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--write", action="store_true", help="put the table into docs/PERFORMANCE.md")
    arguments = parser.parse_args()
    is_sound = is_quiet(arguments.write)
    with Stack(FOLDER) as stack:
        took = {form: stack.drops(form, arguments.rows, arguments.runs) for form in ("xlsx", "csv")}
    report.tell("drop", table(took, arguments), is_sound, arguments.write)


class Stack:
    """A one-machine stack with release programs; see infra/local."""

    def __init__(self, folder):
        self.folder, self.programs = folder, folder / "bin"

    def __enter__(self):
        self.down()  # one that was left by a bench that was killed
        self.programs.mkdir(parents=True)
        target = Path(os.environ.get("CARGO_TARGET_DIR", CHECKOUT / "target"))
        # The command deploys the programs that lie beside it.
        for path in [*(target / "debug" / name for name in ("rounds", "vendor")), *map(program, FUNCTIONS)]:
            shutil.copy(path, self.programs)
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        self.local("up", "--catalog", CHECKOUT / "benches/catalog")
        exports = (line.removeprefix("export ").split("=", 1) for line in self.local("env").splitlines())
        self.environment = {name: value.strip("'") for name, value in exports}
        self.database = self.connection()

    def down(self):
        if self.programs.exists():
            self.local("down", "--wipe")
            shutil.rmtree(self.folder)

    def local(self, *arguments):
        command = [self.programs / "rounds", "--state", self.folder / "stack", "local", *arguments]
        return subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True).stdout

    def connection(self):
        asked = self.call("secretsmanager.GetSecretValue", SecretId=self.environment["DATABASE_SECRET_ARN"])
        secret = json.loads(asked["SecretString"])
        port = json.loads((self.folder / "stack/stack.json").read_text())["postgres"]["port"]
        login = {"dbname": secret["dbname"], "user": secret["username"], "password": secret["password"]}
        connection = psycopg2.connect(host="127.0.0.1", port=port, **login)
        connection.autocommit = True
        return connection

    def call(self, target, **asked):
        """An operation of one of AWS's JSON services."""
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        request = Request(self.environment["AWS_ENDPOINT_URL"], data=json.dumps(asked).encode(), headers=headers)
        with urlopen(request) as answer:
            return json.loads(answer.read())

    def drops(self, form, rows, runs):
        """Drops of one kind, one after the other, without the first ones: see `drop`."""
        return [self.drop(form, rows, seed) for seed in range(1, WARM_UP + runs + 1)][WARM_UP:]

    def drop(self, form, rows, seed):
        """Seconds from put to COMMIT, and those of its calls of ingest, transform and load."""
        file = self.folder / f"{seed}.{form}"
        make = [CHECKOUT / "benches/data.py", str(rows), "--seed", str(seed), f"--{form}", file]
        subprocess.run([sys.executable, *make], check=True)
        bucket = f"{self.environment['AWS_ENDPOINT_URL']}/{self.environment['LANDING_BUCKET']}"
        put = Request(f"{bucket}/clinic/{seed}-appointments.{form}", data=file.read_bytes(), method="PUT")
        before = self.last_load()
        start = time.perf_counter()
        urlopen(put).close()
        self.wait(lambda: self.last_load() != before)
        seconds = time.perf_counter() - start
        return [seconds, *self.calls()]

    def last_load(self):
        """The number of the last load that was committed."""
        with self.database.cursor() as cursor:
            cursor.execute("SELECT to_regclass('ops.load')")
            if cursor.fetchone()[0]:
                cursor.execute("SELECT max(load) FROM ops.load")
                return cursor.fetchone()[0]

    def calls(self):
        """Seconds that each call of the last run took, once it has ended."""
        machine = self.environment["ROUNDS_PIPELINE_ARN"]
        runs = lambda: self.call("AWSStepFunctions.ListExecutions", stateMachineArn=machine)["executions"]
        self.wait(lambda: all(run["status"] != "RUNNING" for run in runs()))
        last = max(runs(), key=lambda run: run["startDate"])["executionArn"]
        history = self.call("AWSStepFunctions.GetExecutionHistory", executionArn=last, maxResults=1000)["events"]
        begun, ended = (
            [event["timestamp"] for event in history if event["type"] == kind]
            for kind in ("TaskScheduled", "TaskSucceeded")
        )
        return [end - begin for begin, end in zip(begun, ended)][: len(report.STAGES)]

    def wait(self, until):
        deadline = time.monotonic() + PATIENCE
        while not until():
            if time.monotonic() > deadline:
                raise SystemExit(f"A drop was not loaded within {PATIENCE} s: {self.folder / 'stack/logs'} may say why")
            time.sleep(LOOK)


def table(took, arguments):
    head = ["", "s", "least–most", *(f"{stage}, ms" for stage in report.STAGES)]
    lines = []
    for form, drops in took.items():
        seconds, *calls = zip(*drops)
        lines.append([form, f"{median(seconds):.2f}", f"{min(seconds):.2f}–{max(seconds):.2f}"])
        lines[-1] += [f"{median(call) * 1000:.0f}" for call in calls]
    title = f"{arguments.rows:,} rows of 12 columns from S3 put to COMMIT, medians of {arguments.runs} drops;"
    return f"{title} and how long the calls of the stages took:\n\n" + report.markdown(head, lines)


if __name__ == "__main__":
    main()
