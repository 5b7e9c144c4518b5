"""polars, fastexcel and ADBC: python benches/peer_polars.py FILE FOLDER DATABASE

CSV is scanned and checked as a stream; fastexcel reads a sheet whole. Parquet is written while ADBC copies the rows
into PostgreSQL.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from contract import COLUMNS, FALSE, KEY, NAMES, NULLS, REQUIRED, TABLE, TRUE, WORDS, answer, name_of


def main(file, folder, database):
    rejects, good = pl.collect_all(checked(rows(file)), engine="streaming")
    standing = one_per_key(good)
    folder.mkdir(parents=True)
    with ThreadPoolExecutor() as pool:
        lake = pool.submit(write_parquet, standing, rejects, folder)
        standing.write_database(TABLE, database, engine="adbc", if_table_exists="append")
        lake.result()
    answer(len(standing), len(good) - len(standing), dict(rejects["reason"].value_counts().iter_rows()))


def rows(file):
    """All cells as text, with the row's number."""
    if file.suffix == ".csv":
        frame = pl.scan_csv(file, infer_schema=False)
    else:
        import fastexcel

        # Types are not left to fastexcel: of a column of mixed cells it makes null what its first rows do not foretell.
        frame = fastexcel.read_excel(file).load_sheet(0, dtypes="string").to_polars().lazy()
    return frame.rename(name_of).with_row_index("row", offset=2)


def checked(cells):
    """Two frames: rows that break a rule as they were read, with the first rule, and the others typed."""
    texts = cells.with_columns(text(name).alias(f"{name} text") for name in NAMES)
    typed = texts.with_columns(value(name, pl.col(f"{name} text")).alias(f"{name} value") for name in NAMES)
    reason = pl
    for name in NAMES:
        for rule, breaks in rules(name, pl.col(f"{name} text"), pl.col(f"{name} value")):
            reason = reason.when(breaks).then(pl.lit(f"{name} {rule}"))
    typed = typed.with_columns(reason.otherwise(None).alias("reason"))
    rejects = typed.filter(pl.col("reason").is_not_null()).select("row", "reason", *NAMES)
    good = typed.filter(pl.col("reason").is_null()).select(
        "row", *(pl.col(f"{name} value").alias(name) for name in NAMES)
    )
    return rejects, good


def text(name):
    trimmed = pl.col(name).str.strip_chars()
    return pl.when(trimmed.is_in(NULLS)).then(None).otherwise(trimmed)


def value(name, cell):
    """A cell in its column's type, null where it cannot be read."""
    if name in WORDS:
        return (
            cell.str.to_lowercase()
            .str.strip_chars_end(" .")
            .replace_strict(WORDS[name], default=None, return_dtype=pl.String)
        )
    match COLUMNS[name]["type"]:
        case "bigint":
            return cell.str.strip_suffix(".0").cast(pl.Int64, strict=False)
        case "integer":
            return cell.str.strip_suffix(".0").cast(pl.Int32, strict=False)
        case "boolean":
            words = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
            return cell.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
        case "decimal(12,2)":
            digits = cell.str.replace_all(r"[$,]", "").str.replace(r"^\((.*)\)$", "-$1")
            return digits.cast(pl.Decimal(12, 2), strict=False)
        case "timestamp":
            formats = COLUMNS[name]["formats"]
            return pl.coalesce(cell.str.to_datetime(form, time_unit="us", strict=False) for form in formats)
        case "date":
            day = cell.str.strip_suffix(" 00:00:00")  # as fastexcel writes a date cell
            serial = pl.lit(0).cast(pl.Date) + pl.duration(days=day.cast(pl.Int32, strict=False) - 25_569)
            return pl.coalesce(
                *(day.str.to_date(form, strict=False) for form in COLUMNS[name]["formats"]), serial.cast(pl.Date)
            )
        case _:
            return cell


def rules(name, cell, value):
    """Rules of a column, each with the condition under which a row breaks it."""
    column, kind = COLUMNS[name], COLUMNS[name]["type"]
    if name in REQUIRED:
        yield "missing", cell.is_null()
    if kind == "decimal(12,2)":
        yield "too_many_digits", cell.str.contains(r"\d\.\d{3,}$")
    if kind != "text" or name in WORDS:
        wrong = "unknown_word" if name in WORDS else f"not_a{'n' if kind[0] == 'i' else ''}_{kind.split('(')[0]}"
        yield wrong.replace("not_a_bigint", "not_an_integer"), value.is_null() & cell.is_not_null()
    if "pattern" in column:
        yield "pattern", ~cell.str.contains(f"^(?:{column['pattern']})$")
    if "range" in column:
        bounds = column["range"]
        yield "outside_range", ~value.is_between(bounds.get("min"), bounds.get("max", 10**10))
    if "plausible" in column:
        window = [pl.lit(column["plausible"][end]).str.to_date() for end in ("after", "before")]
        yield "implausible_date", ~value.is_between(*window)


def one_per_key(good):
    """Of several rows with one key the last by booking, and of equals the last in the file."""
    ordered = good.sort(KEY, "booked_at", "row")
    return ordered.filter(pl.col(KEY).ne_missing(pl.col(KEY).shift(-1))).drop("row")


def write_parquet(standing, rejects, folder):
    by_month = standing.with_columns(month=pl.col("appointment_date").dt.strftime("%Y-%m"))
    by_month.write_parquet(folder / "lake", partition_by="month", compression="zstd", mkdir=True)
    rejects.write_parquet(folder / "rejects.parquet", compression="zstd")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
