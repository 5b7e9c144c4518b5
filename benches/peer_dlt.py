"""dlt: python benches/peer_dlt.py FILE FOLDER DATABASE

dlt brings rows into a database and leaves it to its user how to check them. So polars checks them, as its peer does,
and writes the Parquet files, since dlt's have no partitions by a column. dlt is given the rows as Arrow tables and
loads them as Parquet by ADBC, which is its quickest way into PostgreSQL.
"""

import os
import sys
from pathlib import Path

os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", RUNTIME__LOG_LEVEL="ERROR")  # tells its makers nothing

import dlt
import polars as pl

from contract import COLUMNS, KEY, REQUIRED, TABLE, answer
from peer_polars import checked, one_per_key, rows, write_parquet

SLICE = 100_000  # rows of an Arrow table


def main(file, folder, database):
    rejects, good = pl.collect_all(checked(rows(file)), engine="streaming")
    standing = one_per_key(good)
    folder.mkdir(parents=True)
    write_parquet(standing, rejects, folder)
    schema, table = TABLE.split(".")
    pipeline = dlt.pipeline(
        "bench", dataset_name=schema, destination=dlt.destinations.postgres(database), pipelines_dir=str(folder / "dlt")
    )
    pipeline.run(loaded(standing, table), loader_file_format="parquet")
    answer(len(standing), len(good) - len(standing), dict(rejects["reason"].value_counts().iter_rows()))


def loaded(standing, table):
    """The rows, for the table that is there."""
    columns = {
        name: {"nullable": name not in REQUIRED, "primary_key": name == KEY, **kind(column)}
        for name, column in COLUMNS.items()
    }
    slices = (part.to_arrow() for part in standing.iter_slices(SLICE))
    return dlt.resource(slices, name=table, write_disposition="append", columns=columns)


def kind(column):
    """What dlt calls a column's type."""
    match column["type"]:
        case "integer":
            return {"data_type": "bigint", "precision": 32}
        case "decimal(12,2)":
            return {"data_type": "decimal", "precision": 12, "scale": 2}
        case "timestamp":
            return {"data_type": "timestamp", "timezone": False}
        case "boolean":
            return {"data_type": "bool"}
        case other:
            return {"data_type": other}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
