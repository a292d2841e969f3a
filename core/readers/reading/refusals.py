"""Recognises files that cannot be read as a table by their first bytes, and says what to do instead."""

from __future__ import annotations

_XLSX = "Save it as .xlsx or CSV and upload that."
_CSV = "Export the table as CSV or Parquet and upload that."
_KNOWN = (
    (b"%PDF", "a PDF document", _CSV),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (.xls), or an Excel file with a password", _XLSX),
    (b"\x89PNG", "a picture", "Upload a table."),
    (b"\xff\xd8\xff", "a picture", "Upload a table."),
    (b"GIF8", "a picture", "Upload a table."),
    (b"SQLite format 3\x00", "an SQLite database", _CSV),
    (b"\x89HDF\r\n", "an HDF5 file (MATLAB v7.3 files are HDF5 too)", _CSV),
    (b"MATLAB 5.0", "a MATLAB file", _CSV),
    (b"ORC", "an ORC file", _CSV),
    (b"Obj\x01", "an Avro file", _CSV),
    (b"Rar!", "a RAR archive", "Unpack it, or pack it as zip, and upload that."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it, or pack it as zip, and upload that."),
    (b"\x80\x02", "a Python pickle, which could run code when it is opened", _CSV),
    (b"\x80\x03", "a Python pickle, which could run code when it is opened", _CSV),
    (b"\x80\x04", "a Python pickle, which could run code when it is opened", _CSV),
    (b"\x80\x05", "a Python pickle, which could run code when it is opened", _CSV),
    (b"\x7fELF", "a program", "Upload a table."),
    (b"MZ\x90", "a program", "Upload a table."),
    (b"RDX3\n", "an R data file", _CSV),
    (b"RDX2\n", "an R data file", _CSV),
)
_PAGE = (b"<!doctype html", b"<html")


def refusal(head: bytes, name: str) -> str:
    """Why a file that begins like this cannot be read, as a sentence; empty where nothing is known against it."""
    for magic, what, remedy in _KNOWN:
        if head.startswith(magic):
            return _sentence(name, what, remedy)
    if head[257:262] == b"ustar":
        return _sentence(name, "a tar archive", "Unpack it, or pack the table as zip, and upload that.")
    if head.startswith(b"PK\x03\x04") and b"opendocument" in head[:200]:
        return _sentence(name, "an OpenDocument file", _XLSX)
    if head.lstrip()[:20].lower().startswith(_PAGE):
        return _sentence(
            name, "a web page, perhaps a sign-in page saved in place of the data", "Download the data again."
        )
    return ""


def _sentence(name: str, what: str, remedy: str) -> str:
    return f"The file {name!r} must be a table, but it is {what}. {remedy}"
