"""Benchmark of training, ensembles and scoring, each beside what it is compared with, in alternating turns."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.bench import BENCHES, Result
from core.bench.harness.networks import dense_settings

if TYPE_CHECKING:
    import torch

    from core.training.loop import Trainer

HIDDEN, LATENT = (128, 64), 16
WIDTHS = (10, 20, 100)
MEMBERS = 5
SETS = 5
"""Labelled sets of a folder that are trained on."""


@BENCHES.register("speed")
def speed(
    *,
    rows: int = 25_600,
    batch: int = 256,
    repeats: int = 9,
    scored: int = 1_000_000,
    device: str = "cpu",
    data: str = "",
    sets: str = "",
) -> Result:
    """Speed of training, of ensembles and of scoring, each as a ratio to what it is measured beside.

    Training: rows per second in one epoch of d-128-64-16-64-128-d with ReLU and Adam on one thread, beside PyOD's
    AutoEncoder with the same network and batch; and the share of the rate at which the device multiplies large
    matrices that the network's own products reach, everything else included. Ensemble: the time of five members
    divided by that of one, with the threads that there are. Scoring: rows per second of the product's pass, beside
    one pass over all rows at once, on one thread. Ratios are medians over the turns. On a processor the seconds are
    those that the thread had it; only the ensemble, which may use several, is timed by the clock on the wall.

    With ``data``, a folder of labelled tables, also the loss that PyOD's default configuration ends with: its seconds,
    divided by those until the same widths, trained as the preset Recommended trains, have as low a loss over rows held
    out. On five sets, or on those named in ``sets``.
    """
    import torch

    from core.bench.harness.pyod_detectors import need_pyod
    from core.bench.harness.turns import clock
    from core.runtime import resolve_device, threads

    place = resolve_device(device)
    need_pyod()
    now = clock(place)
    allowed = torch.get_num_threads()
    with threads(1):
        training = [_training(_normal(rows, width), "normal", batch, repeats, place, now) for width in WIDTHS]
        scoring = _scoring(_normal(scored, 20), repeats, place, now)
        loss = None
        if data:
            from core.bench.harness.loss import losses

            loss = losses(Path(data), sets, SETS, repeats, place, now)
    return {
        "training": training,
        "scoring": scoring,
        "ensemble": _ensemble(_normal(rows, 20), batch, repeats, place),
        "loss": loss,
        "ratio": min(float(line["ratio"]) for line in training),
        "repeats": repeats,
        "threads": allowed,
        "device": str(place),
        "torch": torch.__version__,
    }


def _normal(rows: int, width: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(rows, width)).astype(np.float32)


def _training(
    x: NDArray[np.float32],
    name: str,
    batch: int,
    repeats: int,
    device: "torch.device",
    now: Callable[[], float],
) -> dict[str, Any]:
    import statistics

    from core.bench.harness.pyod_detectors import PyodTraining
    from core.bench.harness.turns import gemm_rate, ratios, seconds, turns

    def ours() -> float:
        trainer = _trainer(x, batch, device)
        return len(x) / seconds(now, lambda: list(trainer.run()))

    def theirs() -> float:
        options = {"hidden_neuron_list": [*HIDDEN, LATENT], "batch_norm": False, "dropout_rate": 0.0}
        training = PyodTraining(x, device, epoch_num=1, batch_size=batch, **options)
        return len(x) / seconds(now, training.run)

    times = turns({"ours": ours, "pyod": theirs, "gemm": lambda: gemm_rate(now, device)}, repeats)
    reached = [rate * _operations(x.shape[1]) / gemm for rate, gemm in zip(times["ours"], times["gemm"], strict=True)]
    return {
        "data": name,
        "features": x.shape[1],
        "batch": batch,
        **ratios(times["ours"], times["pyod"]),
        "gemm_fraction": round(statistics.median(reached), 3),
        "rows_per_s": round(statistics.median(times["ours"])),
        "pyod_rows_per_s": round(statistics.median(times["pyod"])),
        "gemm_gflops": round(statistics.median(times["gemm"]) / 1e9, 1),
    }


def _operations(width: int) -> int:
    """Floating-point operations per row that the products of matrices need: three per layer, two for the first.

    Nothing asks for the gradient of the input.
    """
    sizes = [width, *HIDDEN, LATENT, *reversed(HIDDEN), width]
    products = [a * b for a, b in itertools.pairwise(sizes)]
    return 2 * (3 * sum(products) - products[0])


def _trainer(x: NDArray[np.float32], batch: int, device: "torch.device", members: int = 1) -> "Trainer":
    from core.detector.trained import build_members
    from core.recipe import Recipe, TrainingConfig
    from core.training.loop import Trainer

    config = TrainingConfig(epochs=1, batch_size=batch, optimizer="adam", learning_rate=1e-3, weight_decay=1e-5)
    recipe = Recipe(model_settings=dense_settings(x.shape[1], HIDDEN, LATENT), training=config, members=members)
    return Trainer(build_members(recipe, (x.shape[1],)), x, None, config, seed=0, device=device)


def _ensemble(x: NDArray[np.float32], batch: int, repeats: int, device: "torch.device") -> dict[str, Any]:
    import time

    from core.bench.harness.turns import ratios, seconds, turns

    def took(members: int, now: Callable[[], float]) -> float:
        trainer = _trainer(x, batch, device, members)
        # An epoch ends with a number that the host waits for, so that the clock on the wall is right on any device.
        return seconds(now, lambda: list(trainer.run()))

    measures = {
        f"{kind} {members}": (lambda members=members, now=now: took(members, now))
        for kind, now in (("wall", time.perf_counter), ("cpu", time.process_time))
        for members in (1, MEMBERS)
    }
    times = turns(measures, repeats)
    return {
        "members": MEMBERS,
        "features": x.shape[1],
        "batch": batch,
        **ratios(times[f"wall {MEMBERS}"], times["wall 1"]),
        "cpu_ratio": ratios(times[f"cpu {MEMBERS}"], times["cpu 1"])["ratio"],
    }


def _scoring(x: NDArray[np.float32], repeats: int, device: "torch.device", now: Callable[[], float]) -> dict[str, Any]:
    import statistics

    import torch

    from core.bench.harness.turns import ratios, seconds, turns
    from core.detector.trained import build_members
    from core.recipe import Recipe, ScoreConfig
    from core.scoring.errors import row_errors

    width = x.shape[1]
    (member,) = build_members(Recipe(model_settings=dense_settings(width, HIDDEN, LATENT)), (width,))
    member.to(device).eval()

    def at_once() -> None:
        with torch.inference_mode():
            rows = torch.from_numpy(x).to(device)
            (member(rows) - rows).square().mean(dim=1).cpu().numpy()

    measures = {
        "ours": lambda: len(x) / seconds(now, lambda: row_errors([member], x, ScoreConfig())),
        "at once": lambda: len(x) / seconds(now, at_once),
    }
    times = turns(measures, repeats)
    return {
        "rows": len(x),
        "features": width,
        **ratios(times["ours"], times["at once"]),
        "rows_per_s": round(statistics.median(times["ours"])),
        "one_pass_rows_per_s": round(statistics.median(times["at once"])),
    }
