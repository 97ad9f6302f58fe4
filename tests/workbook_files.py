"""Small workbooks in each form that spreadsheets save: xlsx, ods, xls (BIFF8) and xlsb (BIFF12).

A cell is a text, a number, a bool, or markup of one's own for xlsx (`Cell`).
"""

import io
import struct
import zipfile
from xml.sax.saxutils import escape

Sheets = dict[str, list[list[object]]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# Styles of cells: 0 general, 1 a date, 2 a date with its time, 3 hours beyond a day.
STYLES = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 46))


class Cell(str):
    """A cell of xlsx as it stands in the file: attributes and what lies in it."""


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def _xlsx_cell(value: object) -> str:
    if isinstance(value, Cell):
        return f"<c {value}</c>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def _packaged(main: str, sheets: Sheets, ending: str) -> dict[str, str | bytes]:
    """The parts around the sheets of an xlsx or xlsb."""
    related = "".join(
        f'<Relationship Id="s{n}" Type="{RELATIONS}/worksheet" '
        f'Target="worksheets/sheet{n}.{ending}"/>'
        for n, _ in enumerate(sheets, 1)
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{RELATIONS}/officeDocument" Target="{main}"/></Relationships>',
        f"xl/_rels/workbook.{ending}.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'{related}<Relationship Id="st" Type="{RELATIONS}/styles" Target="styles.{ending}"/>'
        "</Relationships>",
    }


def xlsx(sheets: Sheets, hidden: tuple[str, ...] = (), more: str = "") -> bytes:
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="s{n}"'
        + (' state="hidden"/>' if name in hidden else "/>")
        for n, name in enumerate(sheets, 1)
    )
    parts = _packaged("xl/workbook.xml", sheets, "xml") | {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs>{STYLES}</cellXfs></styleSheet>',
    }
    for number, rows in enumerate(sheets.values(), 1):
        body = "".join(f"<row>{''.join(map(_xlsx_cell, row))}</row>" for row in rows)
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{body}{more}</sheetData></worksheet>'
        )
    return zipped(parts)


def ods(sheets: Sheets) -> bytes:
    office, table, text = (
        f"urn:oasis:names:tc:opendocument:xmlns:{part}:1.0" for part in ("office", "table", "text")
    )
    tables = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(
            "<table:table-row>"
            + "".join(
                f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
                if isinstance(cell, int | float)
                else '<table:table-cell office:value-type="string">'
                f"<text:p>{escape(str(cell))}</text:p></table:table-cell>"
                for cell in row
            )
            + "</table:table-row>"
            for row in rows
        )
        + "</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" '
        f'xmlns:text="{text}"><office:body><office:spreadsheet>{tables}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": "<manifest/>",
        }
    )


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _biff(rows: list[list[object]]) -> bytes:
    """A sheet of an xls: the records LABEL and NUMBER."""
    made = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6))
    width = max(map(len, rows), default=0)
    made += _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", at, column, 0)
            if isinstance(value, int | float):
                made += _record(0x203, place + struct.pack("<d", value))
            else:
                text = str(value)
                body = struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")
                made += _record(0x204, place + body)
    return made + _record(0x0A, b"")


def xls(sheets: Sheets) -> bytes:
    head = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6))
    names = [name.encode("utf-16-le") for name in sheets]
    at = len(head) + sum(12 + len(name) for name in names) + 4
    bodies = [_biff(rows) for rows in sheets.values()]
    for name, body in zip(names, bodies, strict=True):
        head += _record(0x85, struct.pack("<IBBBB", at, 0, 0, len(name) // 2, 1) + name)
        at += len(body)
    return _compound("Workbook", head + _record(0x0A, b"") + b"".join(bodies))


def _compound(name: str, data: bytes) -> bytes:
    """One stream in an OLE compound file (MS-CFB) of sectors of 512 bytes."""
    data = data.ljust(4096, b"\0")  # shorter streams lie elsewhere
    data += b"\0" * (-len(data) % 512)
    count = len(data) // 512
    chain = [*range(3, count + 2), 0xFFFFFFFE]
    fat = struct.pack(f"<{count + 2}I", 0xFFFFFFFD, 0xFFFFFFFE, *chain).ljust(512, b"\xff")
    assert len(fat) == 512

    def entry(named: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = named.encode("utf-16-le") + b"\0\0"
        return (
            text.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(data))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
        + struct.pack("<I", 0).ljust(436, b"\xff")
    )
    return header + fat + folder.ljust(512, b"\0") + data


def _brt(kind: int, body: bytes = b"") -> bytes:
    """A record of BIFF12: kind and length in groups of seven bits."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(body), b""
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return head + length + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(sheets: Sheets) -> bytes:
    listed = b"".join(
        _brt(156, struct.pack("<II", 0, n) + _wide(f"s{n}") + _wide(name))
        for n, name in enumerate(sheets, 1)
    )
    parts = _packaged("xl/workbook.bin", sheets, "bin") | {
        "xl/workbook.bin": _brt(131)
        + _brt(153, bytes(12))
        + _brt(143)
        + listed
        + _brt(144)
        + _brt(157, bytes(26))
        + _brt(132),
    }
    for number, rows in enumerate(sheets.values(), 1):
        width = max(map(len, rows), default=1)
        body = _brt(129) + _brt(
            148, struct.pack("<IIII", 0, max(0, len(rows) - 1), 0, max(0, width - 1))
        )
        body += _brt(145)
        for at, row in enumerate(rows):
            body += _brt(0, struct.pack("<I", at) + bytes(13))
            for column, value in enumerate(row):
                place = struct.pack("<II", column, 0)
                if isinstance(value, int | float):
                    body += _brt(5, place + struct.pack("<d", value))
                else:
                    body += _brt(6, place + _wide(str(value)))
        parts[f"xl/worksheets/sheet{number}.bin"] = body + _brt(146) + _brt(130)
    return zipped(parts)
