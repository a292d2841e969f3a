"""The settings and metrics of one run, or of two beside each other with what differs set off."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import format, forms, theme
from dashboard.components import run_words
from dashboard.state import drafts
from dashboard.state.drafts import SECTIONS, Draft

if TYPE_CHECKING:
    from core.catalogue import ModelInfo
    from core.params import Param
    from core.store.records import Run

_MARK = " "
"""The column that says what differs, for who does not see colours."""
Row = tuple[str, str, str]
"""Group, setting, value."""


def settings_rows(run: "Run", models: "Sequence[ModelInfo]") -> list[Row]:
    """Every setting that has an effect on the run, as people write it."""
    draft = drafts.from_recipe(run.recipe)
    model = next((m for m in models if m.name == draft["model"]), None)
    rows = [
        ("Recipe", "Preset", draft["preset"] or "–"),
        ("Recipe", "Variant", model.title if model else draft["model"]),
    ]
    if model is None:
        rows += [("Network", name, forms.as_text(value)) for name, value in drafts.settings_of(draft).items()]
    else:
        rows += _rows("Network", drafts.model_params(model, drafts.settings_of(draft)), drafts.settings_of(draft))
    for section in SECTIONS:
        rows += _rows(section.capitalize(), _effective(draft, section), draft[section])
    rows += _rows("Run", drafts.RUN, draft)
    return [*rows, ("Run", "Device", str((run.result or {}).get("device") or draft["device"]))]


def metric_rows(run: "Run") -> list[Row]:
    """What a run came to, as people write it; a dash where there is nothing."""
    result = run.result or {}
    numbers = (
        ("AUROC", "auroc"),
        ("Average precision", "average_precision"),
        ("F1", "f1"),
        ("Precision", "precision"),
        ("Recall", "recall"),
        ("Threshold", "threshold"),
    )
    counts = (("Flagged", "flagged"), ("Epochs", "epochs"), ("Kept epoch", "best_epoch"), ("Parameters", "parameters"))
    rows = [("Result", "State", run_words.state_label(run.state))]
    rows += [("Result", label, format.number(result.get(name), 4)) for label, name in numbers]
    rows += [("Result", label, _count(result.get(name))) for label, name in counts]
    rows += [("Result", "Background rejection at ε_s = 0.3", _rejection(result.get("background_rejection")))]
    rows += [("Result", "Trained for", format.duration(run_words.took(run)))]
    return [row for row in rows if row[2] != "–" or row[1] in {"AUROC", "Average precision"}]


def side_by_side(a: Sequence[Row], b: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """Both runs' rows joined by group and setting, in the order of the first; a dash where one has none."""
    left, right = ({(group, label): value for group, label, value in rows} for rows in (a, b))
    keys = list(dict.fromkeys([*left, *right]))
    order = list(dict.fromkeys(group for group, _ in keys))
    keys.sort(key=lambda key: order.index(key[0]))
    return [(group, label, left.get((group, label), "–"), right.get((group, label), "–")) for group, label in keys]


def one_table(rows: Sequence[Row], key: str) -> None:
    """Draw one run's rows."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=["Group", "Setting", "Value"])
    st.dataframe(frame, hide_index=True, key=key, height=min(430, 38 + 35 * len(frame)))


def two_tables(rows: Sequence[tuple[str, str, str, str]], names: tuple[str, str], key: str) -> None:
    """Draw two runs' rows; what differs is set off by colour and a sign."""
    import pandas as pd

    # Two runs may have the same name; a table may not have the same column twice.
    first, second = names if names[0] != names[1] else (names[0], f"{names[1]} (2)")
    marked = [("≠" if row[2] != row[3] else "", *row) for row in rows]
    frame = pd.DataFrame(marked, columns=[_MARK, "Group", "Setting", first, second])
    tint = f"background-color: {theme.palette().accent}22"
    style = frame.style.apply(lambda row: [tint if row[_MARK] else ""] * len(row), axis=1)
    widths = {_MARK: 36, "Group": 90, "Setting": 240}
    config = {name: st.column_config.TextColumn(width=width) for name, width in widths.items()}
    height = min(620, 38 + 35 * max(1, len(frame)))
    st.dataframe(style, hide_index=True, key=key, height=height, column_config=config)


def _effective(draft: Draft, section: str) -> "tuple[Param, ...]":
    """A group's settings without the ones that another overrules."""
    shown = drafts.params_of(draft, section)
    if section != "training":
        return shown
    overruled = {
        name
        for a, b in (("steps", "epochs"), ("warmup_steps", "warmup_epochs"))
        for name in [b if draft[section].get(a) else a]
    }
    return tuple(p for p in shown if p.name not in overruled)


def _rows(group: str, params: "Sequence[Param]", values: Mapping[str, Any]) -> list[Row]:
    full = {p.name: values.get(p.name, p.default) for p in params} | dict(values)
    return [(group, p.label, _value(p, full[p.name])) for p in params if p.applies(full)]


def _value(p: "Param", value: Any) -> str:
    return forms.words(str(value)) if p.choices else forms.as_text(value) or "none"


def _count(value: Any) -> str:
    return "–" if value is None else format.count(value)


def _rejection(rejection: Mapping[str, Any] | None) -> str:
    if not rejection or rejection.get("value") is None:
        return "–"
    return ("at least " if rejection.get("bound") else "") + format.number(float(rejection["value"]), 4)
