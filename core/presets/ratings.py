"""The preset Ratings: an items-256-50 autoencoder with SELU and dropout, trained on observed ratings alone."""

from core.presets import PRESETS
from core.presets.base import Preset
from core.recipe import Recipe, TrainingConfig

RATINGS = PRESETS.register("Ratings")(
    Preset(
        name="Ratings",
        summary="Rows are users, columns are items, blanks are missing: only what was rated counts.",
        order=18,
        recipe=Recipe(
            preset="Ratings",
            model="ratings",
            model_settings={
                "hidden_dims": (256,),
                "latent": 50,
                "latent_unit": "fitted",
                "activation": "selu",
                "dropout": 0.5,
            },
            encoding={"blanks": "mask"},
            training=TrainingConfig(optimizer="adam", learning_rate=1e-3),
        ),
    )
)
