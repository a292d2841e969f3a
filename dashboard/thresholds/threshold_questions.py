"""Plain questions whose answers set the threshold: how many can be checked, false alarms, the cost of a miss."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.errors import AnomalensError
from core.jobs.judging import make_threshold_surer
from core.results.threshold_saving import SET_BY
from core.thresholds import THRESHOLDS, make_rule
from dashboard.explore import explore_address as address
from dashboard.format import count, plain
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for
from dashboard.thresholds import kept, lab

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.modalities.nouns import Nouns
    from dashboard.explore.shared_run import SharedRun

FRAGMENT = "explore_question_row"
_PROBLEM = "explore_question_problem"
_WAIT_SECONDS = 3600.0


@dataclass(frozen=True)
class _Question:
    """A question, and the rule that its answer sets."""

    words: str
    rule: str
    setting: str
    scale: float
    """What an answer is multiplied by to be the setting."""
    low: float
    high: float
    example: str
    more: "Mapping[str, Any]"
    about: str
    whole: bool = False

    def answer(self, settings: "Mapping[str, Any]") -> float | None:
        """What the rule's settings are as an answer; None where they are no answer to this question."""
        if any(settings.get(name, value) != value for name, value in self.more.items()):
            return None
        found = settings.get(self.setting)
        return None if found is None else round(float(found) / self.scale, 9)


def threshold_questions(run: "SharedRun", redraw: "Callable[[], None]") -> None:
    """Draw the questions, what the answer that stands promises, and the way to all rules.

    Parameters
    ----------
    run
        The run.
    redraw
        Draws what follows the threshold; called from a widget's callback.
    """
    with st.container(key="explore_questions", gap="small"):
        _questions(run, redraw)


@st.fragment(key=FRAGMENT)
def _questions(run: "SharedRun", redraw: "Callable[[], None]") -> None:
    says, now = nouns_for(run), _set_by(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore_question_boxes"):
        for i, one in enumerate(_asked(run, says)):
            stands = one.answer(now[1]) if one.rule == now[0] else None
            st.number_input(
                plain(one.words),
                min_value=one.low,
                max_value=one.high,
                value=stands,
                step=None,
                format="%.12g",
                placeholder=one.example,
                key=widget_sync.key(f"explore_question_{i}", stands),
                on_change=_answered,
                args=(run, one, i, redraw),
                help=links.more(plain(one.about), "thresholds", one.rule),
                width=262,
            )
        page_url.page_link("thresholds", "More ways", icon=":material/rule:", run=run.id, score=run.score)
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.warning(says(plain(problem)), icon=":material/block:")
    kept.other_threshold(run, redraw)
    _promise(run, says)


def _asked(run: "SharedRun", says: "Nouns") -> list[_Question]:
    """The questions that can be answered of this run."""
    total = float(run.grid.rows(run.judged).sum())
    found = []
    if lab.evidence(run).per_day:
        found.append(
            _Question(
                "How many can you check a day?", "alerts", "per_day", 1.0, 0.0, 1e9, "such as 10", {"column": ""},
                says("The threshold that flags so many rows a day on average, in the mix in which they came."),
            )
        )  # fmt: skip
    else:
        found.append(
            _Question(
                "How many can you check?", "contamination", "share", 1.0 / total, 0.0, total, "such as 20", {},
                says(f"So many of the {count(int(total))} rows that are ranked, the highest scores."),
            )
        )  # fmt: skip
    found.append(
        _Question(
            "How many false alarms are bearable?", "fpr", "rate", 0.01, 0.0, 100.0,
            says("such as 1 of 100 normal rows"), {},
            says("How many of 100 normal rows may be flagged by mistake."),
        )
    )  # fmt: skip
    if lab.evidence(run).labelled:
        found.append(
            _Question(
                "What does a miss cost?", "cost", "miss", 1.0, 0.0, 1e12, "such as 10 false alarms", {"alarm": 1.0},
                "How many false alarms are as bad as one missed anomaly; the threshold of the lowest cost.",
            )
        )  # fmt: skip
    return found


def _set_by(run: "SharedRun") -> tuple[str, "Mapping[str, Any]"]:
    """The rule that set the threshold that stands, with its settings."""
    if page_url.param("rule"):
        from core.thresholds.texts import settings_from_text

        rule, text = page_url.param("rule"), page_url.param("threshold")
        if rule == "fpr":
            return rule, {"rate": address.cut(run).number}
        return rule, (settings_from_text(rule, text) or {} if rule in THRESHOLDS else {})
    stored = run.result.get(SET_BY)
    if stored:
        return str(stored["rule"]), stored["settings"]
    config = run.recipe.threshold
    number = THRESHOLDS[config.rule].number() if config.rule in THRESHOLDS else None
    return config.rule, {number.name: config.value} if number else {}


def _promise(run: "SharedRun", says: "Nouns") -> None:
    """What the rule that set the threshold promises, and what to be careful about."""
    rule, settings = _set_by(run)
    if rule not in THRESHOLDS or rule == "value":
        return
    words = make_rule(rule, settings).words(lab.evidence(run), address.cut(run).threshold)
    if words.guarantee or words.caution:
        st.caption(says(plain(" ".join(filter(None, [words.guarantee, words.caution])))))
    few = make_rule(rule, settings).few_rows(lab.evidence(run), address.cut(run).threshold)
    if few and not run.score and run.has_networks and not run.groups.crossed and page_url.param("rule") != "fpr":
        _surer(run, says)


def _surer(run: "SharedRun", says: "Nouns") -> None:
    """The way to more rows where few were held out."""
    if not st.button(
        says("Use the training rows too"),
        key="explore_surer",
        icon=":material/model_training:",
        help=links.more(
            says(
                "Trains five times on four fifths of the training rows and scores the fifth that was left out, so that "
                "all of them say where the threshold is. It takes about five trainings, and is kept with the run."
            ),
            "thresholds",
            "few-rows",
        ),
    ):
        return
    try:
        with st.spinner("Training five times on parts of the rows …", show_time=True):
            cache.engine().call(make_threshold_surer, run.id, run.space.settings, timeout=_WAIT_SECONDS)
    except AnomalensError as problem:
        st.warning(says(plain(str(problem))), icon=":material/block:")
        return
    except Exception as problem:
        # Whatever went wrong on the worker, the page goes on and says it.
        st.warning(f"The rows could not be cross-fitted: {plain(str(problem))}", icon=":material/block:")
        return
    page_url.set_params(rule=None, threshold=None, page=None)
    st.rerun(scope="app")


def _answered(run: "SharedRun", question: _Question, place: int, redraw: "Callable[[], None]") -> None:
    said = widget_sync.value(f"explore_question_{place}")
    if said is None:
        return
    settings = {**question.more, question.setting: float(said) * question.scale}
    st.session_state[_PROBLEM] = kept.keep_rule(run, question.rule, settings)
    redraw()
