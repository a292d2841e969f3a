"""The flagged rows as families: a card per reason, so that thousands of rows are read as a handful of stories."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import AnomalensError
from core.explain.families.names import LONGEST, name_family, title_of
from core.jobs.derived.families import DerivedFamilies
from core.modalities.nouns import Nouns
from dashboard.charts.contributions_heatmap import contributions_heatmap
from dashboard.components.figure_cache import cached_figure
from dashboard.components.show import show
from dashboard.explore import explaining, family_kinds, selection
from dashboard.explore import explore_address as address
from dashboard.explore.selection import Selection
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count, plain, plural, share
from dashboard.help import links
from dashboard.report import shared
from dashboard.server import derived
from dashboard.state import page_url
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.explain.families.grouping import Family
    from core.explain.families.stored import Families

LOOK_SECONDS = 0.5
COLUMNS = 3
_HELP = (
    "Rows that are odd for the same reason stand together: the same columns are off in the same direction. "
    "Each family shows what its typical row has to say."
)


@st.fragment(key="explore_families")
def families_panel(run: SharedRun) -> None:
    """Draw the families of the rows above the threshold, or the way to them."""
    says = nouns_for(run)
    cut = address.cut(run)
    parts = address.shown_parts(run)
    families = DerivedFamilies(run.score, cut.threshold, parts)
    flagged = int(cut.grid.flagged(cut.threshold, parts).sum())
    with st.container(border=True, key="explore_families_card"):
        st.subheader(
            says("Families of flagged rows"), help=links.more(says(_HELP, parts=True), "explanations", "families")
        )
        now = derived.status(run.id, families)
        if now.ready:
            try:
                _drawn(run, derived.result(run.id, families))
            except AnomalensError as problem:
                st.warning(plain(problem), icon=":material/warning:")
        elif now.running:
            st.fragment(_progress, run_every=LOOK_SECONDS)(run, families, flagged)
        else:
            _offer(run, families, flagged, now.problem)


def selected_family(families: "Families", chosen: Selection) -> int | None:
    """The number of the family of these that is selected, 0 for the others; None for none."""
    one = chosen.family
    same = one is not None and f"{one.threshold:.12g}" == f"{families.threshold:.12g}" and one.parts == families.parts
    return one.number if one is not None and same else None


def _offer(run: SharedRun, families: DerivedFamilies, flagged: int, problem: str) -> None:
    says = nouns_for(run)
    if problem:
        st.warning(says(f"The rows could not be grouped. {plain(problem)}"), icon=":material/warning:")
    if not flagged:
        st.info(
            says("No row is above the threshold. Lower it to see what comes first."), icon=":material/filter_alt_off:"
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Try again" if problem else says("Group the flagged rows"),
            key="explore_families_ask",
            icon=":material/workspaces:",
            type="primary",
            on_click=_begin,
            args=(run, families),
        )
        st.caption(
            says(
                f"Explains {says.count(flagged, 'flagged')} one by one and groups those with the same reason; "
                "ten thousand rows take a minute or more. It is kept with the run."
            )
        )


def _progress(run: SharedRun, families: DerivedFamilies, flagged: int) -> None:
    says = nouns_for(run)
    now = derived.status(run.id, families)
    if not now.running:
        st.rerun(scope="app")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(
            now.share,
            text=f"Explaining {says.count(flagged, 'flagged')}, {now.share:.0%} done.",
        )
        st.button(
            "Cancel",
            key="explore_families_cancel",
            icon=":material/close:",
            on_click=_cancel,
            args=(run, families),
            help=links.more(
                "Ends the computation and keeps nothing of it. It can be started again.", "pages", "families"
            ),
        )


def _drawn(run: SharedRun, families: "Families") -> None:
    says = nouns_for(run)
    if not families.families:
        st.info(
            says("No row is above the threshold. Lower it to see what comes first."), icon=":material/filter_alt_off:"
        )
        return
    names, selected = explaining.family_names(run, families), selection.current(run)
    titles, kinds = explaining.family_titles(run, families), family_kinds.of(run, families)
    chosen, within = selected_family(families, selected), _within(run, families, replace(selected, family=None))
    _said(families, says)
    for start in range(0, len(families.families), COLUMNS):
        some = families.families[start : start + COLUMNS]
        for column, family in zip(st.columns(COLUMNS, gap="small"), some, strict=False):
            with column:
                rows = None if within is None else int((within & (families.family == family.number)).sum())
                known = kinds.get(family.number, "")
                _card(run, families, family, names, titles, known, opened=chosen == family.number, within=rows)
    shown = np.ones(len(families.row), dtype=bool) if within is None else within
    own = np.flatnonzero(shown if chosen is None else shown & (families.family == chosen))
    if not len(own):
        st.caption(says("None of these rows is selected."))
        return
    what = selection.token(run, replace(selected, cell="")) if within is not None else str(chosen)
    figure = cached_figure(
        (
            "families",
            run.key,
            families.threshold,
            families.parts,
            what,
            selected.cell,
            *titles.items(),
        ),
        lambda: contributions_heatmap(
            families.row[own],
            families.family[own],
            families.feature[own],
            families.contribution[own],
            names=titles,
            height=430,
            says=says,
        ),
    )
    show(
        figure,
        "explore_families_map",
        run.name,
        alt=says("Heat map of each flagged row's contributions by column", parts=True),
    )


def _within(run: SharedRun, families: "Families", chosen: Selection) -> NDArray[np.bool_] | None:
    """Which of the rows that were grouped are in the rest of the selection; None where there is no more of it."""
    if not chosen:
        return None
    within: NDArray[np.bool_] = run.scored.matches(families.parts, selection.row_filter(run, chosen))[families.row]
    return within


def _said(families: "Families", says: Nouns) -> None:
    stories = sum(family.number > 0 for family in families.families)
    sentence = f"{says.count(families.flagged, 'flagged')} in {plural(stories, 'family', 'families')}"
    others = next((family.rows for family in families.families if not family.number), 0)
    if others:
        sentence += f"; {says.count(others)} share no reason with enough others"
    if families.flagged > len(families.row):
        sentence += f"; the {count(len(families.row))} with the highest scores were explained"
    st.caption(says(f"{sentence}. A card's bars are the mean shares of its rows' contributions."))


def _card(
    run: SharedRun,
    families: "Families",
    family: "Family",
    names: Mapping[int, str],
    titles: Mapping[int, str],
    kinds: str,
    *,
    opened: bool,
    within: int | None,
) -> None:
    says = nouns_for(run)
    name = title_of(family.number, titles)
    with st.container(border=True, key=f"explore_family_{family.number}", height="stretch", gap="small"):
        known = f" · {share(family.anomalies / family.labelled)} anomalies" if family.labelled else ""
        known += f": {plain(kinds)}" if kinds else ""
        rows = says.count(family.rows) + ("" if within is None else f", **{count(within)} selected**")
        st.markdown(f"**{plain(name)}**  \n{rows} ({share(family.share)}){known}")
        if family.sentence:
            st.html(f'<p class="why-family">{escape(family.sentence)}</p>')
        elif not family.number:
            st.html(says('<p class="why-family">Rows that share no reason with enough others.</p>'))
        bars = "".join(
            f'<dt title="{escape(top.feature)}">{escape(top.feature)}</dt>'
            f'<dd aria-hidden="true"><i style="width:{100 * top.contribution:.0f}%"></i></dd>'
            f"<dd>{share(top.contribution)}</dd>"
            for top in family.top
        )
        st.html(f'<dl class="why-bars">{bars}</dl>')
        st.space("stretch")
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Deselect" if opened else "Select",
                key=f"explore_family_rows_{family.number}",
                icon=":material/close:" if opened else ":material/filter_alt:",
                on_click=_choose,
                args=(run, None if opened else family.number),
                type="tertiary",
                help=links.more(
                    says("Shows these rows in every view; the table above lists them."), "pages", "families"
                ),
            )
            st.button(
                says("Typical row"),
                key=f"explore_family_typical_{family.number}",
                icon=":material/search:",
                on_click=_open,
                args=(family.typical,),
                help=links.more(says("Opens the row in the middle of this family below."), "pages", "families"),
                type="tertiary",
            )
            if family.number:
                _namer(run, families, family.number, names.get(family.number, ""))


def _namer(run: SharedRun, families: "Families", number: int, name: str) -> None:
    # Named anew by its key, the box closes once the name is there.
    says = nouns_for(run)
    key = f"explore_family_name_{number}_{zlib.crc32(name.encode()):x}"
    with st.popover("Rename" if name else "Name", icon=":material/edit:", type="tertiary", key=f"{key}_box"):
        st.text_input(
            "What it is called",
            name,
            key=key,
            max_chars=LONGEST,
            placeholder="Such as: SYN flood",
            on_change=_rename,
            args=(run, families, number, key),
            help=links.more(
                says(
                    "Kept with the run, for everybody: on this card, in the heat map and in reports. It stays with the "
                    "family's typical row when the rows are grouped at another threshold. Empty takes it away."
                ),
                "explanations",
                "families",
            ),
        )


def _begin(run: SharedRun, families: DerivedFamilies) -> None:
    derived.begin(run.id, families)
    st.rerun("explore_families")


def _cancel(run: SharedRun, families: DerivedFamilies) -> None:
    derived.cancel(run.id, families)
    st.rerun("explore_families")


def _rename(run: SharedRun, families: "Families", number: int, key: str) -> None:
    name_family(run, families, number, str(st.session_state.get(key) or ""))
    shared.forget()
    st.rerun(["explore_families", "explore_selection"])


def _choose(run: SharedRun, chosen: int | None) -> None:
    selection.set_family(run, chosen)
    st.rerun(list(selection.FRAGMENTS))


def _open(row: int) -> None:
    page_url.set_params(row=row)
    st.rerun(["explore_row", "explore_latent"])
