"""A trained detector: networks, encoding, score and threshold, which scores and explains new rows.

It is saved as safetensors and JSON, never pickled, and knows nothing of how it was trained.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import DataError
from core.modalities.tabular.encoder import TabularEncoder
from core.models import MODELS, Autoencoder
from core.params import to_dict
from core.recipe import Recipe, ScoreConfig
from core.runtime import mix, resolve_device, seeded, undisturbed
from core.scoring.attribution import explain
from core.scoring.errors import RowErrors, row_errors
from core.scoring.fitted_scores import FittedScores, fit_scores, fits, fitted_from_bytes, fitted_to_bytes
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
    fitted_scores: FittedScores = field(default_factory=list)
    """What the score learnt of the training rows; there by itself where it has nothing to learn."""

    def __post_init__(self) -> None:
        if not self.fitted_scores and not fits(self.recipe.score):
            self.fitted_scores = fit_scores(self.members, self.recipe.score, np.empty((0, 0), np.float32))

    @property
    def parameters(self) -> int:
        """How many weights all members have."""
        return sum(p.numel() for member in self.members for p in member.parameters())

    def errors(self, frame: pd.DataFrame) -> RowErrors:
        """What every voice says of each row of a frame in the user's units."""
        self.refuse_other_columns(frame.columns)
        x = self.encoder.transform(frame)
        return row_errors(self.members, x, self.recipe.score, self.recipe.seed, self.fitted_scores or None)

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
        self.refuse_other_columns(frame.columns)
        explained = explain(self.members, self.encoder, frame, self.fitted_scores)
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
        """Write the networks (model.safetensors), encoder.json and recipe.json below the run, and its score."""
        folder = run_folder(run_id)
        weights = {f"{k}.{name}": t for k, member in enumerate(self.members) for name, t in member.state_dict().items()}
        artifacts.write_bytes(f"{folder}/model.safetensors", pack(weights, {"members": len(self.members)}))
        artifacts.write_json(f"{folder}/encoder.json", self.encoder.to_dict())
        artifacts.write_json(f"{folder}/recipe.json", self.recipe.to_dict())
        self.save_score(artifacts, folder)

    def save_score(self, artifacts: Artifacts, folder: str) -> None:
        """Write what makes a score of what the networks say: model.json, and score.safetensors where it learnt."""
        if fits(self.recipe.score):
            artifacts.write_bytes(f"{folder}/score.safetensors", fitted_to_bytes(self.fitted_scores, self.recipe.score))
        artifacts.write_json(
            f"{folder}/model.json",
            {
                "model": self.recipe.model,
                "members": len(self.members),
                "shape": list(self.members[0].shape),
                "score": to_dict(self.recipe.score),
                "scorer": self.scorer.to_dict(),
                "threshold": self.threshold,
            },
        )

    def refuse_other_columns(self, columns: Collection[str]) -> None:
        """Check that a table has the columns that the detector was trained on; others beside them are left out.

        Raises
        ------
        DataError
            Names those that are missing.
        """
        lacking = [name for name in self.encoder.features if name not in columns]
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


def run_folder(run_id: str, score: str = "") -> str:
    """Where a run's own files are, or those of another score of it."""
    return f"runs/{run_id}/scores/{score}" if score else f"runs/{run_id}"


def load(artifacts: Artifacts, run_id: str, score: str = "") -> Trained:
    """The detector that a finished run saved, on the CPU.

    Parameters
    ----------
    artifacts
        Where the run is.
    run_id
        A finished run.
    score
        The name of another score (:attr:`core.recipe.ScoreConfig.name`) that was computed for it; the run's own by
        default.

    Raises
    ------
    DataError
        When the run has saved none.
    """
    trained = load_networks(artifacts, run_id)
    folder = run_folder(run_id, score)
    about: dict[str, Any] = artifacts.read_json(f"{folder}/model.json")
    config = ScoreConfig.from_name(score) if score else trained.recipe.score
    fitted_scores: FittedScores = []
    if fits(config):
        data = artifacts.read_bytes(f"{folder}/score.safetensors")
        fitted_scores = fitted_from_bytes(data, config, len(trained.members))
    return replace(
        trained,
        recipe=replace(trained.recipe, score=config),
        scorer=Scorer.from_dict(config, about["scorer"]),
        threshold=float(about["threshold"]),
        fitted_scores=fitted_scores,
    )


def load_networks(artifacts: Artifacts, run_id: str, score: ScoreConfig | None = None) -> Trained:
    """The networks and the encoding of a finished run, on the CPU, with a score that has learnt nothing yet.

    Raises
    ------
    DataError
        When the run has saved none.
    """
    folder = run_folder(run_id)
    about: dict[str, Any] = artifacts.read_json(f"{folder}/model.json")
    recipe = Recipe.from_dict(artifacts.read_json(f"{folder}/recipe.json"))
    recipe = replace(recipe, score=score or recipe.score)
    weights, _ = unpack(artifacts.read_bytes(f"{folder}/model.safetensors"))
    encoder = TabularEncoder.from_dict(artifacts.read_json(f"{folder}/encoder.json"))
    members = build_members(recipe, tuple(about["shape"]))
    for k, member in enumerate(members):
        start = f"{k}."
        member.lay_out(encoder.layout)
        member.load_state_dict({n.removeprefix(start): t for n, t in weights.items() if n.startswith(start)})
        member.eval()
    return Trained(recipe, encoder, members, Scorer(recipe.score))
