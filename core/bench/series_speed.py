"""Training speed on windows: the LSTM beside the published loop, and the recommended recipe's processor time."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np

from core.bench import BENCHES, Result

if TYPE_CHECKING:
    from torch import nn

_LENGTH, _BATCH = 60, 64


@BENCHES.register("series-speed")
def series_speed(*, moments: int = 100_000, steps: int = 60, turns: int = 5, recipe_moments: int = 20_000) -> Result:
    """Windows a second of the LSTM, against a DataLoader over stacked windows: same network, same batch, one thread.

    ``moments`` of two channels, of which every window of 60 is trained on; ``steps`` optimizer steps a turn, the two
    loops in turns. Memory is that of the windows: stacked, or a view and a batch. The processor time of the recommended
    recipe is that of a run over ``recipe_moments`` moments of one channel, from the encoding to the scores.
    """
    from core.runtime import threads

    rng = np.random.default_rng(0)
    values = np.cumsum(rng.normal(size=(moments, 2)), axis=0).astype(np.float32) * 0.01
    with threads(1):
        rates = [(_published(values, steps), _own(values, steps)) for _ in range(turns)]
        seconds = _recipe_seconds(recipe_moments)
    theirs, ours = (np.array(side) for side in zip(*rates, strict=True))
    stacked, gathered = _memory(values)
    return {
        "windows": moments - _LENGTH + 1,
        "published_windows_per_second": round(float(np.median(theirs))),
        "windows_per_second": round(float(np.median(ours))),
        "ratio": round(float(np.median(ours / theirs)), 2),
        "published_megabytes": round(stacked / 1e6, 1),
        "megabytes": round(gathered / 1e6, 1),
        "recipe_processor_seconds": round(seconds, 2),
    }


def _network() -> nn.Module:
    from core.models import MODELS

    return MODELS["lstm"].create({}, (_LENGTH, 2))


def _published(values: np.ndarray, steps: int) -> float:
    """The loop of tutorials: stacked windows, a DataLoader, .item() after every batch."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    stacked = torch.from_numpy(np.stack([values[k : k + _LENGTH] for k in range(len(values) - _LENGTH + 1)]))
    loader = DataLoader(TensorDataset(stacked, stacked), batch_size=_BATCH, shuffle=True)
    network = _network().train()
    optimizer, loss_of = torch.optim.Adam(network.parameters(), lr=1e-3), torch.nn.MSELoss()
    start, total, done = time.perf_counter(), 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_of(network(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
        done += 1
        if done == steps:
            break
    return done * _BATCH / (time.perf_counter() - start)


def _own(values: np.ndarray, steps: int) -> float:
    """The product's trainer on gathered windows."""
    import torch

    from core.recipe import TrainingConfig
    from core.training.loop import Trainer

    config = TrainingConfig(steps=steps, batch_size=_BATCH, optimizer="adam", learning_rate=1e-3)
    trainer = Trainer([_network()], _windows(values), None, config, seed=0, device=torch.device("cpu"))  # type: ignore[list-item]
    for _ in trainer.run():
        pass
    return trainer.trained_rows / trainer.seconds


def _windows(values: np.ndarray) -> Any:
    from core.modalities.layout import Layout
    from core.modalities.series.windows import SeriesWindows

    spans = np.array([[0, len(values)]], dtype=np.int64)
    layout = Layout(("time", "channel"), (_LENGTH, values.shape[1]))
    return SeriesWindows(layout, lambda a, b: values[a:b], spans, np.arange(len(values)), inside=True)


def _memory(values: np.ndarray) -> tuple[int, int]:
    """Bytes at the peak of stacking all windows, and of a view with a batch gathered from it."""
    import torch

    found = []
    for stack in (True, False):
        tracemalloc.start()
        if stack:
            kept: Any = np.stack([values[k : k + _LENGTH] for k in range(len(values) - _LENGTH + 1)])
        else:
            kept = _windows(values)
            kept.take(torch.arange(_BATCH))
        found.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        del kept
    return found[0], found[1]


def _recipe_seconds(moments: int) -> float:
    import tempfile
    from dataclasses import replace
    from pathlib import Path

    import pandas as pd

    from core.bench.harness.series_data import LabelledSeries
    from core.detector.experiment import Experiment
    from core.presets import PRESETS
    from core.recipe import SplitConfig

    rng = np.random.default_rng(0)
    x = np.sin(np.arange(moments) / 9) + rng.normal(0, 0.1, moments)
    series = LabelledSeries(
        "speed", "speed", np.arange(moments), pd.DataFrame({"value": x}), np.zeros(moments, np.int8), moments // 2
    )
    split = SplitConfig(kind="column", column="split", validation=0.0, train_on="all")
    recipe = replace(PRESETS["Recommended (series)"].recipe, split=split, device="cpu")
    with tempfile.TemporaryDirectory(prefix="anomalens-bench-") as folder:
        samples = series.samples(Path(folder))
        spent = []
        # The first run imports what it needs.
        for _ in range(2):
            start = time.process_time()
            experiment = Experiment(samples, recipe)
            for _ in experiment.run():
                pass
            spent.append(time.process_time() - start)
    return spent[-1]
