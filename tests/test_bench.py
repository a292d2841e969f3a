"""The benchmarks' frame, and many sessions at once on a real server."""

import asyncio
from typing import Any

import pytest

from core.bench import BENCHES
from core.bench.harness.server import running_server, trained_run
from core.bench.sessions import _measure
from core.cli.bench import _values, options_of
from core.errors import ConfigError


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A workspace with a trained run, and the run's id."""
    home = tmp_path_factory.mktemp("bench")
    return home, trained_run(home, rows=500)


@pytest.mark.processes
def test_many_sessions_of_every_page_do_not_disturb_each_other(run):
    home, run_id = run
    with running_server(home) as server:
        server.wait()
        for page in ("data", "train", "explore", "runs"):
            for record in asyncio.run(_measure(server, page, f"run={run_id}", sessions=6, reruns=2, pause=0.02)):
                assert record["reruns"] == 12, page


@pytest.mark.processes
def test_a_page_that_is_not_there_is_said(run):
    home, _ = run
    with running_server(home) as server:
        server.wait()
        with pytest.raises(RuntimeError, match="no page called 'nowhere'"):
            asyncio.run(_measure(server, "nowhere", "", sessions=1, reruns=1, pause=0.0))


@pytest.mark.parametrize("name", BENCHES.names())
def test_every_benchmark_says_what_it_measures_and_takes_its_options_by_name(name):
    bench = BENCHES[name]
    assert (bench.__doc__ or "").strip()
    for option in options_of(bench).values():
        assert option.type in {"int", "float", "str", "bool"}
        assert option.check(option.default) == option.default


def test_options_become_arguments_of_their_type():
    def bench(*, rows: int = 1, pause: float = 0.5, page: str = "data", quick: bool = False) -> dict[str, Any]:
        return {}

    words = ["--rows", "3", "--quick", "--pause=2", "--page", "runs"]
    assert _values("bench", bench, words) == {"rows": 3, "quick": True, "pause": 2.0, "page": "runs"}
    with pytest.raises(ConfigError, match="whole number"):
        _values("bench", bench, ["--rows", "many"])
    with pytest.raises(ConfigError, match="needs a value"):
        _values("bench", bench, ["--rows"])
