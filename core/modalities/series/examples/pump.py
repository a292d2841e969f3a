"""A week of a pump with eight sensors, a moment every minute, and four kinds of faults in its last days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.modalities.series.examples import EXAMPLES, ExampleSeries

if TYPE_CHECKING:
    import pandas as pd

_DAYS, _PER_DAY = 7, 1_440


def make(seed: int = 0) -> pd.DataFrame:
    """The sensors in the order of time."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    count = _DAYS * _PER_DAY
    step = np.arange(count)
    hour = (step / 60) % 24
    # It runs faster by day, and its speed wanders.
    wander = np.convolve(rng.normal(0, 1, count + 240), np.ones(240) / 240, mode="valid")[:count]
    speed = 1_450 + 60 * np.sin(2 * np.pi * (hour - 9) / 24) + 260 * wander
    load = (speed - 1_450) / 60
    flow = 42 + 3.1 * load
    pressure = 5.6 + 0.35 * load
    current = 11.5 + 0.8 * load
    outside = 12 + 6 * np.sin(2 * np.pi * (hour - 14) / 24)
    bearing = 48 + 1.2 * load + 0.3 * outside
    motor = 61 + 2.0 * load + 0.25 * outside
    vibration = 1.8 + 0.12 * np.abs(load)
    fault = np.full(count, "none", dtype=object)

    def during(day: float, hours: float, kind: str) -> slice:
        start = round(day * _PER_DAY)
        part = slice(start, start + round(hours * 60))
        fault[part] = kind
        return part

    for day in (5.15, 6.55):
        part = during(day, 0.9, "blocked inlet")
        flow[part] *= 0.35
        pressure[part] *= 0.4
        current[part] *= 0.8
    part = during(5.6, 3.0, "worn bearing")
    rise = np.linspace(0, 1, part.stop - part.start)
    bearing[part] += 9 * rise
    vibration[part] += 1.4 * rise
    part = during(6.1, 1.2, "leak")
    pressure[part] -= 1.1
    flow[part] += 4.0
    part = during(6.3, 1.5, "stuck sensor")
    motor[part] = motor[part.start]
    noise = {
        "speed_rpm": (speed, 4.0, 1), "flow_m3h": (flow, 0.25, 2), "pressure_bar": (pressure, 0.03, 3),
        "current_a": (current, 0.08, 2), "bearing_c": (bearing, 0.15, 2), "motor_c": (motor, 0.15, 2),
        "vibration_mms": (vibration, 0.06, 3), "outside_c": (outside, 0.1, 2),
    }  # fmt: skip
    sensors = {name: (x + rng.normal(0, sd, count)).round(digits) for name, (x, sd, digits) in noise.items()}
    sensors["motor_c"][part] = sensors["motor_c"][part.start]
    time = pd.date_range("2026-05-04", periods=count, freq="1min").as_unit("us")
    return pd.DataFrame({"time": time, **sensors, "fault": pd.array(fault, dtype="str")})


EXAMPLES.register("pump")(
    ExampleSeries(
        title="A pump with eight sensors",
        description="A week of a pump, a moment a minute: blocked inlets, a worn bearing, a leak and a stuck sensor.",
        size=_DAYS * _PER_DAY,
        source="Generated: sensors that follow the pump's speed and the weather, with faults in the last two days.",
        order=22,
        label="fault",
        normal=("none",),
        time="time",
        make=make,
    )
)
