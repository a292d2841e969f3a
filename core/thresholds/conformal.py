"""The threshold with a guarantee: conformal p-values, and a false-discovery rate over the rows that are judged."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.params import param
from core.thresholds import THRESHOLDS
from core.thresholds._counting import allowed_rows
from core.thresholds.base import RuleTexts, ThresholdRule
from core.thresholds.evidence import Evidence
from core.thresholds.sample import SortedScores

HALF = 0.5
"""Storey's lambda: p-values above it are taken to be of normal rows."""


def p_values(calibration: SortedScores, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Conformal p-values: (1 + calibration rows that score as high or higher) / (n + 1); equal scores count against."""
    p: NDArray[np.float64] = (1 + calibration.at_least(scores)) / (calibration.size + 1)
    return p


@THRESHOLDS.register("conformal")
class Conformal(ThresholdRule):
    """Benjamini and Hochberg's procedure on conformal p-values (Bates, Candès, Lei, Romano and Sesia, 2023).

    A row's p-value is (1 + #{calibration rows that score as high}) / (n + 1). Of the m judged rows those with the k
    smallest p-values are flagged, k the largest with p_(k) <= q k / m; the share of normal rows among them is then q
    at most, averaged over calibrations, if the normal rows judged and those calibrated on are exchangeable. Storey's
    correction puts m pi_0 in place of m, pi_0 = (1 + #{p > lambda}) / (m (1 - lambda)), lambda on the grid of the
    p-values (Mary and Roquain, 2022). Without a correction every row is judged by itself: a normal row is flagged
    with a chance of q at most.

    The decision depends on all rows that are judged together. In scores it is a threshold: that calibration row's
    score above which a p-value is small enough.
    """

    title = "Conformal"
    when = "When the flagged rows must be worth a look: the share of false alarms among them stays under a limit."
    formula = (
        r"p(s) = \frac{1 + \#\{\text{calibration} \geq s\}}{n + 1}, \quad "
        r"k = \max\{j : p_{(j)} \leq \tfrac{q\,j}{m}\}, \quad t : p(s) \leq \tfrac{q\,k}{m} \Leftrightarrow s > t"
    )
    order = 0
    needs = "judged"

    @dataclass(frozen=True)
    class Config:
        """The rate, and how it is kept over many rows."""

        fdr: float = param(
            0.1,
            "The share q of false alarms among the flagged rows that is allowed, on average.",
            low=0.0,
            high=1.0,
            label="False-discovery rate",
        )
        correction: str = param(
            "benjamini-hochberg",
            "Benjamini-Hochberg bounds the false alarms among the flagged rows; Storey does too and flags more where "
            "anomalies are many; none bounds the share of the normal rows that are flagged instead.",
            choices=("benjamini-hochberg", "storey", "none"),
        )

    def threshold(self, evidence: Evidence) -> float:
        """From the calibration rows and all judged rows together.

        Raises
        ------
        DataError
            When there are no rows to calibrate on or to judge, or too few for the rate.
        """
        calibration, batch, fdr = evidence.calibration, evidence.fresh, self.config.fdr
        n = calibration.size
        if not n or not batch.size:
            what = "no judged rows" if n else "no reference rows to calibrate on that may be normal"
            raise DataError(f"Conformal p-values need rows on both sides, and there are {what}. Set a value instead.")
        if 1 / (n + 1) > fdr * (1 + 1e-12):
            more = f", or calibrate on {math.ceil(1 / fdr) - 1:,} rows, with a larger validation part" if fdr else ""
            raise DataError(
                f"With {n:,} calibration rows the smallest p-value is 1/{n + 1:,}, above the rate of {fdr:g}: nothing "
                f"could ever be flagged. Ask for {1 / (n + 1):.2g} or more{more}."
            )
        level = self._level(calibration, batch)
        if not level:
            # Nothing is flagged: above every row that there is.
            return max(sample.ranked(sample.size - 1) for sample in (calibration, batch, evidence.batch))
        # p(s) <= level is: at most so many calibration rows score as high as s.
        return calibration.leaving(min(allowed_rows(level, n + 1), n + 1) - 1)

    def _level(self, calibration: SortedScores, batch: SortedScores) -> float:
        """The largest p-value that is flagged, or a number that no other p-value lies below; 0 for none."""
        n, m, fdr = calibration.size, batch.size, self.config.fdr
        if self.config.correction == "none":
            return float(fdr)
        # How many judged rows have a p-value of (1 + c) / (n + 1) or less, for c = 0 … n - 1: those above the score
        # that has c calibration rows above it. Only where a calibration row is can the answer change.
        cuts, counts = calibration.exceeding(-np.inf)
        higher = np.concatenate([np.cumsum(counts[::-1])[::-1][1:], [0]])
        p, flagged = (1 + higher) / (n + 1), batch.above(cuts)
        whole = m * self._normal_share(calibration, batch)
        kept = (flagged > 0) & (p * whole <= fdr * flagged * (1 + 1e-12))
        # The cuts ascend, so p falls: the first that is kept flags most. A p-value of 1 is never small.
        level = fdr * flagged[np.argmax(kept)] / whole if kept.any() else 0.0
        return float(min(level, n / (n + 1)))

    def _normal_share(self, calibration: SortedScores, batch: SortedScores) -> float:
        if self.config.correction != "storey":
            return 1.0
        n, m = calibration.size, batch.size
        # lambda = (1 + c) / (n + 1); p > lambda is: more than c calibration rows score as high.
        c = max(0, int(HALF * (n + 1)) - 1)
        lam = (1 + c) / (n + 1)
        rest = m - int(batch.above(calibration.leaving(c)))
        return float((1 + rest) / (m * (1 - lam))) if lam < 1 else 1.0

    def words(self, evidence: Evidence, threshold: float) -> RuleTexts:
        """The guarantee, what it rests on, and how few rows it can flag."""
        n, m, fdr = evidence.calibration.size, evidence.fresh.size, self.config.fdr
        # Where all rows are listed it is still promised for those alone that nothing was learnt from.
        among = "" if evidence.unseen is None else f" among the {m:,} rows that the network has not learnt from"
        if self.config.correction == "none":
            promise = f"A normal row is flagged with a chance of at most {100 * fdr:.4g} %{among}"
        else:
            promise = f"On average at most {100 * fdr:.4g} % of the flagged rows are false alarms{among}"
        promise += f": calibrated on {n:,} {evidence.part} rows, if the normal rows judged are like them."
        cautions = self._cautions(evidence, n, m)
        if not evidence.fresh.above(threshold):
            cautions.insert(
                0, "No row stands out enough for that: none is flagged. Ask for a higher rate to flag some."
            )
        return RuleTexts(promise, " ".join(cautions))

    def _cautions(self, evidence: Evidence, n: int, m: int) -> list[str]:
        cautions = []
        if evidence.trained:
            cautions.append(
                "The guarantee does not hold: the network was trained on the calibration rows, whose scores are too "
                "low. Train with validation rows."
            )
        if evidence.among:
            cautions.append("The guarantee does not hold: the calibration rows are among those that are judged.")
        unknown = evidence.calibrating.get("unknown")
        if unknown is not None and unknown.size:
            cautions.append(
                "The guarantee does not hold strictly: the calibration rows have no labels, and anomalies among them "
                "hide others. It is then usually stricter than asked for."
            )
        if evidence.mix_changed and self.config.correction != "none" and 0 < self.config.fdr < 1:
            q, normal, odd = self.config.fdr, evidence.weights.get("normal", 1.0), evidence.weights.get("anomaly", 1.0)
            there = q * normal / (q * normal + (1 - q) * odd)
            if normal and odd:
                cautions.append(
                    f"It is a share of the judged rows. Beside anomalies normal rows are {normal / odd:.3g} times as "
                    f"frequent in the data as it came, so there it may be {100 * there:.3g} %."
                )
        fewest = math.ceil(m / (self.config.fdr * (n + 1)) * (1 - 1e-12))
        if self.config.correction == "benjamini-hochberg" and fewest > 1:
            cautions.append(
                f"The smallest p-value is 1/{n + 1:,}, so that of {m:,} rows at least {fewest:,} are flagged together "
                "or none. More calibration rows make it finer."
            )
        return cautions
