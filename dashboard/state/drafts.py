"""A recipe while it is being filled in: plain values that a session can keep, and the way to a recipe and back.

A draft may hold what cannot be trained yet (a width that is no number), and it remembers the settings of every model
that was looked at, so that switching to another and back loses nothing. It knows neither widgets nor the session.
"""

import copy
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from core.params import Param, describe
from core.recipe import Recipe, section_classes, section_names
from dashboard import forms

if TYPE_CHECKING:
    from core.catalogue import ModelInfo

Draft = dict[str, Any]
SECTIONS = section_names()
RUN = (
    Param(
        "members",
        "Networks",
        "int",
        1,
        "Networks trained side by side from different first weights; their scores are averaged, which makes them "
        "steadier. Each costs as much time as the first.",
        low=1,
        high=64,
    ),
    Param(
        "seed",
        "Seed",
        "int",
        0,
        "Decides everything that is drawn at random. The same seed on the same device gives the same losses.",
        low=0,
        high=2**53 - 1,
    ),
)
"""What stands beside the groups of a recipe."""
_UNITS = {"hidden_dims": "hidden_unit", "latent": "latent_unit"}
"""A setting and the one that says what it counts."""
_STEPS_LABEL = "Training steps"


def from_recipe(recipe: Recipe) -> Draft:
    """A draft that says the same as a recipe."""
    plain = recipe.to_dict()
    settings = plain.pop("model_settings")
    return copy.deepcopy(plain | {"models": {recipe.model: settings}})


def to_recipe(draft: Draft, model: "ModelInfo") -> Recipe:
    """The recipe that a draft says.

    Raises
    ------
    ConfigError
        For the first setting that cannot be used, as a sentence.
    """
    sections = {name: forms.checked(params_of(draft, name), draft[name]) for name in SECTIONS}
    settings = forms.checked(model.params, settings_of(draft))
    plain = {name: draft[name] for name in ("model", "modality", "preset", "members", "seed", "device")}
    return Recipe.from_dict(plain | {"model_settings": settings} | sections)


def settings_of(draft: Draft) -> dict[str, Any]:
    """The settings of the draft's model; a missing one is the default."""
    return dict(draft["models"].get(draft["model"], {}))


def params_of(draft: Draft, section: str) -> tuple[Param, ...]:
    """A group's settings as its form shows them, given what the draft says.

    A number of steps decides instead of the epochs: then the steps take the epochs' place in the form, and the other
    way round, so that no field is shown that has no effect. The number for a threshold has the range of its rule.
    """
    params = _params(str(draft["modality"])).get(section, ())
    if section == "training":
        return _training_params(params, draft[section])
    if section == "threshold":
        return tuple(_threshold_number(p, str(draft[section]["rule"])) if p.name == "value" else p for p in params)
    return params


def model_params(model: "ModelInfo", values: Mapping[str, Any]) -> tuple[Param, ...]:
    """A model's settings as its form shows them: a size in percent says so."""
    units = {name: str(values.get(unit, "")) for name, unit in _UNITS.items()}
    return tuple(
        replace(p, label=f"{p.label}, % of the input") if units.get(p.name) == "percent" else p for p in model.params
    )


def differences(draft: Draft, base: Draft, model: "ModelInfo") -> list[str]:
    """The labels of all that was changed since the preset; the device and the name are no part of it."""
    found = [] if draft["model"] == base["model"] else ["Variant"]
    if not found:
        found += [p.label for p in forms.changed(model.params, settings_of(draft), settings_of(base))]
    for section in SECTIONS:
        found += [p.label for p in forms.changed(params_of(draft, section), draft[section], base[section])]
    return found + [p.label for p in forms.changed(RUN, draft, base)]


def problems(draft: Draft, model: "ModelInfo") -> list[str]:
    """A sentence for each setting that cannot be used as it is."""
    found = forms.problems(model.params, settings_of(draft))
    for section in SECTIONS:
        found += forms.problems(params_of(draft, section), draft[section])
    return found + forms.problems(RUN, draft)


def follow(draft: Draft, before: Draft, base: Draft) -> None:
    """Take over what has changed in the base since the draft was begun, where the draft did not differ from it."""
    for name in ("split", "seed"):
        if draft[name] == before[name]:
            draft[name] = copy.deepcopy(base[name])


@cache
def _params(modality: str) -> dict[str, tuple[Param, ...]]:
    """The settings of every group; of a kind of data that is not installed here there is no encoding."""
    return {name: describe(cls) for name, cls in section_classes(modality).items()}


def _training_params(params: tuple[Param, ...], values: Mapping[str, Any]) -> tuple[Param, ...]:
    by_steps = _whole(values.get("steps")) > 0
    warm_by_steps = _whole(values.get("warmup_steps")) > 0
    shown = []
    for p in params:
        if p.name == "epochs":
            shown.append(replace(p, advanced=by_steps))
        elif p.name == "steps":
            help_text = p.help + (" 0 goes by epochs instead." if by_steps else "")
            shown.append(replace(p, label=_STEPS_LABEL, advanced=not by_steps, help=help_text))
        elif p.name == "warmup_epochs":
            shown.append(replace(p, advanced=warm_by_steps))
        elif p.name == "warmup_steps":
            shown.append(replace(p, advanced=not warm_by_steps))
        else:
            shown.append(p)
    return tuple(shown)


def _threshold_number(p: Param, rule: str) -> Param:
    from core.thresholds import THRESHOLDS

    if rule not in THRESHOLDS or THRESHOLDS[rule].number() is None:
        return p
    chosen = THRESHOLDS[rule]
    bounded = abs(chosen.high) < 1e300
    return replace(
        p,
        label=chosen.title if chosen.title != "Value" else "Score",
        help=chosen.help,
        low=chosen.low if bounded else None,
        high=chosen.high if bounded else None,
        default=chosen.default,
    )


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, int | float) else 0
