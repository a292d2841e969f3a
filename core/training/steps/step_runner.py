"""How a stretch of optimizer steps is made: from tapes where every member has one, else through autograd.

Between two looks at the commands the members know nothing of each other. By hand, one member makes all steps of the
stretch before the next one does, so that what it works on stays in the processor's cache; with more threads than one,
members train side by side, which gives the same numbers. Through autograd the members take turns at every step.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from queue import Empty, SimpleQueue
from typing import Protocol

import torch
from torch import Tensor

from core.models.base import Autoencoder
from core.runtime import RANDOM, seed_generators
from core.training.batches import GatheredUnits, Orders, TensorUnits
from core.training.steps.direct import DirectStep, Tape
from core.training.steps.flat import FlatWeights
from core.training.steps.graphs import Step, captured
from core.training.steps.optimizer import Optimizer
from core.training.steps.script import Placeholder, scripted
from core.training.totals import Totals, sum_terms

LONGEST = 250
"""Steps that are made from tapes at once, at most."""
_WORK = 640_000_000
"""Parameters times rows that these go through: about 40 milliseconds."""
_PIECES = 4
"""Parts of a stretch that a thread takes at once, so that three members on two threads take 1.5 times one."""
_WORTH = 2
"""Steps of a stretch from which on it pays to wake other threads."""
Terms = Callable[[Autoencoder, Tensor], dict[str, Tensor]]


class StepRunner(Protocol):
    """What makes the steps."""

    longest: int
    """Steps that may be asked for at once."""

    def train(self, first: int, rates: Sequence[float], totals: Totals) -> None:
        """Make the steps from ``first`` on with these learning rates, and add up their losses."""

    def side_by_side(self, threads: int) -> contextlib.AbstractContextManager[None]:
        """For a ``with`` block, use up to so many threads for the members."""


class TapeRunner:
    """Steps from tapes, one per member.

    Parameters
    ----------
    steps
        The hand-written step of each member.
    units, orders
        What they are shown, and in which order each of them.
    weights, optimizer
        What they change, and how.
    clip
        The longest gradient that is let through; 0 is no limit.
    """

    def __init__(
        self,
        steps: Sequence[DirectStep],
        units: TensorUnits | GatheredUnits,
        orders: Sequence[Orders],
        weights: FlatWeights,
        optimizer: Optimizer,
        clip: float,
    ) -> None:
        self._steps, self._units, self._orders = steps, units, orders
        self._weights, self._optimizer, self._clip = weights, optimizer, clip
        work = orders[0].largest * weights.vector.numel() // len(steps)
        self.longest = max(1, min(LONGEST, _WORK // work))
        self._sums = torch.zeros((len(steps), self.longest), device=weights.vector.device)
        self._slots = [list(own.unbind()) for own in self._sums]
        self._plans: dict[tuple[int, int], Step] = {}
        self._scripts: dict[tuple[int, int], Callable[..., object] | None] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._threads = 1

    def train(self, first: int, rates: Sequence[float], totals: Totals) -> None:
        """Make the steps of every member."""
        if self._pool is None or len(rates) < _WORTH:
            for member in range(len(self._steps)):
                self._play(member, first, rates, 0, len(rates))
        else:
            self._share_out(self._pool, first, rates)
        # Summed in float64, which holds a million batches without losing a digit; MPS, which has none, has no tapes.
        squares = self._sums[:, : len(rates)].sum(dtype=torch.float64)
        totals.add({"reconstruction": squares}, squares, self._steps[0].share)

    @contextlib.contextmanager
    def side_by_side(self, threads: int) -> Iterator[None]:
        """Train the members in a pool of threads; this thread is one of them."""
        # A card's kernels wait in one line anyway; units that are gathered are asked for by one thread at a time.
        alone = self._weights.vector.is_cuda or not self._units.resident
        self._threads = 1 if alone else min(threads, len(self._steps))
        if self._threads < 2:
            yield
            return
        with ThreadPoolExecutor(self._threads - 1, initializer=_single_threaded) as pool:
            self._pool = pool
            try:
                yield
            finally:
                self._pool = None

    @torch.no_grad()
    def _play(self, member: int, first: int, rates: Sequence[float], start: int, end: int) -> None:
        """The steps of one member from the place ``start`` of the stretch to ``end``."""
        orders = [self._orders[member].batch(first + place) for place in range(start, end)]
        slots = self._slots[member]
        for rows, alike in groupby(range(start, end), lambda place: len(orders[place - start])):
            places = list(alike)
            now = slice(places[0], places[-1] + 1)
            tape = self._steps[member].tape(rows)
            script = self._scripted(member, tape)
            if script is not None:
                script(orders[now.start - start : now.stop - start], slots[now], rates[now])
                continue
            for place in places:
                self._units.take(orders[place - start], out=tape.x)
                self._planned(member, tape)(rates[place], slots[place])

    def _scripted(self, member: int, tape: Tape) -> Callable[..., object] | None:
        """Steps over the units of given orders as one call; None where units are gathered, and on a card."""
        if not isinstance(self._units, TensorUnits):
            return None
        key = (member, len(tape.x))
        if key not in self._scripts:
            order, squares, rate = given = (
                Placeholder("order"),
                Placeholder("squares"),
                Placeholder("rate", "float"),
            )
            calls = [self._units.taking(order, tape.x), *tape.calls, tape.measure(squares)]
            if self._clip:
                calls += self._weights.clipping(self._clip, member)
            calls += self._optimizer.calls(member, rate)
            cuda = self._weights.vector.is_cuda
            self._scripts[key] = None if cuda else scripted(calls, given)
        return self._scripts[key]

    def _planned(self, member: int, tape: Tape) -> Step:
        """What follows once the rows are in place; on a CUDA card as a graph."""
        key = (member, len(tape.x))
        if (step := self._plans.get(key)) is not None:
            return step
        step = partial(self._finish, member, tape)
        if self._weights.vector.is_cuda:
            changed = [self._weights.vectors[member], *self._optimizer.remembered(member)]
            step = captured(step, changed, self._weights.vector.device)
        self._plans[key] = step
        return step

    def _finish(self, member: int, tape: Tape, rate: float | Tensor, squares: Tensor) -> None:
        tape.play(squares)
        if self._clip:
            self._weights.clip(self._clip, member)
        self._optimizer.step(member, rate)

    def _share_out(self, pool: ThreadPoolExecutor, first: int, rates: Sequence[float]) -> None:
        """Let the threads take a piece of some member's steps, in turn, until all are made."""
        piece = -(-len(rates) // _PIECES)
        waiting: SimpleQueue[tuple[int, int]] = SimpleQueue()
        for member in range(len(self._steps)):
            waiting.put((member, 0))

        def work() -> None:
            with contextlib.suppress(Empty):
                while True:
                    member, start = waiting.get_nowait()
                    end = min(start + piece, len(rates))
                    self._play(member, first, rates, start, end)
                    if end < len(rates):
                        waiting.put((member, end))

        others = [pool.submit(work) for _ in range(self._threads - 1)]
        work()
        for other in others:
            other.result()


def _single_threaded() -> None:
    """Prepare a thread of the pool: what PyTorch keeps for each thread is not handed on to new ones."""
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)


class AutogradRunner:
    """Steps through autograd, of any variant; the parameters are those of :class:`TapeRunner`.

    Parameters
    ----------
    members
        The networks.
    terms
        The loss terms of a network over a batch, in the precision that was asked for.
    seed
        Of the noise, from the member's number and the step.
    """

    longest = 1

    def __init__(
        self,
        members: Sequence[Autoencoder],
        terms: Terms,
        units: TensorUnits | GatheredUnits,
        orders: Sequence[Orders],
        weights: FlatWeights,
        optimizer: Optimizer,
        clip: float,
        seed: Callable[[int, int], int],
    ) -> None:
        self._members, self._terms, self._units, self._orders = members, terms, units, orders
        self._weights, self._optimizer, self._clip, self._seed = weights, optimizer, clip, seed

    def train(self, first: int, rates: Sequence[float], totals: Totals) -> None:
        """Make the steps of every member."""
        for place, rate in enumerate(rates):
            self._weights.gradient.zero_()
            for k, member in enumerate(self._members):
                self._step(k, member, first + place, rate, totals)

    def side_by_side(self, threads: int) -> contextlib.AbstractContextManager[None]:
        """All members draw from the generators of the process: they take turns."""
        return contextlib.nullcontext()

    def _step(self, k: int, member: Autoencoder, step: int, rate: float, totals: Totals) -> None:
        batch = self._units.take(self._orders[k].batch(step))
        with RANDOM:
            seed_generators(self._seed(k, step), batch.device)
            terms = self._terms(member, batch)
        loss = sum_terms(terms)
        loss.backward()  # type: ignore[no-untyped-call]
        totals.add(terms, loss, len(batch))
        if self._clip:
            self._weights.clip(self._clip, k)
        self._optimizer.step(k, rate)
