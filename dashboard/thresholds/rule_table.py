"""The table of all threshold rules: what each flags, and its measures as bars; a click selects the rule."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.modalities.nouns import Nouns
from dashboard.explore.shared_run import SharedRun
from dashboard.format import number, plain
from dashboard.help import links
from dashboard.state import page_url
from dashboard.state.kind import nouns_for
from dashboard.thresholds import lab

if TYPE_CHECKING:
    import pandas as pd

    from core.thresholds.bootstrap import Interval
    from core.thresholds.lab import Outcome


def rule_table(run: SharedRun) -> None:
    """Draw the table, with the run's own threshold as its first line."""
    within, problem = lab.intervals(run)
    outcomes = [lab.own(run), *lab.outcomes(run)]
    frame = _frame(outcomes, within, labelled=lab.evidence(run).labelled)
    names = [one.rule for one in outcomes]
    key = f"lab_table_{run.id}_{run.score}"
    st.dataframe(
        frame,
        hide_index=True,
        column_config=_columns(nouns_for(run)),
        height="content",
        key=key,
        on_select=_opener(key, names),
        selection_mode="single-cell",
        placeholder="–",
        alt="Every threshold rule with what it flags",
    )
    if problem:
        st.caption(f":material/info: {plain(problem)}")
    refused = [one for one in outcomes if one.problem]
    if refused:
        st.caption(
            "Without a threshold: "
            + ", ".join(f"**{plain(one.title)}**" for one in refused)
            + ". Click one to read why."
        )


def _frame(outcomes: "list[Outcome]", within: Any, *, labelled: bool) -> "pd.DataFrame":
    import pandas as pd

    lines = []
    for one in outcomes:
        known = within.get(one.rule)
        line: dict[str, Any] = {
            "rule": one.title,
            "threshold": one.threshold,
            "interval": _range(known.threshold if known else None, 4),
            "flagged": one.flagged,
            "share": _hundredths(one.share),
        }
        if one.alerts_per_day is not None or any(other.alerts_per_day is not None for other in outcomes):
            line["per_day"] = one.alerts_per_day
        if labelled:
            line |= {
                "precision": _hundredths(one.precision),
                "precision_interval": _shares(known.precision if known else None),
                "recall": _hundredths(one.recall),
                "recall_interval": _shares(known.recall if known else None),
                "f1": one.f1,
                "fpr": _hundredths(one.false_positive_rate),
                "cost": one.cost,
            }
        lines.append(line)
    return pd.DataFrame(lines)


def _columns(says: Nouns) -> dict[str, Any]:
    config, columns = st.column_config, {}
    columns["rule"] = config.TextColumn("Rule", width=130)
    columns["threshold"] = config.NumberColumn("Threshold", format="%.5g", width=78)
    columns["interval"] = config.TextColumn(
        "95 %",
        width=100,
        help=links.more(
            says("Where the threshold lies in 95 % of 200 bootstrap resamples of the rows."), "thresholds", "intervals"
        ),
    )
    columns["flagged"] = config.NumberColumn("Flagged", format="localized", width=66)
    columns["share"] = config.ProgressColumn(
        "Share",
        format="%.1f %%",
        min_value=0,
        max_value=100,
        width=92,
        help=links.more(says("Of the test rows; of all rows where there are no labels."), "pages", "threshold-lab"),
    )
    columns["per_day"] = config.NumberColumn(
        "A day",
        format="%.1f",
        width=60,
        help=links.more(says("Alerts a day, once every row that comes in is scored."), "metrics", "alerts-a-day"),
    )
    for name, label, words in (
        ("precision", "Precision", "Share of the flagged rows that are anomalies."),
        ("recall", "Recall", "Share of the anomalies that are flagged."),
    ):
        columns[name] = config.ProgressColumn(
            label,
            format="%.1f %%",
            min_value=0,
            max_value=100,
            width=98,
            help=links.more(says(words), "pages", "threshold-lab"),
        )
        columns[f"{name}_interval"] = config.TextColumn(
            "95 %",
            width=84,
            help=links.more(f"{label} in 95 % of the resamples, in percent.", "thresholds", "intervals"),
        )
    columns["f1"] = config.NumberColumn(
        "F1", format="%.3f", width=56, help=links.more("Harmonic mean of precision and recall.", "metrics", "f1")
    )
    columns["fpr"] = config.NumberColumn(
        "False alarms",
        format="%.1f %%",
        width=62,
        help=links.more(
            says("False-positive rate: the share of normal rows that are flagged."), "metrics", "false-positive-rate"
        ),
    )
    columns["cost"] = config.NumberColumn(
        "Cost",
        format="localized",
        width=66,
        help=links.more("Misses and false alarms by the costs set for the cost matrix.", "metrics", "cost"),
    )
    return columns


def _range(interval: "Interval | None", digits: int) -> str | None:
    return None if interval is None else f"{number(interval[0], digits)} – {number(interval[1], digits)}"


def _shares(interval: "Interval | None") -> str | None:
    return None if interval is None else f"{100 * interval[0]:.1f} – {100 * interval[1]:.1f}"


def _hundredths(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _opener(key: str, names: list[str]) -> Any:
    def look() -> None:
        selection = st.session_state[key]["selection"]
        places = [cell[0] for cell in selection.get("cells", [])]
        if places and names[int(places[0])] != lab.OWN:
            page_url.set_params(rule=names[int(places[0])])
        st.rerun(["lab_rules", "lab_pair"])

    return look
