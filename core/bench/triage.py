"""Benchmark of triage: the average precision of unjudged rows before and after twenty verdicts."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.bench import BENCHES, Result
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.bench.harness.protocol import BenchmarkCase
    from core.store.records import Entry
    from core.triage.triage_rows import TriageRows

SETS = "nsl_kdd_train_20percent,annthyroid,cardio,mammography"
ORDERED = "teach,score"


@BENCHES.register("triage")
def triage(
    *,
    data: str = "",
    sets: str = SETS,
    orders: str = ORDERED,
    verdicts: int = 20,
    setting: str = "contaminated",
    preset: str = "Recommended",
    seeds: int = 3,
) -> Result:
    """What verdicts are worth: average precision of the rows not judged, by score and by the ranking learnt.

    The preset is trained on each set of the folder ``data`` (``--sets all`` takes every one that has labels), by
    default on all rows and without their labels (``--setting contaminated``: the case in which people have to judge),
    or on normal rows alone (``normals``). Then ``verdicts`` rows are judged one after the other in the product's own
    order: what teaches most, or the highest score. The answer is the row's true label. ``before`` is the average
    precision of the scores and ``after`` that of the ranking learnt, both over the judged part's rows that got no
    verdict; ``lowest`` is the gain of the worst seed, ``found`` how many of the verdicts were anomalies.
    """
    from core.bench.harness.protocol import SETTINGS, divided, opened_set
    from core.index.schema import infer_schema
    from core.triage.order import ORDERS

    chosen = [order.strip() for order in orders.split(",") if order.strip()]
    for order in chosen:
        if order not in ORDERS:
            raise ConfigError(f"There is no order called {order!r}. Known: {', '.join(ORDERS)}.")
    if setting not in SETTINGS:
        raise ConfigError(f"The setting is {' or '.join(SETTINGS)}. Got {setting!r}.")
    if verdicts < 1 or seeds < 1:
        raise ConfigError(f"It takes at least one verdict and one seed. Got {verdicts} and {seeds}.")
    lines: list[dict[str, Any]] = []
    for name, file in _files(Path(data), sets):
        with opened_set(file) as table:
            label = infer_schema(table).label
            if label is None:
                if sets != "all":
                    raise ConfigError(f"The set {name!r} has no column that looks like a label. Leave it out.")
                continue
            worth: dict[str, list[_Worth]] = {order: [] for order in chosen}
            for seed in range(seeds):
                with divided(table, setting, seed, label) as case:
                    for order, found in _measured(case, preset, chosen, verdicts, seed):
                        worth[order].append(found)
                print(f"{name}, seed {seed}", file=sys.stderr)
        lines += [_line(name, order, found) for order, found in worth.items()]
    gains = {order: [line["gain"] for line in lines if line["order"] == order] for order in chosen}
    return {
        "verdicts": verdicts,
        "setting": setting,
        "preset": preset,
        "seeds": seeds,
        "table": lines,
        **{
            order: {
                "mean_gain": round(float(np.mean(gain)), 4),
                "sets_that_gain": sum(one > 0 for one in gain),
                "sets": len(gain),
                "lowest": min(line["lowest"] for line in lines if line["order"] == order),
            }
            for order, gain in gains.items()
        },
    }


@dataclass(frozen=True)
class _Worth:
    """One set, one seed, one order."""

    rows: int
    anomalies: int
    """Among the rows that are judged."""
    found: int
    before: float
    after: float


def _files(folder: Path, sets: str) -> list[tuple[str, Path]]:
    from core.readers import readable_endings

    if not folder.is_dir() or folder == Path():
        raise ConfigError(f"The data must be a folder of tables. There is none at {str(folder)!r}. Say --data DIR.")
    files = {f.name.partition(".")[0]: f for f in sorted(folder.iterdir()) if f.suffix.lower() in readable_endings()}
    if sets == "all":
        return list(files.items())
    wanted = [name.strip() for name in sets.split(",") if name.strip()]
    for name in wanted:
        if name not in files:
            raise ConfigError(f"There is no set called {name!r} in {str(folder)!r}. It holds {', '.join(files)}.")
    return [(name, files[name]) for name in wanted]


def _measured(
    case: BenchmarkCase, preset: str, orders: list[str], count: int, seed: int
) -> Iterator[tuple[str, _Worth]]:
    """Train once, then judge in each order."""
    from core.detector.experiment import Experiment
    from core.modalities.tabular.samples import TabularSamples
    from core.presets import PRESETS
    from core.runtime import threads

    recipe = PRESETS[preset].recipe
    recipe = replace(recipe, split=case.split(recipe.split.validation), seed=seed, device="cpu")
    experiment = Experiment(TabularSamples(case.table, case.schema), recipe)
    with threads(1):
        for _ in experiment.run():
            pass
    assert experiment.scores is not None
    assert experiment.trained is not None
    score, threshold = experiment.scores.score, experiment.trained.threshold
    triage_rows = _triage_rows(case, score, threshold, seed)
    for order in orders:
        yield order, _worth(case, triage_rows, score, threshold, order, count, seed)


def _triage_rows(case: BenchmarkCase, score: NDArray[np.float64], threshold: float, seed: int) -> TriageRows:
    """A triage's rows as the product opens them, of scores in a file; only the judged rows have the part "test"."""
    from core.detector.files import scores_file
    from core.modalities.recognise import modality_of
    from core.modalities.tabular.samples import TabularSamples
    from core.recipe import TABULAR
    from core.results.rows import RunRows
    from core.scoring.scorer import Scores
    from core.triage.triage_rows import TriageRows

    codes, samples = np.zeros(len(score), dtype=np.uint8), TabularSamples(case.table, case.schema)
    codes[case.judged] = 1
    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        file = Path(folder) / "scores.parquet"
        file.write_bytes(scores_file(Scores(score, None), codes, ("train", "test"), case.labels))
        return TriageRows.open(RunRows(file), samples, modality_of(TABULAR), threshold, seed)


def _worth(
    case: BenchmarkCase,
    triage_rows: TriageRows,
    score: NDArray[np.float64],
    threshold: float,
    order: str,
    count: int,
    seed: int,
) -> _Worth:
    from core.metrics.evaluation import average_precision
    from core.triage.current_verdicts import CurrentVerdicts
    from core.triage.learn import reranked

    log: list[Entry] = []
    ranking = triage_rows.ranking(threshold)
    for number in range(count):
        queue = triage_rows.queue(order, CurrentVerdicts.of(log), ranking, threshold, ("test",), seed)
        if not len(queue):
            break
        log.append(_entry(number, int(queue[0]), bool(case.labels[queue[0]] == 1), order))
    current = CurrentVerdicts.of(log)
    reordered = reranked(ranking, *triage_rows.decided(current))
    rest = np.flatnonzero((triage_rows.part == "test") & ~np.isin(triage_rows.rows, list(current.rows)))
    labels = case.labels[triage_rows.rows[rest]]
    before, after = average_precision(labels, triage_rows.score[rest]), average_precision(labels, reordered[rest])
    if before is None or after is None:
        raise ConfigError(f"{count} verdicts leave no rows of both classes to compare by. Ask for fewer.")
    found = sum(entry.verdict == "anomaly" for entry in log)
    return _Worth(len(case.judged), int((case.labels[case.judged] == 1).sum()), found, before, after)


def _entry(number: int, row: int, anomalous: bool, order: str) -> Entry:
    """A verdict as the store would have written it."""
    from core.store.records import Entry

    return Entry(
        id=number + 1, dataset_id="", row=row, content="", verdict="anomaly" if anomalous else "normal", comment="",
        tag="", author="labels", at=datetime.fromtimestamp(0, UTC) + timedelta(seconds=number), run_id="", score=None,
        shown_by=order, undoes=None, copied_from=None,
    )  # fmt: skip


def _line(name: str, order: str, worths: list[_Worth]) -> dict[str, Any]:
    gains = [one.after - one.before for one in worths]
    return {
        "set": name,
        "order": order,
        "rows": worths[0].rows,
        "anomalies": worths[0].anomalies,
        "found": round(float(np.mean([one.found for one in worths])), 1),
        "before": round(float(np.mean([one.before for one in worths])), 4),
        "after": round(float(np.mean([one.after for one in worths])), 4),
        "gain": round(float(np.mean(gains)), 4),
        "lowest": round(float(min(gains)), 4),
    }
