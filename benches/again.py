"""Runs stages of Rounds again and again on one file, and says what each run took: for whoever makes them faster.

python benches/again.py FILE [--stages ingest transform load] [--runs 3] [--under 'perf stat -e instructions:u']

All stages run once; then those that are named run as often as asked, alone, a new process each, ingest and load in a
new database each time. `put` is a digest of all that the transform put: the same bytes, the same digest. At the end the
rows are held against those expected, in FILE.json. Logs, and what `under` writes, are in target/bench/again.
"""

import argparse
import json
import shlex
import shutil
from pathlib import Path

from contract import DIGEST, agree
from peer_rounds import Line
from postgres import CHECKOUT, Postgres

FOLDER = CHECKOUT / "target/bench/again"
STAGES = ["ingest", "transform", "load"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--under", type=shlex.split, default=[], help="a command that runs the program")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="another, where two run at once")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    with Postgres(arguments.folder / "postgres") as postgres, Line(arguments.folder, postgres.url()) as line:
        postgres.fresh()
        line.drop(arguments.file)
        for name in STAGES[: STAGES.index(max(arguments.stages, key=STAGES.index)) + 1]:
            go(name, line, "first")
        line.under = arguments.under
        for run in range(arguments.runs):
            for name in arguments.stages:
                prepare(name, line, postgres)
                go(name, line, run + 1)
        if "load" in arguments.stages:
            agree(line.counts(), postgres.psql(DIGEST), json.loads(Path(f"{arguments.file}.json").read_text()))
            print("The rows are those expected")


def prepare(name, line, postgres):
    """A new database for a stage that uses it; the load has its file seen there first."""
    if name != "transform":
        postgres.fresh()
    if name == "load":
        under, line.under = line.under, ()
        line.ingest()
        line.under = under


def go(name, line, run):
    wall, cpu, memory = getattr(line, name)()
    put = f"  put {line.put()}" if name == "transform" else ""
    print(f"{name:9} {run:>5}: {wall:6.2f} s wall {cpu:6.2f} s cpu {memory >> 20:5} MiB{put}", flush=True)


if __name__ == "__main__":
    main()
