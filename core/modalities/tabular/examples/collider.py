"""Events with two jets, as at a hadron collider: a smooth background, and a heavy particle that decays into two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.modalities.tabular.examples import EXAMPLES, ExampleTable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_BACKGROUND = 19_600
_SIGNAL = 400


def make(seed: int = 0) -> pd.DataFrame:
    """Background and signal, shuffled. Masses and momenta in GeV; tau21 is low for a jet with two cores."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    background = _background(rng, _BACKGROUND)
    signal = _signal(rng, _SIGNAL)
    columns = {name: np.concatenate([background[name], signal[name]]) for name in background}
    kind = np.repeat(np.array(["background", "signal"], dtype=object), [_BACKGROUND, _SIGNAL])
    order = rng.permutation(_BACKGROUND + _SIGNAL)
    frame = pd.DataFrame({name: values[order].round(4) for name, values in columns.items()})
    frame["event"] = pd.array(kind[order], dtype="str")
    return frame


def _background(rng: np.random.Generator, n: int) -> dict[str, NDArray[Any]]:
    import numpy as np

    # A steeply falling spectrum above the trigger's threshold.
    pt1 = 500 + rng.exponential(180, n) * rng.lognormal(0, 0.35, n)
    pt2 = pt1 * rng.beta(9, 1.6, n)
    gap = np.abs(rng.normal(0, 1.0, n))
    m1, m2 = (pt * rng.lognormal(-2.0, 0.5, n) for pt in (pt1, pt2))
    return _event(rng, pt1, pt2, gap, m1, m2, rng.beta(12, 5, n), rng.beta(12, 5, n))


def _signal(rng: np.random.Generator, n: int) -> dict[str, NDArray[Any]]:
    import numpy as np

    resonance = rng.normal(3500, 90, n)
    gap = np.abs(rng.normal(0, 0.6, n))
    pt1 = resonance / (2 * np.cosh(gap / 2)) * rng.normal(1.0, 0.04, n)
    pt2 = pt1 * rng.beta(14, 1.4, n)
    m1, m2 = rng.normal(500, 30, n), rng.normal(100, 12, n)
    return _event(rng, pt1, pt2, gap, m1, m2, rng.beta(4, 9, n), rng.beta(4, 9, n))


def _event(
    rng: np.random.Generator,
    pt1: NDArray[Any],
    pt2: NDArray[Any],
    gap: NDArray[Any],
    m1: NDArray[Any],
    m2: NDArray[Any],
    tau1: NDArray[Any],
    tau2: NDArray[Any],
) -> dict[str, NDArray[Any]]:
    import numpy as np

    n = len(pt1)
    angle = np.pi - np.abs(rng.normal(0, 0.12, n))
    mass = np.sqrt(2 * pt1 * pt2 * (np.cosh(gap) - np.cos(angle)) + m1**2 + m2**2)
    return {
        "dijet_mass": mass,
        "pt_1": pt1,
        "pt_2": pt2,
        "mass_1": m1,
        "mass_2": m2,
        "tau21_1": tau1,
        "tau21_2": tau2,
        "delta_eta": gap,
        "delta_phi": angle,
        "missing_et": np.abs(pt1 - pt2) * 0.2 + rng.exponential(25, n),
        "jets": 2 + rng.poisson(1.1, n).astype("float64"),
    }


EXAMPLES.register("collider")(
    ExampleTable(
        title="Collider events",
        description="20,000 events with two jets; 400 come from a heavy resonance in a smooth background.",
        size=_BACKGROUND + _SIGNAL,
        label="event",
        normal=("background",),
        source="generated",
        make=make,
        order=60,
    )
)
