"""Sparsity penalties on a code: KL of mean activations, L1, and top-k."""

import torch
from torch import Tensor

_EDGE = 1e-6
"""The logarithms of 0 and 1 are not finite: mean activations are held this far from both."""


def kl_of_activations(active: Tensor, target: float) -> Tensor:
    """Sum over the units of KL(rho || rho_hat), rho_hat the mean activation over the rows (Ng, 2011).

    Parameters
    ----------
    active
        Activations between 0 and 1, shape (n, units).
    target
        rho, the share of the time that a unit shall be active.
    """
    rho_hat = active.mean(dim=0).clamp(_EDGE, 1 - _EDGE)
    rho = torch.as_tensor(target, dtype=active.dtype, device=active.device).clamp(_EDGE, 1 - _EDGE)
    return (rho * (rho / rho_hat).log() + (1 - rho) * ((1 - rho) / (1 - rho_hat)).log()).sum()


def l1_of(z: Tensor) -> Tensor:
    """The sum of absolute values of each row's code, averaged over rows."""
    return z.abs().sum() / len(z)


def largest(z: Tensor, count: int) -> Tensor:
    """The code with all but its ``count`` largest positive units set to 0 (Makhzani and Frey, 2014)."""
    if count >= z.shape[1]:
        return z.relu()
    kept = z.topk(count, dim=1)
    return torch.zeros_like(z).scatter(1, kept.indices, kept.values.relu())
