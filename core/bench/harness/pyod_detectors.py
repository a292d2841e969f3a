"""PyOD's AutoEncoder for the speed benchmark: its own network and loop, on rows that are encoded already."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ConfigError


def need_pyod() -> None:
    """Say what to install where PyOD is missing.

    Raises
    ------
    ConfigError
        Without PyOD.
    """
    try:
        import pyod.models.auto_encoder  # noqa: F401
    except ImportError as error:
        raise ConfigError(f"This benchmark needs PyOD ({error}). Install it: pip install 'anomalens[bench]'") from error


class PyodTraining:
    """A training of PyOD's that is ready to begin.

    Parameters
    ----------
    x
        The training rows, standardised.
    device
        Where it trains.
    options
        Of PyOD's AutoEncoder; the rest are its defaults.
    """

    def __init__(self, x: NDArray[np.float32], device: torch.device, **options: Any) -> None:
        from pyod.models.auto_encoder import AutoEncoder
        from pyod.utils.torch_utility import TorchDataset

        self._detector = AutoEncoder(device=device, verbose=0, preprocessing=False, **options)
        self._detector.data_num, self._detector.feature_size = x.shape
        self._detector.build_model()
        self._detector.training_prepare()
        self._loader = torch.utils.data.DataLoader(
            dataset=TorchDataset(X=x, y=None),
            batch_size=self._detector.batch_size,
            shuffle=True,
            # As PyOD does it, and for the same reason.
            drop_last=True,
        )

    def run(self) -> None:
        """Train to the end, without the scoring that ``fit`` does afterwards."""
        self._detector.train(self._loader)

    def loss(self, x: NDArray[np.float32]) -> float:
        """Mean squared error over some rows, in evaluation mode."""
        model = self._detector.model.eval()
        with torch.no_grad():
            rows = torch.from_numpy(x).to(self._detector.device)
            return float(torch.nn.functional.mse_loss(model(rows), rows))
