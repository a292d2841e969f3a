"""One threshold rule: when to use it, its formula and settings, its guarantee, and the way to use its threshold."""

from typing import TYPE_CHECKING

import streamlit as st

from core.thresholds import THRESHOLDS, rule_names
from dashboard import forms
from dashboard.explore.shared_run import SharedRun
from dashboard.format import count, number, plain, share
from dashboard.help import links
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for
from dashboard.thresholds import kept, lab

if TYPE_CHECKING:
    from core.thresholds.lab import Outcome


_FORM = "lab"


def take_entered() -> None:
    """Put what was just entered into the address, before anything is drawn that follows from it."""
    name = lab.shown_rule()
    params = THRESHOLDS[name].params()
    now = {p.name: p.default for p in params} | lab.chosen_settings().get(name, {})
    # Not what stands in a widget since before: a link may have brought other settings meanwhile.
    entered = {p.name: widget_sync.entered(f"{_FORM}.{name}.{p.name}", now[p.name]) for p in params}
    if not forms.problems(params, entered) and any(not forms.same(entered[p.name], now[p.name]) for p in params):
        lab.choose_settings(name, forms.checked(params, entered))


def rule_panel(run: SharedRun) -> None:
    """Draw the rule that is looked at."""
    name = lab.shown_rule()
    with st.container(border=True, key="lab_rule_card"):
        names = rule_names()
        st.selectbox(
            "Rule",
            names,
            names.index(name),
            format_func=lab.title,
            key=widget_sync.key("lab_rule", name),
            on_change=_rule_changed,
            help=links.more(
                "The rule that is looked at here; the table and the figure show all of them.", "thresholds"
            ),
        )
        one = lab.outcome(run, name)
        rule = THRESHOLDS[name]
        st.caption(nouns_for(run)(rule.when))
        with st.expander("How it is computed", key="lab_formula"):
            st.latex(rule.formula)
            st.caption(nouns_for(run)(plain(" ".join((rule.__doc__ or "").split()))))
        _settings(run, one)
        _result(run, one)


def _settings(run: SharedRun, one: "Outcome") -> None:
    """The rule's form, with a sentence for what cannot be used."""
    params = THRESHOLDS[one.rule].params()
    if not params:
        st.caption("It has no settings.")
        return
    seen = lab.evidence(run)
    options = {"column": {"": "By its role", **{name: name for name in seen.per_day}}} if one.rule == "alerts" else None
    filled = forms.draw(
        params,
        one.settings,
        scope=f"{_FORM}.{one.rule}",
        options=options,
        columns=2,
        link=links.rule_settings(one.rule, nouns_for(run)),
    )
    for problem in filled.problems:
        st.caption(f":red[{plain(problem)}]")


def _result(run: SharedRun, one: "Outcome") -> None:
    """What it does and promises, and the way to Explore."""
    says = nouns_for(run)
    if one.problem:
        st.warning(says(plain(one.problem)), icon=":material/block:")
        return
    known = lab.intervals(run)[0].get(one.rule)
    with st.container(horizontal=True, gap="medium", key="lab_metrics"):
        st.metric(
            "Threshold",
            number(one.threshold, 5),
            width="content",
            help=links.more(says("Rows that score higher are flagged."), "thresholds"),
        )
        st.metric("Flagged", count(one.flagged or 0), share(one.share), "off", delta_arrow="off", width="content")
        if one.f1 is not None:
            out = known.held_out_f1 if known else None
            st.metric(
                "F1",
                number(one.f1),
                f"held out {number(out)}" if out is not None else None,
                "off",
                delta_arrow="off",
                width="content",
                help=links.more(
                    says(
                        "Held out: the threshold is chosen on one half of the rows and measured on the other, "
                        "averaged over 40 halvings."
                    ),
                    "thresholds",
                    "intervals",
                ),
            )
    if one.guarantee:
        st.success(says(plain(one.guarantee)), icon=":material/verified:")
    if one.caution:
        st.warning(says(plain(one.caution)), icon=":material/warning:")
    if st.button(
        "Use this threshold",
        key="lab_use",
        type="primary",
        icon=":material/insights:",
        width="stretch",
        help=links.more(
            "Makes it the run's threshold, which every page, report and new file goes by, and opens Explore.",
            "pages",
            "one-rule",
        ),
    ):
        sentence = (
            f"The run's threshold is {number(one.threshold, 5)} now, set by {one.title}. {one.guarantee} {one.caution}"
        )
        page_url.show_on_next_page(says(plain(sentence.strip())))
        score = run.score
        kept.keep_outcome(run, one)
        page_url.go("explore", run=run.id, score=score)


def _rule_changed() -> None:
    page_url.set_params(rule=widget_sync.value("lab_rule"))
    st.rerun(["lab_rules", "lab_pair"])
