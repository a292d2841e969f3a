"""A table of scored rows, of which one is opened by a click, and the buttons that turn its pages."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.modalities.nouns import Nouns
from dashboard.charts.words import LABEL_NAMES
from dashboard.format import count
from dashboard.help import links
from dashboard.state import page_url

if TYPE_CHECKING:
    import pandas as pd

_ROW, _HEAD = 35, 37


def rows_grid(
    found: "pd.DataFrame",
    *,
    key: str,
    alt: str,
    redraw: str | Sequence[str],
    labelled: bool,
    says: Nouns,
    more: Mapping[str, Any] | None = None,
    height: int = 390,
) -> None:
    """Draw rows with their scores, the classes where there are labels, what caused the scores, the user's columns.

    Parameters
    ----------
    found
        Columns row, label, score, because and the user's as ``data:…``, and those that ``more`` names.
    key
        Of the table; the rows are added to it, so that a selection by place never jumps to another row.
    alt
        What it is, for screen readers.
    redraw
        The fragments that follow when a row is clicked; its number is in the address then.
    labelled
        Whether the classes are shown.
    says
        The words of the kind of data.
    more
        Further columns with their settings, behind the score.
    height
        At most.
    """
    rows, extra = [int(row) for row in found["row"]], dict(more or {})
    shown = found.assign(**{"class": [LABEL_NAMES.get(int(label), "") for label in found["label"]]})
    own = [str(name) for name in found.columns if str(name).startswith("data:")]
    # Only the rows of the highest scores were explained; the others are when they are opened.
    explained = bool((found["because"] != "").any())
    order = ["row", "score", *extra, *(["class"] if labelled else []), *(["because"] if explained else []), *own]
    column = st.column_config
    config: dict[str, Any] = {
        "row": column.NumberColumn(says("Row"), width="small", format="localized"),
        "score": column.NumberColumn("Score", format="%.5g", width="small"),
        **extra,
        "class": column.TextColumn("Class", width="small"),
        "because": column.TextColumn(
            "Because of",
            width=320,
            help=links.more(
                "The features that made the score, with their shares of the error.", "explanations", "contributions"
            ),
        ),
        **{name: column.Column(name.removeprefix("data:")) for name in own},
    }
    key = f"{key}_{hash(tuple(rows)) & 0xFFFFFFFF:x}"
    st.dataframe(
        shown[order],
        hide_index=True,
        column_config=config,
        height=min(height, _HEAD + _ROW * len(rows)),
        key=key,
        on_select=_opener(key, rows, redraw),
        selection_mode=["single-row", "single-cell"],
        placeholder="",
        alt=alt,
    )


def pager(name: str, page: int, pages: int, turn: Callable[[int], None]) -> None:
    """Draw the buttons to the page before and behind; nothing where there is one page."""
    if pages <= 1:
        return
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.button(
            "Previous", key=f"{name}_previous", icon=":material/chevron_left:", disabled=page == 0,
            on_click=turn, args=(page - 1,),
        )  # fmt: skip
        st.caption(f"Page {count(page + 1)} of {count(pages)}", width="content")
        st.button(
            "Next", key=f"{name}_next", icon=":material/chevron_right:", disabled=page + 1 >= pages,
            on_click=turn, args=(page + 1,),
        )  # fmt: skip


def _opener(key: str, rows: list[int], redraw: str | Sequence[str]) -> Callable[[], None]:
    def open_row() -> None:
        selection = st.session_state[key]["selection"]
        places = [*selection.get("rows", []), *(cell[0] for cell in selection.get("cells", []))]
        page_url.set_params(row=rows[int(places[0])] if places else None)
        st.rerun(redraw)

    return open_row
