"""Earlier searches on a dataset, each a link to itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import format
from dashboard.format import plain
from dashboard.server import cache
from dashboard.state import page_url

if TYPE_CHECKING:
    from core.store.records import Search

_MOST = 8
_WORDS = {"running": "searching", "stopped": "stopped", "done": "done", "failed": "failed"}


def searches_list(searches: "Sequence[Search]") -> None:
    """Draw the newest ones; nothing where there are none."""
    if not searches:
        return
    st.markdown("##### Earlier searches")
    for search in searches[:_MOST]:
        trials = len(cache.workspace().store.trials(search.id))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            page_url.page_link("search", plain(search.name), icon=":material/manage_search:", search=search.id)
            facts = [_WORDS[search.state], format.plural(trials, "trial"), format.ago(search.created_at)]
            st.caption(" · ".join(plain(word) for word in facts))
