"""The loss that PyOD's default configuration ends with, and how much sooner a preset's training is there.

Both losses are mean squared errors over rows that trained neither. A first training, which is not timed, finds the
epoch after which ours is as low; a second one, the same to the last bit, is timed up to there.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

    from core.training.loop import Trainer

HIDDEN, LATENT = (64,), 32
"""PyOD's default: 64 and 32 units, the last of them the code."""
FEWEST = 500
"""Training rows that a set must have; on fewer, PyOD's default makes a handful of steps."""
PRESET = "Recommended"
Rows = NDArray[np.float32]


def losses(
    folder: Path, chosen: str, count: int, repeats: int, device: torch.device, now: Callable[[], float]
) -> list[dict[str, Any]]:
    """A line per set: the loss that PyOD ends with, and the seconds until then and until ours is as low."""
    lines = []
    for name, x, held_out in _encoded(folder, chosen):
        lines.append({"data": name, **_compared(x, held_out, repeats, device, now)})
        if len(lines) == count and not chosen:
            break
    return lines


def _encoded(folder: Path, chosen: str) -> Iterator[tuple[str, Rows, Rows]]:
    """The sets by name, with standardised normal rows that train and those that do not."""
    from core.bench.harness.protocol import divided, labelled_sets, opened_set
    from core.modalities.tabular.config import EncodingConfig
    from core.modalities.tabular.encoder import TabularEncoder

    files, _ = labelled_sets(folder, chosen)
    for name, file in files.items():
        with opened_set(file) as table, divided(table, "normals", 0) as case:
            if len(case.train) < FEWEST and not chosen:
                continue
            columns = [column.name for column in case.schema.features]
            train = case.table.frame(columns, rows=case.train)
            normal = case.judged[case.labels[case.judged] == 0]
            encoder = TabularEncoder(EncodingConfig(numbers="standard"), case.schema).fit_frame(train)
            yield name, encoder.transform(train), encoder.transform(case.table.frame(columns, rows=normal))


def _compared(x: Rows, held_out: Rows, repeats: int, device: torch.device, now: Callable[[], float]) -> dict[str, Any]:
    from core.bench.harness.pyod_detectors import PyodTraining
    from core.bench.harness.turns import ratios, seconds, turns

    targets: list[float] = []
    needed: list[int] = []

    def theirs() -> float:
        training = PyodTraining(x, device, random_state=len(targets))
        took = seconds(now, training.run)
        targets.append(training.loss(held_out))
        return took

    def ours() -> float:
        seed = len(needed)
        steps = _steps_until(_ours(x, device, seed), held_out, device, targets[-1])
        needed.append(steps or 0)
        trainer = _ours(x, device, seed)
        return seconds(now, lambda: _train_until(trainer, steps)) if steps else float("inf")

    times = turns({"pyod": theirs, "ours": ours}, repeats)
    return {
        "features": x.shape[1],
        "rows": len(x),
        "loss": round(statistics.median(targets), 4),
        "pyod_seconds": round(statistics.median(times["pyod"]), 4),
        "seconds": round(statistics.median(times["ours"]), 4),
        "steps": round(statistics.median(needed)),
        **ratios(times["pyod"], times["ours"]),
    }


def _steps_until(trainer: Trainer, held_out: Rows, device: torch.device, target: float) -> int | None:
    """Steps after whose epoch the loss over the held-out rows is at most the target; None where it never is."""
    for _ in trainer.run():
        if _mean_error(trainer.members[0], held_out, device) <= target:
            return trainer.step
    return None


def _train_until(trainer: Trainer, steps: int) -> None:
    for _ in trainer.run():
        if trainer.step >= steps:
            return


def _ours(x: Rows, device: torch.device, seed: int) -> Trainer:
    from core.bench.harness.networks import dense_settings
    from core.detector.trained import build_members
    from core.presets import PRESETS
    from core.recipe import Recipe
    from core.training.loop import Trainer

    config = PRESETS[PRESET].recipe.training
    recipe = Recipe(model_settings=dense_settings(x.shape[1], HIDDEN, LATENT), seed=seed)
    return Trainer(build_members(recipe, (x.shape[1],)), x, None, config, seed=seed, device=device)


def _mean_error(member: Any, x: Rows, device: torch.device) -> float:
    import torch

    with torch.inference_mode():
        rows = torch.from_numpy(x).to(device)
        return float(member.error(rows, member(rows)).mean())
