"""A variational autoencoder whose code is sparse too."""

from dataclasses import dataclass

from torch import Tensor

from core.models import MODELS
from core.models._sparsity import kl_of_activations, l1_of
from core.models.vae import VariationalAutoencoder
from core.params import between, param


@MODELS.register("sparse_vae")
class SparseVariationalAutoencoder(VariationalAutoencoder):
    """Reconstruction + beta KL(q(z|x) || N(0, I)) + lambda times the sparsity of the posterior means.

    The sparsity is sum_j KL(rho || mean sigmoid(mu_j)), as in a sparse autoencoder (Ng, 2011), or sum_j |mu_j|. The
    first pulls the means below 0, away from the prior, and the two penalties settle in between; the second pulls the
    same way as the prior and empties units that explain little.
    """

    family = "Sparse"
    title = "Sparse VAE"
    when = "When the scores shall have an uncertainty and the code few active units that can be read."
    sparse = True

    @dataclass(frozen=True)
    class Config(VariationalAutoencoder.Config):
        """The variational form, and what keeps the code sparse."""

        penalty: str = param(
            "kl",
            "What keeps the code sparse. kl: each unit, put through a sigmoid, shall be active for a small share of "
            "rows; l1: the absolute values of the code are small.",
            choices=("kl", "l1"),
            label="Sparsity by",
        )
        sparsity: float = param(
            0.3,
            "Weight of the penalty (lambda): larger makes the code sparser and the reconstruction coarser.",
            low=0.0,
            high=1000.0,
            label="Weight of the sparsity",
            search=between(0.01, 1.0, log=True),
        )
        target_activation: float = param(
            0.05,
            "Mean activation that each code unit shall have over the rows (rho).",
            low=0.001,
            high=0.999,
            when={"penalty": "kl"},
        )

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """Reconstruction, beta x KL, and the sparsity of the means."""
        mu, log_variance = self.posterior(x)
        c = self.config
        sparsity = kl_of_activations(mu.sigmoid(), c.target_activation) if c.penalty == "kl" else l1_of(mu)
        return {**self.elbo_terms(x, mu, log_variance), "sparsity": c.sparsity * sparsity}

    def active(self, z: Tensor) -> Tensor:
        """What counts as a unit's activation: the mean as the penalty sees it."""
        return z.sigmoid() if self.config.penalty == "kl" else z.abs()
