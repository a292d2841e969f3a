"""The run's threshold, kept with it: what somebody chooses is the same on every page until somebody changes it.

An address can still carry another one, as a link does; then both are named, with a way to either.
"""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.results.threshold_saving import can_restore, restore_threshold, save_threshold, trained_threshold
from core.thresholds import THRESHOLDS, UNITS
from core.thresholds.lab import Outcome, evaluate
from core.thresholds.texts import settings_from_text, settings_text
from dashboard.explore import explore_address as address
from dashboard.format import number
from dashboard.help import links
from dashboard.state import page_url
from dashboard.thresholds import lab

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashboard.explore.shared_run import SharedRun

_KEPT = "threshold_kept"


def keep_address(run: "SharedRun") -> None:
    """Make the threshold that the address carries the run's own; the address keeps it for what is redrawn in part."""
    cut, rule = address.cut(run), page_url.param("rule")
    if cut.problem:
        return
    if rule in THRESHOLDS and rule not in UNITS:
        found = evaluate(rule, settings_from_text(rule, page_url.param("threshold")) or {}, lab.evidence(run))
    else:
        param = THRESHOLDS[cut.rule].number()
        assert param is not None
        settings = {param.name: float(cut.number)}
        found = Outcome(cut.rule, THRESHOLDS[cut.rule].title, settings, threshold=cut.threshold)
    if found.threshold is not None:
        _keep(run, found)


def keep_rule(run: "SharedRun", rule: str, settings: "Mapping[str, Any]") -> str:
    """Set the run's threshold by a rule; what keeps the rule from one is returned as a sentence."""
    found = evaluate(rule, settings, lab.evidence(run))
    if found.threshold is None:
        return found.problem
    _keep(run, found)
    if rule in UNITS:
        (number,) = found.settings.values()
        address.set_threshold_to(rule, float(number))
    else:
        page_url.set_params(rule=rule, threshold=settings_text(rule, found.settings))
    page_url.set_params(page=None)
    return ""


def keep_outcome(run: "SharedRun", outcome: Outcome) -> None:
    """Make what a rule came to the run's threshold."""
    _keep(run, outcome)


def restore(run: "SharedRun") -> None:
    """Go back to the threshold that the run was trained with."""
    own = trained_threshold(run.result)
    restore_threshold(run)
    page_url.set_params(page=None)
    if own is not None:
        # Who has the run open has it as it was: until it is opened anew the address says where the threshold is.
        address.set_threshold_to("value", own)
        st.session_state[_KEPT] = (run.id, run.score, own)


def settle(run: "SharedRun") -> None:
    """Take a threshold out of the address that has become the run's own."""
    if page_url.param("rule") and not address.cut(run).problem and address.cut(run).threshold == run.threshold:
        page_url.set_params(rule=None, threshold=None)


def is_trained(run: "SharedRun") -> bool:
    """Whether there is no other threshold to go back to: it is the one that the run was trained with."""
    return address.cut(run).own and not can_restore(run.result)


def other_threshold(run: "SharedRun", redraw: "Callable[[], None]") -> None:
    """Where a link carries another threshold than the run's: say so, with a way to keep it and a way back."""
    cut = address.cut(run)
    if cut.own or cut.problem or st.session_state.get(_KEPT) == (run.id, run.score, cut.threshold):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="explore_other_threshold"):
        st.caption(
            f":material/link: This link carries the threshold {number(cut.threshold, 5)}. The run's is "
            f"{number(run.threshold, 5)}.",
            width="content",
        )
        st.button(
            "Keep it for the run",
            key="explore_keep_threshold",
            type="tertiary",
            on_click=_take,
            args=(run, redraw),
            help=links.more("Then every page, report and new file goes by it.", "pages", "the-threshold"),
        )
        st.button("Show the run's", key="explore_own_threshold", type="tertiary", on_click=_show_own, args=(redraw,))


def _take(run: "SharedRun", redraw: "Callable[[], None]") -> None:
    keep_address(run)
    redraw()


def _show_own(redraw: "Callable[[], None]") -> None:
    page_url.set_params(rule=None, threshold=None, page=None)
    redraw()


def _keep(run: "SharedRun", outcome: Outcome) -> None:
    save_threshold(run, outcome)
    st.session_state[_KEPT] = (run.id, run.score, outcome.threshold)
