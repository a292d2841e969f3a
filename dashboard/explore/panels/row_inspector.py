"""One row in detail: its score and rank, what the model expected instead, and the row as it was uploaded."""

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from core.explain.methods import FIRST_METHOD, METHODS
from core.modalities.nouns import Nouns
from core.words import clipped
from dashboard.charts import samples as charts
from dashboard.components.show import show
from dashboard.explore import explaining
from dashboard.explore import explore_address as address
from dashboard.explore.panels import samples
from dashboard.explore.panels.expected_blanks import expected_blanks
from dashboard.explore.panels.explorer_part import part
from dashboard.explore.panels.row_standing import open_row_box, row_facts, row_standing
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count, number, plain, share
from dashboard.help import links
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.explain.explanation import Explanation

_LITTLE = 0.05
"""What the first columns explain of a score is not worth a number below this share."""
_NAMED = 3
"""Columns that the sentence below the first names."""
_WIDEST = 60
"""Columns of a neighbour that are shown."""


@st.fragment(key="explore_row")
def row_inspector(run: SharedRun) -> None:
    """Draw the row that the address names; nothing was chosen: say how."""
    says = nouns_for(run)
    row = address.selected_row(run)
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="bottom",
        key="explore_row_head",
    ):
        st.header(
            says("Row inspector") if row is None else f"{nouns_for(run)('Row')} {count(row)}",
            width="content",
            help=links.more(says("One row: its score, and why it is odd."), "pages", "the-row-inspector"),
        )
        open_row_box(row, says)
    _show_it(row)
    if row is None:
        st.caption(
            says("Click a row of the table, or a point of the latent space, to see what the model expected instead.")
        )
        return
    known = run.rows.one(row)
    if known is None:
        st.info(f"This {nouns_for(run).sample} has no score in this run.", icon=":material/search_off:")
        return
    with st.container(border=True, key="explore_row_card", gap="small"):
        found = _explanation(run, row)
        st.markdown(row_facts(run, row, known))
        if found is None:
            _stored(run, row)
        else:
            _explained(run, found)
        row_standing(run, known, found)
        expected_blanks(run, row)
        _original(run, row)


def _show_it(row: int | None) -> None:
    """Bring the row before the eyes that chose it further down the page."""
    with st.container(key="explore_row_script"):
        part("row_shown", ("row_shown",))(key="explore_row_shown", data=row, height=1)


def brief(run: SharedRun, row: int) -> None:
    """Why a row is odd, for who decides on it: the sentence and what was expected; nothing of the data's labels."""
    if samples.draws(run):
        _drawn(run, row)
    found = _explanation(run, row)
    if found is not None:
        st.html(f'<p class="why-sentence">{escape(found.sentence or f"No {nouns_for(run).part} stands out.")}</p>')
        st.caption(plain(_what_if(run, found)))
        samples.compared(run, found)
        return
    try:
        samples.compared(run, samples.stored(run, row))
    except AnomalensError as problem:
        st.warning(plain(problem), icon=":material/warning:")


def _explanation(run: SharedRun, row: int) -> "Explanation | None":
    """What the run's networks have to say of the row; None, and why, where they cannot be asked."""
    try:
        with st.spinner(f"Asking the model about this {nouns_for(run).sample} …", show_time=False):
            return explaining.explanation(run, row, _method())
    except AnomalensError as problem:
        st.caption(f":material/info: {plain(str(problem))}")
        return None


def _method() -> str:
    said = page_url.param("why")
    return said if said in METHODS else FIRST_METHOD


def _explained(run: SharedRun, explanation: "Explanation") -> None:
    """The sentence, what made the score, and every column beside what was expected of it."""
    st.html(f'<p class="why-sentence">{escape(explanation.sentence or f"No {nouns_for(run).part} stands out.")}</p>')
    st.caption(plain(_what_if(run, explanation)))
    _figures(run, explanation)
    _method_choice(nouns_for(run))
    if explanation.note:
        st.caption(f":material/info: {plain(explanation.note)}")
    _compared_heading(run)
    samples.compared(run, explanation)
    _nearest(run, explanation)


def _figures(run: SharedRun, explanation: "Explanation") -> None:
    """The charts that can draw what the network reads of this kind of data."""
    name = f"{nouns_for(run).sample} {count(explanation.row)}"
    for key, chart in charts.fitting(samples.axes(run)).items():
        figure = chart.draw(explanation, name)
        if figure is not None:
            show(figure, f"explore_{key}", run.name)


def _what_if(run: SharedRun, explanation: "Explanation") -> str:
    """What the score would be with the first columns as the nearest normal row has them."""
    if not explanation.steps:
        return ""
    says, threshold = nouns_for(run), address.cut(run).threshold
    below = next((i for i, step in enumerate(explanation.steps) if step.score <= threshold), None)
    if explanation.score > threshold and below is not None and below < _NAMED:
        names = [clipped(step.feature) for step in explanation.steps[: below + 1]]
        it = "it" if len(names) == 1 else "them"
        return (
            f"With {_listed(names)} as the nearest normal {says.sample} has {it}, the score would be "
            f"{number(explanation.steps[below].score, 4)} instead of {number(explanation.score, 4)}: below the "
            "threshold."
        )
    step = explanation.steps[min(_NAMED, len(explanation.steps)) - 1]
    first = min(_NAMED, len(explanation.steps))
    if first == 1:
        # All that there is; that it explains everything goes without saying.
        return (
            f"With {clipped(step.feature)} as the nearest normal {says.sample} has it, the score would be "
            f"{number(step.score, 4)} instead of {number(explanation.score, 4)}."
        )
    if step.explained < _LITTLE:
        return (
            f"With the first {says.count_parts(first)} as the nearest normal {says.sample} has them, the score would "
            f"still be {number(step.score, 4)}: many {says.parts} are odd together."
        )
    return (
        f"With the first {says.count_parts(first)} as the nearest normal {says.sample} has them, the score would be "
        f"{number(step.score, 4)} instead of {number(explanation.score, 4)}: they explain {share(step.explained)} of "
        "what sets it apart."
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _method_choice(says: Nouns) -> None:
    method = _method()
    st.segmented_control(
        "Contributions by",
        list(METHODS),
        required=True,
        format_func=METHODS.__getitem__,
        default=method,
        key=widget_sync.key("explore_why", method),
        on_change=_method_changed,
        help=links.more(
            says(
                "How the score is shared among the columns.\n\n"
                "- **Exchange**: each column is put as rows like this one have it, and given to the nearest normal "
                "row; what the score does both times is its contribution. Quick, and what the table and the families "
                "use.\n"
                "- **Integrated gradients**: the gradient of the score along the way from the nearest normal row to "
                "this one.\n"
                "- **Shapley values**: the mean effect of exchanging a column over random orders of the columns; "
                "slower.",
                parts=True,
            ),
            "explanations",
            "contributions",
        ),
    )


def _method_changed() -> None:
    chosen = widget_sync.value("explore_why")
    page_url.set_params(why=None if chosen == FIRST_METHOD else chosen)
    st.rerun("explore_row")


def _nearest(run: SharedRun, explanation: "Explanation") -> None:
    import pandas as pd

    says = nouns_for(run)
    heading = says("Row")
    with st.expander(f"The nearest normal {says.samples}", icon=":material/near_me:"):
        names = [reason.feature for reason in explanation.reasons][:_WIDEST]
        own = {reason.feature: reason.actual for reason in explanation.reasons}
        shown = pd.DataFrame(
            [
                {
                    heading: f"{count(explanation.row)} (this)",
                    "Distance": 0.0,
                    **{f"data:{n}": own[n] for n in names},
                },
                *(
                    {
                        heading: count(near.row),
                        "Distance": near.distance,
                        **{f"data:{n}": near.values.get(n, "") for n in names},
                    }
                    for near in explanation.nearest
                ),
            ]
        )
        st.dataframe(
            shown,
            hide_index=True,
            column_config={
                "Distance": st.column_config.NumberColumn(
                    format="%.3g",
                    help=links.more(
                        "Euclidean, over the encoded numbers; each counts up to three standard deviations.",
                        "explanations",
                        "nearest-rows",
                    ),
                ),
                **{f"data:{n}": st.column_config.TextColumn(n) for n in names},
            },
            alt=f"The training {says.samples} nearest to this {says.sample}, the {says.parts} that matter first",
        )
        if len(explanation.reasons) > _WIDEST:
            st.caption(f"The {count(_WIDEST)} {says.parts} that contribute most.")


def _compared_heading(run: SharedRun) -> None:
    words = nouns_for(run)("Every column beside what rows like this one have, the largest share first.", parts=True)
    st.markdown("**Actual against expected**", help=links.more(words, "explanations", "expected-values"))


def _stored(run: SharedRun, row: int) -> None:
    """What the run stored of the row, where its networks cannot be asked."""
    try:
        found = samples.stored(run, row)
    except AnomalensError as problem:
        st.warning(plain(problem), icon=":material/warning:")
        return
    _figures(run, found)
    _compared_heading(run)
    samples.compared(run, found)


def _original(run: SharedRun, row: int) -> None:
    # Of a table the columns above say as much; what lies beside the index is seen here alone.
    drawn = samples.draws(run)
    with st.expander(f"The {nouns_for(run).sample} as it was uploaded", icon=":material/table_rows:", expanded=drawn):
        _drawn(run, row)


def _drawn(run: SharedRun, row: int) -> None:
    try:
        samples.preview(run, row)
    except AnomalensError as problem:
        st.warning(plain(problem), icon=":material/warning:")
