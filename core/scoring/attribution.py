"""Why a sample has its score: what the networks expected at each position, and each position's share of the score."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.modalities.attribution import Attribution
from core.modalities.layout import Layout
from core.models.base import Autoencoder
from core.runtime import units_at_once
from core.scoring.errors import BROKEN
from core.scoring.fitted_scores import FittedScores, own
from core.scoring.forward_pass import ForwardPass, in_blocks


def expectation(members: Sequence[Autoencoder], x: NDArray[Any]) -> NDArray[Any]:
    """What the members together expect of some units, as :func:`reconstruct` says, without the shares of a score."""
    step, expected = units_at_once(x.shape[1:]), np.zeros(x.shape, dtype=x.dtype)
    with torch.inference_mode():
        for start in range(0, len(x), step):
            some = x[start : start + step]
            passes = [_forward(member, some) for member in members]
            expected[start : start + step] = _expected(members, [_output(one) for one in passes])[: len(some)]
    return expected


def reconstruct(
    members: Sequence[Autoencoder], x: NDArray[Any], fitted_scores: FittedScores, layout: Layout
) -> tuple[NDArray[Any], Attribution]:
    """What the members together expect of some units, of the shape of ``x``, and each position's share of a score.

    What is expected follows from the mean of the members' outputs. Every fitted score has the same weight in the
    shares; what a share is, each kind of score says of itself.
    """
    count, step = len(members), units_at_once(x.shape[1:])
    expected, shares = np.zeros(x.shape, dtype=x.dtype), np.zeros(x.shape)
    with torch.inference_mode():
        for start in range(0, len(x), step):
            some = slice(start, min(start + step, len(x)))
            n, outputs = some.stop - some.start, []
            for k, (member, scores) in enumerate(zip(members, fitted_scores, strict=True)):
                forward = _forward(member, x[some])
                for score in own(scores, k):
                    share = score.shares(forward).nan_to_num(BROKEN, posinf=BROKEN)
                    share = share / share.sum(dim=1, keepdim=True).clamp_min(1e-30)
                    shares[some] += share[:n].cpu().numpy().reshape(n, *x.shape[1:]) * (
                        count if score.model_free else 1
                    )
                outputs.append(_output(forward))
            expected[some] = _expected(members, outputs)[:n]
    return expected, Attribution(shares / (count * max(1, len(fitted_scores[0]))), layout)


def _forward(member: Autoencoder, x: NDArray[Any]) -> ForwardPass:
    member.eval()
    device = next(member.parameters()).device
    # A handful of units: float64, where the device has it, spares a second look at the far ones.
    return ForwardPass(member, in_blocks(torch.from_numpy(x)).to(device), wide=device.type != "mps")


def _output(forward: ForwardPass) -> Tensor:
    return forward.output.nan_to_num().cpu().double()


def _expected(members: Sequence[Autoencoder], outputs: list[Tensor]) -> NDArray[Any]:
    """What is expected by the mean of the members' outputs, of whole blocks."""
    expected: NDArray[Any] = members[0].expected(sum(outputs[1:], outputs[0]) / len(members)).numpy()
    return expected
