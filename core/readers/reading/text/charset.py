"""Finds the character set of a text file, and rewrites the file as UTF-8 with one kind of line ending, in chunks."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from core.readers.reading.report import Progress

_CHUNK = 1 << 22
_SAMPLE = 1 << 18
_LINES = 50
_LONG = 1 << 24
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# What western text has above ASCII: letters, and the signs of money, units and typesetting.
_WESTERN = re.compile(
    "[\u00a0-\u00d6\u00d7-\u00f6\u00f7-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)


@dataclass(frozen=True)
class Text:
    """A text file as it was found."""

    encoding: str
    """Python's name of the character set."""
    clean: bool
    """Whether it is UTF-8 with one kind of line end and no NUL, so that it can be read where it lies."""
    lines: int
    """Lines counted; 0 when they were not."""
    damaged: bool = False
    """Whether some bytes belong to no character of the set."""

    @property
    def name(self) -> str:
        """The character set as people call it."""
        return self.encoding.removesuffix("-sig")


def is_binary(head: bytes) -> bool:
    """Whether these first bytes belong to no text in any character set that is read here."""
    if any(head.startswith(bom) for bom, _ in _BOMS) or _wide(head):
        return False
    return len(_CONTROL.findall(head)) > max(1, len(head) // 200)


def examine(path: Path, name: str, wanted: str, progress: Progress) -> Text:
    """Find the character set of a whole file, and whether it must be rewritten.

    Parameters
    ----------
    wanted
        The character set that the user names, empty to find it out.

    Raises
    ------
    DataError
        When the user names a character set that does not exist or does not fit.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    encoding = _known(wanted) if wanted else _by_head(head)
    if encoding not in ("utf-8", "utf-8-sig"):
        _check_fits(head, encoding, name)
        return Text(encoding, clean=False, lines=0)
    scan = _Scan()
    size = max(path.stat().st_size, 1)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            scan.add(chunk)
            progress(file.tell() / size)
            if scan.bad and not wanted:
                break
    scan.end()
    if not scan.bad:
        return Text(encoding, scan.clean, scan.lines)
    if wanted:
        return Text(encoding, clean=False, lines=0, damaged=True)
    return _not_utf8(path)


def rewrite(
    path: Path, target: Path, text: Text, skip: int, edit: Callable[[str], str] | None, progress: Progress
) -> int:
    """Write the file as UTF-8 with line feeds alone, without NULs and without its first ``skip`` characters.

    ``edit`` is applied to stretches of whole lines. Returns how many lines there were behind the first characters.
    """
    size = max(path.stat().st_size, 1)
    rest = last = ""
    lines = 0
    with path.open("rb") as file, target.open("w", encoding="utf-8", newline="", errors="replace") as out:
        for piece in characters(file, text):
            if skip:
                piece, skip = piece[skip:], max(0, skip - len(piece))
            lines += piece.count("\n")
            last = piece[-1:] or last
            if edit is not None:
                end = piece.rfind("\n") + 1
                piece, rest = (edit(rest + piece[:end]), piece[end:]) if end else ("", rest + piece)
            out.write(piece)
            progress(file.tell() / size)
        if rest and edit is not None:
            out.write(edit(rest))
    return lines + (last not in ("", "\n"))


def head(path: Path, text: Text) -> tuple[str, bool]:
    """The first characters of a file, and whether they are all of it; more of them where the lines are long."""
    pieces: list[str] = []
    length = lines = 0
    with path.open("rb") as file:
        for piece in characters(file, text, chunk=_SAMPLE):
            pieces.append(piece)
            length += len(piece)
            lines += piece.count("\n")
            if length >= (_SAMPLE if lines >= _LINES else _LONG):
                break
        rest = file.read(1)
    return "".join(pieces), not rest


def characters(file: object, text: Text, chunk: int = _CHUNK) -> Iterator[str]:
    """The decoded pieces of an open binary file, with line feeds alone and no NUL."""
    decoder = codecs.getincrementaldecoder(text.encoding)(errors="replace")
    rest = ""
    while True:
        packed: bytes = file.read(chunk)  # type: ignore[attr-defined]
        piece = rest + decoder.decode(packed, final=not packed)
        # A carriage return at the end may have its line feed in the next piece.
        rest = "\r" if packed and piece.endswith("\r") else ""
        piece = piece[: len(piece) - len(rest)]
        if "\r" in piece:
            piece = piece.replace("\r\n", "\n").replace("\r", "\n")
        if piece:
            yield piece.replace("\x00", "") if "\x00" in piece else piece
        if not packed:
            return


class _Scan:
    """Walks through bytes and sees whether they are UTF-8, and how the lines end."""

    def __init__(self) -> None:
        self.bad = False
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._feeds = self._returns = self._pairs = self._nuls = 0
        self._last = b""

    def add(self, chunk: bytes) -> None:
        if not (chunk.isascii() and self._decoder.getstate()[0] == b""):
            self._decode(chunk, final=False)
        self._feeds += chunk.count(b"\n")
        if b"\r" in chunk or self._last == b"\r":
            self._returns += chunk.count(b"\r")
            self._pairs += chunk.count(b"\r\n") + (self._last == b"\r" and chunk.startswith(b"\n"))
        self._nuls += b"\x00" in chunk
        self._last = chunk[-1:]

    def end(self) -> None:
        self._decode(b"", final=True)

    @property
    def lines(self) -> int:
        return max(self._feeds, self._returns) + (self._last not in (b"", b"\n", b"\r"))

    @property
    def clean(self) -> bool:
        one_kind = self._returns == 0 or self._pairs == self._feeds == self._returns
        return one_kind and not self._nuls

    def _decode(self, chunk: bytes, final: bool) -> None:
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self.bad = True


def _known(wanted: str) -> str:
    try:
        return codecs.lookup(wanted.strip()).name
    except LookupError:
        raise DataError(
            f"The character set must be one that Python knows, such as utf-8, cp1252 or utf-16. Got {wanted!r}."
        ) from None


def _by_head(start: bytes) -> str:
    for bom, encoding in _BOMS:
        # UTF-16 LE and UTF-32 LE begin alike; the longer one stands first in the list.
        if start.startswith(bom):
            return encoding
    return _wide(start) or "utf-8"


def _wide(start: bytes) -> str:
    """UTF-16 without its mark shows as a NUL in every other place of mostly Latin text."""
    even, odd = start[0:4096:2], start[1:4096:2]
    if len(odd) < 2:
        return ""
    nul_even, nul_odd = even.count(0) / len(even), odd.count(0) / len(odd)
    if nul_odd > 0.6 and nul_even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if nul_even > 0.6 and nul_odd < 0.1 else ""


def _check_fits(start: bytes, encoding: str, name: str) -> None:
    try:
        codecs.getincrementaldecoder(encoding)().decode(start, final=False)
    except UnicodeDecodeError as error:
        raise DataError(
            f"The file {name!r} must be text in {encoding}, but byte {error.start:,} of it is not ({error.reason}). "
            "Leave the character set empty to have it found out, or name another."
        ) from None


def _not_utf8(path: Path) -> Text:
    """The set of a file that is not UTF-8, judged by the lines with bytes above ASCII."""
    lines, sample = _lines_beyond_ascii(path)
    if _mostly_utf8(sample):
        return Text("utf-8", clean=False, lines=lines, damaged=True)
    if _looks_western(sample):
        # 0x80 to 0x9f are printable in cp1252 and control characters in Latin-1.
        latin = re.search(rb"[\x81\x8d\x8f\x90\x9d]", sample)
        return Text("latin-1" if latin else "cp1252", clean=False, lines=lines)
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample).best()
    return Text(best.encoding if best else "cp1252", clean=False, lines=lines, damaged=best is None)


def _lines_beyond_ascii(path: Path) -> tuple[int, bytes]:
    found: list[bytes] = []
    length = 0
    with path.open("rb") as file:
        while length < _SAMPLE and (chunk := file.read(_CHUNK)):
            if chunk.isascii():
                continue
            chunk += file.readline(_CHUNK)
            for line in re.split(rb"[\r\n]+", chunk):
                if not line.isascii() and length < _SAMPLE:
                    found.append(line[:4096])
                    length += len(found[-1])
    return 0, b"\n".join(found)


def _mostly_utf8(sample: bytes) -> bool:
    """Whether only a few characters of otherwise good UTF-8 are broken."""
    decoded = sample.decode("utf-8", errors="replace")
    bad = decoded.count("\ufffd")
    good = sum(1 for character in decoded if character > "\x7f") - bad
    return good > 9 * bad


def _looks_western(sample: bytes) -> bool:
    decoded = sample.decode("cp1252", errors="replace")
    above = [character for character in decoded if character > "\x7f"]
    letters = sum(character.isalpha() for character in decoded)
    if not above:
        return False
    plausible = len(_WESTERN.findall("".join(above))) / len(above)
    # Cyrillic or Greek read as cp1252 is letters above ASCII almost throughout.
    return plausible > 0.95 and len(above) < 0.35 * max(letters, 1) + 3
