"""The training loop: a generator that yields a record per epoch and leaves the best weights behind.

It trains the members of an ensemble (often one) in lockstep, each on its own order of the same rows. It knows nothing
of tables, scores or stores; commands reach it by :class:`~core.training.control.Control`, between two batches.
"""

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from core.errors import ConfigError, DataError, TrainingError
from core.models.base import Autoencoder
from core.recipe import TrainingConfig
from core.runtime import (
    derive_seed,
    threads,
    threads_for,
    undisturbed,
    use_bf16,
    without_denormals,
)
from core.training.batches import Orders, batch_sizes, training_units
from core.training.checkpoint import pack, unpack
from core.training.control import Control
from core.training.divergence import astray, failure
from core.training.losses import Losses
from core.training.records import EpochRecord
from core.training.schedule import Schedule
from core.training.setup import plan, watched_units
from core.training.steps.direct import direct_step
from core.training.steps.flat import FlatWeights, State
from core.training.steps.optimizer import Optimizer
from core.training.steps.step_runner import AutogradRunner, StepRunner, TapeRunner
from core.training.totals import Clock, Totals

if TYPE_CHECKING:
    from core.modalities.contract import Units

_ORDER, _NOISE, _VALIDATION = 1, 2, 3
_LOOK = 250
"""Steps between two looks at whether the loss is still finite; each makes a GPU wait."""


class Trainer:
    """Trains members side by side and keeps their best weights.

    Parameters
    ----------
    members
        Networks of one kind, seeded by whoever made them.
    units
        What is trained on: one tensor or array, shape (n, *shape), or units that are gathered batch by batch.
    validation
        What validates, or None.
    config
        How to train.
    seed
        Decides the order of the rows and all noise.
    device
        Where to train; the members are moved there.

    Raises
    ------
    DataError
        With fewer than two training units.
    ConfigError
        With batch normalisation and single-row batches.
    """

    def __init__(
        self,
        members: Sequence[Autoencoder],
        units: "Tensor | np.ndarray | Units",
        validation: "Tensor | np.ndarray | Units | None",
        config: TrainingConfig,
        *,
        seed: int,
        device: torch.device,
    ) -> None:
        if len(units) < 2:
            raise DataError(f"Training needs at least 2 rows. Got {len(units)}. Give more rows, or change the split.")
        self.members = [member.to(device) for member in members]
        if config.batch_size == 1 and any(isinstance(m, _BatchNorm) for m in self.members[0].modules()):
            raise ConfigError(
                "Batch normalisation needs at least 2 rows in a batch. Got 1. Choose a larger batch size, or layer "
                "normalisation."
            )
        self.config, self.device, self._seed = config, device, seed
        self._units = training_units(units, device)
        self._validation = watched_units(validation, derive_seed(seed, _VALIDATION), device)
        self._sizes = batch_sizes(len(units), config.batch_size)
        self.per_epoch, self.epochs, self.total = plan(config, len(self._sizes))
        self._orders = [
            Orders(len(units), self._sizes, derive_seed(seed, k, _ORDER), self._units.home) for k in range(len(members))
        ]
        direct = [step for member in self.members if (step := direct_step(member))]
        by_hand = len(direct) == len(self.members)
        self._weights = FlatWeights(self.members, transposed=by_hand)
        self._optimizer = Optimizer(config, self._weights)
        self._schedule = Schedule(config, self.per_epoch, self.total)
        self._parameters = self._weights.vector.numel() // len(members)
        self._bf16 = use_bf16(config.precision, device, self._parameters, min(config.batch_size, len(units)))
        self._losses = Losses(self.members, derive_seed(seed, _VALIDATION), device, bf16=self._bf16)
        shown = (self._units, self._orders, self._weights, self._optimizer, config.gradient_clip)
        self._runner: StepRunner
        if by_hand and device.type in ("cpu", "cuda") and not self._bf16:
            self._runner = TapeRunner(direct, *shown)
        else:
            self._runner = AutogradRunner(
                self.members, self._losses.terms, *shown, lambda k, step: derive_seed(seed, k, _NOISE, step)
            )
        self.epoch, self.step = 0, 0
        self._rate = config.learning_rate
        self.best_epoch = 0
        self.seconds = 0.0
        self.trained_rows = 0
        self._lowest, self._waited = math.inf, 0
        self._kept = self._weights.copy()
        self._first, self._peak = self._kept, 0.0

    @property
    def monitors(self) -> bool:
        """Whether there is a loss to choose the best weights by; else the last ones are kept."""
        return self._validation is not None or self.config.patience > 0

    @property
    def exhausted(self) -> bool:
        """Whether early stopping has waited long enough."""
        return 0 < self.config.patience <= self._waited

    def run(self, control: Control | None = None) -> Iterator[EpochRecord]:
        """Train to the end, from wherever a restored checkpoint is.

        Yields
        ------
        EpochRecord
            After each epoch. Ends early when patience runs out or ``control`` says so.

        Raises
        ------
        TrainingError
            When the loss is not finite, or the training went astray; the last good weights are back in the members
            then.
        """
        control = control or Control()
        control.progress.phase = "training"
        control.progress.epochs = self.epochs
        self._weights.bind()
        try:
            while not self._over(control):
                with self._surroundings():
                    record = self._epoch(control)
                if record is not None:
                    yield record
                if self._over(control):
                    self._check_for_divergence()
        finally:
            self._weights.restore(self._kept)
            self._weights.release()
            for member in self.members:
                member.eval()

    def _over(self, control: Control) -> bool:
        return self.epoch >= self.epochs or self.exhausted or bool(control.ending)

    def checkpoint(self) -> bytes:
        """Everything that the rest of the training depends on; valid between two epochs."""
        return self._packed({"now.": self._weights.copy(), "kept.": self._kept, "optimizer.": self._optimizer.state})

    def as_ended(self, epoch: int) -> bytes:
        """A checkpoint of a training that ended with the weights of now, ``epoch``'s: who goes on trains no more."""
        ended = {"epoch": self.epochs, "step": self.total, "best_epoch": epoch}
        return self._packed({"now.": self._weights.copy()}, **ended)

    def _packed(self, parts: dict[str, State], **changes: int) -> bytes:
        tensors = {start + name: self._weights.plain(t) for start, part in parts.items() for name, t in part.items()}
        values = {
            "epoch": self.epoch,
            "step": self.step,
            "best_epoch": self.best_epoch,
            "seconds": self.seconds,
            "trained_rows": self.trained_rows,
            "lowest": None if math.isinf(self._lowest) else self._lowest,
            "waited": self._waited,
            "peak": self._peak,
            "schedule": self._schedule.state(),
            "fits": self._fits(),
        }
        return pack(tensors, values | changes)

    def restore(self, data: bytes) -> None:
        """Go on from a checkpoint, as if nothing had happened.

        Raises
        ------
        TrainingError
            When it belongs to other data or settings.
        """
        tensors, values = unpack(data)
        if values["fits"] != self._fits():
            raise TrainingError(
                "The checkpoint belongs to other data or settings than this run has. Start the run again."
            )
        tensors = {name: self._weights.laid_out(tensor.to(self.device)) for name, tensor in tensors.items()}
        self._weights.restore(_named(tensors, "now."))
        self._kept = _named(tensors, "kept.") or self._weights.copy()
        self._optimizer.restore(_named(tensors, "optimizer."))
        self.epoch, self.step = values["epoch"], values["step"]
        self.best_epoch, self.seconds = values["best_epoch"], values["seconds"]
        self.trained_rows = values["trained_rows"]
        self._lowest = math.inf if values["lowest"] is None else values["lowest"]
        self._waited, self._peak = values["waited"], values.get("peak", 0.0)
        self._schedule.restore(values["schedule"])

    def _fits(self) -> dict[str, Any]:
        return {"weights": self._weights.vector.numel(), "members": len(self.members), "rows": len(self._units)} | {
            "seed": self._seed,
            "total": self.total,
        }

    def _epoch(self, control: Control) -> EpochRecord | None:
        """One epoch, or None when it was ended before its first batch or is to be thrown away."""
        clock = Clock()
        self._start_epoch(control)
        totals = Totals()
        place, steps = 0, min(self.per_epoch, self.total - self.step)
        while place < steps:
            if control.paused:
                with clock.stopped():
                    control.wait()
            if control.ending:
                break
            changed = control.take_learning_rate()
            if changed is not None:
                self._schedule.change(changed, self.step)
            place += self._train(min(self._runner.longest, steps - place, _LOOK - place % _LOOK), totals)
            control.progress.batch = place
            control.progress.rows_per_second = totals.rows / max(clock.seconds, 1e-9)
            if place % _LOOK == 0:
                self._check(totals.means(len(self.members)), "training", self.epoch + 1)
        if control.ending == "cancelled" or not totals.rows:
            return None
        self.epoch += 1
        train = totals.means(len(self.members))
        trained = clock.seconds
        self._check(train, "training", self.epoch)
        self._peak = max(self._peak, train["loss"])
        validation = self._validate()
        self._check(validation, "validation", self.epoch)
        best = self._keep_best((validation or train)["loss"])
        self.seconds += clock.seconds
        return EpochRecord(
            epoch=self.epoch,
            epochs=self.epochs,
            train=train,
            validation=validation,
            learning_rate=self._rate,
            seconds=clock.seconds,
            rows_per_second=totals.rows / max(trained, 1e-9),
            best=best,
        )

    def _start_epoch(self, control: Control) -> None:
        control.progress.epoch, control.progress.batch = self.epoch + 1, 0
        control.progress.batches = min(self.per_epoch, self.total - self.step)
        for member in self.members:
            member.train()
            member.start_epoch(self.epoch)

    def _train(self, count: int, totals: Totals) -> int:
        """So many optimizer steps of every member."""
        first, self.step = self.step, self.step + count
        rates = [self._schedule.rate(step) for step in range(first, self.step)]
        self._runner.train(first, rates, totals)
        self._rate = rates[-1]
        rows = sum(self._sizes[step % len(self._sizes)] for step in range(first, self.step))
        totals.rows += rows
        self.trained_rows += rows
        return count

    @contextlib.contextmanager
    def _surroundings(self) -> Iterator[None]:
        """What holds while an epoch is trained, and is as it was after it."""
        allowed, wanted = torch.get_num_threads(), threads_for(self._parameters, self.config.batch_size)
        # Where one thread is best for a step, the others train other members.
        beside = self._runner.side_by_side(allowed if wanted == 1 else 1)
        # On a card nothing depends on it, and every operation would be looked at.
        shared = threads(wanted) if wanted == 1 or self.device.type == "cpu" else contextlib.nullcontext()
        with undisturbed(), without_denormals(), shared, beside:
            yield

    def _validate(self) -> dict[str, float]:
        """The loss terms over the watched validation rows, averaged over the members."""
        return {} if self._validation is None else self._losses.over(self._validation, len(self._validation))

    def _keep_best(self, loss: float) -> bool:
        """Keep the weights when they are the best so far."""
        self._schedule.end_epoch(loss)
        best = not self.monitors or loss < self._lowest
        if best:
            self._lowest, self._waited, self.best_epoch = loss, 0, self.epoch
            self._kept = self._weights.copy()
        else:
            self._waited += 1
        return best

    def _check(self, means: dict[str, float], part: str, epoch: int) -> None:
        broken = [name for name, value in means.items() if not math.isfinite(value)]
        if not broken:
            return
        what = f"The {part} loss stopped being a finite number in epoch {epoch}"
        raise self._failure(what, self._rate, self._compared(self._first, self._kept))

    def _check_for_divergence(self) -> None:
        """Compare the networks with what they were before the first step."""
        last = self._weights.copy()
        untrained, kept, now = self._compared(self._first, self._kept, last)
        self._weights.restore(last)
        if found := astray(untrained, kept, now, self._peak):
            raise self._failure(found, self.config.learning_rate, (untrained, kept))

    def _compared(self, *states: State) -> list[float]:
        """The loss of some weights over the same training rows; the last of them stay in the networks."""
        with self._surroundings():
            return self._losses.compared(states, self._weights, self._units, max(self._sizes))

    def _failure(self, what: str, rate: float, untrained_and_kept: Sequence[float]) -> TrainingError:
        untrained, kept = untrained_and_kept
        if astray(untrained, kept, kept, self._peak):
            self.best_epoch = 0
        return failure(what, rate, self.config.gradient_clip, self.best_epoch)


def _named(tensors: dict[str, Tensor], start: str) -> dict[str, Tensor]:
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}
