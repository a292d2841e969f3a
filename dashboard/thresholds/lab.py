"""The state of the Threshold lab, read from its address, and the outcomes and intervals that it shows.

``?run=…&score=knn&set=conformal.fdr:0.05,mad.k:4&rule=mad&a=run&b=conformal&page=2``: the settings that differ from a
rule's defaults, the rule that is looked at, the two that are compared. ``run`` is the run's own threshold.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.errors import AnomalensError
from core.jobs.intervals import compute_intervals
from core.results.run_evidence import interval_key, intervals_from, run_evidence, stored_intervals
from core.results.threshold_saving import set_by
from core.thresholds import THRESHOLDS, rule_names
from core.thresholds.bootstrap import Intervals
from core.thresholds.evidence import Evidence
from core.thresholds.lab import Outcome, at_threshold, side_by_side
from core.thresholds.texts import settings_from_text, settings_text
from dashboard.explore import shared_run
from dashboard.explore.shared_run import SharedRun
from dashboard.server import cache
from dashboard.state import page_url

OWN = "run"
"""The run's own threshold, among the rules that are compared."""
INTERVAL_SECONDS = 60.0


@st.cache_resource(show_spinner=False, max_entries=6, hash_funcs=shared_run.BY_KEY)
def evidence(run: SharedRun) -> Evidence:
    """The scores of a run as the rules see them, under the score that is shown."""
    return run_evidence(run)


def chosen_settings() -> dict[str, dict[str, Any]]:
    """The settings of each rule that the address changes; what makes no sense there counts as the default."""
    by_rule: dict[str, list[str]] = {}
    for part in filter(None, page_url.param("set").split(",")):
        rule, _, text = part.partition(".")
        by_rule.setdefault(rule, []).append(text)
    found = {rule: settings_from_text(rule, ",".join(texts)) for rule, texts in by_rule.items() if rule in THRESHOLDS}
    return {rule: settings for rule, settings in found.items() if settings}


def choose_settings(rule: str, settings: Mapping[str, Any]) -> None:
    """Put a rule's settings into the address."""
    every = {**chosen_settings(), rule: settings}
    parts = [
        f"{name}.{part}" for name, values in every.items() for part in settings_text(name, values).split(",") if part
    ]
    page_url.set_params(set=",".join(parts), page=None)


def outcomes(run: SharedRun) -> list[Outcome]:
    """What every rule does, without intervals; some 40 ms for a million rows."""
    return _outcomes(run, page_url.param("set"))


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs=shared_run.BY_KEY)
def _outcomes(run: SharedRun, settings: str) -> list[Outcome]:
    del settings
    return side_by_side(evidence(run), chosen_settings())


def own(run: SharedRun) -> Outcome:
    """What the run's own threshold does."""
    config = run.recipe.threshold
    by = set_by(run.result)
    if not by and config.rule in THRESHOLDS:
        by = f"{THRESHOLDS[config.rule].title} {config.value:g}, as it was trained"
    outcome = at_threshold(run.threshold, evidence(run), _costs(), title="The run's own")
    return replace(outcome, rule=OWN, guarantee=f"Set by {by}." if by else "")


def outcome(run: SharedRun, name: str) -> Outcome:
    """One rule's outcome, or the run's own."""
    if name == OWN:
        return own(run)
    return next(one for one in outcomes(run) if one.rule == name)


def _costs() -> Any:
    return THRESHOLDS["cost"].create(chosen_settings().get("cost")).config


def intervals(run: SharedRun) -> tuple[dict[str, Intervals], str]:
    """The intervals of every rule that has a threshold, by rule, and why some are missing, as a sentence.

    What was never asked for is computed by a worker, and kept beside the run.
    """
    seen = evidence(run)
    wanted = {
        one.rule: interval_key(one.rule, one.settings, seen) for one in outcomes(run) if one.threshold is not None
    }
    known = _known(run)
    missing = [one for one in outcomes(run) if one.rule in wanted and wanted[one.rule] not in known]
    problem = ""
    if missing:
        requests = [(one.rule, dict(one.settings)) for one in missing]
        try:
            computed = cache.engine().call(
                compute_intervals, run.id, run.score, requests, run.space.settings, timeout=INTERVAL_SECONDS
            )
            known |= {key: intervals_from(one) for key, one in computed.items()}
        except AnomalensError as error:
            problem = str(error)
        except Exception as error:  # whatever went wrong on the worker, the page goes on and says it
            problem = f"The intervals could not be computed: {error}"
    return {rule: known[key] for rule, key in wanted.items() if key in known}, problem


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=shared_run.BY_KEY)
def _known(run: SharedRun) -> dict[str, Intervals]:
    """What this server knows of a run's intervals; it grows."""
    return stored_intervals(run)


def measured(run: SharedRun) -> str:
    """The rows that thresholds are measured on, in words of a table."""
    return "test rows" if run.judged == ("test",) else "rows"


def shown_rule() -> str:
    """The rule that is looked at."""
    named = page_url.param("rule")
    return named if named in THRESHOLDS else rule_names()[0]


def pair() -> tuple[str, str]:
    """The two thresholds that are compared: the run's own and the rule that is looked at, where no others are named."""
    names = [OWN, *rule_names()]
    a, b = page_url.param("a"), page_url.param("b")
    return a if a in names else OWN, b if b in names else shown_rule()


def title(name: str) -> str:
    """A threshold's name on screen."""
    return "The run's own" if name == OWN else THRESHOLDS[name].title
