"""Links to a run's report that can be read without an account: made, listed and revoked."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from core.export.links import DAYS, Link, links, make_link, revoke
from core.settings import settings
from dashboard.explore.shared_run import SharedRun
from dashboard.format import plain, plural
from dashboard.help.links import more
from dashboard.report import shared
from dashboard.report.addresses import asked_address, is_local, keep_address, public_address, shared_url
from dashboard.server import cache
from dashboard.state import widget_sync

if TYPE_CHECKING:
    from core.export.context import ReportContext


def share_links(run: SharedRun, context: "ReportContext") -> None:
    """Draw the form of a new link, and every link with the button that revokes it."""
    st.caption(
        "Whoever has the link and reaches this server can read the report, and do nothing else, until it ends or you "
        "revoke it."
    )
    _address()
    name, until = st.columns([2, 1])
    name.text_input("For whom", key="share_link_name", placeholder="Such as: the fraud team", max_chars=200)
    until.selectbox(
        "It ends",
        [*reversed(DAYS), 0],
        format_func=lambda days: f"after {plural(days, 'day')}" if days else "never",
        key="share_link_days",
        help=more("From then on it leads nowhere. A link that ends never holds until you revoke it.", "pages", "share"),
    )
    kind, press = st.columns([3, 1], vertical_alignment="bottom")
    kind.segmented_control(
        "It shows",
        ["frozen", "live"],
        default="frozen",
        required=True,
        format_func=lambda how: {"frozen": "The report as it is now", "live": "Always the newest"}[how],
        key="share_link_kind",
        help=more(
            "The newest follows your words, the run's families and comparisons; the threshold stays as it is now.",
            "pages",
            "share",
        ),
    )
    press.button("Make a link", key="share_link_make", type="primary", width="stretch", on_click=_make, args=(context,))
    if problem := st.session_state.pop("share_link_problem", ""):
        st.warning(plain(problem), icon=":material/warning:")
    made_for, address = st.session_state.get("share_link_made", ("", ""))
    if made_for == run.id:
        st.code(address, language=None, wrap_lines=True)
        st.caption("Copy it now: it is told once, and not kept here. A lost link is revoked and made anew.")
    found = links(run)
    if not found:
        st.caption("There are no links to this run yet.")
    for link in found:
        _row(link)


def _address() -> None:
    """Under which address links are opened: asked once, where the browser's own would lead a colleague nowhere."""
    here, given = public_address(), settings().url
    local = is_local(here)
    if local and not given:
        st.warning(
            f"{plain(here) or 'This address'} leads to the machine that opens it, so that a colleague cannot open a "
            "link made here. Say under which address they reach this server; it is asked once.",
            icon=":material/wifi_off:",
        )
    asked = "" if given else asked_address(cache.workspace().artifacts)
    if local or asked:
        st.text_input(
            "Address that a colleague opens",
            asked,
            key=widget_sync.key("share_link_address", asked),
            on_change=_keep_address,
            placeholder="Such as: http://analytics.example.org:8501",
            help=more(
                "The server answers to this name where the operator lists it (ANOMALENS_HOSTS); ANOMALENS_URL sets it "
                "for good.",
                "operators",
                "variables",
            ),
            disabled=bool(given),
        )
    if problem := st.session_state.pop("share_address_problem", ""):
        st.warning(plain(problem), icon=":material/warning:")


def _keep_address() -> None:
    try:
        keep_address(cache.workspace().artifacts, str(widget_sync.value("share_link_address") or ""))
    except AnomalensError as problem:
        st.session_state["share_address_problem"] = str(problem)


def _row(link: Link) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"share_link_{link.id[:12]}"):
        how = "always the newest" if link.live else "as it was then"
        end = ", never ends"
        if link.expires:
            word = "ended" if link.expired() else "ends"
            end = f", {word} {plain(link.expires[:10])} at {plain(link.expires[11:16])} UTC"
        st.markdown(
            f"{plain(link.name)}  \n:small[made {plain(link.made[:10])} at {plain(link.made[11:16])} UTC, {how}{end}]",
            width="stretch",
        )
        st.button(
            "Revoke", key=f"share_revoke_{link.id[:12]}", icon=":material/link_off:", on_click=_revoke, args=(link,)
        )


def _make(context: "ReportContext") -> None:
    name, live = st.session_state.get("share_link_name", ""), st.session_state.get("share_link_kind") == "live"
    try:
        _, token = make_link(context, name, live=live, days=st.session_state.get("share_link_days") or None)
    except AnomalensError as problem:
        st.session_state["share_link_problem"] = str(problem)
        return
    st.session_state["share_link_made"] = (context.run.id, shared_url(token))


def _revoke(link: Link) -> None:
    revoke(cache.workspace().artifacts, link)
    st.session_state.pop("share_link_made", None)
    shared.forget()
