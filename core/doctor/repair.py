"""Mends what a look over a workspace found, where that is possible, and says what became of each finding."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.doctor.findings import Mended, StoreFault
from core.errors import AnomalensError, failure
from core.store.records import Run
from core.store.workspace import Workspace

_MADE_ANEW = {"maps": 3, "families": 4, "expected": 2}
"""Folders of a run whose files are computed when somebody asks for them, and how deep these lie: above are people's."""


def repair(space: Workspace, findings: Iterable[StoreFault]) -> Iterator[Mended]:
    """Mend one finding after the other."""
    for finding in findings:
        try:
            yield _mend(space, finding)
        except Exception as error:
            said = failure(error)
            sentence = said.sentence if said else f"{type(error).__name__}: {error}"
            yield Mended(finding, False, f"It could not be mended: {sentence}")


def _mend(space: Workspace, finding: StoreFault) -> Mended:
    if finding.kind == "leftover":
        place = Path(finding.what)
        shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink(missing_ok=True)
        return Mended(finding, True, "It was removed.")
    if finding.kind == "orphan":
        space.artifacts.delete(finding.what)
        return Mended(finding, True, "It was removed.")
    if finding.kind == "unsummed":
        count = sum(space.artifacts.seal(path) for path in space.artifacts.list())
        return Mended(finding, True, f"{count:,} got one, as they are now.")
    if finding.kind in ("damaged", "missing") and finding.what.startswith(("runs/", "datasets/")):
        return make_again(space, finding)
    if finding.kind == "unreadable":
        return Mended(finding, False, "Delete the run on the Runs page, and train again.")
    return Mended(finding, False, "Put it back from a copy.")


def offers(path: str) -> bool:
    """Whether a file of that name can be made again, as far as its name tells."""
    from core.detector.files import REMADE

    top, _, *rest = [*path.split("/"), "", ""]
    rest = [part for part in rest if part]
    known = ("result.json", "schema.json", "recipe.json", *REMADE)
    return top == "datasets" or (top == "runs" and bool(rest) and (rest[0] in known or len(rest) > 1))


def make_again(space: Workspace, finding: StoreFault) -> Mended:
    """Make a damaged or missing file of a run or a dataset again, from what is still whole."""
    path = finding.what
    before = space.artifacts.checksum(path)
    top, id, *rest = path.split("/")
    if top == "datasets":
        _read_again(space, id)
    elif not rest or not _remade(space, space.store.run(id), rest):
        return Mended(finding, False, "It cannot be made again. Put it back from a copy, or train again.")
    if not space.artifacts.exists(path):
        return Mended(finding, True, "It was removed, and is made again when somebody asks for it.")
    space.artifacts.verify(path)
    same = before and before == space.artifacts.checksum(path)
    return Mended(finding, True, f"It was made again, {'bit for bit as it was' if same else 'from what is there now'}.")


def _remade(space: Workspace, run: Run, rest: list[str]) -> bool:
    """Make a file of a run again; whether that is possible."""
    from core.detector.files import REMADE
    from core.detector.remake import remake
    from core.results.finished_run import FinishedRun

    folder, artifacts = f"runs/{run.id}", space.artifacts
    path = "/".join([folder, *rest])
    if rest[0] == "scores" and len(rest) > 2:
        from core.detector.rescore import rescore
        from core.training.control import Control

        artifacts.delete(f"{folder}/scores/{rest[1]}")
        rescore(FinishedRun(space, run, rest[1]), Control())
        return True
    if len(rest) >= _MADE_ANEW.get(rest[0], len(rest) + 1):
        # All that was computed with it: whoever finds the last file takes the others to be there.
        artifacts.delete("/".join([folder, *rest[:-1]]))
        return True
    if rest[0] == "compare" and len(rest) > 2:
        artifacts.delete(path)
        return True
    if rest == ["result.json"] and run.result is not None:
        artifacts.write_json(path, dict(run.result))
        return True
    if rest == ["schema.json"]:
        return _put_back(artifacts, path, space.store.dataset(run.dataset_id).schema)
    if rest == ["recipe.json"]:
        return _put_back(artifacts, path, run.recipe.to_dict())
    if rest[0] in ("checkpoint.safetensors", "error.txt", "links.json"):
        artifacts.delete(path)
        return True
    if rest[0] in REMADE and len(rest) == 1:
        remake(FinishedRun(space, run), [rest[0]])
        return True
    return False


def _put_back(artifacts: Any, path: str, value: Any) -> bool:
    """Write plain values that the store has too, where they are what the file held."""
    return bool(artifacts.restore_json(path, value))


def _read_again(space: Workspace, dataset_id: str) -> None:
    """Read a dataset again from the uploaded file, or from where it was read on this machine.

    Raises
    ------
    AnomalensError
        When neither is there.
    """
    from core.modalities.recognise import ingest
    from core.readers import ReadOptions

    dataset = space.store.dataset(dataset_id)
    files = _sources(space, dataset_id, dataset.source)
    if not files:
        raise AnomalensError(
            f"The file that the dataset {dataset.name} was read from is no longer here. Put its rows back from a copy, "
            "or upload the file again."
        )
    known: dict[str, Any] = {name: getattr(dataset, name) for name in ("name", "source", "schema", "report")}
    options: dict[str, Any] = {"options": ReadOptions.from_dict(dict(dataset.report.get("options") or {}))}
    if len(files) > 1:
        options["test_name"] = files[1].name
    try:
        ingest(space, files, modality=dataset.modality, name=dataset.name, replaces=dataset_id, **options)
    finally:
        with suppress(AnomalensError):
            # What was said of its columns stays.
            space.store.update_dataset(dataset_id, **known)


def _sources(space: Workspace, dataset_id: str, source: str) -> list[Path]:
    import json

    kept: dict[str, Path] = {}
    for note in (space.settings.home / "uploads").glob("*/dataset.json"):
        with suppress(OSError, ValueError, KeyError, IndexError):
            facts = json.loads(note.read_text(encoding="utf-8"))
            if facts["dataset"] == dataset_id:
                kept[facts["part"]] = next(file for file in (note.parent / "file").iterdir() if file.is_file())
    if "main" in kept:
        return [kept["main"], *([kept["test"]] if "test" in kept else [])]
    return [Path(source)] if source and Path(source).is_file() else []
