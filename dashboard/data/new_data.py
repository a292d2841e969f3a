"""The start of the Data page: upload a file, name one on the server, or take an example; and all datasets."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from core.modalities import MODALITIES
from core.recipe import TABULAR
from core.settings import settings
from dashboard.data import reading_options, reading_progress
from dashboard.data.uploader import clear, uploader
from dashboard.format import ago, count, plain, plural
from dashboard.help import links
from dashboard.server import cache, read_tasks, uploads
from dashboard.state import kind, page_url

if TYPE_CHECKING:
    from core.modalities.base import Modality
    from core.store.records import Dataset

_SECOND = {
    "test": "A test set: it is judged, and never trained on",
    "anomalies": "The anomalies (signal); the first file is normal (background)",
}


def new_data() -> None:
    """Draw the beginning."""
    if reading_progress.reading_progress():
        return
    _upload()
    _server_address()
    _samples()
    _datasets()


def _upload() -> None:
    main = uploader("upload_main", "Drop a file here")
    kinds = [_recognised(main.token)] if main is not None else _installed()
    wants_second = wants_options = False
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if seconds := [kind.title for kind in kinds if kind.takes_second]:
            wants_second = st.toggle(
                "I have a second file",
                key="wants_second",
                help=links.more(
                    f"A test set, or the anomalies beside a file of what is normal.{_only(seconds)}",
                    "pages",
                    "new-data",
                ),
            )
        if told := [kind.title for kind in kinds if kind.reads_with_options]:
            wants_options = st.toggle(
                "Set how it is read",
                key="wants_options",
                help=links.more(
                    "Delimiter, character set, decimals and the like are found out; set them here where that goes "
                    f"wrong.{_only(told)}",
                    "data",
                    "reading",
                ),
            )
    options = reading_options.reading_options("new") if wants_options else {}
    second = None
    second_is = "test"
    if wants_second:
        second_is = st.radio("The second file is", list(_SECOND), format_func=_SECOND.__getitem__, key="second_is")
        second = uploader("upload_second", "Drop the second file here", small=True)
    if main is None:
        return
    ready = second is not None or not wants_second
    if wants_second or wants_options:
        label = "Read both files" if wants_second else "Read the file"
        ready = st.button(label, type="primary", disabled=not ready, key="read_upload")
    if ready:
        begin(
            read_tasks.ReadRequest(
                main=main.token, second=second.token if second else "", second_is=second_is, options=options
            )
        )


def _installed() -> "list[type[Modality]]":
    return [kind for _, kind in MODALITIES.items()]


@st.cache_resource(show_spinner=False, max_entries=64)
def _recognised(token: str) -> "type[Modality]":
    """The kind of data of a file that has arrived: only what that kind makes use of is asked for."""
    from core.modalities.recognise import recognise

    upload = uploads.received(token)
    return MODALITIES[recognise([upload.path])[0] if upload is not None else TABULAR]


def _only(titles: "list[str]") -> str:
    """Which kinds of data something is for, where it is not for all."""
    return (
        "" if len(titles) == len(_installed()) else f" For {', '.join(plain(title.lower()) for title in titles)} data."
    )


def begin(request: read_tasks.ReadRequest) -> None:
    """Start to read and show how far it is; does not return."""
    reading = read_tasks.start(cache.workspace(), request)
    for key in ("upload_main", "upload_second"):
        clear(key)
    page_url.set_params(reading=reading.id)
    st.rerun()


def _server_address() -> None:
    allowed = settings().allowed_sources
    if not allowed:
        return
    with st.expander("Read from the server or an address", icon=":material/dns:"), st.form("address", border=False):
        st.caption("This server may read from: " + ", ".join(plain(place) for place in allowed))
        place = allowed[0].rstrip("/")
        address = st.text_input("Path or address", placeholder=f"{place}/table.csv").strip()
        second, second_is = "", "test"
        if any(kind.takes_second for kind in _installed()):
            second = st.text_input("Second file, if there is one", placeholder=f"{place}/test.csv").strip()
            second_is = st.radio("It is", list(_SECOND), format_func=_SECOND.__getitem__, key="second_address_is")
        if st.form_submit_button("Read it", type="primary") and address:
            try:
                from core.readers.sources import check_source

                for wanted in filter(None, (address, second)):
                    check_source(wanted)
            except AnomalensError as problem:
                st.error(plain(problem), icon=":material/block:")
                return
            begin(read_tasks.ReadRequest(address=address, second_address=second, second_is=second_is))


def _samples() -> None:
    from core.modalities.examples import examples

    st.header("Or try a sample", anchor=False)
    offered = examples()
    # Three beside each other on a wide screen, fewer on a narrow one.
    with st.container(horizontal=True, gap="small", key="samples"):
        for name, (modality, example) in offered.items():
            with st.container(border=True, width=330, height="stretch", gap="xsmall", key=f"sample_card_{name}"):
                st.markdown(f"**{plain(example.title)}**")
                st.caption(plain(example.description), help=links.more(plain(example.source), "data", "samples"))
                with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                    st.caption(plural(example.size, modality.noun), width="content")
                    if st.button(
                        "Use it",
                        key=f"sample_{name}",
                        help=links.more(f"Open the sample {plain(example.title)}", "data", "samples"),
                    ):
                        _take_sample(name, example.title)


def _take_sample(name: str, title: str) -> None:
    from core.modalities.examples import ingest_example

    space = cache.workspace()
    known = next((d for d in cache.datasets() if d.source == f"sample: {name}"), None)
    if known is None:
        with st.spinner(f"Making “{plain(title)}”…"):
            known = ingest_example(space, name)
    page_url.set_params(view=None, dataset=known.id)
    st.rerun()


def _datasets() -> None:
    known = cache.datasets()
    if not known:
        return
    st.header("Your datasets", anchor=False)
    runs: dict[str, int] = {}
    for run in cache.workspace().store.runs():
        runs[run.dataset_id] = runs.get(run.dataset_id, 0) + 1
    with st.container(border=True, gap="xxsmall", key="datasets"):
        for dataset in known:
            _entry(dataset, runs.get(dataset.id, 0))


def _entry(dataset: "Dataset", runs: int) -> None:
    rows = dataset.rows + dataset.test_rows
    facts = [
        f"{count(rows)} × {plural(dataset.columns, 'column')}"
        if kind.reads_columns(dataset)
        else kind.nouns_for(dataset).count(rows),
        *([plural(runs, "run")] if runs else []),
        ago(dataset.created_at),
    ]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        page_url.page_link("data", plain(dataset.name), icon=":material/table_view:", dataset=dataset.id)
        st.caption("  ·  ".join(facts), width="content")
