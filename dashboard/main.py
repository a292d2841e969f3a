"""What every page shares: its address, the navigation, the look, and the way back to what was looked at last."""

import sys

import streamlit as st

from dashboard import theme
from dashboard.components import page_scripts, show
from dashboard.format import plain
from dashboard.help import links
from dashboard.server import startup
from dashboard.sidebar import navigation, tour
from dashboard.state import page_list, page_url


def pages() -> dict[str, st.Page]:
    """Every page under the name that links use; without icons, which a browser's tab would fetch from the internet."""
    return {name: st.Page(page.file, title=page.title, url_path=name) for name, page in page_list.pages().items()}


def bare_address() -> None:
    """The bare address: go where ``?page=`` says, else to the data."""
    params = {name: value for name, value in st.query_params.items() if name != "page"}
    page = st.query_params.get("page", "data")
    if page not in page_url.pages():
        page_url.show_on_next_page(
            f"There is no page called “{plain(page)}”. This is the Data page; the others are on the left."
        )
        page, params = "data", {}
    page_url.go(page, **params)


st.set_page_config(page_title="Anomalens", layout="wide")
# This session's own: others register theirs at the same time, and a page may be run by its own session alone.
own_pages = pages()
page_url.register(own_pages)
page = st.navigation(
    [st.Page(bare_address, title="Anomalens", url_path="home", default=True), *own_pages.values()], position="hidden"
)
if not page_url.is_known(page):
    page.run()
page_url.enter(page)
theme.styles()
# The first page of a new server waits neither for the run store to be opened nor for what reads images: both come last.
warm = "core.store.workspace" in sys.modules or page_url.page_name() != "data"
if warm:
    theme.logo()
try:
    page_scripts.install()
    show.install()
    links.install()
    navigation.navigation()
    tour.tour()
    if warm:
        navigation.recent_runs()
    page_url.show_message()
    page.run()
finally:
    if not warm:
        theme.logo()
        navigation.recent_runs()
    # Also when the page ended early (st.stop): what was looked at is what a link back leads to.
    page_url.leave()
    startup.page_was_sent()
