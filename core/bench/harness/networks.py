"""The settings of our dense network that match another library's layer widths."""

from typing import Any


def dense_settings(width: int, hidden: tuple[int, ...], latent: int) -> dict[str, Any]:
    """Settings of the dense network with these widths; a code wider than the input, as PyOD's is, needs percent."""
    if width > latent:
        return {"hidden_dims": hidden, "latent": latent}
    return {"hidden_dims": hidden, "latent": round(100 * latent / width), "latent_unit": "percent"}
