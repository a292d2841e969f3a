"""Guesses which values of a label column mean normal, anomaly or unknown."""

MEANINGS = ("normal", "anomaly", "unknown")

_NORMAL = {
    "0", "normal", "benign", "ok", "false", "negative", "neg", "good", "no", "n", "legit", "legitimate", "genuine",
    "inlier", "clean", "background", "healthy", "pass", "passed", "f", "none", "regular", "non-fraud", "nonfraud",
    "not fraud", "valid", "no anomaly", "non-anomaly", "usual", "typical", "bg", "honest", "safe", "off",
}  # fmt: skip
_ANOMALY = {
    "1", "anomaly", "anomalous", "attack", "fraud", "outlier", "true", "positive", "pos", "bad", "yes", "malicious",
    "abnormal", "fail", "failed", "failure", "error", "intrusion", "signal", "defect", "defective", "t", "y", "sick",
    "alert", "malware", "suspicious", "faulty", "fault", "broken", "fraudulent", "on", "unusual", "alarm", "spam",
}  # fmt: skip
_UNKNOWN = {"unknown", "unlabeled", "unlabelled", "?", "-", "n/a", "na", "null", "nan", "undefined", "tbd", "pending"}


def guess_meanings(values: tuple[tuple[str, int], ...]) -> tuple[dict[str, str], str]:
    """What each value of a label column means, and a sentence that says why.

    Parameters
    ----------
    values
        Value and count, most frequent first.
    """
    words = {value: value.strip().strip(".").lower() for value, _ in values}
    unknown = [value for value in words if words[value] in _UNKNOWN]
    known = [value for value in words if value not in unknown]
    if {words[value] for value in known} == {"-1", "1"}:
        # scikit-learn's outlier detectors answer -1 for an outlier, a classifier's classes mean it the other way round:
        # the few are the anomalies.
        counts = dict(values)
        normal = [max(known, key=lambda value: (counts[value], words[value] == "1"))]
        rest = [value for value in known if value not in normal]
        reason = f"{_listed(normal)} is taken as normal, because most rows are that, and {_listed(rest)} as anomaly."
    elif normal := [value for value in known if _is_in(words[value], _NORMAL)]:
        reason = f"{_listed(normal)} is taken as normal, everything else as anomaly."
    elif _anomalies_are_named(words, known):
        anomalies = [value for value in known if _is_in(words[value], _ANOMALY)]
        normal = [value for value in known if value not in anomalies]
        reason = f"{_listed(anomalies)} is taken as anomaly, everything else as normal."
    else:
        normal = known[:1]
        reason = f"No value says normal: the most frequent one, {_listed(normal)}, is taken as normal. Check this."
    meanings = {v: "unknown" if v in unknown else "normal" if v in normal else "anomaly" for v in words}
    return meanings, reason


def _is_in(word: str, vocabulary: set[str]) -> bool:
    return word in vocabulary or word.removesuffix("s") in vocabulary


def _anomalies_are_named(words: dict[str, str], known: list[str]) -> bool:
    """Whether some value says anomaly; a 1 among other numbers is just a class, unless it stands alone."""
    says = [value for value in known if _is_in(words[value], _ANOMALY)]
    numbers = [value for value in known if words[value].lstrip("-").isdigit()]
    return bool(says) and not (len(numbers) > 1 and says == [v for v in says if words[v] == "1"])


def _listed(values: list[str]) -> str:
    return " or ".join(repr(value) for value in values[:4])
