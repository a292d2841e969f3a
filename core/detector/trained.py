"""A trained detector: networks, encoding, score and threshold, which scores and explains new samples.

It is saved as safetensors and JSON, never pickled, and knows nothing of how it was trained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.detector.explained import explained
from core.detector.flagged_ratings import (
    is_flagged,
    kept_columns,
    load_without_flags,
    scores_without_flags,
    take_out_flags,
)
from core.modalities import MODALITIES
from core.modalities.units import units_per_batch
from core.models import MODELS, Autoencoder
from core.params import to_dict
from core.recipe import Recipe, ScoreConfig
from core.runtime import derive_seed, seeded, undisturbed
from core.scoring.errors import RowErrors
from core.scoring.fitted_scores import FittedScores, fit_scores, fits, fitted_from_bytes, fitted_to_bytes
from core.scoring.pooled import sample_codes, sample_errors
from core.scoring.scorer import Scorer, Scores
from core.training.checkpoint import pack, unpack

if TYPE_CHECKING:
    import pandas as pd

    from core.modalities.contract import Encoder, Ids, Raw, Samples, Units
    from core.store.artifacts import Artifacts

_INIT = 0
_CPU = torch.device("cpu")


@dataclass
class TrainedDetector:
    """A detector that is ready to score samples of the kind that it was trained on."""

    recipe: Recipe
    encoder: Encoder
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

    def errors(self, units: Units, should_continue: Callable[[], bool] = lambda: True) -> RowErrors:
        """Every sample's error under every fitted score; see :func:`core.scoring.pooled.sample_errors`."""
        fitted = self.fitted_scores or None
        return sample_errors(self.members, units, self.recipe.score, self.recipe.seed, fitted, should_continue)

    def score(self, raw: Raw) -> Scores:
        """A score per sample of some content, and its uncertainty where there is one.

        Raises
        ------
        DataError
            When the content lacks what the detector was trained on.
        """
        return self.score_units(self.encoder.encode(raw))

    def score_units(self, units: Units) -> Scores:
        """A score per sample, and its uncertainty where there is one."""
        return self.scorer.scores(self.errors(units))

    def codes(self, samples: Samples, ids: Ids) -> NDArray[np.float32]:
        """The members' codes of some samples side by side, shape (n, width)."""
        return sample_codes(self.members, self.encoder.units(samples, ids))

    def flagged(self, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which scores are above the threshold."""
        return scores > self.threshold

    def explain(self, raw: Raw, rows: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Actual against expected for each part of each sample; see :func:`core.detector.explained.explained`.

        Parameters
        ----------
        raw
            The samples, as content.
        rows
            Their numbers, for the column ``row``; their places in ``raw`` by default.
        """
        found = explained(self.members, self.encoder, raw, self.fitted_scores)
        if rows is not None:
            found["row"] = rows[found["row"].to_numpy()]
        return found

    def explain_samples(self, samples: Samples, ids: Ids) -> pd.DataFrame:
        """:meth:`explain` for samples of a dataset, read and explained a batch at a time."""
        import pandas as pd

        step = units_per_batch(self.encoder.layout)
        some = [ids[start : start + step] for start in range(0, max(1, len(ids)), step)]
        return pd.concat([self.explain(samples.read(part), part) for part in some], ignore_index=True)

    def save(self, artifacts: Artifacts, folder: str) -> None:
        """Write the networks (model.safetensors), encoder.json and recipe.json into a run's folder, and its score."""
        weights = {f"{k}.{name}": t for k, member in enumerate(self.members) for name, t in member.state_dict().items()}
        artifacts.write_bytes(f"{folder}/model.safetensors", pack(weights, {"members": len(self.members)}))
        self.encoder.save(artifacts, folder)
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
                **({"built_as": list(built_as)} if (built_as := self.members[0].built_as) else {}),
                "score": to_dict(self.recipe.score),
                "scorer": self.scorer.to_dict(),
                "threshold": self.threshold,
            },
        )


def build_members(recipe: Recipe, shape: tuple[int, ...]) -> list[Autoencoder]:
    """The networks of a recipe with their first weights, which are the same on every device."""
    members = []
    for k in range(recipe.members):
        with undisturbed(), seeded(derive_seed(recipe.seed, k, _INIT), _CPU):
            members.append(MODELS[recipe.model].create(recipe.model_settings, shape))
    return members


def load(artifacts: Artifacts, folder: str, score: str = "") -> TrainedDetector:
    """The detector that a finished run saved, on the CPU.

    Parameters
    ----------
    artifacts
        Where the run is.
    folder
        The folder of a finished run.
    score
        The name of another score (:attr:`core.recipe.ScoreConfig.name`) that was computed for it; the run's own by
        default.

    Raises
    ------
    DataError
        When the run has saved none.
    """
    trained = load_networks(artifacts, folder)
    beside = f"{folder}/scores/{score}" if score else folder
    about: dict[str, Any] = artifacts.read_json(f"{beside}/model.json")
    config = ScoreConfig.from_name(score) if score else trained.recipe.score
    fitted_scores: FittedScores = []
    if fits(config):
        data = artifacts.read_bytes(f"{beside}/score.safetensors")
        fitted_scores = fitted_from_bytes(data, config, len(trained.members))
        if tuple(about["shape"]) != trained.members[0].shape:
            weights, _ = unpack(artifacts.read_bytes(f"{folder}/model.safetensors"))
            fitted_scores = scores_without_flags(fitted_scores, config.kinds, kept_columns(weights))
    return replace(
        trained,
        recipe=replace(trained.recipe, score=config),
        scorer=Scorer.from_dict(config, about["scorer"]),
        threshold=float(about["threshold"]),
        fitted_scores=fitted_scores,
    )


def load_networks(artifacts: Artifacts, folder: str, score: ScoreConfig | None = None) -> TrainedDetector:
    """The networks and the encoding of a finished run, on the CPU, with a score that has learnt nothing yet.

    Raises
    ------
    DataError
        When the run has saved none.
    """
    about: dict[str, Any] = artifacts.read_json(f"{folder}/model.json")
    recipe = Recipe.from_dict(artifacts.read_json(f"{folder}/recipe.json"))
    recipe = replace(recipe, score=score or recipe.score)
    weights, _ = unpack(artifacts.read_bytes(f"{folder}/model.safetensors"))
    encoder = MODALITIES[recipe.modality]().load_encoder(artifacts, folder)
    members = build_members(recipe, tuple(about.get("built_as", about["shape"])))
    if "built_as" in about:
        # Which columns were no flags is of no consequence: the weights are loaded afterwards.
        kept = torch.arange(about["built_as"][0]) < about["shape"][0]
        for member in members:
            take_out_flags(member, kept)
    for k, member in enumerate(members):
        start = f"{k}."
        state = {n.removeprefix(start): t for n, t in weights.items() if n.startswith(start)}
        if is_flagged(weights):
            load_without_flags(member, state, kept_columns(weights))
        else:
            member.load_state_dict(state)
        member.lay_out(encoder.layout)
        member.eval()
    return TrainedDetector(recipe, encoder, members, Scorer(recipe.score))
