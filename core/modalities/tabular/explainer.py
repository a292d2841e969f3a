"""A finished run that can be asked why: its detector, its dataset, and normal rows of it to compare with."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.explain.columns import Fact, UsualColumns
from core.explain.explanation import Explanation, FeatureReason, Neighbour, Step
from core.explain.reference_rows import ReferenceRows
from core.explain.score_attribution import attribution, exchanged, log_score
from core.explain.sentences import amount, sentence
from core.explain.sentences import phrase as phrase_of
from core.runtime import mix

if TYPE_CHECKING:
    import pandas as pd

    from core.detector.trained import Trained
    from core.index.table import Table
    from core.store.artifacts import Artifacts

USUAL = 2_048
"""Normal training rows that rows are compared with, at most."""
SPREAD_ROWS = 200
"""Held-out rows that say how far off the expectation usually is."""
TRIMMED = 0.1
"""The share of them with the highest scores that is no company for who wants to know what is normal."""
STEPS = 10
"""Columns that are put right one after the other, at most."""
NEAREST = 5
METHODS = {"exchange": "Exchange", "gradients": "Integrated gradients", "shapley": "Shapley values"}
_USUAL, _SPREAD = 61, 62


@dataclass(frozen=True)
class Scored:
    """What a run says of every row, in row order."""

    score: NDArray[np.float64]
    label: NDArray[np.int8]
    part: NDArray[np.str_]
    uncertainty: NDArray[np.float64]


class Explainer:
    """Answers why rows of a run's dataset have their scores.

    Parameters
    ----------
    trained
        The detector.
    table
        The run's dataset.
    scored
        What it says of every row.
    taught
        Rows that the networks learnt from; those labelled anomalies among them are left out.
    """

    def __init__(self, trained: Trained, table: Table, scored: Scored, taught: NDArray[np.int64]) -> None:
        if len(scored.score) != table.rows:
            raise DataError(
                f"The dataset must be the one that the run was trained on, with {len(scored.score):,} rows. It has "
                f"{table.rows:,} now. Train again."
            )
        self.trained, self.table, self.scored = trained, table, scored
        self.turn = threading.Lock()
        """To be held by who asks it where several threads do."""
        self.features = trained.encoder.features
        self.score_of = log_score(trained)
        rng = np.random.default_rng(mix(trained.recipe.seed, _USUAL))
        normal = taught[scored.label[taught] != 1]
        normal = normal if len(normal) else taught
        drawn = np.sort(rng.choice(normal, min(len(normal), USUAL), replace=False))
        quiet = np.argsort(scored.score[drawn], kind="stable")[: max(1, round((1 - TRIMMED) * len(drawn)))]
        frame = table.frame(self.features, rows=drawn)
        # What is rare is counted among all of them; what is expected is not asked of the oddest.
        self.columns = UsualColumns(frame, trained.encoder)
        self._kept = np.sort(quiet)
        x = trained.encoder.transform(frame.iloc[self._kept])
        self.usual = ReferenceRows(x, trained.encoder.feature_of, drawn[self._kept])

    @classmethod
    def open(cls, artifacts: Artifacts, table: Table, run_id: str, score: str = "") -> Explainer:
        """The explainer of a finished run, under its own score or another one that was computed for it.

        Raises
        ------
        DataError
            When the run has no networks or no scores, or its dataset is not the one that it was trained on.
        """
        import pyarrow.parquet as pq

        from core.detector.trained import load, run_folder
        from core.results.files import SET_ASIDE

        found = pq.read_table(artifacts.local(f"{run_folder(run_id, score)}/scores.parquet"))
        uncertainty = found["uncertainty"].to_numpy().astype(np.float64)
        scored = Scored(
            found["score"].to_numpy(), found["label"].to_numpy().astype(np.int8),
            np.asarray(found["part"].to_pylist(), dtype="U10"), uncertainty,
        )  # fmt: skip
        taught = np.flatnonzero(scored.part == "train")
        if artifacts.exists(f"{run_folder(run_id)}/{SET_ASIDE}"):
            aside = pq.read_table(artifacts.local(f"{run_folder(run_id)}/{SET_ASIDE}"))["row"].to_numpy()
            taught = np.setdiff1d(taught, aside)
        return cls(load(artifacts, run_id, score), table, scored, taught)

    def frame(self, rows: NDArray[np.int64]) -> pd.DataFrame:
        """Rows in the user's units, features only."""
        return self.table.frame(self.features, rows=rows).reset_index(drop=True)

    def story(self, row: int, method: str = "exchange") -> Explanation:
        """All that is told of one row.

        Parameters
        ----------
        row
            Its number in the dataset.
        method
            How the score is shared among the features: one of :data:`METHODS`.

        Raises
        ------
        DataError
            When there is no such row.
        """
        if not 0 <= row < self.table.rows:
            raise DataError(f"The row's number must be between 0 and {self.table.rows - 1:,}. Got {row:,}.")
        frame = self.frame(np.array([row]))
        x = self.trained.encoder.transform(frame)
        found = attribution(x, self.score_of, self.usual, own=np.array([row]))
        base = self.usual.x[found.base[0]]
        contributions = self._contributions(x, base, found.contributions[0], method)
        order = np.argsort(-contributions, kind="stable")
        expected, rebuilt = self._expected(x[0], found.source[0])
        facts = self._facts(frame, expected)
        reasons = tuple(
            self._reason(facts[j], rebuilt, self.features[j], float(contributions[j])) for j in order.tolist()
        )
        score, threshold = float(self.scored.score[row]), self.trained.threshold
        steps = self._steps(x[0], base, order[:STEPS])
        below = [i + 1 for i, step in enumerate(steps) if step.score <= threshold]
        held, p_value = self.p_value(row)
        uncertainty = float(self.scored.uncertainty[row])
        return Explanation(
            row=row,
            part=str(self.scored.part[row]),
            label=int(self.scored.label[row]),
            score=score,
            threshold=threshold,
            uncertainty=None if math.isnan(uncertainty) else uncertainty,
            rank=1 + int((self.scored.score > score).sum()),
            rows=self.table.rows,
            p_value=p_value,
            held_out=held,
            sentence=sentence([facts[j] for j in order], [float(contributions[j]) for j in order]),
            method=method,
            reasons=reasons,
            steps=steps,
            enough=below[0] if below and score > threshold else None,
            nearest=self._nearest(x[0], row),
        )

    def reasons(self, rows: NDArray[np.int64], most: int = 3) -> dict[int, list[tuple[str, float]]]:
        """The features that contribute most to the score of each row, with the contributions that its story tells.

        Parameters
        ----------
        rows
            Their numbers in the dataset.
        most
            How many features of each.
        """
        x = self.trained.encoder.transform(self.frame(rows))
        found = attribution(x, self.score_of, self.usual, own=rows)
        told: dict[int, list[tuple[str, float]]] = {}
        for i, row in enumerate(rows.tolist()):
            base = self.usual.x[found.base[i]]
            shares = self._contributions(x[i : i + 1], base, found.contributions[i], "exchange")
            first = np.argsort(-shares, kind="stable")[:most]
            told[row] = [(self.features[j], float(shares[j])) for j in first.tolist()]
        return told

    def p_value(self, row: int) -> tuple[int, float]:
        """How many held-out normal rows there are beside this one, and the conformal p-value among them."""
        own = self._held_out & (np.arange(self.table.rows) != row)
        calibration = self.scored.score[own]
        return len(calibration), (1 + int((calibration >= self.scored.score[row]).sum())) / (1 + len(calibration))

    @cached_property
    def _held_out(self) -> NDArray[np.bool_]:
        """Rows that no network learnt from and that are normal by their label; validation rows without labels."""
        outside = (self.scored.part == "validation") | (self.scored.part == "test")
        normal = outside & (self.scored.label == 0)
        unknown = (self.scored.part == "validation") & (self.scored.label != 1)
        held: NDArray[np.bool_] = normal if normal.any() else unknown
        return held

    @cached_property
    def spread(self) -> dict[str, float]:
        """How far held-out rows are from what is expected given the rest: two thirds are nearer; see :class:`Fact`."""
        held = np.flatnonzero(self._held_out & (self.scored.part == "validation"))
        held = held if len(held) >= 20 else self.usual.rows
        rng = np.random.default_rng(mix(self.trained.recipe.seed, _SPREAD))
        rows = np.sort(
            rng.choice(held, min(len(held), SPREAD_ROWS if len(self.features) <= 100 else 60), replace=False)
        )
        frame = self.frame(rows)
        x = self.trained.encoder.transform(frame)
        every = np.arange(len(self.features))
        places = np.stack(
            [self.usual.expected(self.usual.apart(one), every, int(own)) for one, own in zip(x, rows, strict=True)]
        )
        spread: dict[str, float] = {}
        for j, name in enumerate(self.features):
            if self.columns.kinds[name] == "category":
                differs = self.columns.as_levels(frame, name) != self.columns.levels[name][self._kept[places[:, j]]]
                spread[name] = float(differs.mean())
                continue
            gaps = np.abs(self.columns.as_numbers(frame, name) - self.columns.numbers[name][self._kept[places[:, j]]])
            gaps = gaps[~np.isnan(gaps)]
            spread[name] = float(np.quantile(gaps, 0.6827)) if len(gaps) else math.nan
        return spread

    @cached_property
    def typical(self) -> float:
        """The logarithm of a usual row's score."""
        return float(np.median(self.score_of(self.usual.x)))

    def _contributions(
        self, x: NDArray[np.float32], base: NDArray[np.float32], exchanged: NDArray[np.float64], method: str
    ) -> NDArray[np.float64]:
        if method == "exchange":
            if exchanged.any():
                return exchanged
            from core.scoring.attribution import reconstruct

            trained = self.trained
            found = reconstruct(trained.members, x, trained.fitted_scores, trained.encoder.layout)[1]
            return np.asarray(found.shares()[0], dtype=np.float64)
        from core.explain.gradients import integrated_gradients, shapley_values

        compute = {"gradients": integrated_gradients, "shapley": shapley_values}.get(method)
        if compute is None:
            raise DataError(f"There is no way to explain a row that is called {method!r}. Known: {', '.join(METHODS)}.")
        effect = np.maximum(compute(self.trained, x[0], base, self.usual.feature_of), 0.0)
        return np.asarray(effect / effect.sum() if effect.any() else exchanged, dtype=np.float64)

    def _expected(self, row: NDArray[np.float32], source: NDArray[np.int64]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """What rows like this one have, and what the network rebuilds of each feature that is shown to it so."""
        import pandas as pd

        from core.scoring.attribution import reconstruct

        every = np.arange(len(self.features))
        shown = exchanged(row, self.usual.x[source], self.usual, every)
        encoder = self.trained.encoder
        rebuilt = reconstruct(self.trained.members, shown, self.trained.fitted_scores, encoder.layout)[0]
        back = encoder.inverse(rebuilt)
        expected = {
            n: self.columns.frame[n].iloc[[self._kept[source[j]]]].to_numpy() for j, n in enumerate(self.features)
        }
        of_rest = {n: back[n].iloc[[j]].to_numpy() for j, n in enumerate(self.features)}
        return pd.DataFrame(expected).astype(self.columns.frame.dtypes.to_dict()), pd.DataFrame(of_rest)

    def _facts(self, frame: pd.DataFrame, expected: pd.DataFrame) -> list[Fact]:
        context = {name: str(self.columns.as_levels(frame, name)[0]) for name in self.columns.levels}
        return [self.columns.fact(frame, expected, name, self.spread[name], context) for name in self.features]

    def _reason(self, fact: Fact, rebuilt: pd.DataFrame, name: str, contribution: float) -> FeatureReason:
        value = _number(rebuilt[name].iloc[0]) if fact.kind == "number" else math.nan
        text = amount(value) if not math.isnan(value) else _text(rebuilt[name].iloc[0])
        apart = abs(fact.actual_value - fact.expected_value)
        return FeatureReason(
            feature=name,
            kind=fact.kind,
            actual=fact.actual,
            expected=fact.expected,
            rebuilt=text,
            actual_value=fact.actual_value,
            expected_value=fact.expected_value,
            rebuilt_value=value,
            spread=fact.spread,
            off=apart / fact.spread if fact.spread > 0 else math.nan,
            contribution=contribution,
            phrase=phrase_of(fact),
        )

    def _steps(
        self, row: NDArray[np.float32], base: NDArray[np.float32], order: NDArray[np.integer]
    ) -> tuple[Step, ...]:
        """The score while one column after the other is put as the nearest normal row has it."""
        from core.scoring.errors import row_errors

        trained, path = self.trained, [row]
        for feature in order:
            path.append(path[-1].copy())
            path[-1][self.usual.place(int(feature))] = base[self.usual.place(int(feature))]
        rows = np.stack([*path, base])
        errors = row_errors(
            trained.members, rows, trained.recipe.score, trained.recipe.seed, trained.fitted_scores or None
        )
        shown, logs = trained.scorer.scores(errors).score, trained.scorer.log10_error(errors)
        whole = max(float(logs[0] - logs[-1]), 1e-12)
        return tuple(
            Step(self.features[int(f)], float(shown[i + 1]), float(np.clip((logs[0] - logs[i + 1]) / whole, 0.0, 1.0)))
            for i, f in enumerate(order)
        )

    def _nearest(self, row: NDArray[np.float32], own: int) -> tuple[Neighbour, ...]:
        found = []
        for place in self.usual.nearest(self.usual.apart(row), NEAREST, own):
            gap = np.clip(self.usual.x[place] - row, -3.0, 3.0)
            values = {name: _shown(self.columns.frame[name].iloc[int(self._kept[place])]) for name in self.features}
            found.append(Neighbour(int(self.usual.rows[place]), float(np.linalg.norm(gap)), values))
        return tuple(found)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _text(value: Any) -> str:
    import pandas as pd

    return "" if pd.isna(value) else str(value)


def _shown(value: Any) -> str:
    import pandas as pd

    if pd.isna(value):
        return ""
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool | np.bool_):
        return amount(float(value))
    return str(value)
