"""Where and how numbers are crunched: devices, seeds and threads.

PyTorch draws dropout and noise from one generator per device and process. Here every training step starts from a seed
of its own, made from the run's seed, the member and the number of the step, while :data:`RANDOM` is held. So two runs
in two threads of a process, one of them paused, draw the same numbers as each would alone, no result depends on how
the threads take turns, and a checkpoint needs to hold no generator: the number of the step is its random state.
"""

import contextlib
import math
import threading
from collections.abc import Iterator, Sequence
from functools import cache

import torch

from core.errors import ConfigError
from core.runtime.parallel import SameBits

RANDOM = threading.RLock()
"""Held while a step draws from PyTorch's generators."""
SMALL = 30_000_000
"""Parameters times batch rows up to which one thread is best: two take turns more than they help."""
CHUNK = 2048
"""Units that pass through a network at a time at most: activations of small ones stay in the processor's cache."""
BLOCK = 32
"""Scores are computed in whole blocks of so many units: a product of few rows is another kernel's, with other last
bits."""
LARGE = 16_384
"""Positions from which on a unit of several axes is scored by itself: it is many rows of a product already."""
_WIDER = 8
"""So many times as large as an image are what networks make of it between their layers."""
CHUNK_BYTES = 64 << 20
"""Bytes of the units that pass through a network at a time, unless a single block is more."""
_MASK = (1 << 64) - 1


def derive_seed(*parts: int) -> int:
    """One seed out of several whole numbers; near numbers give unrelated seeds (splitmix64)."""
    state = 0
    for part in parts:
        state = (state + part + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state >> 1


@contextlib.contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Draw from freshly seeded generators, alone in this process."""
    with RANDOM:
        seed_generators(seed, device)
        yield


def seed_generators(seed: int, device: torch.device) -> None:
    """Seed the generators that a computation on ``device`` draws from; hold :data:`RANDOM` while you do and draw."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.default_generators[device.index or 0].manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Give the caller's CPU generator back as it was: a notebook's own draws do not notice a run."""
    with RANDOM:
        state = torch.get_rng_state()
    try:
        yield
    finally:
        # Not in the middle of another thread's step.
        with RANDOM:
            torch.set_rng_state(state)


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with so many threads, at most as many as are allowed now, and the numbers of a single one."""
    allowed = torch.get_num_threads()
    count = min(count, allowed)
    torch.set_num_threads(count)
    same_bits = SameBits() if count > 1 else contextlib.nullcontext()  # type: ignore[no-untyped-call]
    try:
        with same_bits:
            yield
    finally:
        torch.set_num_threads(allowed)


@contextlib.contextmanager
def without_denormals() -> Iterator[None]:
    """Let this thread's arithmetic round numbers below 1e-38 to zero.

    Weights that decay, and the moments of weights whose gradient is zero (dead units, levels of a category that few
    rows have), become that small after some hundred steps, and a processor takes a hundred times as long for such a
    number: a training with ReLU and weight decay became ten times slower from its 1,500th step on.
    """
    if not float(torch.tensor(1e-40) * 1.0):  # somebody has asked for it already
        yield
        return
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def units_at_once(shape: Sequence[int]) -> int:
    """How many units of a shape pass through a network at a time, 2,048 of them or fewer where they are large.

    Whole blocks (:func:`block_of`), in which scores are computed, so that no number depends on it.
    """
    block = block_of(shape)
    if block == 1:
        return 1
    fitting = CHUNK_BYTES // (4 * max(1, math.prod(shape)) * (_WIDER if len(shape) > 2 else 1))
    return max(block, min(CHUNK, fitting - fitting % block))


def block_of(shape: Sequence[int]) -> int:
    """How many units of a shape are computed together, so that the bits of none depend on how many there are."""
    return 1 if len(shape) > 1 and math.prod(shape) >= LARGE else BLOCK


def threads_for(parameters: int, rows: int) -> int:
    """How many threads a step over so many rows deserves."""
    return 1 if parameters * rows <= SMALL else torch.get_num_threads()


def devices() -> list[dict[str, str]]:
    """Every device of this machine: ``{"id": "cuda:0", "title": "NVIDIA … (80 GB)"}``; the CPU comes first."""
    count = torch.get_num_threads()
    found = [{"id": "cpu", "title": f"CPU ({count} thread{'s' if count > 1 else ''})"}]
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(index)
            found.append({"id": f"cuda:{index}", "title": f"{card.name} ({card.total_memory / 2**30:.0f} GB)"})
    if torch.backends.mps.is_available():
        found.append({"id": "mps", "title": "Apple GPU (MPS)"})
    return found


def resolve_device(name: str) -> torch.device:
    """The device of that name; ``auto`` takes the first GPU, and the CPU where there is none.

    Raises
    ------
    ConfigError
        When this machine has no such device.
    """
    ids = [device["id"] for device in devices()]
    if name == "auto":
        return torch.device(ids[1] if len(ids) > 1 else "cpu")
    device_name = "cuda:0" if name == "cuda" else name
    if device_name not in ids:
        raise ConfigError(f"There is no device {name!r} on this machine. It has {', '.join(ids)}. Choose one, or auto.")
    return torch.device(device_name)


@cache
def cpu_has_bf16() -> bool:
    """Whether the processor computes in bf16 by itself."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def use_bf16(precision: str, device: torch.device, parameters: int, rows: int) -> bool:
    """Whether a step computes in bf16: as asked, and with "auto" where it was measured to be faster.

    On a CPU that is from 4,096 rows a step, with hardware for it; on a CUDA card where a step is large enough that
    arithmetic and not the launch of its kernels takes the time.
    """
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cpu":
        return rows >= 4096 and cpu_has_bf16()
    return device.type == "cuda" and torch.cuda.is_bf16_supported() and parameters * rows >= 1_000_000_000
