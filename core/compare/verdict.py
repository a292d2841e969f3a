"""The verdict of a comparison in words: a winner only where the paired bootstrap intervals name one."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.baselines import BASELINES
from core.compare.detect import CLASSICAL, Detected
from core.compare.measures import Interval, Measured
from core.recipe import ScoreConfig
from core.scores import SCORES

FEW_ANOMALIES = 10
WINS, LOSES, TIE = "wins", "loses", "tie"
_DECIDES = ("auroc", "average_precision")


@dataclass(frozen=True)
class ComparisonVerdict:
    """What a comparison came to."""

    kind: str
    """"classical" (a classical detector wins), "network" (the run wins against all), "tie", or "unknown"."""
    winner: str
    """The name of the classical detector that wins; else empty."""
    sentence: str
    advice: list[str] = field(default_factory=list)


def outcome(difference: dict[str, Interval]) -> str:
    """Whether a detector wins against the run, loses or neither.

    It wins where AUROC or average precision is better beyond doubt and the other is not worse beyond doubt.
    """
    better = [difference[name].low > 0 for name in _DECIDES]
    worse = [difference[name].high < 0 for name in _DECIDES]
    if any(better) and not any(worse):
        return WINS
    return LOSES if any(worse) and not any(better) else TIE


def decide(
    detected: list[Detected], measured: Measured, anomalies: int, score: ScoreConfig, other_preset: str
) -> ComparisonVerdict:
    """The verdict over the run (the first) and the detectors beside it.

    Parameters
    ----------
    detected
        The run, then whatever it was compared with.
    measured
        Of each of them.
    anomalies
        Among the rows that were compared on.
    score
        The run's own score, which decides what is worth a try.
    other_preset
        The preset to start from with such data; empty where the run was trained with it.
    """
    classical = [i for i, one in enumerate(detected) if one.kind == CLASSICAL]
    if not classical:
        return ComparisonVerdict("unknown", "", "No classical detector stands beside the run yet.")
    best = max(classical, key=lambda i: [measured.intervals[i][name].value for name in _DECIDES])
    outcomes = {i: outcome(measured.differences[i]) for i in classical}
    winners = [i for i in classical if outcomes[i] == WINS]
    few = anomalies < FEW_ANOMALIES
    doubt = f"Only {anomalies} anomalies are judged, so that little can be told apart." if few else ""
    if winners:
        first = max(winners, key=lambda i: [measured.intervals[i][name].value for name in _DECIDES])
        others = [detected[i].title for i in winners if i != first]
        sentence = f"{_sentence_case(detected[first].title)} finds more: {_against(measured, first)}."
        if others:
            sentence += f" So {'does' if len(others) == 1 else 'do'} {_listed(others)}."
        advice = _remedies(detected[first], score, other_preset)
        return ComparisonVerdict("classical", detected[first].name, _with(sentence, doubt), advice)
    if all(outcomes[i] == LOSES for i in classical):
        sentence = f"The network finds more than every classical detector; the best of them is {detected[best].title}: "
        return ComparisonVerdict("network", "", _with(f"{sentence}{_against(measured, best)}.", doubt))
    tied = [detected[i].title for i in classical if outcomes[i] == TIE]
    them = "any of them" if len(tied) == len(classical) > 1 else _listed(tied)
    sentence = (
        f"A tie: the judged rows cannot tell the network from {them}. The best classical detector is "
        f"{detected[best].title}: {_against(measured, best)}."
    )
    return ComparisonVerdict("tie", "", _with(sentence, doubt), [_simpler(detected[best])])


def beside(detected: list[Detected], measured: Measured) -> str:
    """What the other runs beside the run came to, in a sentence each; empty without any."""
    words = {WINS: "finds more than this run", LOSES: "finds less than this run", TIE: "cannot be told from this run"}
    sentences = [
        f"The run {one.title} {words[outcome(measured.differences[i])]}: {_against(measured, i)}."
        for i, one in enumerate(detected)
        if i and one.kind != CLASSICAL
    ]
    return " ".join(sentences)


def unlabelled(spearman: float | None) -> ComparisonVerdict:
    """Without labels nobody wins."""
    agreement = (
        "" if spearman is None else f" The detectors agree with the network on the order of the rows: {spearman:.2f}"
    )
    agreement += "" if spearman is None else " (mean Spearman correlation; 1 is the same order, 0 is none)."
    return ComparisonVerdict(
        "unknown",
        "",
        "The judged rows have no labels of both kinds, so that no winner can be named." + agreement,
        ["Look at the rows on which they disagree: whoever knows the data can tell who is right there."],
    )


def _against(measured: Measured, i: int) -> str:
    names = {"auroc": "AUROC", "average_precision": "average precision"}
    theirs, ours = measured.intervals[i], measured.intervals[0]
    return ", ".join(
        f"{words} {_with_interval(theirs[name])} against {_with_interval(ours[name])}" for name, words in names.items()
    )


def _with_interval(interval: Interval) -> str:
    digits = 3 if interval.value < 0.995 else 4
    return f"{interval.value:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


def _remedies(winner: Detected, score: ScoreConfig, other_preset: str) -> list[str]:
    remedies = [f"On this table use {winner.title}: its scores are kept beside the run's."]
    related = BASELINES[winner.name].related_score
    if related and related not in score.kinds and len(score.kinds) < 3:
        remedies.append(
            f"Or average the run's score with “{SCORES[related].title}” on Explore, which looks for the same in what "
            "the network rebuilds and needs no training."
        )
    if other_preset:
        remedies.append(f"Or train the preset {other_preset}, the one to start from with such data.")
    return remedies


def _simpler(best: Detected) -> str:
    return (
        f"Where two are the same take the simpler: {best.title} needs no training to speak of. The network still says "
        "what it expected of each value."
    )


def _listed(titles: list[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _sentence_case(title: str) -> str:
    return title[0].upper() + title[1:]


def _with(sentence: str, doubt: str) -> str:
    return f"{sentence} {doubt}".strip()
