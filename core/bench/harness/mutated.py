"""Damages a file as a bad disk, a broken program or an attacker would: bytes, stretches, members of an archive."""

from __future__ import annotations

import gzip
import io
import random
import zipfile

from core.bench.harness.whole_files import zipped

_NUMBERS = (0, 1, -1, 127, 128, 255, 256, 32_767, 65_535, 2**31 - 1, -(2**31), 2**32 - 1, 2**40, 2**63 - 1)
_TEXTS = (
    b"\x00",
    b"\xff\xfe",
    b'"',
    b",,,,",
    b"\n" * 50,
    b"[" * 200,
    b"1e999",
    b"-",
    b"NaN",
    b"\xf0\x9f\x92\xa9",
    b"<x>",
)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The file with one to four places damaged; of packed files the content half of the time."""
    if rng.random() < 0.5:
        within = _within(content, rng)
        if within is not None:
            return within
    for _ in range(rng.randint(1, 4)):
        content = rng.choice(_WAYS)(content, rng)
    return content


def _within(content: bytes, rng: random.Random) -> bytes | None:
    """A packed file whose content is damaged before it is packed again; None for one that is not packed."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        chosen = rng.choice(sorted(members))
        members[chosen] = _damaged(members[chosen], rng)
        return zipped(members)
    if content.startswith(b"\x1f\x8b"):
        return gzip.compress(_damaged(gzip.decompress(content), rng))
    return None


def _damaged(content: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 3)):
        content = rng.choice(_WAYS)(content, rng)
    return content


def _bits(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 8) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _few_bytes(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(4 if changed else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _number(content: bytes, rng: random.Random) -> bytes:
    """A whole number at the edge of its type, where some number may stand."""
    size = rng.choice((2, 4, 8))
    at = rng.randrange(0, max(len(content), 1), 4)
    value = rng.choice(_NUMBERS) & ((1 << (8 * size)) - 1)
    return content[:at] + value.to_bytes(size, rng.choice(("little", "big"))) + content[at + size :]


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _without(content: bytes, rng: random.Random) -> bytes:
    at, size = rng.randrange(len(content) + 1), rng.choice((1, 4, 32, 500))
    return content[:at] + content[at + size :]


def _twice(content: bytes, rng: random.Random) -> bytes:
    at, size = rng.randrange(len(content) + 1), rng.choice((4, 64, 2_000))
    return content[: at + size] + content[at:]


def _inserted(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice(_TEXTS) + content[at:]


def _swapped(content: bytes, rng: random.Random) -> bytes:
    a, b = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    size = min(rng.choice((4, 64, 512)), b - a)
    return content[:a] + content[b : b + size] + content[a + size : b] + content[a : a + size] + content[b + size :]


def _zeros(content: bytes, rng: random.Random) -> bytes:
    at, size = rng.randrange(len(content) + 1), rng.choice((8, 64, 512))
    return content[:at] + bytes(min(size, len(content) - at)) + content[at + size :]


_WAYS = (_bits, _few_bytes, _number, _cut, _without, _twice, _inserted, _swapped, _zeros)
