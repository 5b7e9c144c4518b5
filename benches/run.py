"""Runs the contestants side by side on the same work, and says what each took: see benches/README.md.

python benches/run.py [--rows 1000000 …] [--format xlsx csv] [--runs 3] [--only rounds polars …] [--write]

What was measured on a quiet machine is kept in target/bench: broken off, the same command goes on where it was.
"""

import argparse
import fcntl
import sys
from contextlib import contextmanager

import report
from postgres import Postgres
from race import CONTESTANTS, FOLDER, Race


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000], help="several: a table of how it grows")
    parser.add_argument("--format", nargs="+", choices=["xlsx", "csv"], default=["xlsx", "csv"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--anew", action="store_true", help="forget what was kept of these files")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/PERFORMANCE.md")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    is_sound = True
    with alone(), Postgres(FOLDER / "postgres") as postgres:
        for form in arguments.format:
            is_sound &= compare(postgres, form, arguments)
    sys.exit(not is_sound)


def compare(postgres, form, arguments):
    """Runs the contestants on the files of a format, and tells; whether all of it is sound."""
    names = [name for name in arguments.only if form in CONTESTANTS[name][2]]
    races = {}
    for rows in arguments.rows:
        if arguments.anew:
            (FOLDER / f"{rows}.{form}.takes").unlink(missing_ok=True)
        races[rows] = race = Race(postgres, form, rows, arguments.runs, names)
        race.run(arguments.write)
        if len(arguments.rows) == 1:
            text = report.contestants(race.took, names, form, rows)
            if race.took.get("rounds"):
                text += "\n" + report.stages(race.took, form, rows)
            report.tell(f"{form} {rows}", text, race.is_sound, arguments.write)
    is_sound = all(race.is_sound for race in races.values())
    if len(races) > 1 and all(all(race.takes.values()) for race in races.values()):
        took = {rows: race.took for rows, race in races.items()}
        report.tell(f"{form} growth", report.growth(took, names, form), is_sound, arguments.write)
    return is_sound


@contextmanager
def alone():
    """Two at once would measure each other."""
    with open(FOLDER / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Another bench is under way")
        yield


if __name__ == "__main__":
    main()
