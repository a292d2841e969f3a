"""A file that is being read: how far it is, or what went wrong and how to go on."""

import streamlit as st

from dashboard.data.reading_options import reading_options
from dashboard.format import plain
from dashboard.server import cache, read_tasks
from dashboard.state import page_url

SECONDS = 0.4


def reading_progress() -> bool:
    """Draw the reading that the address names; whether there is one that takes the page."""
    reading_id = page_url.param("reading")
    if not reading_id:
        return False
    reading = read_tasks.find(reading_id)
    if reading is None:
        page_url.set_params(reading=None)
        st.info(
            "That file is no longer being read; the server was started anew. Upload it again.", icon=":material/info:"
        )
        return False
    if reading.state == "failed":
        _failed(reading)
        return False
    if reading.state == "cancelled":
        page_url.set_params(reading=None)
        st.info(f"Reading “{plain(reading.name)}” was cancelled. Nothing was changed.", icon=":material/info:")
        return False
    if reading.state == "done":
        _finish(reading)
    _watch(reading.id)
    return True


@st.fragment(run_every=SECONDS)
def _watch(reading_id: str) -> None:
    reading = read_tasks.find(reading_id)
    if reading is None or reading.over:
        st.rerun(scope="app")
    with st.container(border=True):
        waits = reading.state == "waiting"
        st.markdown(f"**{'Waiting to read' if waits else 'Reading'} {plain(reading.name)}**")
        st.progress(min(max(reading.share, 0.0), 1.0), text=f"{100 * reading.share:.0f} %")
        st.caption("You can leave this page: the file is read on the server, and this address finds it again.")
        if st.button("Cancel", key="cancel_reading", disabled=reading.cancelled):
            read_tasks.cancel(reading_id)
            st.rerun(scope="fragment")


def _finish(reading: read_tasks.ReadTask) -> None:
    dataset = cache.dataset(reading.dataset_id)
    page_url.set_params(reading=None, view=None, dataset=reading.dataset_id if dataset else None)
    if dataset is not None:
        st.toast(f"Read {plain(dataset.name)}", icon=":material/check_circle:")
    st.rerun()


def _failed(reading: read_tasks.ReadTask) -> None:
    st.error(plain(reading.sentence), icon=":material/error:")
    with st.expander("Set how it is read, and try again", icon=":material/tune:"):
        options = reading_options("again", reading.request.options)
        with st.container(horizontal=True):
            if st.button("Read it again", type="primary", key="read_again"):
                request = read_tasks.ReadRequest(**{**reading.request.__dict__, "options": options})
                page_url.set_params(reading=read_tasks.start(cache.workspace(), request).id)
                st.rerun()
            if st.button("Forget this file", key="forget_reading"):
                page_url.set_params(reading=None)
                st.rerun()
