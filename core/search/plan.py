"""The settings of a search, as plain values that JSON can hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.errors import ConfigError
from core.params import build, param, to_dict
from core.recipe import TABULAR, SplitConfig

OBJECTIVES = ("auto", "labels", "unlabelled")


@dataclass(frozen=True)
class SearchPlan:
    """How a search goes about it."""

    objective: str = param(
        "auto",
        "labels: average precision on labelled rows; unlabelled: synthetic anomalies, and agreement among the trials; "
        "auto takes the labels where there are enough.",
        choices=OBJECTIVES,
        label="Judge by",
    )
    trials: int = param(
        20, "Recipes that are tried; 0 is as many as the time allows.", low=0, high=1000, label="Trials at most"
    )
    minutes: float = param(
        0.0,
        "Time in which trials are made; 0, or nothing, is no limit.",
        low=0.0,
        high=10_000.0,
        label="Minutes at most",
    )
    pruner: str = param(
        "median",
        "When a trial is ended early. median: worse than half of the others were at the same point; halving, "
        "hyperband: only the best part goes on, from point to point; none: never.",
        choices=("median", "halving", "hyperband", "none"),
        label="End bad trials early by",
    )
    trial_steps: int = param(
        2_000,
        "Optimizer steps that a trial gets at most; a run that is kept gets all that its recipe says.",
        low=10,
        high=10_000_000,
        label="Steps of a trial at most",
        advanced=True,
    )
    at_once: int = param(0, "Trials at a time; 0 is as many as there are workers.", low=0, high=256, advanced=True)
    seed: int = param(0, "The same seed makes the same choices, one trial at a time.", low=0, high=2**31 - 1)
    device: str = "auto"
    modality: str = TABULAR
    """The dataset's kind of data."""
    models: tuple[str, ...] = ()
    """The models that are tried; empty takes those that suit any data of this kind."""
    split: SplitConfig = field(default_factory=SplitConfig)

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain values."""
        plain = {
            "device": self.device,
            "modality": self.modality,
            "models": list(self.models),
            "split": to_dict(self.split),
        }
        return to_dict(self) | plain

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "SearchPlan":
        """A plan from what :meth:`to_dict` gave, or from any part of it.

        Raises
        ------
        ConfigError
            For an unknown name, a wrong type, a value out of range, or no limit at all.
        """
        given = dict(values)
        device, models = str(given.pop("device", "auto")), tuple(given.pop("models", ()))
        modality, split = str(given.pop("modality", TABULAR)), build(SplitConfig, given.pop("split", {}))
        plan = replace(build(cls, given), device=device, modality=modality, models=models, split=split)
        if not plan.trials and not plan.minutes:
            raise ConfigError("A search needs an end. Give it a number of trials, or minutes.")
        return plan

    @property
    def most(self) -> int:
        """Trials that it makes at most."""
        return self.trials or MOST


MOST = 1000
"""Trials of a search that is limited by its time alone."""
