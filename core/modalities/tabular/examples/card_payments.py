"""Card payments with heavy-tailed amounts and a few frauds of three kinds, in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.modalities.tabular.examples import EXAMPLES, ExampleTable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_ROWS = 50_000
_CARDS = 4_000
_FRAUD = 0.007
# Category: share of the payments, median amount, spread of its logarithm, share online, share at night.
_CATEGORIES = {
    "groceries": (0.27, 31.0, 0.75, 0.05, 0.02),
    "restaurant": (0.14, 24.0, 0.65, 0.04, 0.12),
    "fuel": (0.10, 52.0, 0.35, 0.00, 0.08),
    "transport": (0.11, 7.5, 0.80, 0.35, 0.10),
    "clothing": (0.07, 48.0, 0.80, 0.45, 0.02),
    "pharmacy": (0.06, 18.0, 0.70, 0.10, 0.02),
    "subscriptions": (0.08, 11.0, 0.50, 1.00, 0.20),
    "electronics": (0.04, 140.0, 1.05, 0.55, 0.03),
    "travel": (0.04, 210.0, 1.00, 0.80, 0.06),
    "entertainment": (0.05, 29.0, 0.75, 0.50, 0.15),
    "household": (0.03, 64.0, 0.95, 0.40, 0.02),
    "jewellery": (0.01, 230.0, 1.15, 0.25, 0.01),
}
_COUNTRIES = (
    "DE",
    "FR",
    "NL",
    "AT",
    "IT",
    "ES",
    "PL",
    "GB",
    "CH",
    "BE",
    "CZ",
    "US",
    "DK",
    "SE",
    "TR",
    "TH",
    "BR",
    "NG",
)


def make(seed: int = 0) -> pd.DataFrame:
    """The payments, about 0.7 % of them fraudulent."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    frame = _honest(rng)
    fraud = np.sort(rng.choice(_ROWS, round(_ROWS * _FRAUD), replace=False))
    for rows, commit in zip(
        np.array_split(rng.permutation(fraud), 3), (_test_a_card, _spend_abroad, _take_over), strict=True
    ):
        commit(frame, np.sort(rows), rng)
    frame["is_fraud"] = np.isin(np.arange(_ROWS), fraud).astype("int64")
    frame["amount"] = frame["amount"].clip(0.5, 20_000).round(2)
    frame["km_from_home"] = frame["km_from_home"].round(1)
    # Some frauds were moved into the night.
    frame = frame.sort_values("time", kind="stable", ignore_index=True)
    return frame.astype({"merchant_category": "str", "country": "str", "entry": "str"}).assign(
        time=pd.DatetimeIndex(frame["time"]).as_unit("us")
    )


def _honest(rng: np.random.Generator) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    names = np.array(list(_CATEGORIES), dtype=object)
    facts = np.array(list(_CATEGORIES.values()))
    category = rng.choice(len(names), _ROWS, p=facts[:, 0] / facts[:, 0].sum())
    night = rng.random(_ROWS) < facts[category, 4]
    hour = np.where(night, rng.integers(0, 6, _ROWS), np.clip(np.round(rng.normal(14.5, 4, _ROWS)), 6, 23)).astype(
        "int64"
    )
    day = np.sort(rng.integers(0, 60, _ROWS))
    seconds = day * 86_400 + hour * 3600 + rng.integers(0, 3600, _ROWS)
    order = np.argsort(seconds, kind="stable")
    online = rng.random(_ROWS) < facts[category, 3]
    weight = 1 / np.arange(1, len(_COUNTRIES) + 1) ** 2.6
    abroad = rng.choice(len(_COUNTRIES), _ROWS, p=weight / weight.sum())
    country = np.where(online | (rng.random(_ROWS) < 0.15), abroad, 0)
    # How much a person spends and how far from home is a habit.
    card = rng.integers(0, _CARDS, _ROWS)
    habit = rng.lognormal(0, 0.35, _CARDS)[card]
    distance = np.where(
        online, 0.0, rng.lognormal(1.3, 1.1, _ROWS) + np.where(country > 0, rng.lognormal(6.3, 0.5, _ROWS), 0)
    )
    entry = np.where(online, "online", np.where(rng.random(_ROWS) < 0.72, "contactless", "chip")).astype(object)
    frame = pd.DataFrame(
        {
            "time": pd.Timestamp("2026-03-01") + pd.to_timedelta(seconds, unit="s"),
            "hour": hour,
            "amount": facts[category, 1] * rng.lognormal(0, 1, _ROWS) ** facts[category, 2] * habit,
            "merchant_category": names[category],
            "country": np.array(_COUNTRIES, dtype=object)[country],
            "entry": entry,
            "km_from_home": distance,
            "payments_last_hour": rng.poisson(0.12, _ROWS),
            "days_since_last": rng.exponential(2.4, _ROWS).round(2),
            "merchant_age_days": np.minimum(rng.gamma(2.0, 900.0, _ROWS), 9000).round().astype("int64"),
        }
    )
    return frame.iloc[order].reset_index(drop=True)


def _put(frame: pd.DataFrame, rows: NDArray[np.int64], **values: object) -> None:
    for column, value in values.items():
        frame.loc[rows, column] = value


def _night(frame: pd.DataFrame, rows: NDArray[np.int64], rng: np.random.Generator, share: float) -> None:
    """Move some of the payments into the small hours of their day."""
    import pandas as pd

    chosen = [row for row in rows if rng.random() < share]
    hours = rng.integers(0, 6, len(chosen))
    times = frame.loc[chosen, "time"].dt.normalize() + pd.to_timedelta(
        hours * 3600 + rng.integers(0, 3600, len(chosen)), unit="s"
    )
    frame.loc[chosen, "time"] = times.to_numpy()
    frame.loc[chosen, "hour"] = hours


def _test_a_card(frame: pd.DataFrame, rows: NDArray[np.int64], rng: np.random.Generator) -> None:
    """Bursts of tiny online payments at young merchants, to see whether a stolen number works."""
    n = len(rows)
    _put(frame, rows, amount=rng.uniform(0.5, 4.0, n), entry="online", km_from_home=0.0)
    _put(frame, rows, payments_last_hour=rng.integers(4, 16, n), merchant_age_days=rng.integers(1, 60, n))
    _put(frame, rows, days_since_last=rng.uniform(0, 0.02, n).round(2))
    _put(frame, rows, merchant_category=rng.choice(["subscriptions", "entertainment", "electronics"], n))
    _night(frame, rows, rng, 0.5)


def _spend_abroad(frame: pd.DataFrame, rows: NDArray[np.int64], rng: np.random.Generator) -> None:
    """A copied card in a shop far away: large amounts, goods that sell again."""
    n = len(rows)
    _put(frame, rows, amount=rng.lognormal(6.6, 0.6, n), entry=rng.choice(["chip", "magstripe"], n, p=[0.3, 0.7]))
    _put(frame, rows, country=rng.choice(["US", "TH", "BR", "NG", "TR"], n), km_from_home=rng.lognormal(8.6, 0.3, n))
    _put(frame, rows, merchant_category=rng.choice(["electronics", "jewellery", "clothing"], n))
    _put(frame, rows, payments_last_hour=rng.integers(1, 6, n))


def _take_over(frame: pd.DataFrame, rows: NDArray[np.int64], rng: np.random.Generator) -> None:
    """An account in strange hands: ordinary shops, but too much, too often, at night."""
    n = len(rows)
    _put(frame, rows, amount=frame.loc[rows, "amount"] * rng.uniform(3, 12, n), entry="online", km_from_home=0.0)
    _put(frame, rows, payments_last_hour=rng.integers(2, 8, n), days_since_last=rng.uniform(0, 0.3, n).round(2))
    _night(frame, rows, rng, 0.8)


EXAMPLES.register("card_payments")(
    ExampleTable(
        title="Card payments",
        description="50,000 payments of two months; 350 are fraud: tested numbers, copied cards, accounts taken over.",
        size=_ROWS,
        label="is_fraud",
        normal=("0",),
        source="generated",
        make=make,
        order=20,
    )
)
