"""Rows of cells as Excel and Excel's CSV have them, written as they come."""

import csv
import zipfile
from xml.sax.saxutils import escape

from columns import Shown

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml."
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STYLES = {"day": 1, "moment": 2, "money": 3}
LEVEL = 6  # of deflate, which is everybody's default


class Workbook:
    """A workbook of one sheet: texts shared, numbers with all of their digits, dates as styled numbers."""

    def __init__(self, path, header, rows):
        self.strings, self.count, self.row = {}, 0, 0
        self.letters = [chr(ord("A") + place) for place in range(len(header))]
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        for name, content in PARTS.items():
            self.zip.writestr(member(name), HEAD + content)
        self.sheet = self.zip.open(member("xl/worksheets/sheet1.xml"), "w", force_zip64=True)
        corner = f"{self.letters[-1]}{rows + 1}"
        self.sheet.write(
            f'{HEAD}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}" '
            'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '
            'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac">'
            f'<dimension ref="A1:{corner}"/><sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews>'
            '<sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25"/><sheetData>'.encode()
        )
        self.write([[name] for name in header])

    def write(self, columns):
        """Writes rows, given by column."""
        first = self.row + 1
        self.row += len(columns[0])
        written = [
            [
                f'<c r="{letter}{row}{self.body(cell)}' if cell is not None else ""
                for row, cell in enumerate(cells, first)
            ]
            for letter, cells in zip(self.letters, columns)
        ]
        spans = f'" spans="1:{len(self.letters)}" x14ac:dyDescent="0.25">'
        rows = (f'<row r="{row}{spans}{"".join(cells)}</row>' for row, cells in enumerate(zip(*written), first))
        self.sheet.write("".join(rows).encode())

    def body(self, cell):
        """What stands behind a cell's place."""
        kind = type(cell)
        if kind is str:
            self.count += 1
            return f'" t="s"><v>{self.strings.setdefault(cell, len(self.strings))}</v></c>'
        if kind is Shown:
            return f'" s="{STYLES[cell.style]}"><v>{cell.number:.17g}</v></c>'
        if kind is bool:
            return f'" t="b"><v>{cell:d}</v></c>'
        return f'"><v>{cell:.17g}</v></c>'

    def close(self):
        self.sheet.write(
            b'</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
            b"</worksheet>"
        )
        self.sheet.close()
        with self.zip.open(member("xl/sharedStrings.xml"), "w") as strings:
            strings.write(f'{HEAD}<sst xmlns="{MAIN}" count="{self.count}" uniqueCount="{len(self.strings)}">'.encode())
            for text in self.strings:
                space = ' xml:space="preserve"' if text != text.strip() else ""
                strings.write(f"<si><t{space}>{escape(text)}</t></si>".encode())
            strings.write(b"</sst>")
        self.zip.close()


class Csv:
    """The same cells as they are shown: UTF-8, commas, CRLF."""

    def __init__(self, path, header, _rows):
        self.file = open(path, "w", encoding="utf-8", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow(header)

    def write(self, columns):
        self.writer.writerows(zip(*([shown(cell) for cell in cells] for cells in columns)))

    def close(self):
        self.file.close()


def shown(cell):
    kind = type(cell)
    if kind is Shown:
        return cell.text
    return str(cell).upper() if kind is bool else cell


def member(name):
    """A member with a date of its own, so that the same rows give the same bytes."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info._compresslevel = LEVEL
    return info


PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPES}worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}sharedStrings+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><workbookPr defaultThemeVersion="166925"/>'
    '<sheets><sheet name="Export" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="2" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
