"""The contestants by turns on one file, their rows held against those expected."""

import json
import shutil
import subprocess
import sys

import limits
import report
from contract import DIGEST, Disagreement, agree, create_table
from kept import BENCHES, Kept, made_of
from measure import Took, is_quiet, run
from postgres import CHECKOUT
from stage import program

FOLDER = CHECKOUT / "target/bench"
VENVS = CHECKOUT / "target/local/venv"
SEED = 1
# By name: the environment, the program with its options, and the formats that it is run on.
CONTESTANTS = {
    "rounds": ("bench", ["peer_rounds.py"], ["xlsx", "csv"]),
    "polars": ("bench", ["peer_polars.py"], ["xlsx", "csv"]),
    "duckdb": ("bench-duckdb", ["peer_duckdb.py"], ["xlsx", "csv"]),
    "dlt": ("bench", ["peer_dlt.py"], ["xlsx", "csv"]),
    "pandas": ("bench", ["peer_pandas.py"], ["xlsx", "csv"]),
    "pandas-insert": ("bench", ["peer_pandas.py", "--insert"], ["xlsx"]),
}


class Race:
    """So many takes of each contestant that is named, those included that were kept before."""

    def __init__(self, postgres, form, rows, runs, names):
        self.postgres, self.runs = postgres, runs
        self.file, self.expected = data(form, rows)
        self.kept = Kept(FOLDER / f"{rows}.{form}.takes")
        self.made_of = {name: ingredients(name) for name in names}
        self.takes = {name: self.kept.of(name, self.made_of[name])[:runs] for name in names}

    def run(self, patiently):
        """Each turn begins with another of them. Of one that fails there is nothing for that turn."""
        names = list(self.takes)
        for turn in range(self.runs):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                if len(self.takes[name]) <= turn:
                    self.go(name, is_quiet(patiently))

    @property
    def took(self):
        """What each contestant took, run by run; then, by their names, each part that is told and each limit."""
        took = {name: [take[name] for take in takes] for name, takes in self.takes.items()}
        for takes in self.takes.values():
            took |= {part: [take[part] for take in takes] for part in (takes or [{}])[0] if part not in took}
        return took

    @property
    def is_sound(self):
        """Whether all finished each time, with the expected rows and on a quiet machine."""
        return all(len(self.kept.of(name, of)) >= self.runs for name, of in self.made_of.items())

    def go(self, name, is_quiet):
        try:
            take = self.contest(name)
        except (subprocess.CalledProcessError, Disagreement) as wrong:
            return say(f"{name}: {wrong}; {FOLDER / name}.log may say why")
        self.takes[name].append(take)
        wall, cpu, memory = take[name]
        took = f"{wall:.2f} s, {cpu:.2f} s of processor, {memory >> 20} MiB"
        say(f"{self.file.name}, {len(self.takes[name])} of {self.runs}, {name}: {took}")
        if is_quiet:
            self.kept.add(name, self.made_of[name], take)
        else:
            say("Others use this machine: this is no result, and is not kept.")

    def contest(self, name):
        """What a contestant took to bring the file into an empty database, as expected; and its parts and limits."""
        environment, (peer, *options), _ = CONTESTANTS[name]
        # Rounds makes its table by itself, on the clock.
        self.postgres.fresh(*([] if name == "rounds" else [create_table()]))
        out = FOLDER / "out"
        shutil.rmtree(out, ignore_errors=True)
        command = [VENVS / environment / "bin/python", BENCHES / peer, *options, self.file, out, self.postgres.url()]
        took, output = run(command, FOLDER / f"{name}.log")
        answer = json.loads(output.splitlines()[-1])
        agree(answer, self.postgres.psql(DIGEST), self.expected)
        copied = limits.copying(self.postgres, FOLDER / "ready.copy")
        if name != "rounds":
            return {name: took, report.COPY: copied}
        # Its programs run one after the other, a Lambda each, and the servers beside them are not its work.
        stages = {report.stage(stage): Took(**took) for stage, took in answer["stages"].items()}
        least = {report.COPY_LINEAGE: copied}
        if self.file.suffix == ".xlsx":
            least[report.INFLATE] = limits.inflating(self.file)
        return {name: Took(**answer["took"])} | stages | least


def ingredients(name):
    """What a contestant is made of, as a digest: its program, what that runs, and its packages."""
    environment, (peer, *options), _ = CONTESTANTS[name]
    if name == "rounds":
        return made_of([peer, "stage.py", *map(program, report.STAGES)])
    packages = VENVS / environment / "requirements.txt"
    return made_of([peer, *([packages] if packages.exists() else [])], options)


def data(form, rows):
    """The file, made where it is not there, and what has to become of its rows."""
    file, expected = FOLDER / f"{rows}.{form}", FOLDER / f"{rows}.{form}.json"
    if not expected.exists():
        say(f"Making {file}")
        make = [VENVS / "bench/bin/python", BENCHES / "data.py", str(rows), "--seed", str(SEED)]
        subprocess.run([*make, f"--{form}", file, "--expected", expected], check=True)
    return file, json.loads(expected.read_text())


def say(text):
    print(text, file=sys.stderr, flush=True)
