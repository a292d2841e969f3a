"""The page Find the best: what a search is asked, and the search while it goes on."""

import streamlit as st

from dashboard.components.dataset_picker import pick_dataset
from dashboard.components.missing import link_is_dead
from dashboard.help import links
from dashboard.search import search_form, search_view, searches_list
from dashboard.server import cache
from dashboard.state import page_url
from dashboard.theme import ASSETS

_ABOUT = "Tries recipes one after the other and says which is best on these data."
PAGE = {"title": "Find the best", "icon": ":material/manage_search:", "order": 30, "carries": ("dataset",)}

st.html(ASSETS / "search.css")
store = cache.workspace().store
wanted = page_url.param("search")
found = next((search for search in store.searches() if search.id == wanted), None) if wanted else None
if wanted and found is None:
    link_is_dead("search", wanted)
if found is not None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        links.page_title("Find the best", _ABOUT, "find-the-best", width="content")
        if st.button(
            "New search",
            icon=":material/add:",
            key="search.new",
            help=links.more("Set up another; this one goes on.", "pages", "find-the-best"),
        ):
            page_url.set_params(search=None, dataset=found.dataset_id)
            st.rerun()
    search_view.search_view(found)
else:
    title, picker = st.columns([1, 2], vertical_alignment="center")
    links.page_title("Find the best", _ABOUT, "find-the-best", title)
    with picker:
        dataset = pick_dataset()
    st.markdown(
        "Tries recipes one after the other, several at once, learns which are good on these data, and ends bad ones "
        "early."
    )
    search_form.search_form(dataset, cache.schema(dataset.id))
    searches_list.searches_list(store.searches(dataset.id))
