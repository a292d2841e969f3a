"""A trained detector: networks, encoding, score and threshold, which scores and explains new rows.

It is saved as safetensors and JSON, never pickled, and knows nothing of how it was trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.tabular import TabularEncoder
from core.errors import DataError
from core.models import MODELS, Autoencoder
from core.recipe import Recipe
from core.runtime import mix, resolve_device, seeded, undisturbed
from core.scoring.attribution import explain
from core.scoring.errors import RowErrors, row_errors
from core.scoring.scorer import Scorer, Scores
from core.training.checkpoint import pack, unpack

if TYPE_CHECKING:
    import pandas as pd

    from core.store.artifacts import Artifacts

_INIT = 0
_CPU = torch.device("cpu")


@dataclass
class Trained:
    """A detector that is ready to judge rows of the columns it was trained on."""

    recipe: Recipe
    encoder: TabularEncoder
    members: list[Autoencoder]
    scorer: Scorer
    threshold: float = float("nan")
    """On the score's scale; a row is flagged when its score is above it."""

    @property
    def parameters(self) -> int:
        """How many weights all members have."""
        return sum(p.numel() for member in self.members for p in member.parameters())

    def errors(self, frame: pd.DataFrame) -> RowErrors:
        """Every member's error for each row of a frame in the user's units."""
        self._refuse_other_columns(frame)
        return row_errors(self.members, self.encoder.transform(frame), self.recipe.score, self.recipe.seed)

    def score(self, frame: pd.DataFrame) -> Scores:
        """A score per row, and its uncertainty where there is one.

        Raises
        ------
        DataError
            When the frame lacks columns that the detector was trained on.
        """
        return self.scorer.scores(self.errors(frame))

    def flagged(self, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which scores are above the threshold."""
        return scores > self.threshold

    def explain(self, frame: pd.DataFrame, rows: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Actual against expected for each feature of each row; see :func:`core.scoring.attribution.explain`.

        Parameters
        ----------
        frame
            The rows, in the user's units.
        rows
            Their row numbers, for the column ``row``; their places in ``frame`` by default.
        """
        self._refuse_other_columns(frame)
        explained = explain(self.members, self.encoder, frame, self.recipe.score.kind)
        if rows is not None:
            explained["row"] = rows[explained["row"].to_numpy()]
        return explained

    def to_device(self, name: str) -> Trained:
        """Compute on another device from now on."""
        device = resolve_device(name)
        for member in self.members:
            member.to(device)
        return self

    def save(self, artifacts: Artifacts, run_id: str) -> None:
        """Write model.safetensors, model.json, encoder.json and recipe.json below the run."""
        folder = f"runs/{run_id}"
        weights = {f"{k}.{name}": t for k, member in enumerate(self.members) for name, t in member.state_dict().items()}
        artifacts.write_bytes(f"{folder}/model.safetensors", pack(weights, {"members": len(self.members)}))
        artifacts.write_json(f"{folder}/encoder.json", self.encoder.to_dict())
        artifacts.write_json(f"{folder}/recipe.json", self.recipe.to_dict())
        artifacts.write_json(
            f"{folder}/model.json",
            {
                "model": self.recipe.model,
                "members": len(self.members),
                "shape": list(self.members[0].shape),
                "scorer": self.scorer.to_dict(),
                "threshold": self.threshold,
            },
        )

    def _refuse_other_columns(self, frame: pd.DataFrame) -> None:
        lacking = [name for name in self.encoder.features if name not in frame.columns]
        if lacking:
            shown = ", ".join(repr(name) for name in lacking[:5]) + (" and more" if len(lacking) > 5 else "")
            raise DataError(
                f"The rows must have the {len(self.encoder.features)} columns that the detector was trained on. "
                f"{shown} {'is' if len(lacking) == 1 else 'are'} missing. Add "
                f"{'it' if len(lacking) == 1 else 'them'}, or train on data like these."
            )


def build_members(recipe: Recipe, shape: tuple[int, ...]) -> list[Autoencoder]:
    """The networks of a recipe with their first weights, which are the same on every device."""
    members = []
    for k in range(recipe.members):
        with undisturbed(), seeded(mix(recipe.seed, k, _INIT), _CPU):
            members.append(MODELS[recipe.model].create(recipe.model_settings, shape))
    return members


def load(artifacts: Artifacts, run_id: str) -> Trained:
    """The detector that a finished run saved, on the CPU.

    Raises
    ------
    DataError
        When the run has saved none.
    """
    folder = f"runs/{run_id}"
    about: dict[str, Any] = artifacts.read_json(f"{folder}/model.json")
    recipe = Recipe.from_dict(artifacts.read_json(f"{folder}/recipe.json"))
    weights, _ = unpack(artifacts.read_bytes(f"{folder}/model.safetensors"))
    members = build_members(recipe, tuple(about["shape"]))
    for k, member in enumerate(members):
        start = f"{k}."
        member.load_state_dict({n.removeprefix(start): t for n, t in weights.items() if n.startswith(start)})
        member.eval()
    encoder = TabularEncoder.from_dict(artifacts.read_json(f"{folder}/encoder.json"))
    scorer = Scorer.from_dict(recipe.score, about["scorer"])
    return Trained(recipe, encoder, members, scorer, float(about["threshold"]))
