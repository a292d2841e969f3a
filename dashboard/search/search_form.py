"""The form of a search: what it optimises, how long it may take, and what it tries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from core import catalogue
from core.errors import AnomalensError
from core.index import chosen_split
from core.index.labels import read_labels
from core.params import describe
from core.recipe import SplitConfig
from core.search.plan import SearchPlan
from dashboard.components.missing import require_kind
from dashboard.format import Markdown, plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import kind, page_url

if TYPE_CHECKING:
    from core.index.schema import Schema
    from core.store.records import Dataset

_OBJECTIVES = {"auto": "Automatic", "labels": "Labels", "unlabelled": "No labels"}
_MODEST = (
    "Expect no wonder without labels: over twelve public sets, what the search chose was as good as the preset "
    "Recommended, no better, and much better than a recipe taken at random."
)
"""What was measured; see the changelog."""
_PRUNERS = {"median": "Median", "halving": "Successive halving", "hyperband": "Hyperband", "none": "Never"}


def search_form(dataset: "Dataset", schema: "Schema") -> None:
    """Draw the form; starting a search puts it into the address and shows it."""
    says = kind.nouns_for(dataset)
    helps = {p.name: says(p.help) for p in describe(SearchPlan)}
    config, seed = chosen_split.current(dataset, schema)
    modality = require_kind(dataset)
    with st.container(border=True, key="search_form"):
        judge, trials_place, minutes_place = st.columns([2.2, 1, 1], vertical_alignment="bottom")
        with judge:
            objective = st.segmented_control(
                "Judge by",
                list(_OBJECTIVES),
                default="auto",
                required=True,
                format_func=_OBJECTIVES.get,
                key="search.objective",
                help=links.more(helps["objective"], "pages", "what-chooses"),
            )
        trials = trials_place.number_input(
            "Trials at most",
            0,
            1000,
            20,
            5,
            key="search.trials",
            placeholder="no limit",
            help=links.more(helps["trials"], "pages", "trials"),
        )
        minutes = minutes_place.number_input(
            "Minutes at most",
            0.0,
            10_000.0,
            None,
            5.0,
            key="search.minutes",
            placeholder="no limit",
            help=links.more(helps["minutes"], "pages", "trials"),
            format="%g",
        )
        about = _division(dataset.id, cache.version(dataset), config, seed, str(objective))
        st.caption(says(plain(about.note) if not about.problem else f":red[:material/error:] {plain(about.problem)}"))
        if about.objective == "unlabelled" and modality.reads_columns:
            st.caption(f":material/lightbulb: {_MODEST}")
        plan = SearchPlan(objective=str(objective), trials=int(trials or 0), minutes=float(minutes or 0))
        plan = _more(replace(plan, split=config, seed=seed), helps, modality.axes)
        problem = about.problem or " ".join(kind.schema_problem(dataset, schema)) or _problem(plan)
        go, message = st.columns([1, 3], vertical_alignment="center")
        pressed = go.button(
            "Start the search",
            type="primary",
            icon=":material/manage_search:",
            key="search.go",
            disabled=bool(problem),
            width="stretch",
        )
        if problem and not about.problem:
            message.caption(f":red[:material/error:] {plain(problem)}")
    if pressed:
        _start(dataset, plan)


def _more(plan: SearchPlan, helps: dict[str, Markdown], axes: Sequence[str]) -> SearchPlan:
    """The settings that most searches leave alone."""
    with st.expander("What is tried, and how", icon=":material/tune:"):
        known = {info.name: info for info in catalogue.models(axes)}
        default = [name for name, info in known.items() if info.searched]
        models = st.multiselect(
            "Models",
            list(known),
            default=default,
            format_func=lambda name: known[name].title,
            # A widget for each kind of data: a browser keeps what was chosen in it.
            key=f"search.models.{'.'.join(axes)}",
            help=links.more(
                "What suits any data of this kind is chosen; slow and special ones are yours to add.",
                "models",
                "networks",
            ),
        )
        left, middle, right = st.columns(3)
        pruner = left.selectbox(
            "End bad trials early by",
            list(_PRUNERS),
            format_func=lambda name: _PRUNERS[name],
            key="search.pruner",
            help=links.more(helps["pruner"], "pages", "trials"),
        )
        steps = middle.number_input(
            "Steps of a trial at most",
            10,
            10_000_000,
            plan.trial_steps,
            500,
            key="search.steps",
            help=links.more(helps["trial_steps"], "pages", "trials"),
        )
        at_once = right.number_input(
            "Trials at a time", 0, 256, 0, 1, key="search.at_once", help=links.more(helps["at_once"], "pages", "trials")
        )
    chosen = tuple(models) if set(models) != set(default) else ()
    plan = replace(plan, pruner=str(pruner), trial_steps=int(steps), at_once=int(at_once))
    return replace(plan, models=chosen if models else ("",))


def _problem(plan: SearchPlan) -> str:
    """Why such a search cannot be started; empty when it can."""
    if plan.models == ("",):
        return "No model is chosen. Choose at least one."
    try:
        SearchPlan.from_dict(plan.to_dict())
    except AnomalensError as error:
        return str(error)
    return ""


@dataclass(frozen=True)
class About:
    """What would choose among the trials, or why nothing can."""

    note: str = ""
    problem: str = ""
    objective: str = ""


@st.cache_resource(show_spinner=False, max_entries=64)
def _division(dataset_id: str, version: str, config: SplitConfig, seed: int, objective: str) -> About:
    del version
    from core.index.split import split_rows
    from core.search.rows import divide

    table, schema = cache.table(dataset_id), cache.schema(dataset_id)
    try:
        found = divide(split_rows(table, schema, config, seed), read_labels(table, schema), objective, seed)
    except AnomalensError as error:
        return About(problem=str(error))
    how = "By labels. " if found.objective == "labels" else "Without labels. "
    return About(note=how + found.note, objective=found.objective)


def _start(dataset: "Dataset", plan: SearchPlan) -> None:
    from core.search import lifecycle

    try:
        search = lifecycle.start(cache.workspace(), dataset.id, plan)
        cache.engine().recover()
    except AnomalensError as error:
        st.error(plain(error), icon=":material/error:")
        return
    page_url.set_params(dataset=dataset.id, search=search.id)
    st.rerun()
