"""Training speed beside PyOD's AutoEncoder: the same network, the same batch, one thread, turn by turn."""

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.bench import BENCHES, Result
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.training.loop import Trainer

HIDDEN = (128, 64)
LATENT = 16
WIDTHS = (10, 20, 100)


@BENCHES.register("speed")
def speed(*, rows: int = 25_600, batch: int = 256, repeats: int = 7) -> Result:
    """Rows per second in training, beside PyOD's AutoEncoder with the same network and batch.

    Both train d-128-64-16-64-128-d with ReLU and Adam for one epoch on data that are standardised already, on one
    thread, in turns, so that whatever else the machine does slows both. The seconds are those that the thread had the
    processor. PyOD's own scoring after the training and its standardisation of every row are left out.
    """
    import torch

    from core.runtime import threads

    try:
        import pyod.models.auto_encoder  # noqa: F401
    except ImportError as error:
        raise ConfigError(f"This benchmark needs PyOD ({error}). Install it: pip install 'anomalens[bench]'") from error
    table = []
    with threads(1):
        for width in WIDTHS:
            x = np.random.default_rng(0).normal(size=(rows, width)).astype(np.float32)
            ours, theirs, ratios = [], [], []
            for turn in range(repeats + 1):
                mine, other = _ours(x, batch), _pyod(x, batch)
                if turn:  # the first warms both up
                    ours.append(mine)
                    theirs.append(other)
                    ratios.append(mine / other)
            table.append(
                {
                    "columns": width,
                    "rows_per_s": round(statistics.median(ours)),
                    "pyod_rows_per_s": round(statistics.median(theirs)),
                    "ratio": round(statistics.median(ratios), 2),
                    "least": round(min(ratios), 2),
                    "most": round(max(ratios), 2),
                }
            )
    return {
        "rows": rows,
        "batch": batch,
        "repeats": repeats,
        "torch": torch.__version__,
        "ratio": min(float(line["ratio"]) for line in table),
        "table": table,
    }


def _timed(rows: int, train: Callable[[], object]) -> float:
    start = time.thread_time()
    train()
    return rows / (time.thread_time() - start)


def _ours(x: NDArray[np.float32], batch: int) -> float:
    trainer = _trainer(x, batch)
    return _timed(len(x), lambda: list(trainer.run()))


def _trainer(x: NDArray[np.float32], batch: int) -> "Trainer":
    import torch

    from core.recipe import Recipe, TrainingConfig
    from core.trained import build_members
    from core.training.loop import Trainer

    settings = {"hidden_dims": HIDDEN, "latent": LATENT, "latent_unit": "units" if x.shape[1] > LATENT else "percent"}
    if x.shape[1] <= LATENT:
        # A latent size in units must be smaller than the input; in percent it may be wider, as PyOD's is here.
        settings["latent"] = round(100 * LATENT / x.shape[1])
    config = TrainingConfig(epochs=1, batch_size=batch, optimizer="adam", learning_rate=1e-3, weight_decay=1e-5)
    members = build_members(Recipe(model_settings=settings, training=config), (x.shape[1],))
    return Trainer(members, x, None, config, seed=0, device=torch.device("cpu"))


def _pyod(x: NDArray[np.float32], batch: int) -> float:
    import torch
    from pyod.models.auto_encoder import AutoEncoder
    from pyod.utils.torch_utility import TorchDataset

    detector = AutoEncoder(
        epoch_num=1,
        batch_size=batch,
        hidden_neuron_list=[*HIDDEN, LATENT],
        batch_norm=False,
        dropout_rate=0.0,
        device=torch.device("cpu"),
        verbose=0,
        preprocessing=False,
    )
    detector.data_num, detector.feature_size = x.shape
    detector.build_model()
    detector.training_prepare()
    data = TorchDataset(X=x, y=None)
    loader = torch.utils.data.DataLoader(dataset=data, batch_size=batch, shuffle=True, drop_last=True)
    return _timed(len(x), lambda: detector.train(loader))
