"""Numbers for people: one way to write each kind of them, on screen, in reports and on the command line."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from numbers import Integral

Exact = Integral | Decimal
"""What has exact digits: integers of any size and kind, and decimals."""


def count(n: float) -> str:
    """A whole number with thousands separators: ``12,345``."""
    return f"{int(n):,}"


def number(x: float | None, digits: int = 3) -> str:
    """A number to ``digits`` significant digits; a dash where there is none."""
    if x is None or not math.isfinite(x):
        return "–"
    if x == 0:
        return "0"
    size = abs(x)
    if size >= 1e7 or size < 1e-4:
        return f"{x:.{digits - 1}e}"
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    text = f"{x:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text and size >= 1000 else text


def amount(x: float | Exact, digits: int = 6) -> str:
    """A value of the user's to ``digits`` significant digits, and every digit of a whole number: ``381,709,090``.

    What has exact digits, an integer of any size or a decimal, is written with all of them.
    """
    if isinstance(x, Integral):
        return f"{int(x):,}"
    if isinstance(x, Decimal):
        return decimal(x)
    if x == int(x) and abs(x) < 1e15:
        return f"{int(x):,}"
    if not 1e-4 <= abs(x) < 1e15:
        return f"{x:.{digits}g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(x))))
    text = f"{x:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal(x: Decimal) -> str:
    """Every digit of a decimal, without zeros at its end: ``1,234.5``."""
    text = f"{x:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def told_apart(values: Sequence[float | Exact], digits: int = 6) -> list[str]:
    """Values as :func:`amount` writes them, with as many more digits as it takes for different ones to look different.

    Past 17 digits a float has none left.
    """
    different = len(set(values))
    for more in range(digits, 18):
        texts = [amount(value, more) for value in values]
        if len(set(texts)) >= different:
            break
    return texts


def clipped(text: str, most: int = 48) -> str:
    """Text of the user's in one line and of a bearable length."""
    plain = " ".join(str(text).split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def share(x: float | None) -> str:
    """A part of a whole as a percentage: ``0.0312`` is ``3.1 %``."""
    if x is None or not math.isfinite(x):
        return "–"
    percent = 100 * x
    if percent in (0, 100):
        return f"{percent:.0f} %"
    if 0 < percent < 0.1:
        return "< 0.1 %"
    # Never rounded up to all: one odd row in ten thousand must stay visible.
    return "> 99.9 %" if 99.9 < percent < 100 else f"{percent:.1f} %"


def percent(x: float) -> str:
    """A part of a whole in whole percent, where it is one of many in a line: ``46 %``."""
    return f"{100 * x:.0f} %"


def size(n_bytes: float) -> str:
    """A file's size: ``3.3 MB``."""
    amount = float(n_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError


def duration(seconds: float | None) -> str:
    """A time span: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long since: ``just now``, ``5 min ago``, ``3 h ago``, then the date."""
    if moment is None:
        return "–"
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < 86_400:
        return f"{int(seconds // 3600)} h ago"
    return f"{moment.day} {moment:%b %Y}"


def plural(n: int, noun: str, nouns: str = "") -> str:
    """A number with its noun: ``1 row``, ``2,000 rows``."""
    return f"{count(n)} {noun if n == 1 else nouns or several(noun)}"


def several(noun: str) -> str:
    """A noun in the plural: rows, entries, boxes, series."""
    if noun.endswith("ies"):
        return noun
    if noun.endswith("y") and not noun.endswith(("ay", "ey", "oy", "uy")):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def distinct(names: Mapping[str, str]) -> dict[str, str]:
    """Names by id, with the id added where two are the same: a select box tells its options apart by their names."""
    times = Counter(names.values())
    return {key: f"{name}  ·  {key}" if times[name] > 1 else name for key, name in names.items()}
