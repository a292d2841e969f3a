"""What a worker derives from a run: asked for, followed, cancelled and kept in one way, whatever it is."""

import threading
from pathlib import Path

import psutil
import pytest
from derived_helpers import Sample, asked_and_done, derived, wait_for
from run_fixture import write_run

from core.compare.request import ComparisonRequest
from core.errors import UnknownNameError
from core.jobs.derived import DERIVED, Derived, children, request
from core.jobs.derived.checks import DerivedChecks
from core.jobs.derived.comparison import DerivedComparison
from core.jobs.derived.expected import DerivedExpected
from core.jobs.derived.families import DerivedFamilies
from core.jobs.derived.map import DerivedMap
from core.jobs.derived.score import DerivedScore
from core.jobs.derived.status import JobStatus, status
from core.jobs.derived.work import derive
from core.projections.request import MapRequest
from core.store.workspace import Workspace, open_workspace

EXAMPLES: dict[str, Derived] = {
    "checks": DerivedChecks(),
    "comparison": DerivedComparison(ComparisonRequest(("pca",), ("another",))),
    "expected": DerivedExpected(),
    "families": DerivedFamilies("", 1.25, ("test",)),
    "map": DerivedMap(MapRequest.of("umap", {"neighbours": 7})),
    "score": DerivedScore("huber"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("derived")


@pytest.fixture
def space(home: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    return open_workspace()


@pytest.fixture
def run_id(space: Workspace) -> str:
    return write_run(space, 60).run_id


class Worker:
    """A worker's thread that does what was asked for."""

    def __init__(self, space: Workspace, run_id: str, wanted: Derived) -> None:
        self.space, self.run_id, self.wanted = space, run_id, wanted
        self.token = request.ask(space.artifacts, run_id, wanted)
        self.thread = threading.Thread(target=derive, args=(run_id, wanted, self.token, space.settings))
        self.thread.start()

    def status(self) -> JobStatus:
        return status(self.space.artifacts, self.run_id, self.wanted)

    def pid(self) -> int:
        """The process that is computing."""
        path = f"{self.wanted.folder(self.run_id)}/pid.json"
        wait_for(lambda: self.space.artifacts.exists(path))
        return int(self.space.artifacts.read_json(path))

    def end(self, seconds: float = 60.0) -> None:
        self.thread.join(seconds)
        assert not self.thread.is_alive()


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid)


def test_there_is_an_example_of_every_kind():
    assert {name: type(example) for name, example in EXAMPLES.items()} == dict(DERIVED.items())


@pytest.mark.parametrize("name", DERIVED.names())
def test_every_kind_is_asked_for_followed_cancelled_and_asked_for_again(space, run_id, name):
    wanted, artifacts = EXAMPLES[name], space.artifacts
    assert status(artifacts, run_id, wanted) == JobStatus()
    first = request.ask(artifacts, run_id, wanted)
    assert request.is_asked(artifacts, run_id, wanted)
    request.cancel(artifacts, run_id, wanted)
    assert status(artifacts, run_id, wanted) == JobStatus(cancelled=True)
    derive(run_id, wanted, first, space.settings)
    assert status(artifacts, run_id, wanted) == JobStatus(cancelled=True)
    second = request.ask(artifacts, run_id, wanted)
    assert not status(artifacts, run_id, wanted).cancelled
    assert request.holds(artifacts, run_id, wanted, second)
    assert not request.holds(artifacts, run_id, wanted, first)


@pytest.mark.parametrize("name", DERIVED.names())
def test_no_kind_leaves_anything_of_a_run_that_is_gone(space, name):
    assert asked_and_done(space, "run-that-is-gone", EXAMPLES[name]) == JobStatus()
    assert space.artifacts.list("runs/run-that-is-gone") == []


@pytest.mark.parametrize("name", [name for name in DERIVED.names() if name != "comparison"])
def test_every_kind_says_in_a_sentence_that_the_run_kept_no_networks(space, run_id, name):
    now = asked_and_done(space, run_id, EXAMPLES[name])
    assert "model.json" in now.problem or "encoder.json" in now.problem
    assert now.problem.endswith(".")


def test_what_is_there_is_neither_computed_nor_asked_for_again(space, run_id):
    wanted = Sample("is done")
    assert asked_and_done(space, run_id, wanted).ready
    first = derived(space, run_id, wanted)
    assert asked_and_done(space, run_id, wanted).ready
    assert derived(space, run_id, wanted) == first
    left = {path.rpartition("/")[2] for path in space.artifacts.list(wanted.folder(run_id))}
    assert left == {"pid.json", "sample.json"}


def test_work_that_cannot_be_interrupted_ends_with_its_process_as_soon_as_it_is_cancelled(space, run_id):
    worker = Worker(space, run_id, Sample("never ends"))
    pid = worker.pid()
    wait_for(lambda: worker.status().share == 0.25)
    half = f"{worker.wanted.folder(run_id)}/.writing-{pid}-0abc"
    (Path(space.settings.storage) / half).write_text("half of")
    request.cancel(space.artifacts, run_id, worker.wanted)
    assert worker.status().cancelled
    worker.end()
    assert not alive(pid)
    assert worker.status() == JobStatus(cancelled=True)
    assert {path.name for path in (Path(space.settings.storage) / half).parent.iterdir()} == {"request.json"}
    assert asked_and_done(space, run_id, Sample("is done")).ready


def test_who_asks_again_at_once_is_not_served_by_the_work_that_was_cancelled(space, run_id):
    worker = Worker(space, run_id, Sample("never ends"))
    pid = worker.pid()
    request.cancel(space.artifacts, run_id, worker.wanted)
    request.ask(space.artifacts, run_id, worker.wanted)
    worker.end()
    assert not alive(pid)
    assert request.is_asked(space.artifacts, run_id, worker.wanted)


def test_a_process_that_crashes_is_a_sentence_and_the_worker_goes_on(space, run_id):
    assert asked_and_done(space, run_id, Sample("crashes")) == JobStatus(problem="The process ended. Try again.")
    now = asked_and_done(space, run_id, Sample("fails"))
    assert "ArithmeticError: nothing to divide by" in now.problem
    assert asked_and_done(space, run_id, Sample("is done")).ready


def test_a_process_that_is_done_waits_for_more_and_one_that_died_meanwhile_is_replaced(space, run_id):
    children.end_all()
    pids = [derived_pid(space, run_id, name) for name in ("first", "second")]
    assert pids[0] == pids[1]
    psutil.Process(pids[0]).kill()
    wait_for(lambda: psutil.Process(pids[0]).status() == psutil.STATUS_ZOMBIE)
    assert derived_pid(space, run_id, "third") != pids[0]
    children.end_all()
    assert not alive(pids[0])


def derived_pid(space: Workspace, run_id: str, name: str) -> int:
    assert asked_and_done(space, run_id, Sample(name)).ready
    return int(derived(space, run_id, Sample(name))["pid"])


def test_of_a_run_that_is_deleted_meanwhile_nothing_stays(space, run_id):
    worker = Worker(space, run_id, Sample("waits"))
    worker.pid()
    space.delete_run(run_id)
    worker.end()
    assert space.artifacts.list(f"runs/{run_id}") == []
    with pytest.raises(UnknownNameError):
        space.store.run(run_id)


def test_a_second_comparison_of_a_run_stops_the_first_and_is_the_newest(space, run_id):
    from core.compare.request import read_newest

    first, second = (DerivedComparison(ComparisonRequest((name,))) for name in ("pca", "hbos"))
    request.ask(space.artifacts, run_id, first)
    request.ask(space.artifacts, run_id, second)
    assert status(space.artifacts, run_id, first).cancelled
    assert request.is_asked(space.artifacts, run_id, second)
    assert read_newest(space.artifacts, run_id) == second.request


def test_what_the_version_before_wrote_is_found_again(space, run_id):
    """Its files of something under way, cancelled or stopped say nothing any more; what was finished is there."""
    artifacts, plan = space.artifacts, DerivedComparison(ComparisonRequest(("pca", "hbos"), ("another",)))
    for wanted in EXAMPLES.values():
        artifacts.write_json(f"{wanted.folder(run_id)}/cancelled.json", {"at": 1.0})
        assert status(artifacts, run_id, wanted) == JobStatus()
        artifacts.write_json(f"{wanted.folder(run_id)}/progress.json", {"share": 0.5, "at": 1.0, "problem": ""})
        assert not status(artifacts, run_id, wanted).running
    old = {"detectors": ["pca", "hbos"], "others": ["another"], "word": "0a", "stopped": True}
    artifacts.write_json(f"runs/{run_id}/compare/plan.json", old)
    from core.compare.request import read_newest

    assert read_newest(artifacts, run_id) == plan.request
    paths = {
        "checks": "compare/checks.json",
        "comparison": f"compare/reports/{EXAMPLES['comparison'].request.key}.json",
        "families": "families/own/test 1.25/families.json",
        "map": f"projections/{EXAMPLES['map'].request.folder}/places.arrow",
        "score": "scores/huber/result.json",
    }
    for name, path in paths.items():
        artifacts.write_json(f"runs/{run_id}/{path}", {})
        assert status(artifacts, run_id, EXAMPLES[name]).ready
