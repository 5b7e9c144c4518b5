"""What nobody can go below: inflating the sheet, and `\\copy` of a file that is ready into the table that is ready.

python benches/limits.py WORKBOOK
"""

import os
import sys
import zipfile
import zlib

from contract import KEY, TABLE
from measure import run

SHEET = "xl/worksheets/sheet1.xml"


def inflating(file):
    """What inflating a workbook's sheet takes."""
    return run([sys.executable, __file__, file], os.devnull)[0]


def copying(postgres, ready):
    """What `\\copy` takes of the rows that stand in the table, into that table once it is empty again."""
    postgres.psql(f"\\copy (SELECT * FROM {TABLE} ORDER BY {KEY}) TO '{ready}' (FORMAT binary)")
    postgres.psql(f"TRUNCATE {TABLE}", "CHECKPOINT")
    copy = f"\\copy {TABLE} FROM '{ready}' (FORMAT binary)"
    took, _ = run([postgres.bin / "psql", "-X", "-q", "-d", postgres.url(), "-c", copy], os.devnull)
    ready.unlink()
    return took


def inflate(path):
    """Inflates the sheet of a workbook and drops it: no check sum, one core."""
    with zipfile.ZipFile(path) as workbook, open(path, "rb") as file:
        member = workbook.getinfo(SHEET)
        # The local header ends with a name and extra fields, of which it tells the lengths.
        file.seek(member.header_offset + 26)
        lengths = file.read(4)
        file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
        stream, left = zlib.decompressobj(-15), member.compress_size
        while left > 0:
            compressed = file.read(min(left, 1 << 18))
            left -= len(compressed)
            while compressed:
                stream.decompress(compressed, 1 << 20)
                compressed = stream.unconsumed_tail


if __name__ == "__main__":
    inflate(sys.argv[1])
