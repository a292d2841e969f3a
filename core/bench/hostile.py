"""Benchmark of hostile files: mutated and hand-made ones of every format, read as uploads are, beside a page."""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.bench import BENCHES, Result

AT_ONCE = 2
"""Files that are read at the same time, as by the dashboard."""
_PAUSE_SECONDS = 0.5
_CRASHED = "ended the process that read it"
_UNEXPECTED = "It may be damaged: save it"
"""What is said of errors that no reader expects; the last resort before a traceback."""
_LIMITS = ("of memory that a file may take", "of disk that a file may take", "that a file may take")


@dataclass
class _Found:
    """What became of one file."""

    name: str
    outcome: str
    """read, refused, crashed, limited, unexpected or escaped."""
    sentence: str = ""
    seconds: float = 0.0
    memory_mb: float = 0.0
    disk_mb: float = 0.0


@dataclass
class _Page:
    """How long a page took to rerun, meanwhile."""

    seconds: list[float] = field(default_factory=list)
    trouble: str = ""


@BENCHES.register("hostile")
def hostile(
    *, files: int = 10_000, made: int = 300, seed: int = 1, keep: str = "", only: str = "", no_page: bool = False
) -> Result:
    """What becomes of damaged and malicious files of every format: crashes, memory, disk, slowest refusal, the page.

    Each file is read in a process of its own, as an upload is, two at a time, within the operator's limits; a dashboard
    runs beside and its page Data is asked for all the while.

    Parameters
    ----------
    files
        How many files are mutated.
    made
        How many of those made by hand are read, at most.
    seed
        Of the mutations.
    keep
        A folder for the files that crashed a reader, went through its limits, or were refused by the last resort alone.
    only
        Part of the names of the whole files that are mutated, such as ``.arrow``.
    no_page
        Without a dashboard beside.
    """
    from core.bench.harness.handmade import handmade
    from core.bench.harness.whole_files import whole_files

    whole = {name: content for name, content in whole_files().items() if only in name}
    work = _mutations(whole, files, seed)
    kept = Path(keep) if keep else None
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder, _beside(Path(folder), not no_page) as page:
        by_hand = _all(Path(folder), handmade(made), kept)
        by_chance = _all(Path(folder), work, kept)
        left = [entry.name for entry in Path(folder).iterdir() if entry.name != "home"]
    result: Result = {"table": [_row("by hand", by_hand), _row("mutated", by_chance)]}
    found = [*by_hand, *by_chance]
    result["unexpected"] = _kinds(found, "unexpected")
    result["crashed"] = _kinds(found, "crashed")
    result["escaped"] = [{"file": one.name, "error": one.sentence} for one in found if one.outcome == "escaped"]
    result["slowest"] = [
        {"file": one.name, "seconds": round(one.seconds, 1), "outcome": one.outcome}
        for one in sorted(found, key=lambda one: -one.seconds)[:5]
    ]
    result |= {"formats": len(whole), "seed": seed, "left_behind": len(left), "cores": os.cpu_count()}
    result["seconds"] = round(time.perf_counter() - started)
    if page.seconds:
        result["page_reruns"] = len(page.seconds)
        result["page_median_ms"] = round(1000 * statistics.median(page.seconds))
        result["page_worst_ms"] = round(1000 * max(page.seconds))
    if page.trouble:
        result["page_trouble"] = page.trouble
    return result


def _mutations(whole: dict[str, bytes], files: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """The same files for the same seed, each format in its turn."""
    from core.bench.harness.mutated import mutated

    names = list(whole)
    for number in range(files):
        name = names[number % len(names)]
        yield f"{number}-{name}", mutated(whole[name], random.Random(f"{seed}-{number}"))


def _all(folder: Path, work: Iterator[tuple[str, bytes]], kept: Path | None) -> list[_Found]:
    lock = threading.Lock()

    def reader() -> list[_Found]:
        found: list[_Found] = []
        while True:
            with lock:
                given = next(work, None)
            if given is None:
                return found
            found.append(_read(folder, *given, kept))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        readers = [pool.submit(reader) for _ in range(AT_ONCE)]
        return [one for each in readers for one in each.result()]


def _read(folder: Path, name: str, content: bytes, kept: Path | None) -> _Found:
    from core.errors import AnomalensError
    from core.readers.process.requests import READ_FILE, request
    from core.readers.process.run import Spent, run_apart
    from core.readers.reading.options import ReadOptions

    place = Path(tempfile.mkdtemp(dir=folder))
    source, scratch, spent = place / name, place / "scratch", Spent()
    try:
        scratch.mkdir()
        source.write_bytes(content)
        run_apart(READ_FILE, name, request(source, name, ReadOptions()), scratch, spent=spent)
        found = _Found(name, "read")
    except AnomalensError as error:
        found = _Found(name, _outcome(str(error)), str(error))
    except Exception as error:
        found = _Found(name, "escaped", f"{type(error).__name__}: {error}"[:300])
    finally:
        shutil.rmtree(place, ignore_errors=True)
    found.seconds, found.memory_mb, found.disk_mb = spent.seconds, spent.memory_mb, spent.disk_mb
    if kept is not None and found.outcome not in ("read", "refused"):
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{found.outcome}-{name}").write_bytes(content)
    return found


def _outcome(sentence: str) -> str:
    if _CRASHED in sentence:
        return "crashed"
    if any(words in sentence for words in _LIMITS):
        return "limited"
    return "unexpected" if _UNEXPECTED in sentence else "refused"


def _row(what: str, found: list[_Found]) -> dict[str, Any]:
    counts = Counter(one.outcome for one in found)
    outcomes = ("read", "refused", "unexpected", "limited", "crashed", "escaped")
    refusals = [one.seconds for one in found if one.outcome != "read"]
    return {
        "files": what,
        "of": len(found),
        **{outcome: counts[outcome] for outcome in outcomes},
        "peak MB": round(max((one.memory_mb for one in found), default=0)),
        "peak disk MB": round(max((one.disk_mb for one in found), default=0)),
        "slowest refusal s": round(max(refusals, default=0), 1),
    }


def _kinds(found: list[_Found], outcome: str) -> list[dict[str, Any]]:
    """The sentences of an outcome, alike ones counted, with the first file of each."""
    groups: dict[str, list[_Found]] = {}
    for one in found:
        if one.outcome == outcome:
            what = one.sentence.replace(repr(one.name), "FILE")
            key = re.sub(r"\d+", "#", what.partition("(")[2].partition(")")[0])[:70]
            groups.setdefault(f"{Path(one.name).suffix} {key}", []).append(one)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    return [{"what": what, "files": len(group), "first": group[0].name} for what, group in ordered]


@contextmanager
def _beside(folder: Path, wanted: bool) -> Iterator[_Page]:
    """A dashboard whose page is asked for again and again while the block runs."""
    page = _Page()
    if not wanted:
        yield page
        return
    from core.bench.harness.server import running_server

    home = folder / "home"
    home.mkdir()
    over = threading.Event()
    with running_server(home) as server:
        server.wait()
        asking = threading.Thread(target=lambda: asyncio.run(_ask(server.port, page, over)), name="page")
        asking.start()
        try:
            yield page
        finally:
            over.set()
            asking.join()


async def _ask(port: int, page: _Page, over: threading.Event) -> None:
    from core.bench.sessions import Client

    client = Client(port, "data", "")
    try:
        await client.open()
        while not over.is_set():
            page.seconds += await client.walk("page", 1, _PAUSE_SECONDS, random.Random(0))
    except Exception as error:
        page.trouble = f"{type(error).__name__}: {error}"
    finally:
        await client.close()
