"""The checks of a run: warnings in full, what is fine in a line each."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.modalities.nouns import Nouns
from dashboard.format import plain, plural
from dashboard.help import links

_ICONS = {
    "warning": ":orange[:material/warning:]",
    "fine": ":green[:material/check_circle:]",
    "skipped": ":gray[:material/remove_circle_outline:]",
}


def checks_list(checks: Sequence[Mapping[str, Any]], says: Nouns) -> None:
    """Draw what every check found; nothing before they were made."""
    if not checks:
        return
    st.header(
        "Checks",
        anchor=False,
        help=links.more("What can be wrong with scores that look like any others.", "comparing", "checks"),
    )
    warnings = [check for check in checks if check["level"] == "warning"]
    for check in warnings:
        with st.container(border=True, key=f"check_{check['name']}", gap="xsmall"):
            st.markdown(f"{_ICONS['warning']} **{says(plain(check['title']))}**: not so.")
            st.markdown(says(plain(check["found"])))
            st.caption(says(f"**Why it matters.** {plain(check['why'])}  \n**What to do.** {plain(check['remedy'])}"))
    others = [check for check in checks if check["level"] != "warning"]
    said = plural(len(others), "check") + (" found nothing to warn of" if others else "")
    with st.expander(said, expanded=not warnings):
        for check in others:
            st.markdown(
                f"{_ICONS[check['level']]} **{says(plain(check['title']))}** :gray[{says(plain(check['found']))}]"
            )
