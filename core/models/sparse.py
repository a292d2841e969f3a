"""The sparse autoencoder: few units of the code are active for any one row."""

from dataclasses import dataclass

from torch import Tensor

from core.models import MODELS
from core.models._sparsity import kl_of_activations, l1_of, largest
from core.models.dense import DenseAutoencoder
from core.params import among, between, param


@MODELS.register("sparse")
class SparseAutoencoder(DenseAutoencoder):
    """Adds a penalty on active code units to the reconstruction error.

    KL: lambda sum_j KL(rho || rho_hat_j) on a sigmoid code, rho_hat_j the mean activation of unit j over the batch.
    L1: lambda sum_j |z_j| on a ReLU code. Top-k: no penalty, all but the k largest units are 0.

    Ng, "Sparse autoencoder", 2011 (KL); Makhzani and Frey, "k-Sparse Autoencoders", 2014 (top-k).
    """

    family = "Sparse"
    title = "Sparse autoencoder"
    when = "When normal rows are of many kinds: each kind gets a few code units of its own, and these can be read."
    sparse = True

    @dataclass(frozen=True)
    class Config(DenseAutoencoder.Config):
        """The dense form, and what keeps the code sparse."""

        # Not in the form: the penalty decides what bends the code.
        latent_activation: str = "linear"
        penalty: str = param(
            "kl",
            "What keeps the code sparse. kl: each unit of a sigmoid code shall be active for a small share of rows; "
            "l1: the sum of a ReLU code is small; topk: only the largest units of a row's code count.",
            choices=("kl", "l1", "topk"),
            label="Sparsity by",
            search=among("kl", "l1", "topk"),
        )
        sparsity: float = param(
            0.3,
            "Weight of the penalty (lambda): larger makes the code sparser and the reconstruction coarser.",
            low=0.0,
            high=1000.0,
            label="Weight of the sparsity",
            when={"penalty": ("kl", "l1")},
            search=between(0.01, 1.0, log=True),
        )
        target_activation: float = param(
            0.05,
            "Mean activation that each code unit shall have over the rows (rho).",
            low=0.001,
            high=0.999,
            when={"penalty": "kl"},
        )
        active_units: int = param(
            8,
            "Code units that may be active for one row; the others are 0.",
            low=1,
            high=65_536,
            when={"penalty": "topk"},
        )

    def encode(self, x: Tensor) -> Tensor:
        """The sparse code of each row, never negative, shape (n, latent)."""
        z = super().encode(x)
        if self.config.penalty == "kl":
            return z.sigmoid()
        return z.relu() if self.config.penalty == "l1" else largest(z, self.config.active_units)

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The reconstruction, and the penalty where there is one."""
        z = self.encode(x)
        terms = {"reconstruction": self.reconstruction(x, self.decode(z))}
        c = self.config
        if c.penalty == "kl":
            terms["sparsity"] = c.sparsity * kl_of_activations(z, c.target_activation)
        elif c.penalty == "l1":
            terms["sparsity"] = c.sparsity * l1_of(z)
        return terms
