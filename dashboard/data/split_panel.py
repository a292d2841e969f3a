"""The split into training, validation and test rows: chosen here, stored with the dataset."""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from core.index import chosen_split
from core.index.guesses.roles import TEST_WORDS, TRAIN_WORDS, VALIDATION_WORDS
from core.params import describe
from core.recipe import NOT_IN_TIME, SplitConfig
from dashboard.charts.split_parts import split_parts_figure
from dashboard.components.show import show
from dashboard.format import Markdown, plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.store.records import Dataset

KINDS = {
    "normals": ("Half of the normals", "Half of the normal rows train; the other half and all anomalies are judged."),
    "random": ("Random", "Rows are drawn at random."),
    "chronological": ("Chronological", "The last rows, in time or file order, are judged."),
    "column": ("By a column", "A column names each row's part: train, validation or test."),
    "file": ("The second file", "The first file trains, the second is judged."),
}


def split_panel(dataset: "Dataset", schema: "Schema") -> None:
    """Draw the settings and what they make of the rows."""
    config, seed = chosen_split.current(dataset, schema)
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        changed, new_seed = _form(dataset, schema, config, seed)
        if (changed, new_seed) != (config, seed):
            chosen_split.choose(cache.workspace().store, dataset.id, changed, new_seed)
            st.rerun()
        if chosen_split.saved(dataset) and st.button("Back to the suggestion", key="split_suggest", type="tertiary"):
            chosen_split.forget(cache.workspace().store, dataset.id)
            _clear(dataset.id)
            st.rerun()
    with right:
        _preview(dataset, config, seed)


def _form(dataset: "Dataset", schema: "Schema", config: SplitConfig, seed: int) -> tuple[SplitConfig, int]:
    says = nouns_for(dataset)
    helps = {p.name: says(p.help) for p in describe(SplitConfig)}
    offered = [kind for kind in KINDS if _possible(kind, dataset, schema) or kind == config.kind]
    kind = st.radio(
        "Split",
        offered,
        offered.index(config.kind),
        format_func=lambda k: KINDS[k][0],
        captions=[says(KINDS[k][1]) for k in offered],
        key=_key(dataset.id, "kind"),
    )
    config = replace(config, kind=kind)
    if kind == "column":
        config = replace(config, column=_column(dataset, schema, config))
    if kind in {"random", "chronological"} or (kind == "file" and schema.test_is_anomaly):
        config = replace(config, test=_share("Judged", "test", config.test, dataset.id, helps["test"]))
    config = replace(
        config, validation=_share("Kept to validate", "validation", config.validation, dataset.id, helps["validation"])
    )
    with st.expander("More settings", icon=":material/tune:"):
        order = st.segmented_control(
            says("Validation rows are"),
            ["random", "last"],
            default=config.validation_order,
            required=True,
            help=links.more(helps["validation_order"], "settings", "split.validation_order"),
            key=_key(dataset.id, "order"),
        )
        config = replace(config, validation_order=str(order))
        if schema.labelled:
            everything = st.toggle(
                "Train on anomalies too",
                config.train_on == "all",
                help=links.more(
                    says("Off: rows labelled anomalous are left out of the training."), "settings", "split.train_on"
                ),
                key=_key(dataset.id, "train_on"),
            )
            config = replace(config, train_on="all" if everything else "normal")
        seed = int(
            st.number_input(
                "Seed",
                0,
                2**31 - 1,
                seed,
                help=links.more(says("The same seed draws the same rows."), "settings", "seed"),
                key=_key(dataset.id, "seed"),
            )
        )
    return config, seed


def _share(label: Markdown, name: str, value: float, dataset_id: str, help_text: Markdown) -> float:
    percent = st.slider(
        label,
        0,
        90,
        round(100 * value),
        5,
        format="%d %%",
        help=links.more(help_text, "settings", f"split.{name}"),
        key=_key(dataset_id, name),
    )
    # A share between two stops of the slider (15.5 %) stays until the slider is moved.
    return value if percent == round(100 * value) else percent / 100


def _column(dataset: "Dataset", schema: "Schema", config: SplitConfig) -> str:
    column = config.column or schema.split or ""
    names = list(dict.fromkeys([*_part_columns(schema), *([column] if column else [])]))
    return str(
        st.selectbox(
            "Column",
            names,
            names.index(column) if column in names else 0,
            key=_key(dataset.id, "column"),
            help=links.more(
                "Its values are train, validation and test, or words that mean the same.", "settings", "split.column"
            ),
        )
    )


def _part_columns(schema: "Schema") -> list[str]:
    """The columns that can name each row's part."""
    words = TRAIN_WORDS | VALIDATION_WORDS | TEST_WORDS
    flags = {"istrain", "istest"}
    return [
        c.name
        for c in schema.columns
        if c.role == "split"
        or (len(c.values) > 1 and all(value.lower() in words for value, _ in c.values))
        or (len(c.values) == 2 and c.name.lower().replace("_", "").replace(" ", "") in flags)
    ]


def _possible(kind: str, dataset: "Dataset", schema: "Schema") -> bool:
    if kind in NOT_IN_TIME and chosen_split.is_in_time(dataset.modality):
        return False
    if kind == "normals":
        return schema.labelled and not schema.test_is_anomaly
    if kind == "column":
        return bool(_part_columns(schema))
    return dataset.test_rows > 0 if kind == "file" else True


def _preview(dataset: "Dataset", config: SplitConfig, seed: int) -> None:
    try:
        preview = cache.split_preview(dataset.id, cache.version(dataset), config, seed)
    except AnomalensError as problem:
        st.error(plain(problem), icon=":material/error:")
        return
    show(split_parts_figure(preview.counts, nouns_for(dataset)), "split_parts", dataset.name)
    st.caption(nouns_for(dataset)(plain(preview.note)))


def _clear(dataset_id: str) -> None:
    for name in ("kind", "column", "test", "validation", "order", "train_on", "seed"):
        st.session_state.pop(_key(dataset_id, name), None)


def _key(dataset_id: str, name: str) -> str:
    return f"split:{dataset_id}:{name}"
