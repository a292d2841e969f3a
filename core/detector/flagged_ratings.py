"""Networks for ratings as they were stored when each column with blanks had a second one beside it that said so.

What such a network read and rebuilt in these flag columns was multiplied by zero, so that they can be left out: of the
encoding, of the first and the last layer, and of what a score learnt of the errors. The numbers stay what they were.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from core.errors import DataError
from core.models import Autoencoder
from core.scoring.fitted_scores import FittedScores
from core.training.checkpoint import pack, unpack

_BUFFERS = ("flag_of", "flagged", "value")
_AXES = {"precision": (0,), "mean": (0,), "whiten": (0, 1)}
"""What a score learns of each column of the errors, and along which axes the columns lie."""
_OF_ERRORS = ("likelihood", "whitened")
_OF_ROWS = ("knn", "local", "mixture", "crowd")


def is_flagged(weights: Mapping[str, Tensor]) -> bool:
    """Whether stored weights are those of such networks."""
    return "0.flagged" in weights


def kept_columns(weights: Mapping[str, Tensor]) -> Tensor:
    """Which encoded columns were no flags, shape (width,)."""
    return weights["0.value"] > 0


def load_without_flags(member: Autoencoder, state: Mapping[str, Tensor], kept: Tensor) -> None:
    """Load a network and take its flag columns out.

    Parameters
    ----------
    member
        With first weights, as wide as it was stored.
    state
        What was stored of it.
    kept
        Which encoded columns are no flags, shape (width,).
    """
    member.load_state_dict({name: tensor for name, tensor in state.items() if name not in _BUFFERS})
    take_out_flags(member, kept)


def take_out_flags(member: Autoencoder, kept: Tensor) -> None:
    """Take the flag columns out of a network that was built as wide as it was stored."""
    member.built_as = member.shape
    first = next(layer for layer in member.encoder.modules() if isinstance(layer, nn.Linear))  # type: ignore[union-attr]
    *_, last = (layer for layer in member.decoder.modules() if isinstance(layer, nn.Linear))  # type: ignore[union-attr]
    first.weight = nn.Parameter(first.weight.detach()[:, kept].contiguous())
    last.weight = nn.Parameter(last.weight.detach()[kept].contiguous())
    last.bias = nn.Parameter(last.bias.detach()[kept].contiguous())
    first.in_features = last.out_features = int(kept.sum())
    for name, buffer in member.named_buffers(recurse=False):
        if buffer.shape == kept.shape:
            setattr(member, name, buffer[kept].contiguous())
    member.shape = (first.in_features,)


def checkpoint_without_flags(
    data: bytes, build: Callable[[tuple[int, ...]], list[Autoencoder]]
) -> tuple[bytes, list[Autoencoder]] | None:
    """A checkpoint of such networks as one of networks without flag columns, and these networks.

    Parameters
    ----------
    data
        What :meth:`core.training.loop.Trainer.checkpoint` gave.
    build
        Makes the networks of the recipe for units of a shape.

    Returns
    -------
    None where the checkpoint is one of other networks.
    """
    tensors, values = unpack(data)
    if "now.buffer.0.flagged" not in tensors:
        return None
    kept = tensors["now.buffer.0.value"] > 0
    built = build((len(kept),))
    wide = sum(p.numel() for member in built for p in member.parameters())
    narrow: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name.rpartition(".")[2] in _BUFFERS:
            continue
        narrow[name] = _vector_without_flags(tensor, built, kept) if tensor.numel() == wide else tensor
    for member in built:
        take_out_flags(member, kept)
    fits = values["fits"] | {"weights": sum(p.numel() for member in built for p in member.parameters())}
    return pack(narrow, values | {"fits": fits}), built


def _vector_without_flags(vector: Tensor, built: list[Autoencoder], kept: Tensor) -> Tensor:
    """All weights, or what an optimizer remembers of each, without those of the flag columns."""
    members = copy.deepcopy(built)
    nn.utils.vector_to_parameters(vector, [p for member in members for p in member.parameters()])
    for member in members:
        take_out_flags(member, kept)
    return torch.cat([p.detach().reshape(-1) for member in members for p in member.parameters()])


def scores_without_flags(fitted_scores: FittedScores, kinds: tuple[str, ...], kept: Tensor) -> FittedScores:
    """What the scores of such a run learnt, without the flag columns.

    Raises
    ------
    DataError
        For a score that compares rows with each other, flags and all.
    """
    unreadable = [kind for kind in kinds if kind in _OF_ROWS]
    if unreadable:
        raise DataError(
            f"The score {unreadable[0]!r} of this run compares rows by columns that said where values are missing, "
            "which networks for ratings have no more. Choose another score, or train again."
        )
    places = torch.nonzero(kept).flatten()
    for scores in fitted_scores:
        for kind, score in zip(kinds, scores, strict=True):
            if kind in _OF_ERRORS:
                score.state = {name: _narrowed(name, tensor, places) for name, tensor in score.state.items()}
    return fitted_scores


def _narrowed(name: str, tensor: Tensor, kept: Tensor) -> Tensor:
    for axis in _AXES[name][: tensor.ndim]:
        tensor = tensor.index_select(axis, kept)
    return tensor
