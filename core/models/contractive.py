"""The contractive autoencoder, on any base: penalises the encoder's Jacobian."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from core.models import MODELS, Autoencoder
from core.models._composed import Composed
from core.params import between, param


@MODELS.register("contractive")
class ContractiveAutoencoder(Composed):
    """Adds lambda ||dh/dx||²_F, the squared Frobenius norm of the encoder's Jacobian, to the loss of the base.

    The norm is exact. For an encoder of one layer, h = f(Wx + b), it has a closed form: the sum over the units of
    f'(a_j)² ||W_j||². Deeper ones are differentiated code unit by code unit in one batched pass, on some rows of each
    batch. Both look at the network as it will be used: without dropout or noise.

    Rifai et al., "Contractive Auto-Encoders: Explicit Invariance During Feature Extraction", 2011.
    """

    family = "Robust"
    title = "Contractive autoencoder"
    when = "When the numbers are noisy: small changes of a row should not move its code. Works on any other network."

    @dataclass(frozen=True)
    class Own:
        """How much the code may move, and on how many rows that is looked at."""

        contraction: float = param(
            0.01,
            "Weight of the penalty on how far the code moves when a row changes a little. 0 switches it off.",
            low=0.0,
            high=1000.0,
            label="Weight of the contraction",
            search=between(0.001, 1.0, log=True),
        )
        contraction_rows: int = param(
            16,
            "Rows of each batch whose penalty is computed where the encoder has several layers; more is steadier and "
            "takes longer.",
            low=1,
            high=65_536,
            label="Rows of a batch that are looked at",
            advanced=True,
        )

    def loss_terms(self, x: Tensor) -> dict[str, Tensor]:
        """The terms of the base, and the contraction."""
        return {**super().loss_terms(x), "contraction": self.own.contraction * self.contraction(x)}

    def contraction(self, x: Tensor) -> Tensor:
        """The squared Frobenius norm of dh/dx, averaged over rows."""
        # dropout and noise are not part of the function that is to be contracted
        training, _ = self.training, self.eval()
        try:
            single = _single_layer(self)
            if single is not None:
                return _closed_form(self.filled(x), *single)
            return jacobian(self, x[: self.own.contraction_rows]).square().sum(dim=(0, 2)).mean()
        finally:
            self.train(training)


def jacobian(model: Autoencoder, x: Tensor) -> Tensor:
    """dh_j/dx_i of each row, shape (latent, n, width); differentiable in the weights where gradients are wanted."""
    with_gradient = torch.is_grad_enabled()
    # Fused attention cannot be differentiated twice.
    with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
        x = x.detach().requires_grad_()
        z = model.encode(x).flatten(1)
        # In evaluation rows do not mix: one pass per code unit gives that unit's gradient for all rows.
        units = torch.eye(z.shape[1], dtype=z.dtype, device=z.device)[:, None].expand(-1, len(x), -1)
        found: Tensor = torch.autograd.grad(z, x, units, create_graph=with_gradient, is_grads_batched=True)[0]
    return found


def _single_layer(model: Autoencoder) -> tuple[nn.Linear, nn.Module] | None:
    """The layer and the activation of an encoder that has no more than these and nothing around them."""
    from core.models.dense import DenseAutoencoder

    if not isinstance(model, DenseAutoencoder) or type(model).encode is not DenseAutoencoder.encode:
        return None
    if type(model).read is not Autoencoder.read:
        return None
    layers = list(model.encoder)
    if not layers or len(layers) > 2 or not isinstance(layers[0], nn.Linear):
        return None
    if len(layers) == 1:
        return layers[0], nn.Identity()
    return (layers[0], layers[1]) if not list(layers[1].parameters()) else None


def _closed_form(x: Tensor, layer: nn.Linear, activation: nn.Module) -> Tensor:
    with_gradient = torch.is_grad_enabled()
    with torch.enable_grad():
        a = layer(x)
        # f works on each unit alone, so that the gradient of its sum is f' of each.
        (slope,) = torch.autograd.grad(activation(a).sum(), a, create_graph=with_gradient)
        norm: Tensor = (slope.square() @ layer.weight.square().sum(dim=1)).mean()
    return norm if with_gradient else norm.detach()
