"""Masked cell modelling (ICLR 2024)."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

MASKED_CELLS = PRESETS.register("Masked cells")(
    Preset(
        name="Masked cells",
        summary="Learns which parts of a row tell the rest (MCM, 2024); several times slower than a dense network.",
        order=9,
        recipe=Recipe(
            preset="Masked cells",
            model="masked_cells",
            model_settings={
                "hidden_dims": (128,),
                "latent": 32,
                "latent_unit": "fitted",
                "activation": "leaky_relu",
                "masks": 8,
            },
            training=TrainingConfig(steps=1500, optimizer="adam", learning_rate=2e-3),
        ),
    )
)
