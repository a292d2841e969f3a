"""Benchmark of explanations: faults are planted in ordinary rows, and the first column named must be at fault."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.bench import BENCHES, Result
from core.errors import ConfigError
from core.index.labels import read_labels
from core.runtime import derive_seed

if TYPE_CHECKING:
    import pandas as pd

    from core.modalities.tabular.explainer import TabularExplainer
    from core.recipe import Recipe

BUNDLED = ("breast_cancer", "wine", "digits", "diabetes")
"""Sets that scikit-learn brings along."""
_TRIES = 40
_FEW = 20
_ROWS = 20_000
_PLANT, _SHUFFLE, _DRAW = 71, 72, 73


@BENCHES.register("explanations")
def explanations(
    *, data: str = "", sets: str = "", cases: int = 100, preset: str = "Recommended", seed: int = 0
) -> Result:
    """How often the column named first is the one at fault, in rows with planted faults that the run then flags.

    ``data`` is a folder of tables with a column called label or attack; without one the sets that scikit-learn brings
    along are taken. ``one`` and ``two`` are the shares for a change in one column and in the dependency of two,
    ``error_one`` and ``error_two`` those of the largest share of the error. With the error alone as the score,
    ``inside`` is the share for two dependent columns whose values are both usual by themselves, ``shuffled`` the same
    after the weights of the networks were shuffled, ``chance`` what guessing would give.
    """
    from core.presets import PRESETS

    recipe = PRESETS[preset].recipe
    table = [measured(name, frame, recipe, cases, seed) for name, frame in _frames(data, sets)]
    result: Result = {"preset": preset, "cases": cases, "seed": seed, "table": table}
    for key in ("one", "two", "error_one", "error_two", "inside", "shuffled", "chance"):
        known = [row[key] for row in table if row[key] is not None]
        result[key] = round(float(np.mean(known)), 4) if known else None
    return result


def measured(name: str, frame: pd.DataFrame, recipe: Recipe, cases: int, seed: int) -> dict[str, Any]:
    """A row of the table: train on a set, plant, ask."""
    began = time.perf_counter()
    explainer = trained_on(frame, recipe, seed)
    row: dict[str, Any] = {"set": name, "features": len(explainer.parts)}
    for kind in ("one", "two"):
        found = named_first(explainer, kind, cases, seed)
        row |= {kind: found["exchange"], f"error_{kind}": found["error"], f"cases_{kind}": found["cases"]}
    one = replace(recipe.score, kind="mse", beside="none", third="none", fourth="none")
    alone = trained_on(frame, replace(recipe, score=one), seed)
    inside = named_first(alone, "inside", cases, seed)
    # Where columns hardly depend on each other, no such fault is flagged.
    enough = inside["cases"] >= _FEW
    row["inside"] = inside["exchange"] if enough else None
    row["shuffled"] = named_first(alone, "inside", cases, seed, shuffled=True)["exchange"] if enough else None
    row["chance"] = 2 / len(explainer.parts) if enough else None
    return row | {"seconds": round(time.perf_counter() - began, 1)}


def named_first(
    explainer: TabularExplainer, kind: str, cases: int, seed: int, *, shuffled: bool = False
) -> dict[str, Any]:
    """The share of planted faults whose column is named first, by exchanging columns and by their part of the error.

    Parameters
    ----------
    explainer
        A trained run.
    kind
        ``one``, ``two`` or ``inside``, see :func:`core.bench.harness.planted.plant`.
    cases
        Faults that are looked for: rows that were not flagged before and are flagged with the fault.
    seed
        Of all that is drawn.
    shuffled
        Shuffle the weights within every layer before asking.
    """
    from core.bench.harness.planted import plant
    from core.explain.score_attribution import attribution
    from core.modalities.units import gathered
    from core.scoring.attribution import reconstruct

    trained, scored = explainer.trained, explainer.scored
    rng = np.random.default_rng(derive_seed(seed, _PLANT))
    rows = np.flatnonzero(scored.among(("test",)) & (scored.label != 1) & (scored.score <= trained.threshold))
    planted = plant(kind, explainer.frame(rows), explainer.usual, cases * _TRIES, rng)
    if planted is None:
        return {"exchange": None, "error": None, "cases": 0}
    x = gathered(trained.encoder.encode(planted.frame))
    flagged = np.flatnonzero(trained.score(planted.frame).score > trained.threshold)[:cases]
    if not len(flagged):
        return {"exchange": None, "error": None, "cases": 0}
    if shuffled:
        _shuffle(explainer, seed)
    x, culprits = x[flagged], [planted.culprits[i] for i in flagged]
    found = attribution(x, explainer.score_of, explainer.reference).contributions
    error = reconstruct(trained.members, x, trained.fitted_scores, trained.encoder.layout)[1].shares()

    def right(shares: Any) -> float:
        names = [explainer.parts[j] for j in shares.argmax(axis=1)]
        return float(np.mean([name in culprit for name, culprit in zip(names, culprits, strict=True)]))

    return {"exchange": right(found), "error": right(error), "cases": len(flagged)}


def trained_on(frame: pd.DataFrame, recipe: Recipe, seed: int) -> TabularExplainer:
    """Train a recipe on a table whose label, where it has one, is called label or attack; a quarter is judged."""
    from core.detector.experiment import Experiment
    from core.index.schema import infer_schema
    from core.index.table import Table
    from core.metrics.groups import PARTS
    from core.modalities.tabular.explainer import TabularExplainer
    from core.modalities.tabular.samples import KeptRows, TabularSamples
    from core.recipe import SplitConfig
    from core.results.scored import ScoredRows

    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        path = Path(folder) / "set.parquet"
        frame.to_parquet(path, index=False)
        table = Table(path)
        schema = infer_schema(table)
        if "attack" in frame:
            schema = schema.with_label("attack", normal=["normal"])
        split = SplitConfig(kind="random", validation=0.15, test=0.25)
        experiment = Experiment(TabularSamples(table, schema), replace(recipe, split=split, seed=seed))
        for _ in experiment.run():
            pass
        assert experiment.trained is not None
        assert experiment.scores is not None
        parts, labels = experiment._parts, read_labels(table, schema)
        places = np.argmax(parts[:, None] == np.array(PARTS), axis=1)
        scored = ScoredRows(experiment.scores.score, labels, places.astype(np.uint8))
        # The table's file goes with the folder: what is asked of it later is read now.
        samples = KeptRows(table, schema)
        return TabularExplainer(experiment.trained, samples, scored, np.flatnonzero(parts == "train"))


def _shuffle(explainer: TabularExplainer, seed: int) -> None:
    """The weights of every layer in another order: as many, as large, and without what they had learnt."""
    import torch

    generator = torch.Generator().manual_seed(derive_seed(seed, _SHUFFLE))
    with torch.no_grad():
        for member in explainer.trained.members:
            for weight in member.parameters():
                order = torch.randperm(weight.numel(), generator=generator)
                weight.copy_(weight.flatten()[order].view_as(weight))


def _frames(data: str, sets: str) -> Iterator[tuple[str, pd.DataFrame]]:
    wanted = [name.strip() for name in sets.split(",") if name.strip()]
    if not data:
        for name in wanted or BUNDLED:
            yield name, bundled(name)
        return
    from core.bench.harness.protocol import opened_set
    from core.readers import readable_endings

    folder = Path(data)
    if not folder.is_dir():
        raise ConfigError(f"The data must be a folder of tables. There is none at {data!r}. Say --data DIR.")
    files = {f.name.partition(".")[0]: f for f in sorted(folder.iterdir()) if f.suffix.lower() in readable_endings()}
    for name in wanted:
        if name not in files:
            raise ConfigError(f"There is no set called {name!r} in {data!r}. It holds {', '.join(files)}.")
    rng = np.random.default_rng(_DRAW)
    for name in wanted or files:
        with opened_set(files[name]) as table:
            rows = np.sort(rng.choice(table.rows, min(table.rows, _ROWS), replace=False))
            frame = table.frame(rows=rows)
        if {"label", "attack"} & set(frame.columns):
            yield name, frame


def bundled(name: str) -> pd.DataFrame:
    """The features of a set that scikit-learn brings along, all of whose rows count as ordinary."""
    from sklearn import datasets

    if name not in BUNDLED:
        raise ConfigError(f"There is no bundled set called {name!r}. Known: {', '.join(BUNDLED)}.")
    frame: pd.DataFrame = getattr(datasets, f"load_{name}")(as_frame=True).data
    return frame
