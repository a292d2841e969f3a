"""The buttons that control a run: pause, resume, stop and keep the best, cancel, another learning rate.

A command goes through the run store to whatever worker has the run; within a second the state changes. Until then the
buttons say what was asked for.
"""

import time
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AnomalensError
from dashboard import forms
from dashboard.format import Markdown, plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.store.records import Run

_ANSWER_SECONDS = 15.0
"""Seconds after which a command that changed nothing is no longer waited for."""
_LOWEST, _HIGHEST = 1e-7, 10.0
_PENDING_TEXTS = {"pause": "Pausing …", "resume": "Resuming …", "stop": "Stopping …", "cancel": "Cancelling …"}


def controls(run: "Run", rate_now: float) -> None:
    """Draw the buttons of an active run.

    Parameters
    ----------
    run
        The run as the store has it now.
    rate_now
        The learning rate of the newest epoch, from which a change starts.
    """
    says = nouns_for(run)
    pending = _pending(run)
    # Once it has learnt, and its rows are scored, there is nothing to wait with, to stop, or to learn in smaller steps.
    learns = run.progress.get("phase") not in {"scoring", "saving", "done"} or run.state in {"queued", "paused"}
    with st.container(horizontal=True, key="run_controls", gap="small", vertical_alignment="center"):
        if not learns:
            _button(run, "cancel", "Cancel", ":material/close:", "End the run and keep no model.", pending)
            if pending:
                st.caption(_PENDING_TEXTS[pending])
            return
        if run.state == "paused":
            _button(run, "resume", "Resume", ":material/play_arrow:", "Go on from where it was paused.", pending)
        else:
            _button(
                run,
                "pause",
                "Pause",
                ":material/pause:",
                "Wait with all that was learnt; resume at any time.",
                pending,
                off=run.state == "queued",
            )
        _button(
            run,
            "stop",
            "Stop and keep the best",
            ":material/stop:",
            says("End the training now, restore the best weights so far and score every row with them."),
            pending,
            off=run.state == "queued",
        )
        _button(run, "cancel", "Cancel", ":material/close:", "End the run and keep no model.", pending)
        _learning_rate(run, rate_now)
        if pending:
            st.caption(_PENDING_TEXTS[pending])


def _button(
    run: "Run", kind: str, label: Markdown, icon: str, help: Markdown, pending: str, *, off: bool = False
) -> None:
    st.button(
        label,
        key=f"control.{kind}",
        icon=icon,
        help=help,
        disabled=off or bool(pending),
        on_click=_send,
        args=(run.id, run.state, kind),
    )


def _send(run_id: str, state: str, kind: str) -> None:
    try:
        getattr(cache.engine(), kind)(run_id)
    except AnomalensError as error:
        st.toast(plain(error), icon=":material/error:")
        return
    st.session_state[f"pending:{run_id}"] = [kind, state, time.time()]


def _pending(run: "Run") -> str:
    """The command that was sent and has not changed the state yet."""
    kind, before, at = st.session_state.get(f"pending:{run.id}", ("", "", 0.0))
    return kind if before == run.state and time.time() - at < _ANSWER_SECONDS else ""


def _learning_rate(run: "Run", rate_now: float) -> None:
    with st.popover(
        "Learning rate",
        icon=":material/tune:",
        help=links.more("Change the length of the steps while it trains.", "settings", "training.learning_rate"),
    ):
        st.caption(f"Now {rate_now:g}. The schedule goes on from the new rate.")
        rate = st.number_input(
            "New learning rate",
            _LOWEST,
            _HIGHEST,
            # A schedule may have come down to nothing.
            value=min(max(float(rate_now), _LOWEST), _HIGHEST),
            step=forms.float_step(max(rate_now, _LOWEST), 1e-3),
            format="%g",
            key=f"control.rate.{run.id}",
        )
        st.button("Apply", key="control.apply", type="primary", on_click=_apply, args=(run.id, float(rate)))


def _apply(run_id: str, rate: float) -> None:
    try:
        cache.engine().set_learning_rate(run_id, rate)
    except AnomalensError as error:
        st.toast(plain(error), icon=":material/error:")
        return
    st.toast(f"The learning rate changes to {rate:g}.", icon=":material/tune:")
