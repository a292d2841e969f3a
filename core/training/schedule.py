"""The learning rate at every step: a pure function of the step, but for the plateau's memory and the user's changes."""

import math
from typing import Any

from core.recipe import TrainingConfig

# An improvement counts from one part in ten thousand, as in PyTorch's ReduceLROnPlateau.
TOLERANCE = 1e-4


class Schedule:
    """The learning rate of a run.

    Parameters
    ----------
    config
        The schedule's settings.
    steps_per_epoch
        Optimizer steps in an epoch.
    total
        Optimizer steps of the whole run.
    """

    def __init__(self, config: TrainingConfig, steps_per_epoch: int, total: int) -> None:
        self._config = config
        self._steps_per_epoch = steps_per_epoch
        self._total = total
        self._base = config.learning_rate
        self._warm = 0
        if config.schedule.startswith("warmup"):
            warmup = config.warmup_steps or round(config.warmup_epochs * steps_per_epoch)
            self._warm = min(warmup, total // 2)
        self._factor, self._lowest, self._waited = 1.0, math.inf, 0

    def rate(self, step: int) -> float:
        """The rate of a step, counted from 0."""
        if step < self._warm:
            return self._base * (step + 1) / self._warm
        return self._base * self._shape(step)

    def change(self, rate: float, step: int) -> None:
        """Go on from another rate; a warm-up is over then."""
        self._warm = min(self._warm, step)
        self._factor = 1.0
        self._base = rate / max(self._shape(step), 1e-9)

    def end_epoch(self, loss: float) -> None:
        """Look whether progress has stalled."""
        if self._config.schedule != "plateau":
            return
        if loss < self._lowest * (1 - TOLERANCE):
            self._lowest, self._waited = loss, 0
            return
        self._waited += 1
        if self._waited > self._config.plateau_patience:
            self._waited = 0
            lowest_factor = min(1.0, self._config.min_learning_rate / self._base)
            self._factor = max(self._factor * self._config.plateau_factor, lowest_factor)

    def state(self) -> dict[str, Any]:
        """All that changes, as plain values."""
        lowest = None if math.isinf(self._lowest) else self._lowest
        return {
            "base": self._base,
            "warm": self._warm,
            "factor": self._factor,
            "lowest": lowest,
            "waited": self._waited,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state` gave."""
        self._base, self._warm, self._factor = state["base"], state["warm"], state["factor"]
        self._lowest = math.inf if state["lowest"] is None else state["lowest"]
        self._waited = state["waited"]

    def _shape(self, step: int) -> float:
        name, since = self._config.schedule, step - self._warm
        if name == "plateau":
            return self._factor
        if name.endswith("cosine"):
            return 0.5 * (1 + math.cos(math.pi * min(1.0, since / max(1, self._total - self._warm))))
        if name.endswith("exponential"):
            return float(self._config.gamma ** (since // self._steps_per_epoch))
        return 1.0
