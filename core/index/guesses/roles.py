"""Guesses the role of each column (feature, label, time, group, split), with a reason in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from core.index.guesses.facts import Facts
from core.index.guesses.kinds import ColumnKind
from core.index.guesses.names import joined, says_identifier, says_time, tells_of_label, words

ROLES = ("feature", "label", "time", "group", "split", "ignored")
SINGLE_ROLES = ("label", "time", "group", "split")
"""Roles that one column at most can have."""
FEATURE_KINDS = ("number", "integer code", "category", "boolean", "datetime", "constant")
"""Kinds that a network for tables can read."""
MOST_LABELS = 100
"""A column of more different values than this cannot be the label."""

_LABEL_NAMES = (
    "label", "labels", "isanomaly", "anomaly", "anomalylabel", "isoutlier", "outlier", "isfraud", "fraud", "isattack",
    "attack", "attacktype", "attackcat", "anomalous", "abnormal", "isabnormal", "intrusion", "malicious",
    "ismalicious", "isfault", "isfailure", "isdefect", "groundtruth", "truth", "fraudlabel", "fraudulent",
    "classlabel", "target", "class", "y",
)  # fmt: skip
"""Names of label columns, the surest first."""
_WEAK_LABEL_NAMES = {"target", "class", "y", "truth"}
_WEAK_LAST_NAMES = {
    "outcome", "result", "fault", "diagnosis", "defect", "failure", "default", "churn", "machinefailure",
}  # fmt: skip
_FIRST_CLASSES = 10
_SPLIT_NAMES = {"split", "subset", "fold", "partition", "set", "part", "dataset", "istrain", "istest", "traintest"}
TRAIN_WORDS = frozenset({"train", "training", "fit", "learn"})
VALIDATION_WORDS = frozenset({"validation", "valid", "val", "dev", "develop", "development"})
TEST_WORDS = frozenset({"test", "testing", "holdout", "eval", "evaluation", "judge", "judged"})
_PART_WORDS = TRAIN_WORDS | VALIDATION_WORDS | TEST_WORDS


LIKE_LABEL = "Its name says label, as that of the label column does: it would give the answer."
TELLS = "Its name tells of the label, so that it would give the answer away (a leak)."
"""Why columns beside a label are not read."""


@dataclass(frozen=True)
class Role:
    """A guess: the role and why."""

    role: str
    reason: str


def guess_roles(facts: list[Facts], kinds: list[ColumnKind]) -> list[Role]:
    """The role of every column, with one label, one time, one group and one split column at most."""
    label, label_likes = _find_label(facts, kinds)
    time = _find_time(facts, kinds, taken=label)
    roles = []
    group_found = split_found = False
    for place, (fact, kind) in enumerate(zip(facts, kinds, strict=True)):
        if place == label:
            role = Role("label", "Its name says label and it has few different values.")
        elif place in label_likes:
            role = Role("ignored", LIKE_LABEL)
        elif label is not None and tells_of_label(fact.name):
            role = Role("ignored", TELLS)
        elif place == time:
            role = Role("time", "It orders the rows. Make it a feature to learn its daily and weekly rhythm.")
        elif not split_found and _is_split(fact):
            role, split_found = Role("split", "It names the part that each row belongs to."), True
        elif not group_found and _is_group(fact, kind):
            role, group_found = Role("group", "Its name says identifier and its values repeat."), True
        else:
            role = default_role(kind.kind)
        roles.append(role)
    return roles


def default_role(kind: str) -> Role:
    """The role of a column of which nothing but the kind is known."""
    reasons = {
        "constant": "It is the same in every row, so nothing can be learned from it.",
        "identifier": "It names the row and says nothing about it.",
        "text": "Free text needs a model for text.",
    }
    if kind in reasons:
        return Role("ignored", reasons[kind])
    return Role("feature", "Nothing speaks against learning from it.")


def _find_label(facts: list[Facts], kinds: list[ColumnKind]) -> tuple[int | None, set[int]]:
    """The place of the label column, and the places of others whose names say label too."""
    ranked: list[tuple[int, int]] = []
    for place, (fact, kind) in enumerate(zip(facts, kinds, strict=True)):
        rank = _label_rank(fact, kind)
        if rank is not None:
            ranked.append((rank, place))
    if not ranked:
        return None, set()
    _, label = min(ranked)
    weak = {place for rank, place in ranked if joined(facts[place].name) in _WEAK_LABEL_NAMES | _WEAK_LAST_NAMES}
    return label, {place for _, place in ranked} - {label} - weak


def _label_rank(fact: Facts, kind: ColumnKind) -> int | None:
    """How surely a column is the label, smaller is surer; None when it is not."""
    name = joined(fact.name)
    few = 0 < fact.distinct <= min(MOST_LABELS, max(2, fact.filled // 5)) and kind.kind != "datetime"
    if not few or (kind.kind == "number" and not fact.whole):
        return None
    if name in _LABEL_NAMES:
        # A weak name with many levels is a label only where labels stand, in the last column.
        # Or in the first, where the wines of UCI have them.
        first = fact.first and name == "class" and fact.distinct <= _FIRST_CLASSES
        if name in _WEAK_LABEL_NAMES and not (fact.distinct == 2 or fact.last or first):
            return None
        return _LABEL_NAMES.index(name)
    weak = name in _WEAK_LAST_NAMES and fact.last and fact.distinct == 2
    return len(_LABEL_NAMES) if weak else None


def _find_time(facts: list[Facts], kinds: list[ColumnKind], taken: int | None) -> int | None:
    """The place of the column that orders the rows: a date, or a counter of time that never decreases."""
    dates = [place for place, kind in enumerate(kinds) if kind.kind == "datetime" and place != taken]
    if dates:
        return min(dates, key=lambda place: (not facts[place].sample.dropna().is_monotonic_increasing,
                                             facts[place].missing > 0, place))  # fmt: skip
    for place, (fact, kind) in enumerate(zip(facts, kinds, strict=True)):
        counter = kind.kind in {"number", "identifier"} and fact.type in {"integer", "float"}
        named = says_time(fact.name) or joined(fact.name) in {"t", "seconds", "step"}
        steady = fact.missing == 0 and fact.distinct > max(20, fact.rows // 10)
        if counter and named and steady and place != taken and bool(fact.sample.is_monotonic_increasing):
            return place
    return None


def _is_split(fact: Facts) -> bool:
    values = {value.lower() for value, _ in fact.values}
    if not 2 <= len(values) <= 3 or joined(fact.name) not in _SPLIT_NAMES:
        return False
    flag = joined(fact.name) in {"istrain", "istest"} and values <= {"0", "1", "true", "false", "yes", "no"}
    return values <= _PART_WORDS or flag


def _is_group(fact: Facts, kind: ColumnKind) -> bool:
    """An identifier whose values repeat: a machine, a customer, a session."""
    repeats = 2 <= fact.distinct <= fact.filled / 3
    named = says_identifier(fact.name) and words(fact.name)[-1] in {"id", "uuid", "guid", "key"}
    return (
        repeats
        and named
        and kind.kind in {"number", "integer code", "category"}
        and (fact.type == "text" or fact.whole)
    )


__all__ = [
    "FEATURE_KINDS",
    "LIKE_LABEL",
    "MOST_LABELS",
    "ROLES",
    "SINGLE_ROLES",
    "TELLS",
    "Role",
    "default_role",
    "guess_roles",
]
