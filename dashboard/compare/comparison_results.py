"""What a comparison came to: the verdict in plain words, numbers with their intervals, curves, the agreement."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.compare.agreement import WORDS as AGREEMENTS
from core.modalities.nouns import Nouns
from core.results.finished_run import FinishedRun
from dashboard.charts.compare_agreement import compare_agreement_figure
from dashboard.charts.compare_curves import compare_curves_figure
from dashboard.charts.compare_intervals import WORDS as MEASURES
from dashboard.charts.compare_intervals import compare_intervals_figure
from dashboard.compare import comparisons, disagreements
from dashboard.components.figure_cache import cached_figure
from dashboard.components.show import file_name, show
from dashboard.format import Markdown, count, plain, share
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import page_url, widget_sync

Report = Mapping[str, Any]
_ICONS = {
    "classical": ":orange[:material/emoji_events:]",
    "network": ":primary[:material/emoji_events:]",
    "tie": ":blue[:material/balance:]",
    "unknown": ":gray[:material/help:]",
}
_CURVES = {"roc": "ROC", "precision": "Precision-recall"}
_STANDINGS = {"wins": "finds more", "loses": "finds less", "tie": "no difference", "": "the run"}


def verdict(report: Report, says: Nouns) -> None:
    """Draw who finds more, what to do about it, and what must be known about the numbers."""
    found = report["verdict"]
    rows = says.count(report["rows"], "test" if report["judged"] == "test" else "")
    with st.container(border=True, key="compare_verdict", gap="small"):
        st.markdown(f"### {_ICONS[found['kind']]} {says(plain(found['sentence']))}")
        if report["beside"]:
            st.markdown(says(plain(report["beside"])))
        for sentence in [*found["advice"], *report["advice"]]:
            st.markdown(f":material/lightbulb: {says(plain(sentence))}")
        known = f", {count(report['anomalies'])} of them anomalies" if report["anomalies"] else ""
        how = f"{rows}{known}; intervals from {count(report['draws'])} bootstrap draws" if report["draws"] else rows
        said = [f"Compared on {how}.", *report["notes"]]
        if report["draws"]:
            said.append(
                "All detectors are judged on the same draws. One finds more where AUROC or average precision is better "
                "beyond doubt and the other is not worse, after a correction for so many comparisons at once."
            )
        st.caption(says(plain(" ".join(said))))


def measures(report: Report, name: str, says: Nouns) -> None:
    """Draw the table of all detectors and the figure of one measure."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_measures_head"):
        st.header(
            "Detectors",
            width="stretch",
            anchor=False,
            help=links.more(says("All on the same rows."), "comparing", "how-it-is-measured"),
        )
        _download(report, name, says)
    _table(report, says)
    for one in report["detectors"]:
        if one["problem"] or one["note"]:
            icon = ":red[:material/error:]" if one["problem"] else ":material/info:"
            st.caption(f"{icon} {plain(one['title'])}: {says(plain(one['problem'] or one['note']))}")


@st.fragment(key="compare_figures")
def figures(report: Report, run_name: str, says: Nouns) -> None:
    """Draw curves and intervals where there are labels, and the agreement of all with all."""
    drawn, height = hash(tuple(_names(report))), 460 if len(report["detectors"]) > 4 else 360
    left, right = st.columns(2, gap="medium")
    if report["draws"]:
        with left, st.container(border=True, key="compare_curves_card"):
            kind = _choice("Curve", "curve", _CURVES)
            share_odd = report["anomalies"] / max(1, report["anomalies"] + report["normal"])
            figure = cached_figure(
                ("compare curves", report["run"], drawn, kind),
                lambda: compare_curves_figure(kind, report["curves"][kind], anomalies=share_odd, height=height),
            )
            show(figure, f"compare_{kind}", run_name)
        with right, st.container(border=True, key="compare_intervals_card"):
            measure = _choice("Measure", "measure", MEASURES)
            figure = cached_figure(
                ("compare intervals", report["run"], drawn, measure),
                lambda: compare_intervals_figure(measure, report["detectors"], least=height),
            )
            show(figure, "compare_intervals", run_name)
        left, right = st.columns(2, gap="medium")
    if len(report["agreement"]["names"]) < 2:
        return
    with left, st.container(border=True, key="compare_agreement_card"):
        agree = _choice("Agreement", "agree", {name: title for name, (title, _) in AGREEMENTS.items()})
        figure = cached_figure(
            ("compare agreement", report["run"], drawn, agree),
            lambda: compare_agreement_figure(agree, report["agreement"], says=says, height=height + 40),
        )
        show(figure, "compare_agreement", run_name)
    with right, st.container(border=True, key="compare_disagreements_card"):
        disagreements.disagreements(report, height + 60, says)


def _choice(label: Markdown, name: str, titles: Mapping[str, str]) -> str:
    """A choice that the address holds under ``name``; the first is the default."""
    first = next(iter(titles))
    now = page_url.param(name) if page_url.param(name) in titles else first
    st.segmented_control(
        label,
        list(titles),
        required=True,
        format_func=titles.__getitem__,
        default=now,
        key=widget_sync.key(f"compare_{name}", now),
        on_change=_chosen,
        args=(name, first),
        label_visibility="collapsed",
    )
    return now


def _chosen(name: str, first: str) -> None:
    chosen = widget_sync.value(f"compare_{name}")
    page_url.set_params(**{name: None if chosen == first else chosen})
    st.rerun("compare_figures")


def _names(report: Report) -> list[str]:
    return [one["name"] for one in report["detectors"]]


def _table(report: Report, says: Nouns) -> None:
    import pandas as pd

    able = [one for one in report["detectors"] if not one["problem"]]
    columns: dict[str, list[Any]] = {"Detector": [one["title"] for one in able]}
    if report["draws"]:
        columns["Against the run"] = [_STANDINGS[one["standing"]] for one in able]
        for name, title in MEASURES.items():
            columns[title] = [_interval(one["measures"][name]) for one in able]
    columns |= {
        "Learnt from": [one["learnt_from"] for one in able],
        "Fit": [one["fit_seconds"] for one in able],
        "Score": [one["score_seconds"] for one in able],
    }
    config = st.column_config
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "Detector": config.TextColumn(pinned=True, width=142),
            "Against the run": config.TextColumn(
                width=104,
                help=links.more(
                    "Finds more or less beyond doubt, after a correction for so many comparisons at once.",
                    "comparing",
                    "how-it-is-measured",
                ),
            ),
            "AUROC": config.TextColumn(
                width=134,
                help=links.more(says("Chance that an anomaly outscores a normal row, at 95 %."), "metrics", "auroc"),
            ),
            "Average precision": config.TextColumn(
                width=134, help=links.more("Mean precision over all recalls, at 95 %.", "metrics", "average-precision")
            ),
            "Precision": config.TextColumn(
                width=134,
                help=links.more(
                    says(f"Of the rows flagged, the anomalies; every detector flags {share(report['share'])}."),
                    "metrics",
                    "precision",
                ),
            ),
            "Recall": config.TextColumn(
                width=134,
                help=links.more(f"Of the anomalies, those flagged ({share(report['share'])}).", "metrics", "recall"),
            ),
            "Learnt from": config.NumberColumn(
                format="localized", width=76, help=links.more(says("Training rows."), "comparing", "how-it-is-measured")
            ),
            "Fit": config.NumberColumn(
                format="%.2f s",
                width=66,
                help=links.more("Seconds to learn; of a run its training.", "comparing", "how-it-is-measured"),
            ),
            "Score": config.NumberColumn(
                format="%.2f s",
                width=66,
                help=links.more(says("Seconds to score the compared rows."), "comparing", "how-it-is-measured"),
            ),
        },
        key="compare_table",
        alt="Every detector with its measures, their intervals, and its time",
    )


def _interval(interval: Mapping[str, float]) -> str:
    return f"{interval['value']:.3f}  [{interval['low']:.3f}, {interval['high']:.3f}]"


def _download(report: Report, run_name: str, says: Nouns) -> None:
    st.download_button(
        "Scores as CSV",
        lambda: comparisons.scores(FinishedRun.open(cache.workspace(), report["run"]), report).to_csv(index=False),
        file_name=f"{file_name('comparison', run_name)}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="compare_download",
        on_click="ignore",
        help=links.more(
            says("Every compared row with its label, the run's score and each classical detector's."),
            "pages",
            "the-verdict",
        ),
    )
