"""Asks DuckDB what the views of a script hold: ask.py SCRIPT FOLDER AS_OF, answered as JSON, rows of texts by view."""

import json
import sys
from pathlib import Path

import duckdb

script, folder, as_of = sys.argv[1:]
database = duckdb.connect()
database.execute("SET VARIABLE folder = ?", [folder])
database.execute("SET VARIABLE as_of = ?::DATE", [as_of])
database.execute(Path(script).read_text(encoding="utf-8"))
views = [name for (name,) in database.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
json.dump({view: database.execute(f"SELECT COLUMNS(*)::VARCHAR FROM {view}").fetchall() for view in views}, sys.stdout)
