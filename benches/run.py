"""Runs the contestants side by side on the same work, and says what each took: see benches/README.md.

python benches/run.py [--rows 1000000 …] [--format xlsx csv] [--runs 3] [--only rounds polars …] [--write]
"""

import argparse
import fcntl
import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import limits
import report
from contract import KEY, NAMES, TABLE, create_table
from measure import Took, busy_cores, run
from postgres import CHECKOUT, Postgres

BENCHES = Path(__file__).resolve().parent
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
# A hash of the whole table in the order of its key; a null is an empty text, as the data have no text that is empty.
LINE = ", ".join(f"coalesce({name}::text, '')" for name in NAMES)
DIGEST = f"SELECT md5(string_agg(md5(concat_ws('|', {LINE})), '' ORDER BY {KEY})) FROM {TABLE}"
BUSY = 0.3  # of a core, by others


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--format", nargs="+", choices=["xlsx", "csv"], default=["xlsx", "csv"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--write", action="store_true", help="put the tables into docs/PERFORMANCE.md")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    is_sound = True
    only = [name for name in arguments.only if is_there(name)]
    with alone(), Postgres(FOLDER / "postgres") as postgres:
        for form in arguments.format:
            for rows in arguments.rows:
                names = [name for name in only if form in CONTESTANTS[name][2]]
                file, expected = data(form, rows)
                is_busy = busy_cores() > BUSY
                took = race(postgres, names, file, expected, arguments.runs)
                is_sound &= all(len(takes) == arguments.runs for takes in took.values())
                table = report.table(took, form, rows)
                print(table)
                if is_busy:
                    say("Others use this machine: this is no result, and is not written down.")
                elif arguments.write and is_sound:
                    report.put(CHECKOUT / "docs/PERFORMANCE.md", f"{form} {rows}", table)
    sys.exit(not is_sound)


@contextmanager
def alone():
    """Two at once would measure each other."""
    with open(FOLDER / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Another bench is under way")
        yield


def race(postgres, names, file, expected, runs):
    """What each contestant took, run by run; of one that failed or ended with other rows, nothing for that run.

    Each turn begins with another of them.
    """
    took, least = {name: [] for name in names}, {}
    for turn in range(runs):
        for name in names[turn:] + names[:turn]:
            try:
                takes = contest(postgres, name, file, expected)
            except (subprocess.CalledProcessError, Disagreement) as wrong:
                say(f"{name}: {wrong}; {FOLDER / name}.log may say why")
                continue
            say(f"{name} {file.name}: {takes.wall:.1f} s, {takes.cpu:.1f} s of processor, {takes.memory >> 20} MiB")
            took[name].append(takes)
            # Rounds' table is wider by where each row came from.
            limit = f"limit: \\copy{' with lineage' if name == 'rounds' else ''}"
            if limit not in least:
                least[limit] = limits.copying(postgres, FOLDER / "ready.copy", runs)
    if file.suffix == ".xlsx":
        least["limit: inflate"] = limits.inflating(file, runs)
    return took | least


def contest(postgres, name, file, expected):
    """What a contestant took to bring the file into an empty database; its rows are the expected ones."""
    environment, (program, *options), _ = CONTESTANTS[name]
    postgres.fresh(*([] if name == "rounds" else [create_table()]))  # Rounds makes its table by itself, on the clock
    out = FOLDER / "out"
    shutil.rmtree(out, ignore_errors=True)
    python = VENVS / environment / "bin/python"
    takes, output = run([python, BENCHES / program, *options, file, out, postgres.url()], FOLDER / f"{name}.log")
    answer = json.loads(output.splitlines()[-1])
    for what in ("loaded", "superseded", "rejected"):
        if answer[what] != expected[what]:
            raise Disagreement(f"{what} {answer[what]}, expected {expected[what]}")
    if postgres.psql(DIGEST) != expected["digest"]:
        raise Disagreement("other values than expected are in the table")
    # Rounds' programs run one after the other, each in a Lambda of its own, and its servers are not its own work.
    return Took(**answer["took"]) if "took" in answer else takes


class Disagreement(Exception):
    """A contestant ended with other rows."""


def data(form, rows):
    """The file, made where it is not there, and what has to become of its rows."""
    file, expected = FOLDER / f"{rows}.{form}", FOLDER / f"{rows}.{form}.json"
    if not expected.exists():
        say(f"Making {file}")
        python = VENVS / "bench/bin/python"
        program = [
            python,
            BENCHES / "data.py",
            str(rows),
            "--seed",
            str(SEED),
            f"--{form}",
            file,
            "--expected",
            expected,
        ]
        subprocess.run(program, check=True)
    return file, json.loads(expected.read_text())


def is_there(name):
    """Whether a contestant can be run; says so if not."""
    program = BENCHES / CONTESTANTS[name][1][0]
    if not program.exists():
        say(f"{name} is left out: {program} is not there")
    return program.exists()


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
