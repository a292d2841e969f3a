"""What a run comes to, in a sentence: how many rows stand out and why most of them do; and the threshold beside it."""

import math
from collections import Counter
from html import escape

import streamlit as st

from core.metrics.groups import CLASSES, PARTS
from core.modalities.nouns import Nouns
from dashboard.explore import events_sentence, reasons, selection, shared_run
from dashboard.explore import explore_address as address
from dashboard.explore.panels.threshold_panel import EXPLORER, redraw
from dashboard.explore.shared_run import PAGE, SharedRun
from dashboard.format import count
from dashboard.help import links
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for
from dashboard.thresholds import kept, threshold_questions

PART_WORDS = {"test": "test", "validation": "validation", "train": "training", "unused": "unused", "all": ""}
"""The rows of each part, before the noun."""
_STEPS = 200
"""Steps of the box from the lowest score to the highest."""


@st.fragment(key="explore_verdict")
def verdict(run: SharedRun) -> None:
    """Draw the sentence, what is known of labels and of the other rows, and the threshold."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", key="explore_verdict_box"
    ):
        st.html("".join(f"<p>{one}</p>" for one in sentences(run)), width="stretch")
        _threshold(run)


def sentences(run: SharedRun) -> list[str]:
    """What is to be said first, as markup; the explorer writes into the numbers while the line is moved."""
    says, cut = nouns_for(run), address.cut(run)
    name, parts = address.shown_name(run), address.shown_parts(run)
    shown, above = cut.grid.rows(parts), cut.grid.flagged(cut.threshold, parts)
    rows, flagged = int(shown.sum()), int(above.sum())
    kind = PART_WORDS[name]
    said = [
        f"<strong><b data-live='flagged'>{count(flagged)}</b> of {says.count(rows, kind)} "
        f"{'stands' if flagged == 1 else 'stand'} out{_because(run, cut, parts, flagged)}.</strong>"
    ]
    said += [_labels(says, shown, above)] if run.labelled else []
    said += [escape(told)] if (told := events_sentence.sentence(run, parts, cut.threshold)) else []
    if name != "all":
        others = [part for part in PARTS if part not in parts]
        rest, more = int(cut.grid.rows(others).sum()), int(cut.grid.flagged(cut.threshold, others).sum())
        if rest:
            verb = "scores" if more == 1 else "score"
            said.append(f"Of the other {says.count(rest)}, {count(more)} {verb} above the threshold, too.")
    return said


def _labels(says: Nouns, shown: "list[int]", above: "list[int]") -> str:
    """What the labels say of those that stand out."""
    normal, anomaly = CLASSES.index("normal"), CLASSES.index("anomaly")
    if not shown[anomaly]:
        return says("None of these rows is labelled an anomaly.")
    caught = f"<b data-live='caught'>{count(int(above[anomaly]))}</b> of {count(int(shown[anomaly]))} anomalies"
    alarms = f"<b data-live='alarms'>{count(int(above[normal]))}</b> normal {says.samples}"
    return f"Among them are {caught} and {alarms}, which are false alarms."


def _because(run: SharedRun, cut: address.Cut, parts: tuple[str, ...], flagged: int) -> str:
    """What most of them stand out by, where there is such a part; counted over all that were grouped, or the first."""
    found = _first_reasons(run, cut, parts, flagged)
    if not found:
        return ""
    of = "most" if len(found) >= flagged else f"most of the {count(len(found))} highest"
    names = Counter(found).most_common(2)
    for some in (names[:1], names):
        if 2 * sum(n for _, n in some) > len(found):
            return f", {of} because of " + " or ".join(f"<b>{escape(name)}</b>" for name, _ in some)
    return ", for many different reasons"


def _first_reasons(run: SharedRun, cut: address.Cut, parts: tuple[str, ...], flagged: int) -> list[str]:
    if families := selection.grouped(run):
        return [str(name) for name in families.feature[:, 0] if name]
    rows = [int(row) for row in shared_run.ranked(run, parts, 0).head(min(flagged, PAGE))["row"]]
    known = reasons.of(run, rows)
    told = run.rows.reasons(rows) if known is None else known.reasons
    return [first[0][0] for first in told.values() if first]


def _threshold(run: SharedRun) -> None:
    says, cut = nouns_for(run), address.cut(run)
    low, high = float(run.grid.steps[0]), float(run.grid.steps[-1])
    value = _shown(cut.threshold)
    st.number_input(
        "Threshold",
        value=value,
        step=_step(high - low),
        format="%.5g",
        key=widget_sync.key("explore_threshold_box", value),
        on_change=_typed,
        args=(run,),
        width=160,
        help=links.more(
            says("Rows that score above it stand out. Lower it to see more, raise it to see fewer."),
            "pages",
            "the-threshold",
        ),
    )


def _shown(threshold: float) -> float:
    """The threshold with the digits that the box shows."""
    return float(f"{threshold:.5g}")


def _step(span: float) -> float:
    """A round number that is about the two-hundredth part of the scores."""
    size = max(span, 1e-9) / _STEPS
    power = 10.0 ** math.floor(math.log10(size))
    return power * next(k for k in (1, 2, 5, 10) if k * power >= size)


def _typed(run: SharedRun) -> None:
    typed = widget_sync.value("explore_threshold_box")
    if typed is not None and float(typed) == _shown(address.cut(run).threshold):
        # A box that was handed another number says so as if somebody had typed it; it would round what a rule has set.
        return
    if typed is None:
        kept.restore(run)
    else:
        page_url.set_params(page=None)
        address.set_threshold_to("value", float(typed))
        kept.keep_address(run)
    redraw(EXPLORER, threshold_questions.FRAGMENT)
