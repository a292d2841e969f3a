"""An account of the lines of a file: each is a row, the header, skipped, empty or rejected, and the kinds add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class LineCounts:
    """How many lines of a file were taken for what.

    Lines are physical ones, as a text editor numbers them; in a workbook they are the sheet's rows. A record whose
    quoted field holds a line break takes several: its first line counts as what the record is, the others as
    ``continued``.
    """

    total: int = 0
    rows: int = 0
    header: int = 0
    preamble: int = 0
    """Titles and remarks above the table."""
    comments: int = 0
    units: int = 0
    """Lines under the header that hold units or second names."""
    repeated: int = 0
    """The header once more, as in files put one behind the other."""
    separators: int = 0
    """Rules such as ``-----``."""
    footer: int = 0
    """Remarks below the table."""
    empty: int = 0
    """Without any value; lines of delimiters alone too."""
    continued: int = 0
    rejected: int = 0
    """Without the table's number of fields, or not to be read."""

    @property
    def skipped(self) -> int:
        """The lines that hold something other than rows, names or nothing."""
        return self.preamble + self.comments + self.units + self.repeated + self.separators + self.footer

    @property
    def accounted(self) -> int:
        """What all kinds add up to; the law is that this is ``total``."""
        return self.rows + self.header + self.skipped + self.empty + self.continued + self.rejected

    def plus(self, **counts: int) -> LineCounts:
        """The same account with so many lines more of these kinds."""
        return LineCounts(**{**asdict(self), **{kind: getattr(self, kind) + n for kind, n in counts.items()}})

    def words(self) -> str:
        """The whole account in one line, as the page shows it."""
        said = {
            "rows": self.rows, "header": self.header, "above the table": self.preamble, "comments": self.comments,
            "units": self.units, "header again": self.repeated, "rules": self.separators,
            "below the table": self.footer, "empty": self.empty, "within quoted fields": self.continued,
            "left out": self.rejected,
        }  # fmt: skip
        kinds = " + ".join(f"{n:,} {kind}" for kind, n in said.items() if n)
        return f"{self.total:,} = {kinds}" if self.total else ""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LineCounts:
        """The account that a stored report holds; unknown kinds are left out."""
        return cls(**{f.name: int(values[f.name]) for f in fields(cls) if f.name in values})


NO_LINES = LineCounts()
