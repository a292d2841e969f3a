"""The honest comparison: paired intervals, agreement, disagreement, verdicts, and all of it on a small run."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from derived_helpers import compared
from experiment_helpers import QUICK, people
from scipy.stats import spearmanr

from core.baselines import BASELINES
from core.compare import files
from core.compare.agreement import agreement, disagreements, nearest_differences, percentiles
from core.compare.detect import CLASSICAL, NETWORK, Detected
from core.compare.measures import MEASURES, Interval, Measured, measure
from core.compare.request import ComparisonRequest, detectors
from core.compare.verdict import LOSES, TIE, WINS, decide, outcome
from core.detector.experiment import Experiment
from core.errors import ConfigError, DataError, UnknownNameError
from core.index.schema import infer_schema
from core.index.table import Table
from core.jobs.after_run import after_run
from core.jobs.derived import request
from core.jobs.derived.base import Step
from core.jobs.derived.comparison import DerivedComparison
from core.jobs.derived.status import JobStatus, status, write_progress
from core.metrics.evaluation import auroc, average_precision
from core.modalities import MODALITIES
from core.readers.ingest import ingest
from core.recipe import Recipe, ScoreConfig, SplitConfig
from core.results.finished_run import FinishedRun
from core.store.base import new_id
from core.store.workspace import Workspace, open_workspace

QUICKEST = ("pca", "hbos")


def two_classes(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels, one in ten unknown, and a score with many ties that tells the classes apart a little."""
    rng = np.random.default_rng(seed)
    labels = rng.choice([-1, 0, 1], n, p=[0.1, 0.7, 0.2])
    return labels.astype(np.int8), np.round(rng.normal(size=n) + (labels == 1), 1)


def test_measures_are_those_of_the_whole_product_ties_included():
    labels, scores = two_classes()
    found = measure(labels, [scores], share=0.1)
    assert found is not None
    values = {name: found.intervals[0][name].value for name in MEASURES}
    assert values["auroc"] == pytest.approx(auroc(labels, scores))
    assert values["average_precision"] == pytest.approx(average_precision(labels, scores))
    for name in MEASURES:
        assert found.intervals[0][name].low < values[name] < found.intervals[0][name].high


def test_precision_and_recall_take_the_same_share_of_rows_and_a_part_of_a_tie():
    labels = np.array([1, 0, 1, 0, 0], dtype=np.int8)
    found = measure(labels, [np.array([5.0, 4.0, 3.0, 2.0, 1.0]), np.array([5.0, 4.0, 4.0, 1.0, 1.0])], share=0.4)
    assert found is not None
    assert [found.intervals[0][name].value for name in ("precision", "recall")] == pytest.approx([0.5, 0.5])
    # Of the two rows that share the second place one is flagged: half an anomaly.
    assert [found.intervals[1][name].value for name in ("precision", "recall")] == pytest.approx([0.75, 0.75])


def test_a_detector_with_the_same_order_differs_by_nothing_and_a_better_one_beyond_doubt():
    labels, scores = two_classes()
    better = scores + 2.0 * (labels == 1)
    found = measure(labels, [scores, np.exp(scores), better, -scores], share=0.1)
    assert found is not None
    same, up, down = found.differences[1:]
    assert (same["auroc"].low, same["auroc"].high) == (0.0, 0.0)
    assert [outcome(d) for d in (same, up, down)] == [TIE, WINS, LOSES]
    assert found.differences[0] == {}


def test_intervals_are_paired_and_repeat_with_the_seed():
    labels, scores = two_classes(1000)
    near = scores + np.random.default_rng(1).normal(scale=0.05, size=len(scores))
    found, again = (measure(labels, [scores, near], share=0.1, seed=3) for _ in range(2))
    assert found is not None
    assert found == again
    alone = found.intervals[1]["auroc"]
    # Rows that are drawn for both move both: the difference is known far better than either.
    assert found.differences[1]["auroc"].high - found.differences[1]["auroc"].low < 0.3 * (alone.high - alone.low)


def test_without_rows_of_both_classes_there_is_nothing_to_measure():
    labels, scores = two_classes()
    assert measure(np.minimum(labels, 0), [scores], share=0.1) is None


def test_rank_agreement_is_spearman_s_and_a_constant_score_has_none():
    rng = np.random.default_rng(0)
    a = np.round(rng.normal(size=300), 1)
    b, constant = a + rng.normal(size=300), np.ones(300)
    found = agreement([a, b, constant], share=0.1)
    assert found["spearman"][0][1] == pytest.approx(spearmanr(a, b).statistic)
    assert found["spearman"][0][2] is None
    assert found["kendall"][1][0] == found["kendall"][0][1]
    assert found["shared"][0][0] == 1.0
    np.testing.assert_allclose(percentiles(np.array([3.0, 1.0, 1.0, 2.0])), [1.0, 1 / 6, 1 / 6, 2 / 3])


def test_rows_on_which_the_network_stands_alone_come_first():
    rng = np.random.default_rng(0)
    common = rng.permutation(200).astype(float)
    own, others = common.copy(), [common + 0.1, common - 0.1, rng.permutation(200).astype(float)]
    low, high = int(np.argmin(common)), int(np.argmax(common))
    own[low], own[high] = 500.0, -500.0
    found = disagreements(own, others, 3)
    assert found["network"][0] == low
    assert found["classical"][0] == high


def test_the_column_in_which_a_row_leaves_its_neighbours_is_named():
    train = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    row = train[:1].copy()
    row[0, 2] += 9
    shares = nearest_differences(row, train, np.array([0, 0, 1, 2]))
    assert shares.shape == (1, 3)
    assert shares[0].argmax() == 1
    assert shares.sum() == pytest.approx(1.0)


def add_people(space: Workspace, *, labels: bool = True) -> str:
    """The people as a dataset; its id."""
    dataset, frame = new_id(), people() if labels else people().drop(columns="label")
    local = Path(space.settings.home) / f"{dataset}.parquet"
    frame.to_parquet(local)
    space.artifacts.put_file(local, f"datasets/{dataset}/data.parquet")
    schema = infer_schema(Table(local)).to_dict()
    space.store.add_dataset(
        "people.csv", id=dataset, source="people.csv", rows=len(frame), columns=frame.shape[1], schema=schema, report={}
    )
    return dataset


def train(space: Workspace, dataset_id: str, recipe: Recipe = QUICK, name: str = "People") -> str:
    """A run as the worker leaves it; its id."""
    dataset = space.store.dataset(dataset_id)
    run = space.store.create_run(dataset_id, recipe, name)
    made = Experiment(MODALITIES["tabular"]().open(dataset, space.artifacts), recipe)
    list(made.run())
    made.save(space.artifacts, f"runs/{run.id}")
    space.store.write_result(run.id, made.result.to_dict())
    space.store.set_state(run.id, "running")
    space.store.set_state(run.id, "done")
    return run.id


def intervals(auroc: float, half: float = 0.01) -> dict[str, Interval]:
    return {name: Interval(auroc, auroc - half, auroc + half) for name in MEASURES}


@pytest.mark.parametrize(
    ("gap", "kind", "words"),
    [
        (0.05, "classical", "K-nearest neighbours finds more: AUROC 0.950 [0.940, 0.960] against 0.900"),
        (0.005, "tie", "A tie: the judged rows cannot tell the network from k-nearest neighbours."),
        (-0.05, "network", "The network finds more than every classical detector; the best of them is k-nearest"),
    ],
)
def test_the_verdict_names_a_winner_only_where_the_rows_do(gap: float, kind: str, words: str):
    detected = [Detected("run", "Mine", NETWORK), Detected("knn", BASELINES["knn"].title, CLASSICAL)]
    measured = Measured([intervals(0.9), intervals(0.9 + gap)], [{}, intervals(gap)], 1000)
    found = decide(detected, measured, 50, ScoreConfig(), "Recommended")
    assert found.kind == kind
    assert found.sentence.startswith(words)
    advice = " ".join(found.advice)
    assert ("Nearest reconstructions" in advice) == (kind == "classical")
    assert ("the preset Recommended," in advice) == (kind == "classical")
    few = decide(detected, measured, 4, ScoreConfig("knn"), "")
    assert "Only 4 anomalies" in few.sentence
    assert "Nearest reconstructions" not in " ".join(few.advice)
    assert "the preset" not in " ".join(few.advice)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compare")


@pytest.fixture
def space(home: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(home))
    return open_workspace()


@pytest.fixture(scope="module")
def run_id(home: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANOMALENS_HOME", str(home))
        space = open_workspace()
        return train(space, add_people(space))


def test_a_run_is_compared_with_every_classical_detector_on_its_own_rows(space, run_id):
    told = []
    report = compared(
        space,
        run_id,
        ComparisonRequest(detectors("all")),
        listener=lambda steps: told.append({name: step.state for name, step in steps.items()}),
    )
    assert {one["name"] for one in report["detectors"]} == {run_id, *BASELINES}
    assert not [one["problem"] for one in report["detectors"] if one["problem"]]
    result = space.store.run(run_id).result
    own = report["detectors"][0]
    assert own["measures"]["auroc"]["value"] == pytest.approx(result["auroc"])
    assert own["measures"]["precision"]["value"] == pytest.approx(result["precision"])
    assert report["rows"] == result["test_rows"]
    knn = next(one for one in report["detectors"] if one["name"] == "knn")
    assert knn["learnt_from"] == result["train_rows"]
    assert knn["fit_seconds"] >= 0
    scores = pd.read_parquet(space.artifacts.local(f"runs/{run_id}/compare/detectors/knn.parquet"))
    parts = pd.read_parquet(space.artifacts.local(f"runs/{run_id}/scores.parquet")).set_index("row").loc[scores["row"]]
    assert set(parts["part"]) == {"test"}
    assert knn["measures"]["auroc"]["value"] == pytest.approx(auroc(parts["label"], scores["score"]))
    assert len(report["agreement"]["spearman"]) == len(BASELINES) + 1
    assert {kind: len(drawn) for kind, drawn in report["curves"].items()} == {
        "roc": len(BASELINES) + 1,
        "precision": len(BASELINES) + 1,
    }
    disagreeing = report["disagreements"]
    assert {one["high"] for one in disagreeing} == {"network", "classical"}
    assert all(one["network_because"] and one["nearest_because"] for one in disagreeing)
    assert any("Rule of thumb: with 240 rows and 4 features" in line for line in report["advice"])
    assert told[0] == dict.fromkeys(detectors("all"), "waiting")
    assert set(told[-1].values()) == {"done"}
    assert {"learning", "scoring"} <= {state for step in told for state in step.values()}


def test_what_was_computed_is_found_again_and_a_new_choice_computes_only_what_is_new(space, run_id, monkeypatch):
    first = compared(space, run_id, ComparisonRequest(QUICKEST))
    monkeypatch.setattr("core.compare.detect.detect", None)
    assert compared(space, run_id, ComparisonRequest(QUICKEST[::-1])) == first
    alone = compared(space, run_id, ComparisonRequest(("pca",)))
    assert [one["name"] for one in alone["detectors"]] == [run_id, "pca"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (np.linalg.LinAlgError("Singular matrix"), "Gaussian mixture cannot learn from these rows"),
        (OSError(28, "No space left on device"), "The disk is full, so what Gaussian mixture says could not be kept"),
    ],
)
def test_a_detector_that_fails_says_why_and_the_others_go_on(space, run_id, monkeypatch, caplog, error, said):
    def broken(self, x):
        raise error

    monkeypatch.setattr(BASELINES["gmm"], "_fitted", broken)
    report = compared(space, run_id, ComparisonRequest(("gmm", "pca")), again=True)
    by_name = {one["name"]: one for one in report["detectors"]}
    assert by_name["gmm"]["problem"].startswith(said)
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    assert by_name["pca"]["measures"]
    assert report["agreement"]["names"] == [run_id, "pca"]


def test_more_rows_than_a_detector_bears_are_a_sample_with_a_note(space, run_id, monkeypatch):
    monkeypatch.setattr(BASELINES["lof"], "most_rows", 40)
    monkeypatch.setattr("core.compare.comparison_data.JUDGED", 60)
    report = compared(space, run_id, ComparisonRequest(("lof",)), again=True)
    lof = report["detectors"][1]
    assert lof["learnt_from"] == 40
    assert "Learnt from 40 of the" in lof["note"]
    assert report["rows"] == 60
    assert "Compared on 60 of the" in report["notes"][0]


def test_runs_on_the_same_rows_stand_side_by_side_and_others_are_refused(space, run_id):
    recipe = replace(space.store.run(run_id).recipe, model_settings={"hidden_dims": (8,), "latent": 1})
    dataset = space.store.run(run_id).dataset_id
    twin, stranger = train(space, dataset, recipe), train(space, dataset, replace(recipe, seed=5))
    report = compared(space, run_id, ComparisonRequest(("pca",), (twin, stranger, "gone")))
    by_name = {one["name"]: one for one in report["detectors"]}
    auroc = space.store.run(twin).result["auroc"]
    assert by_name[twin]["measures"]["auroc"]["value"] == pytest.approx(auroc)
    assert "same dataset with the same split" in by_name[stranger]["problem"]
    assert by_name["gone"]["problem"]
    assert "this run" in report["beside"]


def test_without_labels_no_winner_is_named(space):
    unlabelled = train(space, add_people(space, labels=False), replace(QUICK, split=SplitConfig(kind="random")))
    report = compared(space, unlabelled, ComparisonRequest(QUICKEST))
    assert report["verdict"]["kind"] == "unknown"
    assert "no winner can be named" in report["verdict"]["sentence"]
    assert not report["curves"]
    assert report["detectors"][1]["measures"] == {}
    assert report["agreement"]["spearman"][0][1] is not None
    assert any("No column says which rows are normal" in line for line in report["advice"])


@pytest.mark.data
def test_where_a_classical_method_wins_it_is_named(space, shared_data):
    # Faults of steel plates, in small groups: nearest neighbours know each, the dense network with its defaults less.
    file = shared_data / "tabular" / "fault.parquet"
    dataset = ingest(space.store, space.artifacts, file, name=file.name)
    run_id = train(space, dataset.id, Recipe(split=SplitConfig(kind="normals")))
    report = compared(space, run_id, ComparisonRequest(("knn", "pca")))
    assert report["verdict"]["kind"] == "classical"
    assert report["verdict"]["winner"] == "knn"
    knn, own = (report["detectors"][i]["measures"]["auroc"] for i in (1, 0))
    assert knn["value"] > own["value"] + 0.01
    assert report["verdict"]["sentence"].startswith(f"K-nearest neighbours finds more: AUROC {knn['value']:.3f} [")


def test_the_worker_does_what_was_asked_when_the_run_is_done_and_says_a_failure(space, run_id, monkeypatch):
    wanted = DerivedComparison(ComparisonRequest(("hbos",)))
    request.ask(space.artifacts, run_id, wanted)
    assert status(space.artifacts, run_id, wanted) == JobStatus()
    after_run(run_id, space.settings)
    assert status(space.artifacts, run_id, wanted).ready
    assert files.read_summary(FinishedRun.open(space, run_id))["verdict"]["sentence"]
    other = DerivedComparison(ComparisonRequest(("hbos", "ecod")))
    request.ask(space.artifacts, run_id, other)

    def gone(*_):
        raise DataError("The dataset is gone.")

    # In this process, because another one would not know of what is put in here.
    monkeypatch.setattr(DerivedComparison, "own_process", False)
    monkeypatch.setattr("core.compare.comparison_data.ComparisonData.of", gone)
    after_run(run_id, space.settings)
    assert status(space.artifacts, run_id, other).problem == "The dataset is gone."


def test_a_progress_that_nobody_renews_is_that_of_a_worker_that_is_gone(space, run_id, monkeypatch):
    wanted = DerivedComparison(ComparisonRequest(("knn", "lof")))
    request.ask(space.artifacts, run_id, wanted)
    write_progress(space.artifacts, run_id, wanted, steps={"knn": Step("kNN", "learning")})
    now = status(space.artifacts, run_id, wanted)
    assert now.running
    assert now.steps["knn"].state == "learning"
    monkeypatch.setattr("core.jobs.derived.status.SILENT_SECONDS", -1.0)
    assert not status(space.artifacts, run_id, wanted).running


def test_names_of_detectors_are_looked_up_and_mistakes_said():
    assert detectors("lof, knn,lof") == ("knn", "lof")
    with pytest.raises(UnknownNameError, match="Did you mean 'knn'"):
        detectors("kn")
    with pytest.raises(ConfigError, match="Or say all"):
        detectors(" , ")


def command_line(capsys, *words: str) -> tuple[int, str, str]:
    from core.cli import main

    with pytest.raises(SystemExit) as end:
        main(["compare", *words])
    return int(end.value.code or 0), *capsys.readouterr()


def test_the_command_line_prints_the_comparison_as_json_and_as_a_table(space, run_id, capsys):
    code, out, _ = command_line(capsys, run_id, "--baselines", "hbos,pca", "--json")
    told = json.loads(out)
    assert code == 0
    assert [one["name"] for one in told["detectors"]] == [run_id, "pca", "hbos"]
    assert told["verdict"]["sentence"]
    assert {check["level"] for check in told["checks"]} <= {"fine", "warning", "skipped"}
    code, out, _ = command_line(capsys, run_id, "--baselines", "hbos,pca")
    assert code == 0
    assert "Histograms (HBOS)" in out
    assert told["verdict"]["sentence"] in out
    assert "Rule of thumb" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "no run"),
        (("{run}", "--baselines", "kn"), "Did you mean 'knn'"),
        (("{run}", "--baselines", ""), "Or say all"),
        (("{run}", "--with", "nobody"), "no run"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_one_line(space, run_id, capsys, words, said):
    code, out, err = command_line(capsys, *(word.format(run=run_id) for word in words))
    assert code == 2
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_a_run_without_scores_is_refused_on_the_command_line(space, run_id, capsys):
    waiting = space.store.create_run(space.store.run(run_id).dataset_id, QUICK, "Waiting").id
    code, _, err = command_line(capsys, waiting)
    assert code == 2
    assert "is queued and has no scores" in err


def test_another_threshold_of_the_run_is_another_comparison_of_the_same_scores(space, run_id, monkeypatch):
    plan = ComparisonRequest(("pca", "copod"))
    first = compared(space, run_id, plan)
    result = dict(space.store.run(run_id).result)
    changed = replace(space.store.run(run_id), result=result | {"threshold": -1e9})
    monkeypatch.setattr("core.compare.detect.detect", None)
    monkeypatch.setattr(type(space.store), "run", lambda store, wanted: changed)
    second = compared(space, run_id, plan)
    assert second["share"] == 1.0
    assert first["share"] < 1.0
    assert second["detectors"][1]["measures"]["auroc"] == first["detectors"][1]["measures"]["auroc"]
