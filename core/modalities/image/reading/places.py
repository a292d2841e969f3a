"""What the paths of images say: their label, their part of the split, which file is the mask of which image."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

MASK_FOLDERS = {"ground_truth", "groundtruth", "gt", "mask", "masks", "annotation", "annotations", "segmentation"}
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test", "val": "validation",
         "valid": "validation", "validation": "validation"}  # fmt: skip
_MASK_ENDING = re.compile(r"([_\-.](mask|gt|label|seg|groundtruth))+$", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """What the path of one image says."""

    label: str
    part: str
    """train, test or validation; empty where no folder says so."""
    mask: str
    """The path of its mask; empty where there is none."""


def told_apart(names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The paths that are images, and those that are masks by the key of their image."""
    masks = {_key(name): name for name in names if is_mask(name)}
    return [name for name in names if not is_mask(name)], masks


def is_mask(name: str) -> bool:
    """Whether a path is that of a mask."""
    return any(part.lower() in MASK_FOLDERS for part in PurePosixPath(name).parts[:-1])


def places(names: Sequence[str], masks: dict[str, str]) -> list[Place]:
    """What the path of each image says; folders that all images lie in say nothing."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    shared = _shared(folders)
    found = []
    for name, folder in zip(names, folders, strict=True):
        own = list(folder[shared:])
        part = next((PARTS[one.lower()] for one in own if one.lower() in PARTS), "")
        label = "/".join(one for one in own if one.lower() not in PARTS)
        found.append(Place(label, part, masks.get(_key(name), "")))
    return found


def _shared(folders: Sequence[tuple[str, ...]]) -> int:
    """How many of the first folders are the same for all images; of images in a single folder none says anything."""
    if not folders:
        return 0
    first = folders[0]
    depth = 0
    while all(len(one) > depth for one in folders) and len({one[depth] for one in folders}) == 1:
        # A set of sound images alone is called "good" and nothing else: that is no label to learn from.
        depth += 1
        if depth >= len(first):
            break
    return depth


def _key(name: str) -> str:
    """What an image and its mask have in common: the path without part, mask folder, ending, and what says mask."""
    path = PurePosixPath(name)
    parts = [one.lower() for one in path.parts[:-1]]
    own = [one for one in parts if one not in MASK_FOLDERS and one not in PARTS]
    # "images" beside "masks" says what the others do not need to say.
    own = [one for one in own if one not in {"images", "image", "imgs"}]
    return "/".join([*own, _MASK_ENDING.sub("", path.stem.lower())])
