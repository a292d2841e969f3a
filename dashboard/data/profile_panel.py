"""The profile of a dataset: a column's values (by class where there are labels), missing values, correlation."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.charts.column_values import column_values_figure
from dashboard.charts.correlation import correlation_figure
from dashboard.charts.missing_values import missing_values_figure
from dashboard.components.facts import facts
from dashboard.components.show import show
from dashboard.format import count, number, plain, share
from dashboard.help import links
from dashboard.server import cache
from dashboard.state import page_url, widget_sync
from dashboard.state.kind import nouns_for

if TYPE_CHECKING:
    from core.index.profile import ColumnProfile, Profile
    from core.index.schema import Schema
    from core.store.records import Dataset

_UNTOLD = ("identifier", "constant")
"""Kinds of columns whose values tell nothing in a figure."""


def profile_panel(dataset: "Dataset", schema: "Schema") -> None:
    """Draw the profile."""
    with st.spinner("Looking at the columns…"):
        profile = cache.profile(dataset.id, cache.version(dataset))
    _column(dataset, schema, profile)
    _missing(dataset, profile)
    _correlation(dataset, profile)
    if profile.note:
        st.caption(plain(profile.note))


def _column(dataset: "Dataset", schema: "Schema", profile: "Profile") -> None:
    names = [c.name for c in profile.columns]
    # Where no column is a feature, one whose values can be counted.
    first = [c.name for c in schema.features] or [c.name for c in profile.columns if c.kind not in _UNTOLD]
    name = page_url.param("column")
    picker = f"profile_column:{dataset.id}"
    shown = name if name in names else (first or names)[0]
    with st.container(border=True, key="profile_values"):
        top = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
        with top:
            st.selectbox(
                "Column",
                names,
                index=names.index(shown),
                key=widget_sync.key(picker, shown),
                on_change=lambda: page_url.set_params(column=widget_sync.value(picker)),
                width=320,
            )
            options = (["By class"] if schema.labelled else []) + ["Log counts"]
            marks = st.pills(
                "Show", options, selection_mode="multi", default=options[:-1], key=f"profile_marks:{dataset.id}"
            )
        column = profile.column(shown)
        chart, side = st.columns([3, 1], gap="medium")
        with chart:
            by_class = cache.by_class(dataset.id, cache.version(dataset), column.name) if "By class" in marks else None
            fig = column_values_figure(
                column,
                by_class,
                unit=schema.column(column.name).unit,
                log="Log counts" in marks,
                says=nouns_for(dataset),
            )
            show(fig, "column_values", dataset.name)
        with side:
            _facts(column)


def _facts(column: "ColumnProfile") -> None:
    lines = [
        ("Kind", column.kind),
        ("Role", column.role),
        ("Missing", share(column.missing)),
        ("Different values", count(column.distinct)),
    ]
    if column.kind != "datetime" and column.mean is not None:
        low, high = column.exact if column.exact[0] else _apart(column.low, column.high)
        lines += [
            ("Smallest", low),
            ("Median", number(column.median, 4)),
            ("Mean", number(column.mean, 4)),
            ("Largest", high),
            ("Standard deviation", number(column.std, 4)),
        ]
    facts(lines, numbers=True)


def _apart(low: float | None, high: float | None) -> tuple[str, str]:
    """The ends of a column with the digits that tell them apart."""
    for digits in range(4, 18):
        texts = number(low, digits), number(high, digits)
        if texts[0] != texts[1] or low == high:
            break
    return texts


def _missing(dataset: "Dataset", profile: "Profile") -> None:
    holes = [c for c in profile.columns if c.missing > 0]
    with st.container(border=True, key="profile_missing"):
        if holes:
            show(missing_values_figure(profile, nouns_for(dataset)), "missing_values", dataset.name)
        else:
            st.markdown("**Missing values**")
            st.caption(f"Every {nouns_for(dataset).sample} has a value in every column.")


def _correlation(dataset: "Dataset", profile: "Profile") -> None:
    if len(profile.correlation.columns) < 2:
        return
    with st.container(border=True, key="profile_correlation"):
        kind = st.segmented_control(
            "Correlation",
            ["Pearson", "Spearman"],
            default="Pearson",
            required=True,
            key="correlation_kind",
            label_visibility="collapsed",
            help=links.more(
                "Pearson: straight lines. Spearman: ranks, so that any rising curve counts and far values do not.",
                "pages",
                "what-the-columns-hold",
            ),
        )
        show(correlation_figure(profile.correlation, str(kind)), "correlation", dataset.name)
