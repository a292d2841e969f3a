"""Recognises files that cannot be read as a table by their first bytes, and says what to do instead."""

from __future__ import annotations

import re

_CSV = "Export the table as CSV or Parquet and upload that."
_KNOWN = (
    (b"%PDF", "a PDF document", _CSV),
    (b"\x89PNG", "a picture", "Upload a table."),
    (b"\xff\xd8\xff", "a picture", "Upload a table."),
    (b"GIF8", "a picture", "Upload a table."),
    (b"ORC", "an ORC file", _CSV),
    (b"Obj\x01", "an Avro file", _CSV),
    (b"Rar!", "a RAR archive", "Unpack it, or pack it as zip, and upload that."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it, or pack it as zip, and upload that."),
    (b"\x7fELF", "a program", "Upload a table."),
    (b"MZ\x90", "a program", "Upload a table."),
    (b"RDX3\n", "an R data file", _CSV),
    (b"RDX2\n", "an R data file", _CSV),
)


# Protocols 0 and 1 begin with a class, a list or a dictionary as text; joblib packs its pickles with zlib.
_PICKLE = re.compile(
    rb"\x80[\x02-\x05]|\(?[ld]p[0-9]+\n|c[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n(p[0-9]+\n|q.|\()|[\]}]q[\x00-\x1f]"
)
_PICKLED_NAMES = (".pkl", ".pickle", ".joblib")
_ZLIB = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")


def refusal(head: bytes, name: str) -> str:
    """Why a file that begins like this cannot be read, as a sentence; empty where nothing is known against it."""
    packed = head.startswith(_ZLIB) and name.lower().endswith(_PICKLED_NAMES)
    if packed or _PICKLE.match(head):
        return (
            f"The file {name!r} must be a table, but it is a Python pickle, which could run code when it is opened and "
            "so is never read. Open it where you trust it, save the table with to_parquet or to_csv, and upload that."
        )
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") and b"<html" not in head.lower():
        return _sentence(name, "an XML file, as programs write for Excel 2003 too", _CSV)
    for magic, what, remedy in _KNOWN:
        if head.startswith(magic):
            return _sentence(name, what, remedy)
    return ""


def _sentence(name: str, what: str, remedy: str) -> str:
    return f"The file {name!r} must be a table, but it is {what}. {remedy}"
