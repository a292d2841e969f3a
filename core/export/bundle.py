"""A run as a folder to run elsewhere: networks, encoding, recipe, schema and threshold, with the commands to use them.

Safetensors and JSON alone, nothing that is unpickled. Written without torch; opened by :func:`open_bundle` with it.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.export.context import ReportContext
from core.export.explorer import ASSETS
from core.params import to_dict
from core.recipe import Recipe
from core.results.threshold_saving import SET_BY
from core.store.artifacts import Artifacts
from core.store.values import dump
from core.words import count, number

if TYPE_CHECKING:
    from core.detector.new_samples import ScoredFile
    from core.detector.trained import TrainedDetector
    from core.readers.reading.options import ReadOptions
    from core.results.finished_run import FinishedRun

FORMAT = 1
_TEMPLATES = ASSETS / "bundle"


def bundle(context: ReportContext, now: datetime | None = None) -> bytes:
    """A finished run, under the score and the threshold of its view, as a zip file.

    Raises
    ------
    AnomalensError
        When the run saved no networks, or the rule that was asked for comes to no threshold.
    """
    files = _detector(context)
    files["score.py"] = (_TEMPLATES / "score.py").read_bytes()
    files["README.md"] = _readme(context, files).encode()
    files["manifest.json"] = _json(
        {
            "format": FORMAT,
            "run": context.run.id,
            "name": context.run.name,
            "made": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
            "versions": dict(context.run.result.get("versions", {})),
            "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        }
    )
    packed, folder = io.BytesIO(), folder_name(context.run.name)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(f"{folder}/{name}", content)
    return packed.getvalue()


def folder_name(name: str) -> str:
    """A run's name as that of a folder on any system."""
    return re.sub(r"[^\w\-]+", "-", name).strip("-")[:60] or "run"


def open_bundle(folder: Path | str) -> TrainedDetector:
    """The detector of an unpacked bundle, on the CPU.

    Raises
    ------
    DataError
        When the folder is no bundle, or a file of it is not as it was written.
    """
    from core.detector.trained import load

    place = Path(folder)
    try:
        manifest: dict[str, Any] = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DataError(
            f"The folder {place} holds no bundle: manifest.json is missing or broken. Unpack it again."
        ) from None
    if manifest.get("format") != FORMAT:
        raise DataError(
            f"The bundle has format {manifest.get('format')!r} and this Anomalens reads {FORMAT}. Install the version "
            f"that wrote it: {manifest.get('versions', {}).get('anomalens', 'unknown')}."
        )
    for name, digest in manifest["sha256"].items():
        file = place / name
        if not file.is_file() or (_binding(name) and hashlib.sha256(file.read_bytes()).hexdigest() != digest):
            raise DataError(f"{name} of the bundle is missing or was changed since. Unpack it again.")
    return load(_Flat(str(place)), "")


def score_file(
    trained: TrainedDetector, source: Path | str, out: Path | str, options: ReadOptions | None = None
) -> ScoredFile:
    """Score the samples of a file in bounded memory and write row, score and flagged as CSV.

    It is read as the file was that the detector was trained on, but for what the options say.
    """
    from core.detector import new_samples

    return new_samples.score_file(trained, Path(source), Path(out), options=options)


class _Flat(Artifacts):
    """The files of a run, all in one folder."""

    def _full(self, path: str) -> str:
        return f"{self._base}/{PurePosixPath(path).name}"


def _binding(name: str) -> bool:
    """Whether a change of a file changes what the detector says; words and scripts are the user's to edit."""
    return name.endswith((".safetensors", ".json"))


def _detector(context: ReportContext) -> dict[str, bytes]:
    """What a run saved, with the score and the threshold that are shown as its own."""
    artifacts, own, folder = context.space.artifacts, context.run.folder, context.run.score_folder
    recipe = Recipe.from_dict(artifacts.read_json(f"{own}/recipe.json")).to_dict()
    recipe["score"] = to_dict(context.run.score_config)
    about: dict[str, Any] = artifacts.read_json(f"{folder}/model.json")
    about["threshold"] = context.threshold
    if context.view.rule:
        outcome = context.outcome
        about[SET_BY] = {"rule": outcome.rule, "title": outcome.title, "settings": dict(outcome.settings)}
    files = {
        "model.safetensors": artifacts.read_bytes(f"{own}/model.safetensors"),
        "encoder.json": artifacts.read_bytes(f"{own}/encoder.json"),
        "recipe.json": _json(recipe),
        "model.json": _json(about),
        "result.json": _json(dict(context.run.result)),
    }
    if context.run.has_schema:
        files["schema.json"] = _json(context.run.schema.to_dict())
    beside = ((own, "encoder.safetensors"), (own, "interpretation.json"), (folder, "score.safetensors"))
    for place, name in beside:
        if artifacts.exists(f"{place}/{name}"):
            files[name] = artifacts.read_bytes(f"{place}/{name}")
    return files


def _json(value: Any) -> bytes:
    return (json.dumps(json.loads(dump(value)), indent=1, ensure_ascii=False) + "\n").encode()


def _readme(context: ReportContext, files: Mapping[str, bytes]) -> str:
    says = context.says
    kind = context.run.modality
    words = {
        "noun": kind.noun,
        "file": "new_rows.csv" if kind.reads_columns else "FILE",
        "named": "" if kind.reads_columns else "`name`, ",
        "content": (
            "frame)  # a pandas DataFrame with the columns below"
            if kind.reads_columns
            else "content)  # as a dataset's samples are read"
        ),
        "name": _plain(context.run.name),
        "version": context.run.result.get("versions", {}).get("anomalens", ""),
        "threshold": number(context.threshold, 6),
        "rule": context.rule_words,
        "flagged": count(context.outcome.flagged or 0),
        "judged": count(sum(context.part_rows().values())),
        "promise": " ".join(part for part in (context.outcome.guarantee, context.outcome.caution) if part),
        "columns": _columns(context.run),
        "written": (
            "It is read as the file was that the detector was trained on: the signs of numbers, the order of day and "
            "month, the words for missing. Where it is written otherwise, say so: `python score.py --help`.\n\n"
            if "interpretation.json" in files
            else ""
        ),
        "interpretation": (
            "- `interpretation.json`: how the file was read that it was trained on.\n"
            if "interpretation.json" in files
            else ""
        ),
        "seed": str(context.run.recipe.seed),
        "learnt": (
            says(
                "\n- `score.safetensors`: what the score learnt of the training rows. It may hold some of them, as "
                "numbers; share it as you would share those."
            )
            if "score.safetensors" in files
            else ""
        ),
    }
    text = (_TEMPLATES / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\{(\w+)\}", lambda found: words[found[1]], text)


def _columns(run: FinishedRun) -> str:
    """A section on the columns that new rows need; nothing where the network reads content beside the index."""
    if not run.modality.reads_columns:
        return ""
    named = "\n".join(f"- `{_plain(c.name)}` ({c.kind})" for c in run.schema.features) if run.has_schema else ""
    intro = "Others are left alone. Values that are missing may be empty."
    return f"## The columns that it needs\n\n{intro}\n\n{named}\n\n"


def _plain(text: str) -> str:
    """A name within Markdown: nothing of it is markup, and it stays on its line."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", " ".join(text.split()))
