"""Makes the table of the benchmarks: a clinic's appointments with billing, as dirty as such exports are.

    python benches/data.py ROWS [--seed 1] [--xlsx FILE] [--csv FILE] [--expected FILE]

Rows are made in chunks; of those before, memory holds what tells which row of a key stands, and a workbook's texts.
What has to become of the rows is worked out here, from what was meant and not from what was written: rows loaded,
superseded, rejected by column and rule, and the digest of the table (run.py). The same seed gives the same bytes.
"""

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np

from columns import COLUMNS
from sheet import Csv, Workbook

FIRST_ID = 202_300_000_000
CHUNK = 5_000
POOL = 1_000  # rows of earlier chunks, of which some come again
AGAIN = 0.02  # share of rows whose key an earlier row has


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("--seed", type=int, default=1)
    for output in ("--xlsx", "--csv", "--expected"):
        parser.add_argument(output, type=Path)
    arguments = parser.parse_args()
    make(arguments.rows, arguments.seed, arguments.xlsx, arguments.csv, arguments.expected)


def make(rows, seed, xlsx=None, csv=None, expected=None):
    header = [column.header for column in COLUMNS]
    files = [kind(path, header, rows) for kind, path in [(Workbook, xlsx), (Csv, csv)] if path]
    fate = Fate()
    for meant in chunks(rows, np.random.default_rng([seed, 0])):
        # Another generator for the spelling: what is meant does not hang on how it is written.
        chance = np.random.default_rng([seed, 1, int(meant["appointment_id"][0] % FIRST_ID)])
        cells, slips = zip(*(column.write(meant[column.name], chance) for column in COLUMNS))
        for file in files:
            file.write(cells)
        fate.add(meant, slips)
    for file in files:
        file.close()
    if expected:
        expected.write_text(json.dumps(fate.told(), indent=2) + "\n")


def chunks(rows, chance):
    """What is meant, by column, a chunk of rows at a time."""
    pool = None
    for start in range(0, rows, CHUNK):
        places = np.arange(start, min(start + CHUNK, rows))
        meant = {column.name: column.invent(chance, places / rows) for column in COLUMNS}
        meant["appointment_id"] = FIRST_ID + places
        if pool is None:
            pool = {name: values[:POOL].copy() for name, values in meant.items()}
        else:
            come_again(chance, meant, pool)
        yield meant


def come_again(chance, meant, pool):
    """Puts rows of the pool in the place of some of these, half of them booked anew with another status and amount.

    A row comes again once at most, and anew never at the same second: which of the two stands would be open.
    """
    order = chance.permutation(len(meant["appointment_id"]))
    count = min(int(AGAIN * len(order)), len(order) // 2)
    rows, fresh = order[:count], order[count : 2 * count]
    used = chance.permutation(len(pool["appointment_id"]))[:count]
    anew = chance.random(count) < 0.5
    # One in four was booked earlier than the row before it, as exports overlap.
    seconds = chance.integers(60, 864_000, count) * np.where(chance.random(count) < 0.25, -1, 1)
    for name, values in meant.items():
        again = pool[name][used]
        if name == "booked_at":
            again = np.where(anew, again + seconds, again)
        elif name in ("status", "amount"):
            again = np.where(anew, values[rows], again)
        pool[name][used] = values[fresh]
        values[rows] = again


class Fate:
    """What has to become of the rows."""

    def __init__(self):
        self.keys, self.moments, self.digests, self.rejected = [], [], [], Counter()

    def add(self, meant, slips):
        """Rows by column, and the slips in them. A row is counted under the first rule that it breaks, by column."""
        broken = np.stack(slips) >= 0
        first, is_bad = broken.argmax(axis=0), broken.any(axis=0)
        for row in np.flatnonzero(is_bad):
            column = COLUMNS[first[row]]
            self.rejected[f"{column.name} {column.slips[slips[first[row]][row]].rule}"] += 1
        good = np.flatnonzero(~is_bad)
        lines = zip(*(column.text(meant[column.name][good]) for column in COLUMNS))
        digests = b"".join(hashlib.md5("|".join(line).encode()).digest() for line in lines)
        self.keys.append(meant["appointment_id"][good])
        self.moments.append(meant["booked_at"][good])
        self.digests.append(np.frombuffer(digests, dtype="V16"))

    def told(self):
        keys, moments, digests = (np.concatenate(parts) for parts in (self.keys, self.moments, self.digests))
        order = np.lexsort((moments, keys))  # stable: of equals the last row stands
        standing = order[np.append(keys[order][1:] != keys[order][:-1], True)]
        whole = hashlib.md5()
        for start in range(0, len(standing), CHUNK):
            whole.update(digests[standing[start : start + CHUNK]].tobytes().hex().encode())
        return {
            "read": len(keys) + self.rejected.total(),
            "loaded": len(standing),
            "superseded": len(keys) - len(standing),
            "rejected": dict(sorted(self.rejected.items())),
            "digest": whole.hexdigest(),
        }


if __name__ == "__main__":
    main()
