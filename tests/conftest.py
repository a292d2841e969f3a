"""What every test gets: one thread, a scratch workspace, the same examples each time, and skips that say why."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings as hypothesis_settings
from inline_engine import InlineEngine, threads_that_end

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

# Before any test imports torch or numpy: on two cores the same tests are ten times cheaper with one thread each, and
# the processes that tests start inherit it.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
OPERATOR = (
    "ANOMALENS_DATABASE_URL",
    "ANOMALENS_STORAGE",
    "ANOMALENS_WORKERS",
    "ANOMALENS_UPLOAD_LIMIT_MB",
    "ANOMALENS_READ_MEMORY_MB",
    "ANOMALENS_READ_DISK_MB",
    "ANOMALENS_READ_MINUTES",
    "ANOMALENS_ALLOWED_SOURCES",
    "DASK_SCHEDULER_ADDRESS",
)

hypothesis_settings.register_profile("anomalens", derandomize=True, database=None, deadline=None, max_examples=40)
hypothesis_settings.load_profile("anomalens")

MOST_PROCESSES = 4
"""Of `-n auto`: a process that has met torch and a worker of its own is a gigabyte and more."""

_scratch: list[Path] = []


def pytest_configure(config: pytest.Config) -> None:
    """Point the workspace of this process, and of all that it starts, at a folder that goes away with it."""
    for name in OPERATOR:
        os.environ.pop(name, None)
    _scratch.append(Path(tempfile.mkdtemp(prefix="anomalens-tests-")))
    os.environ["ANOMALENS_HOME"] = str(_scratch[0] / "home")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what pages keep open, or DuckDB writes a page of its own about it at the very end; take the folder away."""
    if streamlit := sys.modules.get("streamlit"):
        streamlit.cache_resource.clear()
    while _scratch:
        shutil.rmtree(_scratch.pop(), ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, each with its reason."""
    missing = {
        "browser": "" if shutil.which("chromium") else "needs Debian's chromium: apt-get install chromium",
        "postgres": "" if postgres_bin() else "needs a PostgreSQL server: apt-get install postgresql",
        "data": "" if SHARED.is_dir() else f"needs the public data sets in {SHARED.name}/ beside the checkout",
    }
    for item in items:
        for marker, reason in missing.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Let errors forget where a test raised them: its parameters stay, and with their frames tables would stay open."""
    for value in getattr(item, "callspec", SimpleNamespace(params={})).params.values():
        if isinstance(value, BaseException):
            value.__traceback__ = None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """As many processes as this one may use processors."""
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Hand the tests out a file at a time, and all that drive a browser to one process: they share a server."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            return "tests/browser" if file.startswith("tests/browser/") else file

    config.option.loadscopereorder = False  # the browser's part takes longest and is collected first
    return ByFile(config, log)


def postgres_bin() -> Path | None:
    """The folder of Debian's newest PostgreSQL server programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the public data sets; skips where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the public data sets in shared/data beside the checkout")
    return SHARED / "data"


@pytest.fixture
def inline_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[InlineEngine]]:
    """Pages get their answers from this process, and every question is answered before the test is over."""
    with threads_that_end():
        monkeypatch.setattr("dashboard.server.cache.engine", InlineEngine)
        yield InlineEngine
