"""One row under the glass: its score and rank, what the model expected instead, and the row as it was uploaded."""

import math
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError
from core.scoring.groups import PARTS
from dashboard import explore_address as address
from dashboard import explored, held, state
from dashboard.charts.row_contributions import row_contributions
from dashboard.charts.words import LABEL_NAMES
from dashboard.components.filled_in import filled_in
from dashboard.components.show import show
from dashboard.format import amount, count, number, share

if TYPE_CHECKING:
    import pandas as pd

    from core.store.records import Run


@st.fragment(key="explore_row")
def row_inspector(run_id: str, run_name: str) -> None:
    """Draw the row that the address names; nothing was chosen: say how."""
    row = address.selected_row(run_id)
    st.header("Row inspector" if row is None else f"Row {count(row)}")
    if row is None:
        st.caption("Click a row of the table, or a point of the latent space, to see what the model expected instead.")
        _go_to(None)
        return
    known = explored.rows(run_id).one(row)
    if known is None:
        st.info("This row has no score in this run.", icon=":material/search_off:")
        return
    with st.container(border=True, key="explore_row_card"):
        _standing(run_id, row, known)
        _explanation(run_id, row, run_name)
        filled_in(run_id, row)
        _original(run_id, row)


def _standing(run_id: str, row: int, known: dict[str, Any]) -> None:
    """Where the row stands among the others."""
    view, cut = explored.view(run_id), address.cut(run_id)
    score = float(known["score"])
    everywhere = view.groups.above(score)[:, :, 0].sum()
    total = int(view.grid.rows().sum())
    reference = view.groups.above(score)[PARTS.index(view.reference), :, 0].sum()
    of = int(view.grid.rows((view.reference,)).sum())
    with st.container(horizontal=True, gap="medium", vertical_alignment="top", key="explore_standing"):
        st.metric("Score", number(score, 5), width="content")
        st.metric("Decision", "Flagged" if score > cut.threshold else "Not flagged", width="content")
        st.metric(
            "Rank",
            f"{count(everywhere + 1)} of {count(total)}",
            help="1 is the highest score of all rows.",
            width="content",
        )
        st.metric(
            "Percentile",
            share(1 - reference / of if of else None),
            help=f"The share of the {view.reference} rows that score no higher.",
            width="content",
        )
        if view.labelled:
            st.metric("Label", LABEL_NAMES[int(known["label"])], width="content")
        st.metric("Part", str(known["part"]).capitalize(), width="content")
        uncertainty = known.get("uncertainty")
        if uncertainty is not None and uncertainty == uncertainty:
            st.metric("Uncertainty", f"± {number(float(uncertainty), 3)}", width="content")
        _go_to(row)


def _explanation(run_id: str, row: int, run_name: str) -> None:
    try:
        with st.spinner("Asking the model about this row …", show_time=False):
            found = explored.explanation(run_id, row)
    except AnomalensError as problem:
        st.warning(str(problem), icon=":material/warning:")
        return
    left, right = st.columns([1, 1.15], gap="medium")
    with left:
        figure = row_contributions(
            list(found["feature"].astype(str)),
            [float(v) for v in found["contribution"]],
            list(found["actual"].astype(str)),
            list(found["expected"].astype(str)),
            subtitle=f"row {count(row)}",
        )
        show(figure, "explore_contributions", run_name)
    with right:
        st.markdown("**Actual against expected**")
        _comparison(found)


def _comparison(found: "pd.DataFrame") -> None:
    import pandas as pd

    shown = pd.DataFrame(
        {
            "Feature": found["feature"].astype(str),
            "Actual": _amounts(found, "actual", 6),
            "Expected": _amounts(found, "expected", 4),
            "Share of the error": found["contribution"].astype(float) * 100,
        }
    )
    top = max(1.0, float(shown["Share of the error"].max()))
    st.dataframe(
        shown,
        hide_index=True,
        height=min(430, 37 + 35 * len(shown)),
        column_config={
            "Share of the error": st.column_config.ProgressColumn(format="%.1f %%", min_value=0, max_value=top)
        },
        alt="Actual and expected value of every feature of this row",
    )


def _amounts(found: "pd.DataFrame", which: str, digits: int) -> list[str]:
    """Numbers with thousands separators; texts as they are."""
    pairs = zip(found[which].astype(str), found[f"{which}_value"].astype(float), strict=True)
    return [amount(value, digits) if math.isfinite(value) else text for text, value in pairs]


def _original(run_id: str, row: int) -> None:
    import pandas as pd

    with st.expander("The row as it was uploaded", icon=":material/table_rows:"):
        try:
            values = explored.original(_run(run_id), row)
        except AnomalensError as problem:
            st.warning(str(problem), icon=":material/warning:")
            return
        shown = pd.DataFrame({"Column": list(values), "Value": [_text(v) for v in values.values()]})
        st.dataframe(shown, hide_index=True, height=min(430, 37 + 35 * len(shown)))


def _text(value: Any) -> str:
    import pandas as pd

    return "" if pd.isna(value) else str(value)


def _run(run_id: str) -> "Run":
    from dashboard import cache

    return cache.workspace().store.run(run_id)


def _go_to(row: int | None) -> None:
    """A box for a row's number: somebody may have been told one."""
    st.number_input(
        "Open row",
        min_value=0,
        value=row,
        step=1,
        key=held.key("explore_go_to", row),
        on_change=_go,
        placeholder="number",
        width=150,
        help="Rows are counted from 0 in the order of the file; a second file's rows continue.",
    )


def _go() -> None:
    state.set_params(row=held.value("explore_go_to"))
    st.rerun(["explore_row", "explore_latent"])
