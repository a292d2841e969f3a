"""Saves a threshold as the run's own: pages, reports and the scoring of new rows use it until somebody changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.metrics.evaluation import Confusion
from core.metrics.groups import CLASSES, PARTS
from core.notes.note import Note, in_order
from core.thresholds.lab import Outcome
from core.thresholds.texts import rule_words

if TYPE_CHECKING:
    from core.results.finished_run import FinishedRun

SET_BY = "threshold_set_by"
"""Where a model and a result say which rule set the threshold after the training; absent where the recipe did."""
TRAINED = "as_trained"
"""Where a result keeps what it said before its threshold was changed, for who goes back."""
_ABOUT = ("threshold", "flagged", "judging")
"""Kinds of notes that a threshold decides."""


def save_threshold(run: FinishedRun, outcome: Outcome) -> None:
    """Write the threshold into the run's detector and its result, of the score that the run was opened with.

    Parameters
    ----------
    run
        A finished run; it is to be opened anew behind this.
    outcome
        A rule's outcome that has a threshold.
    """
    from core.detector.result import result_notes

    assert outcome.threshold is not None
    before = _result(run)
    changed = _measured(run, outcome.threshold)
    notes = [note for note in map(Note.from_dict, before.get("notes", ())) if note.kind not in _ABOUT]
    said = {"unmeasured": ""} | before | changed
    about = [note for note in result_notes(said, run.nouns) if note.kind in _ABOUT]
    told = in_order([*notes, *about])
    kept = before.get(TRAINED)
    if kept is None and SET_BY not in before:
        kept = {name: before[name] for name in sorted(DECIDED) if name in before}
    by = {"rule": outcome.rule, "title": outcome.title, "settings": dict(outcome.settings)}
    after = before | changed | {"threshold": outcome.threshold, SET_BY: by}
    if "notes" in before:
        after |= {"notes": [note.to_dict() for note in told], "note": " ".join(note.text for note in told)}
    _write(run, after | ({TRAINED: kept} if kept else {}))


def can_restore(result: Mapping[str, Any]) -> bool:
    """Whether it is known what threshold a run was trained with, and it has another one now."""
    return TRAINED in result


def restore_threshold(run: FinishedRun) -> None:
    """Go back to the threshold that the run was trained with."""
    result = _result(run)
    kept = result.pop(TRAINED, None)
    if kept is None:
        return
    _write(run, {name: value for name, value in result.items() if name not in DECIDED} | kept)


def trained_threshold(result: Mapping[str, Any]) -> float | None:
    """The threshold that a run was trained with, as far as its result knows."""
    found = result.get(TRAINED, result).get("threshold")
    return None if found is None else float(found)


DECIDED = frozenset(
    {"threshold", SET_BY, TRAINED, "judged", "rows_judged", "flagged", "parts", "f1", "precision", "recall"}
    | {"notes", "note"}
)
"""The fields of a result that follow from its threshold."""


def set_by(about: Mapping[str, Any]) -> str:
    """Which rule set a model's or a result's threshold, as words: "Alerts per day 7"; empty for the recipe's."""
    stored = about.get(SET_BY)
    return rule_words(str(stored["rule"]), stored["settings"]) if stored else ""


def _measured(run: FinishedRun, threshold: float) -> dict[str, Any]:
    """The fields of a result that the threshold decides, counted in the sorted scores."""
    above, totals = run.groups.above(threshold)[:, :, 0], run.groups.totals
    places = [PARTS.index(part) for part in run.judged]
    flagged, rows = above[places].sum(axis=0), totals[places].sum(axis=0)
    normal, odd = CLASSES.index("normal"), CLASSES.index("anomaly")
    caught, alarms = int(flagged[odd]), int(flagged[normal])
    counts = Confusion(caught, alarms, int(rows[odd]) - caught, int(rows[normal]) - alarms)
    both = bool(rows[odd] and rows[normal])
    return {
        "judged": "test" if run.judged == ("test",) else "all",
        "rows_judged": int(rows.sum()),
        "flagged": int(flagged.sum()),
        "parts": {
            part: {"rows": int(totals[i].sum()), "flagged": int(above[i].sum())}
            for i, part in enumerate(PARTS)
            if totals[i].any()
        },
        "f1": counts.f1 if both else None,
        "precision": counts.precision if both else None,
        "recall": counts.recall if both else None,
    }


def _result(run: FinishedRun) -> dict[str, Any]:
    """The result as it is now: whoever has the run open may have an older one."""
    if not run.score:
        return dict(run.space.store.run(run.id).result or {})
    found: dict[str, Any] = run.space.artifacts.read_json(f"{run.score_folder}/result.json")
    return found


def _write(run: FinishedRun, result: dict[str, Any]) -> None:
    artifacts = run.space.artifacts
    if run.has_networks:
        about: dict[str, Any] = artifacts.read_json(f"{run.score_folder}/model.json")
        about.pop(SET_BY, None)
        by = {SET_BY: result[SET_BY]} if SET_BY in result else {}
        artifacts.write_json(f"{run.score_folder}/model.json", about | {"threshold": result["threshold"], **by})
    artifacts.write_json(f"{run.score_folder}/result.json", result)
    if not run.score:
        run.space.store.write_result(run.id, result)
