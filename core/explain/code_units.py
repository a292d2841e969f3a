"""What the units of the code stand for: which samples excite them, and what lies between two in the latent space.

An ensemble's networks have codes of their own; this looks at the first one's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.words import several

if TYPE_CHECKING:
    from core.explain.position_explainer import PositionExplainer

SHOWN = 400
"""Rows of the heat map at most, half of them flagged where there are so many."""
UNITS = 128
"""Units that are shown at most, those that vary most."""
EXCITING = 8
"""Rows that are named for each unit."""
LOOKED_AT = 20_000
"""Rows among which the most exciting ones are looked for: all, or the highest scores and an even spread."""
STEPS = 9
"""Places of a walk, both ends among them."""
COLUMNS = 12
"""Columns of a walk that are told, those that change most."""


@dataclass(frozen=True)
class CodeUnits:
    """The code of some rows; activations are in standard deviations from the mean of normal training rows."""

    units: NDArray[np.int64]
    """Numbers of the units, counted from 1."""
    total: int
    """How many units the code has."""
    rows: NDArray[np.int64]
    """The rows of the heat map, the highest score first."""
    scores: NDArray[np.float64]
    labels: NDArray[np.int8]
    flagged: NDArray[np.bool_]
    activations: NDArray[np.float32]
    """Shape (units, rows)."""
    exciting: NDArray[np.int64]
    """Row numbers, those that excite a unit most (either way) first; shape (units, k)."""
    strengths: NDArray[np.float32]
    """Their activations, shape (units, k)."""
    exciting_scores: NDArray[np.float64]
    exciting_labels: NDArray[np.int8]
    looked_at: int
    """Rows among which they were found."""


@dataclass(frozen=True)
class Walk:
    """Places on the straight line between the codes of two rows, decoded to the user's units."""

    start: int
    end: int
    scores: tuple[float, ...]
    """Of the decoded rows."""
    columns: tuple[str, ...]
    """Those that change most, the most first."""
    values: tuple[tuple[str, ...], ...]
    """What each of them is at each place."""


def code_units(explainer: PositionExplainer) -> CodeUnits:
    """The code of the rows with the highest scores beside that of others."""
    scored, threshold = explainer.scored, explainer.trained.threshold
    usual = _codes(explainer, np.unique(explainer.reference.ids))
    mean, deviation = usual.mean(axis=0), usual.std(axis=0)
    deviation = np.where(deviation > 1e-6, deviation, max(1e-6, float(deviation.mean())))
    order = np.argsort(-scored.score, kind="stable")
    flagged = scored.score[order] > threshold
    shown = np.concatenate([_spread(order[flagged], SHOWN // 2), _spread(order[~flagged], SHOWN // 2)])
    top = order[: LOOKED_AT // 2]
    looked = np.union1d(top, _spread(order[LOOKED_AT // 2 :], LOOKED_AT // 2))
    z = (_codes(explainer, looked) - mean) / deviation
    units = np.sort(np.argsort(-z.std(axis=0), kind="stable")[:UNITS])
    most = np.argsort(-np.abs(z[:, units]), axis=0, kind="stable")[:EXCITING].T
    return CodeUnits(
        units=units + 1,
        total=z.shape[1],
        rows=shown,
        scores=scored.score[shown],
        labels=scored.label[shown],
        flagged=scored.score[shown] > threshold,
        activations=((_codes(explainer, shown) - mean) / deviation)[:, units].T.astype(np.float32),
        exciting=looked[most],
        strengths=np.take_along_axis(z[:, units].T, most, axis=1).astype(np.float32),
        exciting_scores=scored.score[looked[most]],
        exciting_labels=scored.label[looked[most]],
        looked_at=len(looked),
    )


def ends(explainer: PositionExplainer) -> tuple[int, int]:
    """Between which rows one walks unless told otherwise: the normal row in the middle, and the one that is oddest."""
    scores = explainer.scored.score
    rows = np.unique(explainer.reference.ids)
    middle = rows[np.argsort(scores[rows], kind="stable")[len(rows) // 2]]
    return int(middle), int(np.argmax(scores))


def walk(explainer: PositionExplainer, start: int, end: int) -> Walk:
    """From one row's code to another's in a straight line.

    Raises
    ------
    DataError
        When there is no such row.
    """
    import torch

    from core.scoring.forward_pass import in_blocks

    count = len(explainer.samples)
    for row in (start, end):
        if not 0 <= row < count:
            noun = explainer.noun
            raise DataError(
                f"There is no {noun} {row:,}. The {several(noun)} of this dataset go from 0 to {count - 1:,}."
            )
    member, encoder, layout = explainer.trained.members[0], explainer.trained.encoder, explainer.layout
    ends = {row: explainer.reader.one(row) for row in sorted({start, end})}
    with torch.inference_mode():
        x = np.stack([one.unit.reshape(layout.shape) for one in ends.values()])
        z = member.encode(in_blocks(torch.from_numpy(x)))[: len(x)]
        first, last = (z[0], z[-1]) if start <= end else (z[-1], z[0])
        share = torch.linspace(0, 1, STEPS).reshape(-1, *[1] * first.ndim)
        codes = in_blocks(first + share * (last - first))
        x_hat = member.expected(member.decode(codes))[:STEPS].reshape(STEPS, -1).numpy()
    contents = [encoder.inverse(ends[start].with_unit(unit), ends[start].of) for unit in x_hat]
    change = np.zeros(layout.n_parts)
    np.add.at(change, layout.flat_parts, np.abs(np.diff(x_hat, axis=0)).sum(axis=0))
    places = [j for j in np.argsort(-change, kind="stable")[:COLUMNS].tolist() if change[j] > 0]
    shown = [encoder.part_values(content) for content in contents]
    numbers, texts = (np.concatenate(each) for each in zip(*shown, strict=True))
    return Walk(
        start=start,
        end=end,
        scores=tuple(float(explainer.trained.score(content).score[0]) for content in contents),
        columns=tuple(explainer.parts[j] for j in places),
        values=tuple(tuple(map(_text, numbers[:, j], texts[:, j])) for j in places),
    )


def _codes(explainer: PositionExplainer, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """The first network's codes of some samples, in the order given, shape (n, units)."""
    from core.modalities.units.walking import per_batch
    from core.scoring.latent import latent_codes

    distinct, inverse = np.unique(ids, return_inverse=True)
    units = explainer.trained.encoder.units(explainer.samples, distinct)
    codes = per_batch(units, lambda x: latent_codes(explainer.trained.members[:1], x))
    z: NDArray[np.float64] = units.join(codes.T, "mean").T[inverse].astype(np.float64)
    return z


def _spread(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of the rows, spread evenly over them, in their order."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int))] if len(rows) else rows


def _text(number: float, text: str) -> str:
    return text if np.isnan(number) else f"{float(number):.4g}"
