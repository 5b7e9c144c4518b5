"""pandas, openpyxl and to_sql: python benches/peer_pandas.py [--insert] FILE FOLDER DATABASE

`to_sql` takes a function that inserts; pandas' own documentation gives one that copies CSV, which is the quickest. With
--insert it is what `to_sql` does by itself.
"""

import csv
import io
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
from sqlalchemy import create_engine

from contract import COLUMNS, FALSE, KEY, NAMES, NULLS, REQUIRED, TABLE, TRUE, WORDS, answer, name_of

SLICE = 50_000  # rows that go into the table at once
MONEY = pd.ArrowDtype(pa.decimal128(12, 2))


def main(file, folder, database, by_insert):
    cells = rows(file)
    texts = {name: text(cells[name]) for name in NAMES}
    values = pd.DataFrame({name: value(name, cell) for name, cell in texts.items()})
    reason = first_rule(texts, values)
    rejects, good = cells[reason.notna()].assign(reason=reason), values[reason.isna()]
    standing = good.sort_values([KEY, "booked_at"], kind="stable").drop_duplicates(KEY, keep="last")
    folder.mkdir(parents=True)
    by_month = standing.assign(month=standing["appointment_date"].dt.strftime("%Y-%m"))
    days = {"appointment_date": pd.ArrowDtype(pa.date32())}
    by_month.astype(days).to_parquet(folder / "lake", partition_cols=["month"], compression="zstd", index=False)
    rejects.to_parquet(folder / "rejects.parquet", compression="zstd")
    schema, table = TABLE.split(".")
    method = None if by_insert else copy
    with create_engine(database.replace("postgresql:", "postgresql+psycopg2:")).begin() as connection:
        standing.to_sql(
            table, connection, schema=schema, if_exists="append", index=False, chunksize=SLICE, method=method
        )
    answer(len(standing), len(good) - len(standing), rejects["reason"].value_counts().to_dict())


def rows(file):
    """All cells as text; a date cell reads as 2025-03-14 00:00:00."""
    options = {"dtype": str, "keep_default_na": False, "na_values": [""]}
    if file.suffix == ".csv":
        return pd.read_csv(file, **options).rename(columns=name_of)
    return pd.read_excel(file, engine="openpyxl", **options).rename(columns=name_of)


def text(cells):
    trimmed = cells.str.strip()
    return trimmed.mask(trimmed.isin(NULLS))


def value(name, cell):
    """A column in its type, null where a cell cannot be read."""
    column = COLUMNS[name]
    if name in WORDS:
        return cell.str.lower().str.rstrip(" .").map(WORDS[name]).astype("str")
    match column["type"]:
        case "bigint" | "integer" as kind:
            number = pd.to_numeric(cell, errors="coerce")
            whole = number.mask(number % 1 != 0)
            return whole.astype("Int64" if kind == "bigint" else "Int32")
        case "boolean":
            words = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
            return cell.str.lower().map(words).astype("boolean")
        case "decimal(12,2)":
            digits = cell.str.replace("[$,]", "", regex=True).str.replace(r"^\((.*)\)$", r"-\1", regex=True)
            return digits.where(digits.str.fullmatch(r"-?\d+(\.\d{1,2})?").fillna(False).astype(bool)).astype(MONEY)
        case "date" | "timestamp":
            return moment(column, cell)
        case _:
            return cell


def moment(column, cell):
    """Each format reads what those before it left."""
    formats = column["formats"]
    found = pd.to_datetime(cell, format="%Y-%m-%d %H:%M:%S", errors="coerce")
    for form in formats:
        left = cell[found.isna() & cell.notna()]
        found = found.fillna(pd.to_datetime(left, format=form, errors="coerce"))
    left = cell[found.isna() & cell.notna()]
    serials = pd.to_numeric(left[left.str.fullmatch(r"\d{5}")])
    return found.fillna(pd.to_datetime(serials, unit="D", origin="1899-12-30"))


def first_rule(texts, values):
    """Of each row the first rule that it breaks, in the order of the columns, or none."""
    reason = pd.Series(pd.NA, index=values.index, dtype="str")
    for name in NAMES:
        for rule, broken in rules(name, texts[name], values[name]):
            reason = reason.mask(reason.isna() & broken.fillna(False).astype(bool), f"{name} {rule}")
    return reason


def rules(name, cell, value):
    """Rules of a column, each with the rows that break it."""
    column, kind = COLUMNS[name], COLUMNS[name]["type"].split("(")[0].replace("bigint", "integer")
    if name in REQUIRED:
        yield "missing", cell.isna()
    if kind == "decimal":
        yield "too_many_digits", cell.str.contains(r"\d\.\d{3,}$")
    if name in WORDS or kind != "text":
        wrong = "unknown_word" if name in WORDS else f"not_a{'n' if kind == 'integer' else ''}_{kind}"
        yield wrong, value.isna() & cell.notna()
    if "pattern" in column:
        yield "pattern", ~cell.str.fullmatch(column["pattern"]).fillna(True).astype(bool)
    if "range" in column:
        yield "outside_range", (value < column["range"]["min"]) | (value > column["range"].get("max", 10**9))
    if "plausible" in column:
        window = column["plausible"]
        yield "implausible_date", (value < pd.Timestamp(window["after"])) | (value > pd.Timestamp(window["before"]))


def copy(table, connection, names, rows):
    """The `method` of `to_sql` that pandas' documentation shows for PostgreSQL."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    buffer.seek(0)
    with connection.connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table.schema}.{table.name} ({', '.join(names)}) FROM STDIN WITH CSV", buffer)


if __name__ == "__main__":
    *options, file, folder, database = sys.argv[1:]
    main(Path(file), Path(folder), database, "--insert" in options)
