"""How a dataset's file was read, its first rows, and the way to read it differently."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.readers.reading.text.lines import LineCounts
from dashboard.components.facts import facts
from dashboard.components.notes_list import note_lines
from dashboard.data.reading_options import reading_options
from dashboard.data.reread import can_reread, reread
from dashboard.server import cache
from dashboard.server.exact_cells import exact_cells
from dashboard.state import kind
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.store.records import Dataset

_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space", ".": "point"}
_FIRST = 100


def read_report(dataset: "Dataset") -> None:
    """Draw what was found in the file."""
    report = dataset.report
    left, right = st.columns([1, 1.4], gap="large")
    with left:
        _facts(dataset, report)
    with right:
        notes = cache.notes(dataset.id, cache.version(dataset))
        st.markdown("**What was noticed**")
        note_lines(notes)
        if not notes:
            st.caption("Nothing had to be renamed, skipped, left out or guessed.")
    st.markdown(f"**First {nouns_for(dataset).samples}**")
    st.dataframe(exact_cells(cache.first_rows(dataset.id, cache.version(dataset), _FIRST)), height=320)
    # What is set there is how a table is written: delimiters, character sets.
    if kind.reads_with_options(dataset):
        _again(dataset)


def _facts(dataset: "Dataset", report: Any) -> None:
    def word(name: str) -> str:
        value = str(report.get(name) or "")
        return _NAMES.get(value, value)

    header = {True: "in the first line", False: "not in the file"}.get(report.get("header"), "")
    of_its_kind = kind.kind_of(dataset)
    lines = [
        ("Source", dataset.source),
        ("Kind of data", of_its_kind.title if of_its_kind is not None and of_its_kind.draws_samples else ""),
        ("Recognised by", str(report.get("recognised", ""))),
        ("Format", word("format")),
        ("Compression", word("compression")),
        ("Character set", word("encoding")),
        ("Delimiter", word("delimiter")),
        ("Decimals", word("decimal")),
        ("Column names", header),
        (
            "Rows of the file" if report.get("header") is None else "Lines",
            LineCounts.from_dict(report.get("lines") or {}).words(),
        ),
        ("Read as no value", ", ".join(map(str, report.get("missing", ())))),
        ("Second file", str((report.get("test") or {}).get("name", ""))),
    ]
    facts(lines)


def _again(dataset: "Dataset") -> None:
    if not can_reread(dataset):
        return
    with st.expander("Something is wrong? Set how the file is read", icon=":material/tune:"):
        options = reading_options(f"reread_{dataset.id}", dataset.report.get("options"))
        if cache.workspace().store.runs(dataset.id):
            st.caption("Runs use this dataset already, so that the file is read into a new dataset beside it.")
        if st.button("Read the file again", type="primary", key="reread"):
            reread(dataset, options)
            st.rerun()
