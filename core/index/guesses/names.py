"""Words in a column's name that hint at its kind and role: identifier, time, code."""

import re


def words(name: str) -> list[str]:
    """The words of a name in lower case: ``isFraud`` and ``is_fraud`` are both ``is``, ``fraud``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word for word in re.split(r"[^A-Za-z0-9]+", spaced.lower()) if word]


def joined(name: str) -> str:
    """The words of a name without anything between them."""
    return "".join(words(name))


_LABEL_STEMS = {
    "anomaly", "anomalies", "anomalous", "outlier", "outliers", "fraud", "fraudulent", "attack", "attacks", "intrusion",
    "malicious", "label", "labels", "changepoint", "changepoints", "groundtruth",
}  # fmt: skip
_BESIDE_STEMS = {
    "is", "has", "of", "id", "ids", "type", "cat", "category", "name", "class", "kind", "family", "score", "prob",
    "probability", "reason", "source", "flag", "code", "start", "end", "group", "number", "no", "description",
    "segment", "subtype", "level", "severity", "date", "time", "timestamp",
}  # fmt: skip
_ID_ENDINGS = {"id", "uuid", "guid", "key", "hash", "index", "idx", "no", "nr", "num", "number"}
_TIME_WORDS = {"time", "timestamp", "datetime", "date", "ts", "epoch", "created", "updated", "modified", "day", "dt"}
_CODE_WORDS = {
    "code", "type", "class", "status", "category", "cat", "kind", "port", "proto", "protocol", "flag", "flags",
    "zone", "region", "state", "method", "mode", "channel", "currency", "country", "mcc", "label", "cluster",
}  # fmt: skip


def tells_of_label(name: str) -> bool:
    """Whether a column beside a label tells what it tells: ``changepoint``, ``is_fraud_score``, ``anomaly_id``.

    Every word of the name must say so: ``heart_attack_before`` says something else.
    """
    parts = words(name)
    if joined(name) in _LABEL_STEMS:
        return joined(name).startswith("changepoint")
    known = all(part in _LABEL_STEMS or part in _BESIDE_STEMS or part.isdigit() for part in parts)
    return len(parts) > 1 and known and bool(_LABEL_STEMS & set(parts))


def says_identifier(name: str) -> bool:
    """Whether the name is that of an identifier, such as ``user_id``, ``uuid`` or ``index``."""
    parts = words(name)
    return bool(parts) and (parts[-1] in _ID_ENDINGS or joined(name) in {"rowid", "rownum", "unnamed0", "recordid"})


def says_strong_identifier(name: str) -> bool:
    """Whether the name leaves no doubt: its last word is ``id``, ``uuid``, ``guid`` or ``hash``."""
    parts = words(name)
    return bool(parts) and (parts[-1] in {"id", "uuid", "guid", "hash"} or joined(name) in {"rowid", "recordid"})


def says_time(name: str) -> bool:
    """Whether the name is that of a moment, such as ``timestamp`` or ``created_at``."""
    parts = words(name)
    return bool(parts) and (bool(_TIME_WORDS & set(parts)) or parts[-1] == "at")


def says_code(name: str) -> bool:
    """Whether the name is that of a code, such as ``status`` or ``error_code``."""
    parts = words(name)
    return bool(parts) and (parts[-1] in _CODE_WORDS or parts[-1].endswith("code"))
