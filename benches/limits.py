"""What nobody can go below: inflating the sheet, and `\\copy` of a file that is ready into the table that is ready.

    python benches/limits.py inflate WORKBOOK
"""

import sys
import zipfile
import zlib

SHEET = "xl/worksheets/sheet1.xml"


def inflate(path):
    """Inflates the sheet of a workbook and drops it: no check sum, one core."""
    with zipfile.ZipFile(path) as workbook, open(path, "rb") as file:
        member = workbook.getinfo(SHEET)
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
    inflate(sys.argv[2])
