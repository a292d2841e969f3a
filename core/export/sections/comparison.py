"""The honest comparison: the run beside classical detectors on the same rows, and the checks that it passed or not."""

from typing import Any

from core.compare.files import folder, read_checks, read_report
from core.drawing.markup import Markup, join, table, tag
from core.export import figures
from core.export.context import ReportContext
from core.export.section import ReportSection
from core.export.sections import SECTIONS
from core.export.sections import _comparison_details as details
from core.modalities.nouns import Nouns
from core.words import count, duration, number

_STANDINGS = {"wins": ("finds more", "anomaly"), "loses": ("finds less", "muted"), "tie": ("no difference", "muted")}
_LEVELS = {"warning": ("look at it", "anomaly"), "fine": ("fine", "accent"), "skipped": ("not applicable", "muted")}


_DRAWN = {"auroc": "AUROC", "average_precision": "Average precision"}


@SECTIONS.register("comparison")
class ComparisonSection(ReportSection):
    """Verdict, intervals, checks."""

    title = "Compared with other methods"
    order = 50

    def build(self, context: ReportContext) -> Markup | None:
        """The newest comparison that was made of the run's own score; None where there is none, and no checks."""
        if context.run.score:
            return None
        report = newest(context)
        checks = report["checks"] if report else read_checks(context.run)
        if report is None and not checks:
            return None
        return join([_compared(report, context.says) if report else None, _checked(checks or [], context.says)])


def newest(context: ReportContext) -> dict[str, Any] | None:
    """The comparison with most detectors; None before any was made."""
    artifacts, run_id = context.space.artifacts, context.run.id
    names = [name.rsplit("/", 1)[1] for name in artifacts.list(f"{folder(run_id)}/reports") if name.endswith(".json")]
    found = [read_report(context.run, name.removesuffix(".json")) for name in names]
    return max((one for one in found if one), key=lambda one: len(one["detectors"]), default=None)


def _compared(report: dict[str, Any], says: Nouns) -> Markup:
    verdict = report["verdict"]
    able = [one for one in report["detectors"] if not one["problem"]]
    measured = [one for one in able if one["measures"]]
    return join(
        [
            tag(
                "p",
                says(
                    f"The same {count(report['rows'])} judged rows were given to {count(len(able) - 1)} other "
                    "detectors, which learned from the same training rows."
                ),
            ),
            tag("p", tag("b", says(verdict["sentence"])), class_="promise"),
            [
                tag("p", says(sentence))
                for sentence in [*verdict.get("advice", []), *report.get("advice", []), report.get("beside", "")]
                if sentence
            ],
            [_drawn(measured, name) for name in _DRAWN] if len(measured) > 1 else None,
            _table(able, measured),
            details.failed(report, says),
            [
                tag("p", says(note), class_="quiet")
                for note in [details.caption(report, says), *report.get("notes", [])]
            ],
            details.curves(report),
            details.agreement(report, says),
            details.disagreements(report, says),
        ]
    )


def _drawn(measured: list[dict[str, Any]], name: str) -> Markup:
    """One measure of all detectors with its intervals, the best on top."""
    own = measured[0]
    order = sorted(measured, key=lambda one: -one["measures"][name]["value"])
    lines = [(one["title"], *_interval(one, name), one is own) for one in order]
    words = tag("span", "the dot is the value, the line the 95 % bootstrap interval")
    return tag("figure", tag("figcaption", _DRAWN[name], words), figures.intervals(lines, label=_DRAWN[name]))


def _table(able: list[dict[str, Any]], measured: list[dict[str, Any]]) -> Markup:
    rows = []
    for one in able:
        words, kind = _STANDINGS.get(one["standing"], ("", "muted"))
        values = [
            number(one["measures"][name]["value"], 3) if one["measures"] else "–"
            for name in ("auroc", "average_precision", "precision", "recall")
        ]
        rows.append(
            [
                tag("span", one["title"], class_="name" if one is able[0] else None),
                *values,
                _seconds(one["fit_seconds"]),
                tag("span", words, class_=f"tag {kind}") if words else "this run" if one is able[0] else "",
            ]
        )
    headings = ["Detector", "AUROC", "Average precision", "Precision", "Recall", "Learned in", "Against this run"]
    return table(headings, rows, numeric=(1, 2, 3, 4, 5), class_="compared") if measured else Markup("")


def _seconds(seconds: float | None) -> str:
    return "< 0.1 s" if seconds is not None and seconds < 0.05 else duration(seconds)


def _interval(one: dict[str, Any], name: str) -> tuple[float, float, float]:
    found = one["measures"][name]
    return found["value"], found["low"], found["high"]


def _checked(checks: list[dict[str, Any]], says: Nouns) -> Markup | None:
    told = [check for check in checks if check["level"] != "skipped"]
    if not told:
        return None
    rows = []
    for check in told:
        words, kind = _LEVELS.get(check["level"], (check["level"], "muted"))
        why = " ".join(part for part in (check.get("why", ""), check.get("remedy", "")) if part)
        rows.append(
            [
                tag("span", says(check["title"]), class_="name"),
                tag("span", words, class_=f"tag {kind}"),
                [
                    says(check["found"]),
                    tag("span", says(f" {why}"), class_="quiet") if why and check["level"] == "warning" else None,
                ],
            ]
        )
    return join([tag("h3", "Checks of the run"), table(["Check", "Result", "What was found"], rows, class_="checks")])
