"""The switch between the kinds of data that a file can be read as, and how its rows become samples of that kind."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError
from core.modalities import MODALITIES
from core.params import Param, build, describe, to_dict
from dashboard.data.reread import can_reread, reread
from dashboard.format import plain
from dashboard.help import links
from dashboard.server import cache

if TYPE_CHECKING:
    from core.store.records import Dataset

_FOUND, _NONE = "Find out", "None"


def kind_switch(dataset: "Dataset") -> None:
    """Draw the switch, where the files are still here; a change reads them again."""
    kinds = {name: cls.title for name, cls in MODALITIES.items() if cls.reads_columns}
    if dataset.modality not in kinds or len(kinds) < 2 or not can_reread(dataset):
        return
    ordered = sorted(kinds, key=lambda name: MODALITIES[name].order)
    key = f"kind_{dataset.id}_{cache.version(dataset)}"
    said = str(dataset.report.get("recognised", ""))
    chosen = st.segmented_control(
        "Read it as",
        ordered,
        default=dataset.modality,
        format_func=lambda name: plain(kinds[name]),
        key=key,
        help=links.more(
            "A table's rows are looked at one by one, whatever their order; a time series' in the order of time, by "
            "windows of moments.",
            "data",
            "time-series",
        ),
    )
    if said:
        st.caption(plain(said))
    chosen = str(chosen or dataset.modality)
    reading = MODALITIES[chosen].Reading
    other = chosen != dataset.modality
    if reading is None and not other:
        return
    if reading is None:
        _button(dataset, chosen, {}, "Read it so", other)
        return
    with st.expander("How its rows become moments", icon=":material/timeline:", expanded=other):
        given = dict(dataset.report.get("reading", {})) if not other else {}
        values = _fields(dataset, describe(reading), to_dict(reading()) | given, key)
        _button(dataset, chosen, values, "Read it so" if other else "Read it again", other)


def _fields(dataset: "Dataset", params: tuple[Param, ...], given: dict[str, Any], key: str) -> dict[str, Any]:
    """A field for each setting; those that name a column offer the columns."""
    names = [column.name for column in cache.schema(dataset.id).columns]
    values: dict[str, Any] = {}
    # A file on the server's side is nothing that a page can name.
    shown = [param for param in params if not param.label.startswith("File")]
    for place, param in zip(st.columns(2) * len(shown), shown, strict=False):
        help = links.more(param.help, "data", "time-series")
        with place:
            if param.choices:
                options = list(param.choices)
                found = options.index(str(given[param.name]))
                values[param.name] = st.selectbox(
                    plain(param.label), options, found, key=f"{key}_{param.name}", help=help
                )
            elif param.type == "str":
                options = [_FOUND, _NONE, *names]
                before = {"": _FOUND, "none": _NONE}.get(str(given[param.name]), str(given[param.name]))
                options = options if before in options else [*options, before]
                said = st.selectbox(
                    plain(param.label),
                    options,
                    options.index(before),
                    format_func=plain,
                    key=f"{key}_{param.name}",
                    help=help,
                )
                values[param.name] = {_FOUND: "", _NONE: "none"}.get(str(said), str(said))
            else:
                values[param.name] = st.number_input(
                    plain(param.label),
                    param.low,
                    param.high,
                    float(given[param.name]),
                    key=f"{key}_{param.name}",
                    help=help,
                )
    return values


def _button(dataset: "Dataset", modality: str, values: dict[str, Any], label: str, primary: bool) -> None:
    if cache.workspace().store.runs(dataset.id):
        st.caption("Runs use this dataset already, so that the file is read into a new dataset beside it.")
    if not st.button(plain(label), type="primary" if primary else "secondary", key=f"read_as_{dataset.id}"):
        return
    try:
        if (reading := MODALITIES[modality].Reading) is not None:
            build(reading, values)
    except AnomalensError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    reread(dataset, dict(dataset.report.get("options") or {}), modality=modality, reading=values)
    st.rerun()
