"""The preset Masked cells: masked cell modelling (MCM, ICLR 2024)."""

from core.presets import PRESETS
from core.presets._measured import ENCODING, NETWORK, TRAINING
from core.presets.base import Preset
from core.recipe import Recipe

MASKED_CELLS = PRESETS.register("Masked cells")(
    Preset(
        name="Masked cells",
        summary="Learns which parts of a row tell the rest (MCM, 2024); several times slower than a dense network.",
        order=20,
        recipe=Recipe(
            preset="Masked cells",
            model="masked_cells",
            model_settings={**NETWORK, "hidden_dims": (128,), "masks": 8},
            encoding=ENCODING,
            training=TRAINING,
        ),
    )
)
