"""Images as a kind of data: how sure it is of files, how it reads, encodes, explains and shows images."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.modalities import MODALITIES
from core.modalities.base import Modality, Recognition
from core.modalities.image.encoding.config import ImageConfig
from core.words import plural

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.detector.trained import TrainedDetector
    from core.index.schema import Schema
    from core.index.table import Table
    from core.modalities.contract import Encoder, Samples
    from core.modalities.image.content import Images
    from core.modalities.image.encoding.encoder import ImageEncoder
    from core.modalities.image.examples import ExampleImages
    from core.modalities.image.explainer import ImageExplainer
    from core.modalities.image.renderer import ImageRenderer
    from core.modalities.image.samples import ImageSamples
    from core.modalities.image.shown import RunPictures
    from core.readers.reading.report import Progress
    from core.results.finished_run import FinishedRun
    from core.store.artifacts import Artifacts
    from core.store.records import Dataset
    from core.store.workspace import Workspace

_LOOKED_AT = 2_000
"""Names of an archive by which it is known."""
_HEAD = 1 << 12


@MODALITIES.register("image")
class ImageModality(Modality):
    """Images; an image is a sample, and a unit is an image or a tile of it."""

    title = "Images"
    noun = "image"
    order = 20
    axes = ("channel", "height", "width")
    Config = ImageConfig

    def examples(self) -> Mapping[str, ExampleImages]:
        """The sets of images that ship with the app."""
        from core.modalities.image.examples import EXAMPLES

        return dict(EXAMPLES.items())

    def recognises(self, files: Sequence[Path]) -> Recognition:
        """By the names in an archive and the first bytes of files."""
        found = [_looked_at(path) for path in files]
        known = [one for one in found if one.confidence]
        if not known or len(known) < 0.5 * len(found):
            return Recognition(0.0, "It holds no images.")
        best = max(known, key=lambda one: one.confidence)
        if len(files) > 1:
            return Recognition(best.confidence, f"{len(known):,} of {len(files):,} files hold images.")
        return best

    def ingest(self, space: Workspace, files: Sequence[Path], **options: Any) -> Dataset:
        """Read archives, folders or single files of images; the files stay as they are."""
        from core.modalities.image.reading.ingest import ARCHIVE, CONTENT, THUMBNAILS
        from core.readers.ingest import keep
        from core.scratch import scratch_folder
        from core.settings import settings

        name = str(options.get("name") or files[0].name)
        with scratch_folder(settings().home / "reading") as folder:
            progress = options.get("progress") or (lambda _: None)
            table, schema, notes = _indexed(files, folder, name, progress)
            dataset = keep(
                space.store,
                space.artifacts,
                (folder / "data.parquet", None),
                table=table,
                name=_title(name),
                source=str(options.get("origin") or name),
                schema=schema,
                report={"name": name, "rows": table.rows, "notes": notes},
                replaces=str(options.get("replaces") or ""),
                modality="image",
                content={one: folder / one for one in (ARCHIVE, CONTENT, THUMBNAILS)},
            )
            progress(1.0)
            return dataset

    def open(self, dataset: Dataset, artifacts: Artifacts, schema: Schema | None = None) -> ImageSamples:
        """The images of a stored dataset."""
        from core.index.schema import Schema
        from core.index.table import Table
        from core.modalities.image.reading.ingest import CONTENT
        from core.modalities.image.samples import ImageSamples

        own = f"datasets/{dataset.id}"
        return ImageSamples(
            Table.open(dataset, artifacts),
            schema or Schema.from_dict(dataset.schema),
            artifacts.read_json(f"{own}/{CONTENT}"),
            lambda name: artifacts.local(f"{own}/{name}"),
            token=own,
        )

    def read_new(
        self, file: Path, encoder: Encoder, folder: Path, *, name: str = "", progress: Progress | None = None
    ) -> tuple[ImageSamples, tuple[str, ...]]:
        """The images of a file that is in no dataset; deep ones in the range of those that were trained on."""
        import json

        from core.modalities.image.reading.ingest import CONTENT
        from core.modalities.image.samples import ImageSamples

        table, schema, notes = _indexed([file], folder, name or file.name, progress or (lambda _: None))
        about = json.loads((folder / CONTENT).read_text(encoding="utf-8"))
        trained = _own(encoder).value_range
        about["range"] = list(trained) if trained else about["range"]
        # What is computed of it is remembered as long as it is scored: a folder of its own is a name of its own.
        return ImageSamples(table, schema, about, lambda one: folder / one, token=str(folder)), tuple(notes)

    def encoder(self, config: Any, schema: Schema) -> ImageEncoder:
        """An encoder that has seen no images yet."""
        from core.modalities.image.encoding.encoder import ImageEncoder

        return ImageEncoder(config)

    def encoding_notes(self, encoder: Encoder) -> tuple[str, ...]:
        """At which size images are read, and what becomes of their shapes and colours."""
        own = _own(encoder)
        frame, what = own.frame, "features" if own.reads_features else "pixels"
        how = {
            "letterbox": "keeping their proportions; what stays empty counts for nothing",
            "resize": "stretched where they have other proportions",
            "crop": "of which the middle is taken",
            "tiles": "cut into tiles of that size, of which the oddest says of the image",
        }[frame.fit]
        colours = "in colour" if own.channels == 3 else "by their brightness"
        return (f"Images are read as {what} of {frame.width} x {frame.height} pixels, {how}, {colours}.",)

    def load_encoder(self, artifacts: Artifacts, folder: str) -> ImageEncoder:
        """The encoder of a run."""
        from core.modalities.image.encoding.encoder import ImageEncoder

        return ImageEncoder.load(artifacts, folder)

    def explainer(self, run: FinishedRun) -> ImageExplainer:
        """Answers why images are odd, region by region."""
        from core.modalities.image.explainer import ImageExplainer

        return ImageExplainer.open(run, self.open(run.dataset, run.space.artifacts), noun=self.noun)

    def renderer(self) -> ImageRenderer:
        """Draws images."""
        from core.modalities.image.renderer import ImageRenderer

        return ImageRenderer()

    def pictures(self, run: FinishedRun) -> RunPictures:
        """Thumbnails, images, masks and maps."""
        from core.modalities.image.shown import RunPictures

        return RunPictures(self.open(run.dataset, run.space.artifacts), run.space.artifacts, run.folder)

    def map_files(self, run: FinishedRun, samples: Samples) -> Iterator[tuple[str, bytes]]:
        """Each image with its map over it, as PNG."""
        from core.modalities.image.heat import map_files
        from core.modalities.image.samples import ImageSamples

        assert isinstance(samples, ImageSamples)
        return map_files(run, samples)

    def run_files(
        self, detector: TrainedDetector, samples: Samples, scores: NDArray[np.float64], normal: NDArray[np.int64]
    ) -> Mapping[str, bytes]:
        """Where its images are odd."""
        from core.modalities.image.heat import FILE, kept_heat
        from core.modalities.image.samples import ImageSamples

        assert isinstance(samples, ImageSamples)
        return {FILE: kept_heat(detector, samples, scores, normal)}

    def read(self, files: Sequence[Path], folder: Path, *, name: str = "") -> ImageSamples:
        """The images of some files, kept in a folder and in no workspace: for benchmarks and notebooks."""
        import json

        from core.modalities.image.reading.ingest import CONTENT
        from core.modalities.image.samples import ImageSamples

        table, schema, _ = _indexed(files, folder, name or files[0].name, lambda _: None)
        about = json.loads((folder / CONTENT).read_text(encoding="utf-8"))
        return ImageSamples(table, schema, about, lambda one: folder / one, token=str(folder))

    def decode(self, body: bytes, content_type: str) -> Images:
        """One image of a request, or the images of a ZIP archive in it.

        Raises
        ------
        DataError
            When it holds none.
        """
        from core.modalities.image.content import Images
        from core.modalities.image.reading.pixels import ENDINGS, decode

        if not zipfile.is_zipfile(io.BytesIO(body)):
            return Images.of([_sent(decode, body, "The image")])
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = [one for one in archive.namelist() if one.lower().endswith(ENDINGS)]
            if not names:
                raise DataError("The archive holds no image. Send one image, or a ZIP archive of images.")
            return Images.of([_sent(decode, archive.read(one), one) for one in names])

    def inject(self, raw: Images, schema: Schema, seed: int) -> Mapping[str, Images]:
        """Images with a drawn defect each: see :mod:`core.modalities.image.injected`."""
        from core.modalities.image.injected import injected

        return injected(raw, seed)


def _own(encoder: Encoder) -> ImageEncoder:
    from core.modalities.image.encoding.encoder import ImageEncoder

    assert isinstance(encoder, ImageEncoder)
    return encoder


def _sent(decode: Any, data: bytes, name: str) -> Any:
    try:
        return decode(data)
    except DataError as error:
        raise DataError(f"{name} cannot be read: {error}. Send a PNG or a JPEG.") from None


def _title(name: str) -> str:
    stem = name
    for ending in (".zip", ".tar", ".gz", ".tgz", ".xz", ".bz2", ".npz", ".npy", ".parquet"):
        stem = stem.removesuffix(ending)
    return stem or name


def _indexed(files: Sequence[Path], folder: Path, name: str, progress: Progress) -> tuple[Table, Schema, list[str]]:
    """The index of the images of some files with its schema, and how they were read; everything lies in the folder."""
    from core.index.schema import infer_schema
    from core.index.table import Table
    from core.readers.process.run import run_apart

    # Pictures are decoded in a process of its own, which what they are made to do cannot leave.
    asked = {"files": [str(file.absolute()) for file in files], "name": name}
    told = run_apart(f"{__name__}:read_apart", name, asked, folder, progress)
    table = Table(folder / "data.parquet")
    return table, _schema(infer_schema(table), table.columns), list(told["notes"])


def read_apart(values: Mapping[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    """What :func:`_indexed` has done in a process of its own: the index and all beside it, as files in the folder."""
    import json

    from core.modalities.image.reading.ingest import CONTENT, content, read_images

    files = [Path(file) for file in values["files"]]
    found, frame, notes = read_images(files, folder, name=values["name"], progress=progress)
    frame.to_parquet(folder / "data.parquet", index=False)
    (folder / CONTENT).write_text(json.dumps(content(found)), encoding="utf-8")
    return {"notes": notes}


def _schema(schema: Schema, columns: Sequence[str]) -> Schema:
    """The index's schema: the folders are the label, those of the split say the parts."""
    if "label" in columns and schema.column("label").levels > 1:
        schema = schema.with_label("label")
    elif schema.label in ("label", "masked", "part", "mode", "stored", "file"):
        schema = schema.with_label(None)
    if "part" in columns:
        schema = schema.with_column("part", role="split")
    return schema.without_features()


def _looked_at(path: Path) -> Recognition:
    """How sure it is that one file holds images, and why."""
    from core.modalities.image.reading import arrays
    from core.modalities.image.reading.pixels import ENDINGS

    none = Recognition(0.0, "It holds no images.")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except zipfile.BadZipFile:
            return none
        arrays_alone = bool(names) and all(name.endswith(".npy") for name in names)
        return _by_names(names, "ZIP") or (_arrays_of(path, head) if arrays_alone else none)
    try:
        with tarfile.open(path) as tar:
            names = [member.name for member, _ in zip(tar, range(_LOOKED_AT), strict=False)]
        return _by_names(names, "tar") or none
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        pass
    if _is_image(head) or (path.suffix.lower() in ENDINGS and path.suffix.lower() != ".dib"):
        return Recognition(0.9, f"It is an image ({path.suffix.lstrip('.').upper() or 'by its first bytes'}).")
    return _arrays_of(path, head) if arrays.holds_arrays(path.name, head) else none


def _by_names(names: Sequence[str], kind: str) -> Recognition | None:
    from core.modalities.image.reading.pixels import ENDINGS

    files = [
        n for n in names if not n.endswith("/") and not PurePosixPath(n).name.startswith(".") and "__MACOSX" not in n
    ]
    images = [n for n in files if n.lower().endswith(ENDINGS)]
    # One picture beside one table is a table with a logo.
    if not images or len(images) <= 0.5 * len(files):
        return None
    folders = sorted({str(PurePosixPath(n).parent) for n in images} - {"."})
    endings = ", ".join(sorted({PurePosixPath(n).suffix.lower() for n in images})[:3])
    where = (
        f", in {plural(len(folders), 'folder')}: {', '.join(folders[:4])}{' …' if len(folders) > 4 else ''}"
        if folders
        else ""
    )
    return Recognition(
        0.95, f"It is a {kind} archive, and {len(images):,} of its {len(files):,} files are images ({endings}){where}."
    )


def _arrays_of(path: Path, head: bytes) -> Recognition:
    """Of arrays and of Parquet files: whether what they hold are images."""
    import numpy

    from core.modalities.image.reading import arrays

    none = Recognition(0.0, "It holds no images.")
    if arrays.is_idx(head):
        plain = head[:4] if not head.startswith(b"\x1f\x8b") else b""
        return none if plain[3:4] == b"\x01" else Recognition(0.9, "It is an IDX file of images, as MNIST has them.")
    if head.startswith(b"\x93NUMPY"):
        shape = numpy.load(path, mmap_mode="r", allow_pickle=False).shape
        fits = len(shape) == 4 or (len(shape) == 3 and min(shape[1:]) >= 8)
        return Recognition(0.6, f"It is an array of the shape of images, {shape}.") if fits else none
    if zipfile.is_zipfile(path):
        try:
            with numpy.load(path, allow_pickle=False) as held:
                shapes = {name: held[name].shape for name in held.files}
        except (ValueError, OSError, zipfile.BadZipFile):
            return none
        fitting = {name: one for name, one in shapes.items() if len(one) == 4 or (len(one) == 3 and min(one[1:]) >= 8)}
        name = next(iter(fitting), "")
        return Recognition(0.6, f"The array {name!r} has the shape of images, {fitting[name]}.") if name else none
    if head.startswith(b"PAR1"):
        found = arrays.image_column(path.read_bytes()) if path.stat().st_size < (1 << 30) else None
        return Recognition(0.9, f"Its column {found[0]!r} holds image files.") if found else none
    return none


def _is_image(head: bytes) -> bool:
    riff = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    starts = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
    return riff or head.startswith(starts) or (head.startswith(b"BM") and len(head) > 54 and head[6:10] == b"\0\0\0\0")
