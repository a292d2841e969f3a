"""The confusion matrix as a small table of the page: redrawn with every move of the threshold, read by screen readers.

The figure of it, which downloads as a picture, is :mod:`dashboard.charts.confusion`.
"""

import streamlit as st

from core.scoring.evaluation import Confusion, ratio
from dashboard import theme
from dashboard.charts.words import faded
from dashboard.format import count, share


def confusion_cells(counts: Confusion) -> None:
    """Two rows by two columns; right and wrong differ in colour, and the fuller a cell, the stronger its colour."""
    caught, missed = counts.true_positives, counts.false_negatives
    alarms, passed = counts.false_positives, counts.true_negatives
    lines = (
        ("Anomaly", _cell(caught, caught + missed, "caught", right=True), _cell(missed, caught + missed, "missed")),
        (
            "Normal",
            _cell(alarms, alarms + passed, "false alarms"),
            _cell(passed, alarms + passed, "passed", right=True),
        ),
    )
    body = "".join(f"<tr><th scope='row'>{name}</th>{flagged}{rest}</tr>" for name, flagged, rest in lines)
    head = "<tr><td></td><th scope='col'>Flagged</th><th scope='col'>Not flagged</th></tr>"
    st.html(f"<table class='confusion' aria-label='Confusion matrix'>{head}{body}</table>")


def _cell(n: int, total: int, word: str, *, right: bool = False) -> str:
    colours, part = theme.palette(), ratio(n, total)
    fill = faded(colours.accent if right else colours.anomaly, 0.07 + 0.4 * (part or 0.0))
    return f"<td style='background:{fill}'><b>{count(n)}</b><br>{share(part)} {word}</td>"
