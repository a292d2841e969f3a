"""The report of a comparison: measures, agreement, disagreements and verdict, as plain values for JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from core.catalogue import starting_points
from core.compare import verdict as verdicts
from core.compare.advice import rule_of_thumb
from core.compare.agreement import agreement, consensus, disagreements, nearest_differences, percentiles
from core.compare.comparison_data import ComparisonData
from core.compare.detect import CLASSICAL, Detected
from core.compare.measures import Measured, measure
from core.metrics.curves import precision_recall_curve, roc_curve
from core.metrics.evaluation import split_classes
from core.words import share as part

if TYPE_CHECKING:
    from core.detector.trained import TrainedDetector
    from core.recipe import Recipe

DISAGREEING = 15
"""Rows of either kind that are shown."""
ALIKE, LOOKED_AT = 3, 200
"""Of so many rows those are left out that have the same first reasons as so many before them."""
REASONS = 3
NEIGHBOURS = 10_000
"""Training rows among which a row's nearest are looked for."""
POINTS = 300
"""Points of a drawn curve."""


def report(comparison_data: ComparisonData, detected: list[Detected], trained: TrainedDetector) -> dict[str, Any]:
    """Measure and compare.

    Parameters
    ----------
    comparison_data
        The run's rows.
    detected
        The run, then whatever stands beside it; what failed has no scores, only its reason.
    trained
        The run's networks, which say why a row's score is high.
    """
    able = [one for one in detected if not one.problem]
    labels, seed = comparison_data.labels, comparison_data.run.recipe.seed
    flagged = float(np.mean(comparison_data.run_scores > comparison_data.run.threshold))
    share = flagged or max(0.01, 1 / len(comparison_data.rows))
    measured = measure(labels, [one.scores for one in able], share, seed)
    agreed = agreement([one.scores for one in able], share, seed)
    return {
        "run": comparison_data.run.id,
        "name": comparison_data.run.name,
        "threshold": comparison_data.run.result.get("threshold"),
        "judged": comparison_data.run.row_choices[0],
        "rows": len(comparison_data.rows),
        "normal": int((labels == 0).sum()),
        "anomalies": int((labels == 1).sum()),
        "share": share,
        "detectors": _detector_values(detected, able, measured),
        "draws": 0 if measured is None else measured.draws,
        "agreement": {"names": [one.name for one in able], "titles": [one.title for one in able], **agreed},
        "disagreements": _disagreements(comparison_data, able, trained),
        "verdict": asdict(_verdict(comparison_data, able, measured, agreed["spearman"])),
        "beside": "" if measured is None else verdicts.beside(able, measured),
        "advice": _advice(comparison_data),
        "notes": [*comparison_data.notes, *_notes(flagged, share)],
    }


def curves(comparison_data: ComparisonData, detected: list[Detected]) -> dict[str, Any]:
    """ROC and precision-recall of every detector that has scores; empty without rows of both classes."""
    found: dict[str, Any] = {}
    for one in detected:
        if one.problem:
            continue
        apart = split_classes(comparison_data.labels, one.scores)
        for kind, draw in (("roc", roc_curve), ("precision", precision_recall_curve)):
            curve = draw(*apart, points=POINTS)
            if curve is not None:
                points = {"x": _rounded(curve.x), "y": _rounded(curve.y), "area": curve.area}
                found.setdefault(kind, []).append({"name": one.name, "title": one.title, "kind": one.kind, **points})
    return found


def _detector_values(detected: list[Detected], able: list[Detected], measured: Measured | None) -> list[dict[str, Any]]:
    values = []
    for one in detected:
        about = one.about() | {"measures": {}, "difference": {}, "standing": ""}
        if measured is not None and not one.problem:
            place = able.index(one)
            about["measures"] = {name: asdict(found) for name, found in measured.intervals[place].items()}
            difference = measured.differences[place]
            about["difference"] = {name: asdict(found) for name, found in difference.items()}
            about["standing"] = verdicts.outcome(difference) if difference else ""
        values.append(about)
    return values


def _verdict(
    comparison_data: ComparisonData, able: list[Detected], measured: Measured | None, spearman: Any
) -> verdicts.ComparisonVerdict:
    if measured is not None:
        recipe = comparison_data.run.recipe
        first = starting_points(recipe.modality)[0].name
        return verdicts.decide(
            able,
            measured,
            int((comparison_data.labels == 1).sum()),
            recipe.score,
            "" if recipe.preset == first else first,
        )
    found = [value for one, value in zip(able, spearman[0], strict=True) if one.kind == CLASSICAL and value is not None]
    return verdicts.unlabelled(float(np.mean(found)) if found else None)


def _advice(comparison_data: ComparisonData) -> list[str]:
    run, layout = comparison_data.run, comparison_data.encoder.layout
    # The rule is one for tables.
    sentences = [rule_of_thumb(run.table.rows, layout.n_parts)] if layout.axes == ("feature",) else []
    if not run.labelled:
        sentences.append(
            "No column says which rows are normal, so that all rows of the training part trained, anomalies among them "
            f"included. Give a column the role “label” on the Data page if there is one, or {_robust(run.recipe)}."
        )
    elif run.recipe.split.train_on == "all" and (run.scored.label[run.train] == 1).any():
        sentences.append(
            "Labelled anomalies trained too, as chosen. Training on normal rows only is the better choice where a "
            "label says which they are."
        )
    return [sentence for sentence in sentences if sentence]


def _robust(recipe: Recipe) -> str:
    """What to train where anomalies are among the training rows: a preset for it, where such data have one."""
    robust = [preset.name for preset in starting_points(recipe.modality) if preset.recipe.model == "trimmed"]
    return f"use the preset {robust[0]}" if robust else "set some aside while training (“Set aside without labels”)"


def _notes(flagged: float, share: float) -> list[str]:
    if flagged:
        return [
            f"Precision and recall: every detector flags {part(share)} of the rows, as many as the run's threshold."
        ]
    return [f"The run's threshold flags no row; for precision and recall every detector flags {part(share)}."]


def _disagreements(
    comparison_data: ComparisonData, able: list[Detected], trained: TrainedDetector
) -> list[dict[str, Any]]:
    classical = [one.scores for one in able if one.kind == CLASSICAL]
    if not classical:
        return []
    run_scores = able[0].scores
    places = disagreements(run_scores, classical, LOOKED_AT)
    run_percentiles, classical_percentiles = percentiles(run_scores), consensus(classical)
    both = np.concatenate([places["network"], places["classical"]])
    if not len(both):
        return []
    network, nearest = _reasons(comparison_data, both, trained)
    found: list[dict[str, Any]] = []
    for high in ("network", "classical"):
        times: Counter[tuple[str, ...]] = Counter()
        for place in places[high]:
            row = int(comparison_data.rows[place])
            first = tuple(name for reasons in (network[row], nearest[row]) for name, _ in reasons[:1])
            times[first] += 1
            if times[first] > ALIKE or sum(one["high"] == high for one in found) >= DISAGREEING:
                continue
            found.append(
                {
                    "row": row,
                    "label": int(comparison_data.labels[place]),
                    "high": high,
                    "network": float(run_percentiles[place]),
                    "classical": float(classical_percentiles[place]),
                    "network_because": network[row],
                    "nearest_because": nearest[row],
                }
            )
    return found


def _reasons(
    comparison_data: ComparisonData, indices: Any, trained: TrainedDetector
) -> tuple[dict[int, Any], dict[int, Any]]:
    """Of each row: the features that make the run's score, and those in which it is far from similar training rows."""
    rows = comparison_data.rows[indices]
    explained = trained.explain(comparison_data.read(rows), rows)
    encoder = comparison_data.encoder
    names = np.array(encoder.layout.part_names, dtype=object)
    network: dict[int, Any] = {
        int(row): _first(part["feature"].tolist(), part["contribution"].tolist())
        for row, part in explained.groupby("row", sort=False)
    }
    nearest: dict[int, Any] = {int(row): [] for row in rows}
    if encoder.vector_parts is None:
        return network, nearest
    found = nearest_differences(comparison_data.x[indices], comparison_data.x_train[:NEIGHBOURS], encoder.vector_parts)
    for row, share in zip(rows, found, strict=True):
        order = np.argsort(-share, kind="stable")
        nearest[int(row)] = _first(names[order].tolist(), share[order].tolist())
    return network, nearest


def _first(features: list[str], shares: list[float]) -> list[list[Any]]:
    """The first reasons, as JSON has them: name and share."""
    return [[str(f), float(s)] for f, s in zip(features[:REASONS], shares[:REASONS], strict=True) if float(s) >= 0.01]


def _rounded(values: Any) -> list[float]:
    return [float(f"{v:.5g}") for v in values]
