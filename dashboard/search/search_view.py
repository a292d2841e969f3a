"""A search while it runs, and its result: the run store is read again and again.

Nothing here talks to a worker: whoever opens the address later, or elsewhere, sees the same, and can stop it or let it
go on.
"""

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError
from core.modalities.nouns import Nouns, nouns_of
from core.recipe import TABULAR
from core.search import lifecycle
from core.search.leaderboard import Leaderboard, Trial, leaderboard
from dashboard import format
from dashboard.components.figure_cache import cached_figure
from dashboard.components.show import show
from dashboard.format import Markdown, plain
from dashboard.help import links
from dashboard.search.trials_table import trials_table
from dashboard.server import cache
from dashboard.state import page_url

if TYPE_CHECKING:
    from core.store.records import Search

_STATES = {
    "running": ("primary", ":material/play_circle:", "Searching"),
    "stopped": ("orange", ":material/pause_circle:", "Stopped"),
    "done": ("green", ":material/check_circle:", "Done"),
    "failed": ("red", ":material/error:", "Failed"),
}
_FEW_ANOMALIES = 12


def search_view(search: "Search") -> None:
    """Draw a search; while it goes on the view follows it by itself."""
    seconds = pace(search)
    st.fragment(_view, run_every=seconds)(search.id, seconds)


def pace(search: "Search") -> float | None:
    """Seconds between two looks; None where nothing changes any more."""
    if search.active:
        return 1.0
    # What a stopped search has in hand ends within a moment.
    busy = search.state == "stopped" and any(t.state == "running" for t in cache.workspace().store.trials(search.id))
    return 1.0 if busy else None


def _view(search_id: str, seconds: float | None) -> None:
    store = cache.workspace().store
    try:
        search = store.search(search_id)
    except AnomalensError:
        st.rerun(scope="app")
    now = leaderboard(search, store.trials(search_id))
    _header(search)
    with st.container(key="search_status", gap="small"):
        _progress(search, now)
        _controls(search, now)
        _numbers(search, now)
    _figures(search, now)
    _table(search, now)
    if pace(search) != seconds:
        st.rerun(scope="app")


def _header(search: "Search") -> None:
    colour, icon, label = _STATES[search.state]
    with st.container(horizontal=True, vertical_alignment="center", key="search_header"):
        st.markdown(f"### {plain(search.name)}", width="content", anchors=False)
        st.badge(label, color=colour, icon=icon)  # type: ignore[arg-type]
    how = "judged by labels" if _labelled(search) else "judged without labels"
    facts = [plain(search.dataset_name), how, f"started {format.ago(search.created_at)}"]
    st.caption(" · ".join(facts), help=links.more(plain(search.division.get("note", "")), "pages", "what-chooses"))


def _progress(search: "Search", now: Leaderboard) -> None:
    if search.state == "failed":
        st.error(plain(search.reason), icon=":material/error:")
    if not search.active:
        return
    plan = search.plan
    ended = sum(trial.state not in ("queued", "running", "paused") for trial in now.trials)
    shares, parts = [0.0], []
    if plan["trials"]:
        shares.append(ended / plan["trials"])
        parts.append(f"{ended} of {format.plural(plan['trials'], 'trial')}")
    else:
        parts.append(format.plural(ended, "trial"))
    if plan["minutes"]:
        left = max(0.0, lifecycle.seconds_left(search))
        shares.append(1 - left / (60 * plan["minutes"]))
        parts.append(f"{format.duration(left)} left")
    going_on = [str(trial.number) for trial in now.trials if trial.state == "running"]
    parts.append(f"trying {', '.join(going_on)} now" if going_on else "waiting for a worker")
    st.progress(min(1.0, max(shares)), text=" · ".join(parts))


def _controls(search: "Search", now: Leaderboard) -> None:
    with st.container(horizontal=True, key="search_controls", vertical_alignment="center"):
        if search.active:
            st.button(
                "Stop",
                icon=":material/stop:",
                key="search.stop",
                help=links.more(
                    "Let it rest and keep all that was tried; it can be resumed, also from elsewhere.",
                    "pages",
                    "trials",
                ),
                on_click=_send,
                args=("stop", search.id),
            )
        elif search.state == "stopped":
            st.button(
                "Resume",
                type="primary",
                icon=":material/play_arrow:",
                key="search.resume",
                help=links.more("Go on with the same study, from where each trial was.", "pages", "trials"),
                on_click=_send,
                args=("resume", search.id),
            )
        else:
            st.button(
                "10 more trials",
                icon=":material/add:",
                key="search.more",
                help=links.more("Go on with the same study: what was tried says what to try next.", "pages", "trials"),
                on_click=_send,
                args=("more", search.id),
            )
        if now.best is not None:
            _keep_button(search, now.trial(now.best), "search.keep", "Keep the best as run", primary=not search.active)
        with st.popover("Delete", icon=":material/delete:", key="search.delete"):
            st.markdown("Delete this search with all its trials? Runs that were kept stay.")
            if st.button("Delete for good", type="primary", key="search.delete_sure"):
                cache.workspace().delete_search(search.id)
                page_url.show_on_next_page(f"The search “{plain(search.name)}” was deleted.")
                page_url.set_params(search=None)
                st.rerun(scope="app")


def _keep_button(search: "Search", trial: Trial | None, key: str, label: Markdown, *, primary: bool) -> None:
    if trial is None:
        return
    kind: Any = "primary" if primary and search.state != "stopped" else "secondary"
    if st.button(
        label,
        icon=":material/bookmark_add:",
        key=key,
        type=kind,
        help=links.more(
            f"Train trial {trial.number} in full, as an ordinary run with a model, scores and explanations.",
            "pages",
            "find-the-best",
        ),
    ):
        try:
            _, recipe, name = lifecycle.trial_recipe(cache.workspace(), search.id, trial.number)
            run = cache.engine().train(search.dataset_id, recipe, name)
        except AnomalensError as error:
            st.error(plain(error), icon=":material/error:")
            return
        page_url.go("train", dataset=search.dataset_id, run=run.id)


def _send(what: str, search_id: str) -> None:
    space = cache.workspace()
    try:
        if what == "stop":
            lifecycle.stop(space, search_id)
        elif what == "resume":
            lifecycle.resume(space, search_id)
        else:
            lifecycle.resume(space, search_id, trials=len(space.store.trials(search_id)) + 10, minutes=0.0)
        cache.engine().recover()
    except AnomalensError as error:
        st.toast(plain(error), icon=":material/error:")


def _numbers(search: "Search", now: Leaderboard) -> None:
    """The best trial in one row of numbers; a dash holds the place of what is not there yet."""
    says, best, counts, labelled = _words(search), now.trial(now.best), now.counts, _labelled(search)
    columns = st.container(key="search_numbers").columns(4)
    columns[0].metric("Best trial", "–" if best is None else f"{best.number} · {best.name}")
    columns[1].metric(
        "Average precision",
        format.number(None if best is None else best.value, 4),
        help=links.more(
            says("On the rows that choose, so it is a little too good: the best of many is lucky, too.")
            if labelled
            else "On synthetic anomalies, mean over the four kinds; it says which trial is better, not how many real "
            "anomalies it would find.",
            "metrics",
            "average-precision",
        ),
    )
    if labelled:
        estimate = now.estimate or {}
        columns[2].metric(
            says("Expected on new rows"),
            format.number(estimate.get("average_precision"), 4),
            help=links.more(
                says("Average precision on labelled rows that neither trained nor chose.")
                + (f" 95 % interval {estimate['low']:.3f} to {estimate['high']:.3f}." if estimate else ""),
                "pages",
                "what-chooses",
            ),
        )
    else:
        columns[2].metric(
            "Mean rank",
            format.number(None if best is None else best.rank, 3),
            help=links.more(
                "Of its ranks by each kind of synthetic anomaly and by agreement with the other trials; 1 is best.",
                "pages",
                "what-chooses",
            ),
        )
    done = counts.get("complete", 0)
    other = ", ".join(
        f"{format.count(counts[name])} {word}"
        for name, word in (("pruned", "ended early"), ("failed", "failed"))
        if counts.get(name)
    )
    columns[3].metric(
        "Trials to the end",
        f"{format.count(done)} of {format.count(len(now.trials))}",
        help=links.more(
            f"{other.capitalize()}." if other else "Trained to their end, and measured.", "pages", "trials"
        ),
    )
    if labelled and now.estimate and now.estimate["anomalies"] < _FEW_ANOMALIES:
        st.caption(
            f":material/lightbulb: Only {format.count(now.estimate['anomalies'])} anomalies give the last word, so it "
            "may be far off."
        )


def _figures(search: "Search", now: Leaderboard) -> None:
    from dashboard.charts.search_progress import search_progress_figure
    from dashboard.charts.search_settings import search_settings_figure

    ended = [(trial.number, trial.value, trial.signals[-1:] if trial.state == "pruned" else ()) for trial in now.trials]
    what = (search.id, tuple((n, v, s) for n, v, s in ended if v is not None or s))
    left, right = st.container(key="search_figures").columns([2, 3], gap="medium")
    with left, st.container(key="search_progress_box", height=376, border=False):
        drawn = cached_figure(
            ("search_progress", *what),
            lambda: search_progress_figure(now, labelled=_labelled(search), says=_words(search)),
        )
        show(drawn, "search_progress", search.name, alt=f"Value of {len(now.curve)} trials, and of the best so far")
    with right, st.container(key="search_settings_box", height=376, border=False):
        if sum(trial.value is not None for trial in now.trials) > 1:
            drawn = cached_figure(("search_settings", *what), lambda: search_settings_figure(now))
            show(drawn, "search_settings", search.name, alt="Settings of the trials on parallel axes")
        else:
            st.caption("What the trials have in common shows after two have ended.")


def _table(search: "Search", now: Leaderboard) -> None:
    trial = trials_table(now, _words(search), labelled=_labelled(search))
    if trial is not None:
        settings = ", ".join(f"{plain(name)} {plain(value)}" for name, value in trial.params.items())
        st.caption(f"Trial {trial.number}: {settings}")
        _keep_button(search, trial, "search.keep_chosen", f"Keep trial {trial.number} as run", primary=False)


def _words(search: "Search") -> Nouns:
    return nouns_of(str(search.plan.get("modality", TABULAR)))


def _labelled(search: "Search") -> bool:
    return search.plan.get("objective") == "labels"
