"""DuckDB: python benches/peer_duckdb.py FILE FOLDER DATABASE

Everything is SQL: the file is read as text, checked once into a table, and from there goes into Parquet and, by the
extension for PostgreSQL, into the table. The extensions come as packages, so that nothing is fetched when it runs.
"""

import sys
from pathlib import Path

import duckdb

from contract import COLUMNS, FALSE, KEY, NAMES, NULLS, REQUIRED, TABLE, TRUE, WORDS, answer


def main(file, folder, database):
    folder.mkdir(parents=True)
    with duckdb.connect(config={"extension_directory": extensions(), "autoinstall_known_extensions": False}) as db:
        # A table numbers its rows by itself; a window that numbers them would keep all that follows on one core.
        db.execute(f"CREATE TABLE cells AS {cells(file)}")
        db.execute(f"CREATE TABLE checked AS {checked()}")
        db.execute("DROP TABLE cells")
        values = ", ".join(f"{name}_value AS {name}" for name in NAMES)
        # In the order of the key, as an index grows quickest that way.
        db.execute(f"CREATE TABLE standing AS SELECT {values} FROM checked WHERE row IN ({last()}) ORDER BY {KEY}")
        month = "SELECT *, strftime(appointment_date, '%Y-%m') AS month FROM standing"
        db.execute(f"COPY ({month}) TO '{folder}/lake' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (month))")
        raw = f"SELECT row, reason, {', '.join(NAMES)} FROM checked WHERE reason IS NOT NULL"
        db.execute(f"COPY ({raw}) TO '{folder}/rejects.parquet' (FORMAT parquet, COMPRESSION zstd)")
        db.execute("LOAD postgres")
        db.execute(f"ATTACH '{database}' AS target (TYPE postgres)")
        db.execute(f"INSERT INTO target.{TABLE} FROM standing")
        loaded, good = db.execute(
            "SELECT (SELECT count(*) FROM standing), count(*) FROM checked WHERE reason IS NULL"
        ).fetchone()
        rejected = db.execute("SELECT reason, count(*) FROM checked WHERE reason IS NOT NULL GROUP BY ALL").fetchall()
    answer(loaded, good - loaded, dict(rejected))


def extensions():
    """Where the packages duckdb-ext-excel and duckdb-ext-postgres put them: beside DuckDB."""
    return str(Path(duckdb.__file__).parent.parent / "duckdb_ext" / "extensions")


def checked():
    """Rows as they were read if a rule is broken, typed values otherwise, and the first rule."""
    texts = ", ".join(f"{text(name)} AS {name}_text" for name in NAMES)
    raw = ", ".join(f"CASE WHEN reason IS NOT NULL THEN {name} END AS {name}" for name in NAMES)
    values = ", ".join(f"CASE WHEN reason IS NULL THEN {name}_value END AS {name}_value" for name in NAMES)
    reasons = " ".join(f"WHEN {breaks} THEN '{name} {rule}'" for name in NAMES for rule, breaks in rules(name))
    return f"""
        WITH texts AS (SELECT *, rowid + 2 AS row, {texts} FROM cells),
        typed AS (SELECT *, {", ".join(f"{value(name)} AS {name}_value" for name in NAMES)} FROM texts),
        judged AS (SELECT *, CASE {reasons} END AS reason FROM typed)
        SELECT row, reason, {raw}, {values} FROM judged"""


def last():
    """Of several rows with one key the last by booking, and of equals the last in the file."""
    order = "{'booked': booked_at_value, 'row': row}"
    return f"SELECT arg_max(row, {order}) FROM checked WHERE reason IS NULL GROUP BY {KEY}_value"


def cells(file):
    """All cells as text, in the order of the file."""
    names = ", ".join(NAMES)
    if file.suffix == ".csv":
        kinds = ", ".join(f"'{name}': 'VARCHAR'" for name in NAMES)
        read = f"read_csv('{file}', header = true, columns = {{{kinds}}}, delim = ',', quote = '\"')"
    else:
        # The digits come as they are in the file, 97.269999999999996: a double writes the shortest again, 97.27.
        amount = "coalesce(TRY_CAST(amount AS DOUBLE)::VARCHAR, amount) AS amount"
        sheet = f"read_xlsx('{file}', header = true, all_varchar = true) AS cells({names})"
        read = f"(SELECT * REPLACE ({amount}) FROM {sheet})"
    return f"FROM {read} AS cells({names})"


def text(name):
    nulls = ", ".join(f"'{word}'" for word in NULLS)
    trimmed = f"trim({name}, ' \u00a0')"
    return f"CASE WHEN {trimmed} NOT IN ({nulls}) THEN {trimmed} END"


def value(name):
    """A cell in its column's type, null where it cannot be read. What is quick goes first."""
    cell, kind = f"{name}_text", COLUMNS[name]["type"]
    if name in WORDS:
        words = " ".join(f"WHEN '{spelling}' THEN '{word}'" for spelling, word in WORDS[name].items())
        return f"CASE rtrim(lower({cell}), ' .') {words} END"
    match kind:
        case "bigint" | "integer":
            whole = f"regexp_extract({cell}, '^(-?[0-9]+)\\.0$', 1)"
            return f"TRY_CAST(CASE WHEN contains({cell}, '.') THEN {whole} ELSE {cell} END AS {kind})"
        case "boolean":
            yes, no = (", ".join(f"'{word}'" for word in words) for words in (TRUE, FALSE))
            return f"CASE WHEN lower({cell}) IN ({yes}) THEN true WHEN lower({cell}) IN ({no}) THEN false END"
        case "decimal(12,2)":
            digits = f"regexp_replace(replace(replace({cell}, '$', ''), ',', ''), '^\\((.*)\\)$', '-\\1')"
            return f"coalesce(TRY_CAST({cell} AS {kind}), TRY_CAST({digits} AS {kind}))"
        case "date" | "timestamp":
            formats = ", ".join(f"'{form}'" for form in COLUMNS[name]["formats"])
            others = f"try_strptime({cell}, [{formats}]), {serial(cell)}"
            return f"coalesce(TRY_CAST({cell} AS {kind}), coalesce({others})::{kind})"
        case _:
            return cell


def serial(cell):
    """The moment of a spreadsheet's serial, to the second."""
    seconds = f"round(86400 * TRY_CAST(regexp_extract({cell}, '^[0-9]{{5,6}}(\\.[0-9]+)?$') AS DOUBLE))::BIGINT"
    return f"TIMESTAMP '1899-12-30' + to_seconds({seconds})"


def rules(name):
    """Rules of a column, each with the condition under which a row breaks it."""
    column, cell, value = COLUMNS[name], f"{name}_text", f"{name}_value"
    kind = column["type"].split("(")[0].replace("bigint", "integer")
    if name in REQUIRED:
        yield "missing", f"{cell} IS NULL"
    if kind == "decimal":
        digits = f"split_part(rtrim({cell}, ')'), '.', 2)"
        yield "too_many_digits", f"contains({cell}, '.') AND length({digits}) > 2 AND {value} IS NOT NULL"
    if name in WORDS or kind != "text":
        wrong = "unknown_word" if name in WORDS else f"not_a{'n' if kind == 'integer' else ''}_{kind}"
        yield wrong, f"{value} IS NULL AND {cell} IS NOT NULL"
    if "pattern" in column:
        yield "pattern", f"NOT regexp_full_match({cell}, '{column['pattern']}')"
    if "range" in column:
        yield (
            "outside_range",
            f"{value} < {column['range']['min']} OR {value} > {column['range'].get('max', 10**10 - 1)}",
        )
    if "plausible" in column:
        window = column["plausible"]
        yield "implausible_date", f"{value} NOT BETWEEN DATE '{window['after']}' AND DATE '{window['before']}'"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
