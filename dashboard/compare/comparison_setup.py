"""What a run is compared with: detectors, other runs, the button, and how far each detector is while a worker is at it.

The choice is the address (``detectors``, ``beside``); without one it is what was last asked for, else every detector.
"""

from typing import TYPE_CHECKING

import streamlit as st

from core.baselines import BASELINES
from core.compare.request import ComparisonRequest
from core.jobs.derived.base import Step
from core.jobs.derived.status import JobStatus
from core.modalities.nouns import Nouns
from dashboard.compare import comparisons
from dashboard.format import Markdown, distinct, number, plain, plural
from dashboard.help import links
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun
    from core.store.records import Run

LOOK_SECONDS = 0.5
_ICONS = {
    "waiting": ":gray[:material/schedule:]",
    "learning": ":primary[:material/model_training:]",
    "scoring": ":primary[:material/speed:]",
    "done": ":green[:material/check_circle:]",
    "failed": ":red[:material/error:]",
}
_WORDS = {"waiting": "waits", "learning": "learns", "scoring": "scores", "done": "done", "failed": "failed"}
_BETWEEN = {False: "Reading the rows", True: "Measuring, and checking the run"}


def setup(run: "FinishedRun") -> ComparisonRequest:
    """Draw the choice and the button, and while a worker compares its progress; the plan that is chosen."""
    twins = {one.id: one for one in comparisons.twins(run.record)}
    plan = _plan(run, set(twins))
    with st.container(border=True, key="compare_setup", gap="small"):
        _detectors(plan, nouns_for(run))
        with st.container(horizontal=True, vertical_alignment="bottom", key="compare_controls"):
            if twins:
                _others(plan, twins, nouns_for(run))
            now = comparisons.follow(run, plan)
            old = now.ready and _other_threshold(run, plan)
            is_current = now.ready and not old
            st.button(
                "Compare again" if old else "Compare",
                type="secondary" if is_current else "primary",
                icon=":material/balance:",
                key="compare_go",
                on_click=_begin,
                args=(run, plan),
                disabled=is_current or now.running or not (plan.detectors or plan.others),
                help=links.more(
                    "This choice is compared already." if is_current else "A worker does it; you can leave meanwhile.",
                    "pages",
                    "what-is-compared",
                ),
            )
            if not twins:
                st.caption(
                    "A run that is trained on this dataset with the same split and seed can stand beside it: clone it "
                    "on the Runs page.",
                    width="content",
                )
        if old:
            st.caption(
                ":material/info: The run's threshold was changed since; precision and recall are of the old one."
            )
        _say(run, plan, now)
    return plan


def _other_threshold(run: "FinishedRun", plan: ComparisonRequest) -> bool:
    found = comparisons.report(run, plan)
    return found is not None and found["threshold"] != run.result.get("threshold")


def _plan(run: "FinishedRun", twins: set[str]) -> ComparisonRequest:
    """What the address asks for; what makes no sense in it counts as not said."""
    last = comparisons.newest(run)
    said, beside = page_url.param("detectors"), page_url.param("beside")
    names = tuple(name for name in _ordered() if name in said.split(",")) if said else ()
    if not said:
        names = last.detectors if last is not None else _ordered()
    others = tuple(i for i in beside.split(",") if i in twins)
    if not beside and last is not None:
        others = tuple(i for i in last.others if i in twins)
    return ComparisonRequest(() if said == "none" else names, () if beside == "none" else others)


def _ordered() -> tuple[str, ...]:
    return tuple(sorted(BASELINES, key=lambda name: BASELINES[name].order))


def _detectors(plan: ComparisonRequest, says: Nouns) -> None:
    st.pills(
        "Classical detectors",
        _ordered(),
        selection_mode="multi",
        default=list(plan.detectors),
        format_func=lambda name: BASELINES[name].title,
        key=widget_sync.key("compare_detectors", list(plan.detectors)),
        on_change=_changed,
        args=(plan,),
        help=links.more(
            says(
                "They learn from the run's own training rows, encoded as its network read them, and score the rows "
                "that it is judged on.\n\n"
                + "\n".join(f"- **{BASELINES[name].title}**: {BASELINES[name].when}" for name in _ordered()),
                parts=True,
            ),
            "comparing",
        ),
    )


def _others(plan: ComparisonRequest, twins: "dict[str, Run]", says: Nouns) -> None:
    names = distinct({i: _described(one) for i, one in twins.items()})
    st.multiselect(
        "Other runs",
        list(twins),
        default=list(plan.others),
        format_func=lambda i: names.get(i, i),
        key=widget_sync.key("compare_others", list(plan.others)),
        on_change=_changed,
        args=(plan,),
        placeholder="None",
        width=560,
        help=links.more(
            says("Finished runs on the same dataset with the same split and seed, so that the same rows are judged."),
            "pages",
            "what-is-compared",
        ),
    )


def _described(run: "Run") -> str:
    auroc = (run.result or {}).get("auroc")
    return run.name if auroc is None else f"{run.name}  ·  AUROC {number(auroc)}"


def _say(run: "FinishedRun", plan: ComparisonRequest, now: JobStatus) -> None:
    says = nouns_for(run)
    if now.running:
        st.fragment(_progress, run_every=LOOK_SECONDS)(run, plan)
    elif now.problem:
        with st.container(horizontal=True, vertical_alignment="center", key="compare_problem"):
            st.warning(f"The comparison was not made. {plain(now.problem)}", icon=":material/warning:")
            st.button("Try again", key="compare_again", on_click=_begin, args=(run, plan))
    elif now.cancelled:
        done = sum(step.state == "done" for step in now.steps.values())
        kept = f"{plural(done, 'detector is', 'detectors are')} done and kept. " if done else ""
        st.caption(f":material/stop_circle: The comparison was stopped. {kept}Press Compare to go on.")
    elif not now.ready:
        st.caption(
            says(
                "Is the network worth it? Classical detectors learn from the same rows in seconds to minutes, and the "
                "page says which finds more, with intervals. Choose and press Compare."
            )
        )


def _progress(run: "FinishedRun", plan: ComparisonRequest) -> None:
    now = comparisons.follow(run, plan)
    if not now.running:
        st.rerun(scope="app")
    steps = now.steps.values()
    if not steps:
        _bar(run, plan, 0.0, "A worker takes it up …")
        return
    over = [step for step in steps if step.state in {"done", "failed"}]
    share = sum(_share(step) for step in steps) / len(steps)
    at_work = next((step for step in steps if step.state in {"learning", "scoring"}), None)
    doing = f"{plain(at_work.title)} {_WORDS[at_work.state]}" if at_work else nouns_for(run)(_BETWEEN[bool(over)])
    with st.container(key="compare_steps", gap="small"):
        _bar(run, plan, share, f"{doing} … {len(over)} of {len(steps)} are done. You can leave and come back.")
        st.markdown("  \n".join(_line(step) for step in steps))


def _bar(run: "FinishedRun", plan: ComparisonRequest, share: float, words: Markdown) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="compare_bar"):
        st.progress(share, text=words)
        st.button(
            "Stop",
            key="compare_stop",
            icon=":material/stop:",
            on_click=comparisons.stop,
            args=(run, plan),
            help=links.more(
                "Detectors that are done are kept; one that is learning is interrupted.", "pages", "what-is-compared"
            ),
        )


def _share(step: Step) -> float:
    return {"done": 1.0, "failed": 1.0, "waiting": 0.0, "learning": 0.1}.get(step.state, 0.3 + 0.7 * step.share)


def _line(step: Step) -> str:
    said = f"{_ICONS[step.state]} {plain(step.title)} :gray[{_WORDS[step.state]}]"
    return f"{said} :gray[{plain(step.problem)}]" if step.problem else said


def _begin(run: "FinishedRun", plan: ComparisonRequest) -> None:
    comparisons.begin(run, plan)


def _changed(plan: ComparisonRequest) -> None:
    chosen = set(widget_sync.value("compare_detectors", list(plan.detectors)) or ())
    others = list(widget_sync.value("compare_others", list(plan.others)))
    names = [name for name in _ordered() if name in chosen]
    page_url.set_params(detectors=",".join(names) or "none", beside=",".join(others) or "none")
