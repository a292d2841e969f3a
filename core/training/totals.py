"""What an epoch adds up: its loss terms, on the device, and its seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def sum_terms(terms: dict[str, Tensor]) -> Tensor:
    """The loss: the sum of its terms."""
    values = iter(terms.values())
    total = next(values)
    for value in values:
        total = total + value
    return total


class Totals:
    """Loss terms added up on the device, so that no batch waits for a number to come back."""

    def __init__(self) -> None:
        self.rows = 0
        """Rows that every member saw; whoever adds counts them."""
        self._sums: dict[str, Tensor] = {}

    def add(self, terms: dict[str, Tensor], loss: Tensor, rows: float) -> None:
        """Add one member's loss and its terms, means over so many rows (or what makes of them sums over rows)."""
        # With a single term the loss is that term, and one addition a batch is saved.
        named = {"loss": loss, **terms} if len(terms) > 1 else terms
        for name, value in named.items():
            known = self._sums.get(name)
            if known is None:
                # float64 holds a million batches without losing a digit; MPS has none.
                kind = torch.float32 if value.device.type == "mps" else torch.float64
                known = self._sums[name] = torch.zeros((), dtype=kind, device=value.device)
            known.add_(value.detach(), alpha=rows)

    def means(self, members: int) -> dict[str, float]:
        """The loss and its terms, per row and member; this waits for the device."""
        means = {name: float(total) / (self.rows * members) for name, total in self._sums.items()}
        return {"loss": means.get("loss", next(iter(means.values()))), **means}


class Clock:
    """Seconds since it was made, pauses left out."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds that count."""
        return time.perf_counter() - self._start

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Time in here does not count."""
        paused = time.perf_counter()
        yield
        self._start += time.perf_counter() - paused
