"""How sure a threshold is that few rows set: between which shares of ordinary rows to come it may flag.

Where r of n ordinary rows are above a threshold that is one of their own scores, the share of all such rows above it
follows the distribution Beta(r + 1, n - r), whatever the scores are (an order statistic; David and Nagaraja, 2003).
"""

from core.thresholds.sample import SortedScores

LEVEL = 0.95
TWICE = 2.0
"""A share that may be so many times the one asked for is worth a warning."""


def share_interval(above: int, rows: int) -> tuple[float, float]:
    """Between which shares of ordinary rows a threshold flags in 95 of 100 cases, with so many of so many above it."""
    from scipy.stats import beta

    if above >= rows:
        return 1.0, 1.0
    low, high = beta.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2], above + 1, rows - above)
    return float(low), float(high)


def few_words(rows: SortedScores, threshold: float, asked: float, what: str) -> str:
    """A warning where the share may be twice what was asked for; empty where the rows are enough.

    Parameters
    ----------
    rows
        The ordinary rows that set the threshold.
    threshold
        The threshold.
    asked
        The share of ordinary rows that was asked for.
    what
        What the rows are called: "validation rows".
    """
    if not rows.size or not 0 < asked < 1:
        return ""
    low, high = share_interval(int(rows.above(threshold)), rows.size)
    if high <= TWICE * asked:
        return ""
    return (
        f"Only {rows.size:,} {what} set it, so between {_percent(low)} and {_percent(high)} of ordinary rows may be "
        f"flagged (95 %), not just the {_percent(asked)} asked for. More rows held out make it surer."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"
