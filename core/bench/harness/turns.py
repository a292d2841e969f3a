"""Repeats measurements in alternating turns, so that other load on the machine slows all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import torch

Clock = Callable[[], float]
_SIDE = 1024


def clock(device: torch.device) -> Clock:
    """Seconds that this thread had the processor; on another device, seconds once all it was told is done."""
    if device.type != "cuda":
        return time.thread_time

    def now() -> float:
        torch.cuda.synchronize(device)
        return time.perf_counter()

    return now


def seconds(now: Clock, work: Callable[[], object]) -> float:
    """How long it took."""
    start = now()
    work()
    return now() - start


def turns(measures: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """What each measure said in each turn; one turn before these warms all of them up."""
    measured: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(repeats + 1):
        for name, measure in measures.items():
            value = measure()
            if turn:
                measured[name].append(value)
    return measured


def ratios(above: Sequence[float], below: Sequence[float]) -> dict[str, float]:
    """Median, least and most of the ratio, pair by pair."""
    each = [a / b for a, b in zip(above, below, strict=True)]
    return {
        "ratio": round(statistics.median(each), 2),
        "least": round(min(each), 2),
        "most": round(max(each), 2),
    }


def gemm_rate(now: Clock, device: torch.device) -> float:
    """Floating-point operations per second of a large product of matrices in float32."""
    a, b, out = (torch.randn(_SIDE, _SIDE, device=device) for _ in range(3))
    # A card needs more of them than a processor to be worth a look at the clock.
    times = 5 if device.type == "cpu" else 200

    def work() -> None:
        for _ in range(times):
            torch.mm(a, b, out=out)

    return 2 * _SIDE**3 * times / seconds(now, work)
