"""Web pages and what programs call .xls but write as one: the largest table, or the one that is named by number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.readers import READERS
from core.readers.from_libraries.chosen import chosen_table
from core.readers.from_libraries.optional import needed
from core.readers.from_libraries.sheets import read_cells
from core.readers.reading.report import ReadJob, ReadReport
from core.readers.reading.text import charset
from core.readers.reading.typed import MOST_COLUMNS

_BEGINS = re.compile(
    # Atomic, because of many comments there are as many ways to take them as powers of two.
    r"\ufeff?\s*(<\?xml[^>]*>\s*)?(?>(?:<!--.*?-->\s*)*)<(!doctype html|html|table|head|body|meta|div|style)\b",
    re.I | re.S,
)
_MOST_BYTES = 256 << 20
"""A page is in memory as a whole."""
_MOST_SPAN = 1000


class Html:
    """Tables of web pages."""

    title = "HTML"
    endings = (".html", ".htm", ".xhtml")
    order = 46

    def recognises(self, head: bytes, path: Path) -> bool:
        """By the first tag."""
        encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
        return _BEGINS.match(head[: len(head) & ~1].decode(encoding, "replace")) is not None

    def read(self, job: ReadJob) -> ReadReport:
        """Write the largest table's cells as delimited text and read that; nothing that the page names is loaded."""
        needed("lxml.html", "lxml", job.name, "a web page")
        if job.source.stat().st_size > _MOST_BYTES:
            raise DataError(
                f"A web page may have {_MOST_BYTES >> 20} MB. {job.name!r} has {job.source.stat().st_size >> 20:,} MB. "
                "Save the table as CSV and upload that."
            )
        tables = _tables(job)
        name = chosen_table(job, {name: len(rows) for name, (rows, _) in tables.items()}, "table")
        rows, header = tables[name]
        return read_cells(job, rows, f"HTML, {name}", total=len(rows), header=True if header else None)


READERS.register("html")(Html())


def _tables(job: ReadJob) -> dict[str, tuple[list[list[str]], bool]]:
    """The page's tables of two columns and rows or more: their cells, and whether the first row is marked as header."""
    from lxml import etree, html

    text = charset.examine(job.source, job.name, job.options.encoding, job.part(0.0, 0.05))
    content = job.source.read_bytes().decode(text.encoding, "replace").encode()
    try:
        page = html.document_fromstring(content, parser=html.HTMLParser(encoding="utf-8", no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError):
        page = None
    found = {}
    for number, table in enumerate(page.iter("table") if page is not None else (), start=1):
        rows = [_Row(row) for row in table.iter("tr") if next(row.iterancestors("table")) is table]
        cells = list(_filled(rows))
        if len(cells) >= 2 and max(map(len, cells)) >= 2:
            caption = " ".join("".join(table.xpath("./caption//text()")).split())
            name = f"table {number}" + (f": {caption[:60]}" if caption else "")
            header = rows[0].is_header and not rows[1].is_header
            found[name] = (cells, header)
    if not found:
        raise DataError(
            f"The file {job.name!r} must be a table, but it is a web page without one, perhaps a sign-in page saved in "
            "place of the data. Download the data again."
        )
    return found


class _Row:
    """The cells of a row, each with how many columns and rows it spans."""

    def __init__(self, row: Any) -> None:
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        self.is_header = bool(cells) and all(cell.tag == "th" for cell in cells)
        self.cells = [
            (" ".join(cell.text_content().split()), _span(cell, "colspan"), _span(cell, "rowspan")) for cell in cells
        ]


def _span(cell: Any, name: str) -> int:
    number = str(cell.get(name, "1")).strip()
    return min(max(int(number), 1), _MOST_SPAN) if number.isdecimal() else 1


def _filled(rows: list[_Row]) -> Iterator[list[str]]:
    """The rows with what spans several columns or rows written into each of them."""
    above: dict[int, tuple[str, int]] = {}
    for row in rows:
        line: list[str] = []
        waiting = list(row.cells)
        while waiting or len(line) in above:
            if len(line) in above:
                text, left = above.pop(len(line))
                if left > 1:
                    above[len(line)] = (text, left - 1)
                line.append(text)
                continue
            text, columns, below = waiting.pop(0)
            for _ in range(columns):
                if below > 1:
                    above[len(line)] = (text, below - 1)
                line.append(text)
            if len(line) > MOST_COLUMNS:
                raise DataError(f"A table may have {MOST_COLUMNS:,} columns. One of the page has more. Save it as CSV.")
        yield line
