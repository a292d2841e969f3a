"""The flagged rows, or those that are selected, from the highest score down, with what caused each score."""

import math
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.explain.families.names import title_of
from core.metrics.groups import PARTS
from dashboard.charts.words import LABEL_NAMES
from dashboard.explore import explore_address as address
from dashboard.explore import reasons, selection, shared_run
from dashboard.explore.explaining import family_titles
from dashboard.explore.panels.explorer_part import part
from dashboard.explore.panels.threshold_panel import ROW_NAMES
from dashboard.explore.share.rows_export import rows_export
from dashboard.explore.shared_run import PAGE, SharedRun
from dashboard.format import count
from dashboard.help import links
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_TURN = "explore_look_turn"
_EXCHANGED = (
    "The columns that set the row apart, with their shares, as the row inspector tells them: each column is put as "
    "rows like this one have it, and the score is asked again."
)
_STORED = (
    "The columns with the largest shares of the error. The networks of this run cannot be asked what each column does "
    "to the score."
)


@st.fragment(key="explore_table")
def flagged_table(run: SharedRun) -> None:
    """Draw the table with its pages and the download of all scores."""
    says = nouns_for(run)
    cut = address.cut(run)
    parts, chosen = address.shown_parts(run), selection.current(run)
    page = address.page_number()
    if chosen:
        choice = selection.row_filter(run, chosen)
        found, total = shared_run.filtered(run, parts, page, choice)
        if total and not len(found):
            # A link to a page that the list no longer has.
            page = 0
            found, total = shared_run.filtered(run, parts, page, choice)
    else:
        total = int(cut.grid.flagged(cut.threshold, parts).sum())
        page = min(page, max(0, math.ceil(total / PAGE) - 1))
        # The rows above the threshold are the first of the ranking, so that the threshold only ends the last page.
        found = shared_run.ranked(run, parts, page).head(total - page * PAGE)
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore_table_head"):
        st.header(
            says("Selected rows") if chosen else says("Flagged rows"),
            width="content",
            help=links.more("From the highest score down. Click one to see why beside it.", "pages", "flagged-rows"),
        )
        # The explorer writes into it while the line is moved.
        live = "" if chosen else "data-live='flagged'"
        st.html(f"<span class='live-count' {live}>{count(total)}</span>", width="stretch")
        rows_export(run, total, cut.threshold, selected=bool(chosen))
    if not len(found):
        st.info(
            says("No row is in all parts of the selection. Take one of them away.")
            if chosen
            else says("No row is above the threshold. Lower it to see which rows come first."),
            icon=":material/filter_alt_off:",
        )
        return
    _say(run, total, page, selected=bool(chosen))
    _grid(found, run, cut.threshold, page, selected=bool(chosen), mixed=len(parts) > 1)
    _pager(page, total)


def by_family(run: SharedRun, chosen: selection.Selection) -> None:
    """The families as a filter of the list, where the rows were grouped."""
    families = selection.grouped(run)
    if families is None or len(families.families) < 2:
        return
    titles, rows = family_titles(run, families), {one.number: one.rows for one in families.families}
    now = chosen.family.number if chosen.family else None
    st.selectbox(
        "Family",
        list(rows),
        list(rows).index(now) if now in rows else None,
        format_func=lambda number: f"{title_of(number, titles)} · {count(rows[number])}",
        key=widget_sync.key("explore_family_filter", now),
        on_change=_filter,
        args=(run,),
        placeholder="Every family",
        label_visibility="collapsed",
        width=190,
    )


def _filter(run: SharedRun) -> None:
    selection.set_family(run, widget_sync.value("explore_family_filter"))
    st.rerun(list(selection.FRAGMENTS))


def _say(run: SharedRun, total: int, page: int, *, selected: bool) -> None:
    says = nouns_for(run)
    first, last = page * PAGE + 1, min(total, (page + 1) * PAGE)
    what = says("selected rows") if selected else says("flagged rows")
    where = f" ({says(ROW_NAMES[address.shown_name(run)]).lower()})"
    st.caption(
        says(
            f"Rows {count(first)} to {count(last)} of {count(total)} {what}{where}, the highest score first. "
            "Click a row to see why."
        )
    )


def _grid(found: "pd.DataFrame", run: SharedRun, threshold: float, page: int, *, selected: bool, mixed: bool) -> None:
    says = nouns_for(run)
    rows = [int(row) for row in found["row"]]
    known = reasons.of(run, rows)
    if known is not None and known.waiting:
        _look_again()
    because = None if known is None else tuple(_because(known, row) for row in rows)
    config: dict[str, Any] = {
        "rank": st.column_config.NumberColumn("Rank", width=52, format="localized"),
        "row": st.column_config.NumberColumn(says("Row"), width=66, format="localized"),
        "score": st.column_config.NumberColumn("Score", format="%.5g", width=64),
        "flagged": st.column_config.CheckboxColumn("Flagged", width="small"),
        "class": st.column_config.TextColumn("Class", width=74),
        "part": st.column_config.TextColumn("Part", width="small"),
        "because": st.column_config.TextColumn(
            "Because of",
            width=272,
            help=links.more(
                says(_EXCHANGED, parts=True) if known else says(_STORED, parts=True), "explanations", "contributions"
            ),
        ),
    }
    order = ["rank", "row", "score", "because"]
    order += [name for name, wanted in (("class", run.labelled), ("flagged", selected), ("part", mixed)) if wanted]
    for name in [str(name) for name in found.columns if str(name).startswith("data:")]:
        config[name] = st.column_config.Column(name.removeprefix("data:"))
        order.append(name)
    # By what it is made of: every session that looks at these rows sends the same bytes.
    content = hash((run.key, tuple(rows), threshold, page, tuple(order), because))
    st.dataframe(
        _sent(content, found, _ranks(run, found), threshold, order, because),
        hide_index=True,
        column_config=config,
        height=min(390, 37 + 35 * len(rows)),
        # Its own key for each list of rows: a selection by place must not jump to another row.
        key=f"explore_grid_{hash((run.id, tuple(rows))) & 0xFFFFFFFF:x}",
        on_select=_opener(f"explore_grid_{hash((run.id, tuple(rows))) & 0xFFFFFFFF:x}", rows),
        selection_mode=["single-row", "single-cell"],
        placeholder="",
        alt=says("Flagged rows, the highest score first"),
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _sent(
    content: int, _found: "pd.DataFrame", _ranks: list[int], _threshold: float, _order: list[str], _because: Any
) -> "pa.Table | pd.DataFrame":
    """The rows as Arrow, converted once for all sessions; as they are where Arrow cannot hold them."""
    import pyarrow as pa

    del content
    shown = _found.assign(
        rank=_ranks,
        flagged=_found["score"].to_numpy() > _threshold,
        **{"class": [LABEL_NAMES.get(int(label), "") for label in _found["label"]]},
        **({} if _because is None else {"because": list(_because)}),
    )
    try:
        return pa.Table.from_pandas(shown[_order], preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return shown[_order]


def _ranks(run: SharedRun, found: "pd.DataFrame") -> list[int]:
    """Each row's rank among the rows shown, also where a selection lists a few of them: equal scores share one."""
    places = [PARTS.index(part) for part in address.shown_parts(run)]
    higher = run.groups.above(found["score"].to_numpy())[places].sum(axis=(0, 1))
    return [int(n) + 1 for n in higher]


def _because(answers: reasons.KnownReasons, row: int) -> str:
    known = answers.reasons.get(row)
    return "…" if known is None else shared_run.because(known)


def _look_again() -> None:
    """Draw the table again in a moment: a worker is being asked for the columns behind the rows on screen."""
    turn = int(st.session_state.get(_TURN, 0)) + 1
    st.session_state[_TURN] = turn
    with st.container(key="explore_look_script"):
        part("look_again", ("look_again",))(
            key="explore_look",
            data=turn,
            height=1,
            on_look_change=lambda: st.rerun(["explore_verdict", "explore_table"]),
        )


def _opener(key: str, rows: list[int]) -> Any:
    def open_row() -> None:
        selection = st.session_state[key]["selection"]
        places = [*selection.get("rows", []), *(cell[0] for cell in selection.get("cells", []))]
        if places:
            page_url.set_params(row=rows[int(places[0])])
        st.rerun(["explore_row", "explore_latent"])

    return open_row


def _pager(page: int, total: int) -> None:
    pages = math.ceil(total / PAGE)
    if pages <= 1:
        return
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.button(
            "Previous", key="explore_previous", icon=":material/chevron_left:", disabled=page == 0,
            on_click=_turn, args=(page - 1,),
        )  # fmt: skip
        st.caption(f"Page {count(page + 1)} of {count(pages)}", width="content")
        st.button(
            "Next", key="explore_next", icon=":material/chevron_right:", disabled=page + 1 >= pages,
            on_click=_turn, args=(page + 1,),
        )  # fmt: skip


def _turn(page: int) -> None:
    page_url.set_params(page=page + 1 if page > 0 else None)
    st.rerun("explore_table")
