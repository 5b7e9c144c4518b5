"""The contract that every contestant keeps to, read from the catalog that Rounds reads."""

import itertools
import json
import re
import tomllib
from pathlib import Path

CONTRACT = tomllib.loads((Path(__file__).parent / "catalog/clinic/appointments.toml").read_text())
TABLE = CONTRACT["table"]
KEY = CONTRACT["key"][0]
COLUMNS = CONTRACT["columns"]
NAMES = list(COLUMNS)
REQUIRED = [name for name, column in COLUMNS.items() if name == KEY or column.get("required")]

# Of each column of words: from a spelling, in lower case and without a dot behind it, to the word that is stored.
WORDS = {
    name: {spelling: word for word, spellings in column["values"].items() for spelling in spellings}
    for name, column in COLUMNS.items()
    if "values" in column
}
# What means "no value", in every case; whoever asks has taken the space around it away.
NULLS = [
    "",
    *("".join(c) for word in CONTRACT["nulls"] for c in itertools.product(*({c.lower(), c.upper()} for c in word))),
]
TRUE, FALSE = ["true", "yes", "y", "t", "on", "1"], ["false", "no", "n", "f", "off", "0"]

# A hash of the whole table in the order of its key; a null is an empty text, as the data have no text that is empty.
LINE = ", ".join(f"coalesce({name}::text, '')" for name in NAMES)
DIGEST = f"SELECT md5(string_agg(md5(concat_ws('|', {LINE})), '' ORDER BY {KEY})) FROM {TABLE}"


def name_of(header):
    """The column that a header names."""
    return re.sub("[^a-z0-9]+", "_", header.lower()).strip("_")


def create_table():
    """The statements by which Rounds makes the table, without its columns of lineage."""
    types = {"decimal(12,2)": "numeric(12,2)", "timestamp": "timestamp without time zone"}
    lines = [
        f"{name} {types.get(column['type'], column['type'])}{' NOT NULL' if name in REQUIRED else ''}"
        for name, column in COLUMNS.items()
    ]
    lines.append(f"PRIMARY KEY ({KEY})")
    for name, column in COLUMNS.items():
        if "values" in column:
            words = ", ".join(f"'{word}'::text" for word in column["values"])
            lines.append(f"CONSTRAINT appointments_{name}_values CHECK ({name} = ANY (ARRAY[{words}]))")
    return f"CREATE SCHEMA {TABLE.split('.')[0]}; CREATE TABLE {TABLE} ({', '.join(lines)})"


def answer(loaded, superseded, rejected, **more):
    """What a contestant says once its rows are committed: counts, rejects by `column rule`."""
    counts = {"loaded": loaded, "superseded": superseded, "rejected": dict(sorted(rejected.items()))}
    print(json.dumps(counts | more))


class Disagreement(Exception):
    """A contestant ended with other rows."""


def agree(answer, digest, expected):
    """Holds what a contestant answered, and the digest of the table that it left, against what is expected."""
    for what in ("loaded", "superseded", "rejected"):
        if answer[what] != expected[what]:
            raise Disagreement(f"{what} {answer[what]}, expected {expected[what]}")
    if digest != expected["digest"]:
        raise Disagreement("other values than expected are in the table")
