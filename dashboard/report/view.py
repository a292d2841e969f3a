"""What the Explore page shows in this browser, as the view that a report opens with."""

from typing import Any

from core.export.view import ReportView
from core.thresholds import THRESHOLDS, UNITS
from core.thresholds.texts import settings_from_text
from dashboard.explore import explore_address as address
from dashboard.explore import selection
from dashboard.explore.shared_run import SharedRun
from dashboard.state import page_url


def current(run: SharedRun) -> ReportView:
    """The explorer's state in this browser: score, threshold, rows and axes."""
    cut = address.cut(run)
    rule: str = ""
    settings: dict[str, Any] = {}
    rule_text = page_url.param("rule")
    if not cut.own and not cut.problem:
        if rule_text in THRESHOLDS and rule_text not in UNITS:
            rule, settings = rule_text, settings_from_text(rule_text, page_url.param("threshold")) or {}
        else:
            number = THRESHOLDS[cut.rule].number()
            rule, settings = cut.rule, {number.name: cut.number} if number else {}
    chosen = selection.current(run)
    shown, zoom = address.shown_name(run), address.zoom()
    return ReportView(
        score=run.score,
        rule=rule,
        settings=settings,
        rows="" if shown == run.row_choices[0] else shown,
        axes=tuple(sorted(address.axes(run))) if page_url.param("axes") else None,
        zoom=None if zoom is None else (zoom[0], zoom[1]),
        second=address.second(),
        band=chosen.band,
        cell=chosen.cell,
        area=chosen.area,
        projection=page_url.param("projection") if chosen.area else "",
        family=(chosen.family.number, chosen.family.threshold, chosen.family.parts) if chosen.family else None,
        where=tuple(tuple(one.to_list()) for one in chosen.where),
        time=chosen.time,
    )
