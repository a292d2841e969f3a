"""What to look at before training, each with its remedy, and a button where the remedy is one step."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.data.reread import can_reread, reread
from dashboard.data.schema_table import save_schema
from dashboard.format import plain, plural
from dashboard.server import cache

if TYPE_CHECKING:
    from core.index.hints.advice import Advice
    from core.store.records import Dataset

_SHOWN = 2


def advice_list(dataset: "Dataset") -> None:
    """Draw the warnings, and behind a fold what is only good to know."""
    with st.spinner("Looking for what speaks against training on these data…"):
        found = cache.advice(dataset.id, cache.version(dataset))
    warnings = [a for a in found if a.level == "warning"]
    infos = [a for a in found if a.level != "warning"]
    for place, advice in enumerate(warnings[:_SHOWN]):
        _card(dataset, advice, place)
    rest = warnings[_SHOWN:]
    if rest or infos:
        counts = [plural(len(rest), "more warning")] if rest else []
        counts += (
            [f"{plural(len(infos), 'thing')} that {'is' if len(infos) == 1 else 'are'} good to know"] if infos else []
        )
        with st.expander(" and ".join(counts), icon=":material/lightbulb:"):
            for place, advice in enumerate([*rest, *infos], _SHOWN):
                _card(dataset, advice, place)


def _card(dataset: "Dataset", advice: "Advice", index: int) -> None:
    text = f"**{plain(advice.title)}.** {plain(advice.text)}  \n:material/arrow_forward: {plain(advice.remedy)}"
    box = st.warning if advice.level == "warning" else st.info
    box(text, icon=":material/warning:" if advice.level == "warning" else ":material/info:")
    if advice.columns and advice.remedy.startswith("Give the role 'ignored'"):
        label = (
            f"Ignore {plain(advice.columns[0])}" if len(advice.columns) == 1 else f"Ignore these {len(advice.columns)}"
        )
        st.button(label, key=f"ignore_{index}", on_click=_ignore, args=(dataset.id, advice.columns))
    if advice.missing and can_reread(dataset):
        label = f"Read {' and '.join(map(plain, advice.missing))} as no value"
        st.button(label, key=f"missing_{index}", on_click=_read_again, args=(dataset, advice.missing))


def _read_again(dataset: "Dataset", codes: tuple[str, ...]) -> None:
    before = dict(dataset.report.get("options") or {})
    reread(dataset, {**before, "missing": list(dict.fromkeys([*before.get("missing", ()), *codes]))})


def _ignore(dataset_id: str, columns: tuple[str, ...]) -> None:
    save_schema(dataset_id, cache.schema(dataset_id).with_columns({name: {"role": "ignored"} for name in columns}))
