"""Images are read whatever they come in, and what is left out of them is said."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from image_files import encoded, packed, picture, small_set
from PIL import Image

from core.errors import DataError
from core.index.schema import Schema
from core.modalities.image.reading.pixels import as_share, decode
from core.modalities.recognise import ingest, modality_of, recognise
from core.store.workspace import Workspace, open_workspace


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    return open_workspace()


def read(space: Workspace, *files: Path) -> tuple:
    """The images of some files, their index, and what was said of the reading."""
    dataset = ingest(space, files)
    assert dataset.modality == "image"
    samples = modality_of("image").open(dataset, space.artifacts)
    return samples, samples.index.frame(), " ".join(dataset.report["notes"])


def test_an_archive_of_images_is_recognised_with_its_reason(tmp_path: Path) -> None:
    name, found = recognise([packed(tmp_path / "a.zip", small_set(4, 2))])
    assert name == "image"
    assert found.reason == (
        "It is a ZIP archive, and 8 of its 8 files are images (.png), in 3 folders: anomaly, masks/anomaly, normal."
    )


def test_a_table_in_an_archive_stays_a_table(tmp_path: Path) -> None:
    assert (
        recognise([packed(tmp_path / "a.zip", {"a.csv": b"x,y\n1,2\n", "logo.png": encoded(picture(0))})])[0]
        == "tabular"
    )


def test_folders_are_labels_and_masks_lie_beside_their_images(space: Workspace, tmp_path: Path) -> None:
    samples, frame, _ = read(space, packed(tmp_path / "a.zip", small_set(4, 2)))
    assert frame["label"].tolist() == ["anomaly"] * 2 + ["normal"] * 4
    assert samples.schema.label == "label"
    assert samples.schema.label_values == {"normal": "normal", "anomaly": "anomaly"}
    assert samples.mask(0).sum() == 36
    assert samples.mask(3) is None
    assert samples.name(0) == "anomaly/000.png"
    assert Image.open(io.BytesIO(samples.thumbnail(0))).size == (24, 24)


def test_the_layout_of_mvtec_says_parts_labels_and_masks(space: Workspace, tmp_path: Path) -> None:
    files = {f"bottle/train/good/{k:03}.png": encoded(picture(k)) for k in range(3)}
    files |= {"bottle/test/good/000.png": encoded(picture(7)), "bottle/test/broken_large/000.png": encoded(picture(8))}
    files["bottle/ground_truth/broken_large/000_mask.png"] = encoded(np.full((24, 24), 255, np.uint8))
    samples, frame, _ = read(space, packed(tmp_path / "bottle.zip", files))
    assert sorted(frame["label"]) == ["broken_large", "good", "good", "good", "good"]
    assert sorted(frame["part"]) == ["test", "test", "train", "train", "train"]
    assert samples.schema.split == "part"
    assert samples.schema.label_values == {"good": "normal", "broken_large": "anomaly"}
    assert samples.mask(frame["label"].tolist().index("broken_large")).all()


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "folder", "files", "npz", "npy", "idx", "parquet"])
def test_the_same_images_come_in_many_ways(kind: str, space: Workspace, tmp_path: Path) -> None:
    pictures = np.stack([picture(k) for k in range(6)])
    folder = tmp_path / "set"
    folder.mkdir()
    files = [folder / f"{k}.png" for k in range(6)]
    for file, one in zip(files, pictures, strict=True):
        file.write_bytes(encoded(one))
    single = tmp_path / f"set.{kind}"
    if kind.startswith("tar"):
        with tarfile.open(single, "w:gz" if kind.endswith("gz") else "w") as archive:
            for file in files:
                archive.add(file, f"set/{file.name}")
    elif kind == "npz":
        np.savez(single, images=pictures, labels=np.arange(6))
    elif kind == "npy":
        np.save(single, pictures)
    elif kind == "idx":
        single = tmp_path / "train-images-idx3-ubyte"
        single.write_bytes(b"\0\0\x08\x03" + np.array(pictures.shape, ">u4").tobytes() + pictures.tobytes())
    elif kind == "parquet":
        pd.DataFrame({"image": [file.read_bytes() for file in files], "label": 0}).to_parquet(single)
    samples, _, _ = read(space, *(files if kind in ("folder", "files") else [single]))
    assert len(samples) == 6
    for k in range(6):
        np.testing.assert_array_equal(samples.pixels(k)[:, :, 0], pictures[k])


def test_a_table_among_the_files_says_more_of_the_images(space: Workspace, tmp_path: Path) -> None:
    files = {f"{k}.png": encoded(picture(k)) for k in range(4)}
    files["list.csv"] = b"name,label,camera\n0.png,ok,left\n1.png,ok,right\n2.png,broken,left\n3.png,ok,right\n"
    samples, frame, notes = read(space, packed(tmp_path / "a.zip", files))
    assert frame["label"].tolist() == ["ok", "ok", "broken", "ok"]
    assert frame["camera"].tolist() == ["left", "right", "left", "right"]
    assert samples.schema.label == "label"
    assert "list.csv says more of 4 of 4 images: label, camera, by the column 'name'." in notes


def test_every_way_to_store_pixels_is_read(tmp_path: Path) -> None:
    grey = picture(0)
    colour = np.stack([grey, grey // 2, 255 - grey], axis=2)
    assert decode(encoded(grey)).shape == (24, 24, 1)
    assert decode(encoded(np.stack([grey] * 3, axis=2))).shape == (24, 24, 1)
    np.testing.assert_array_equal(decode(encoded(colour)), colour)
    np.testing.assert_array_equal(decode(encoded(colour, "BMP")), colour)
    np.testing.assert_array_equal(decode(encoded(colour, "WEBP", lossless=True)), colour)
    palette, buffer = Image.fromarray(colour).quantize(16), io.BytesIO()
    palette.save(buffer, "GIF")
    assert decode(buffer.getvalue()).shape == (24, 24, 3)
    see_through = np.dstack([colour, np.zeros_like(grey)])
    assert (decode(encoded(see_through)) == 255).all()
    ink = io.BytesIO()
    Image.fromarray(colour).convert("CMYK").save(ink, "TIFF")
    assert np.abs(decode(ink.getvalue()).astype(int) - colour).max() <= 2
    deep = (grey.astype(np.uint16) * 200) + 300
    np.testing.assert_array_equal(decode(encoded(deep))[:, :, 0], deep)
    np.testing.assert_allclose(decode(encoded(grey.astype(np.float32) / 7, "TIFF"))[:, :, 0], grey / 7, rtol=1e-6)
    assert as_share(decode(encoded(deep)), (300.0, 51_300.0)).max() <= 1


def test_a_turned_photograph_stands_upright(tmp_path: Path) -> None:
    tall = picture(0, (12, 30))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = decode(encoded(np.rot90(tall), "PNG", exif=exif))
    np.testing.assert_array_equal(turned[:, :, 0], np.rot90(tall, 1 - 1 - 1 + 1))


def test_every_page_of_a_file_is_an_image(space: Workspace, tmp_path: Path) -> None:
    pages = [Image.fromarray(picture(k)) for k in range(3)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    samples, _, _ = read(space, tmp_path / "stack.tif")
    assert [samples.name(k) for k in range(3)] == [f"stack.tif, page {k}" for k in (1, 2, 3)]
    np.testing.assert_array_equal(samples.pixels(2)[:, :, 0], picture(2))


def test_deep_images_share_one_range(space: Workspace, tmp_path: Path) -> None:
    dark, light = picture(0).astype(np.uint16) * 2, picture(1).astype(np.uint16) * 250
    samples, _, notes = read(space, packed(tmp_path / "a.zip", {"a.png": encoded(dark), "b.png": encoded(light)}))
    assert samples.read(np.array([0])).share(0).max() < 0.02
    assert samples.read(np.array([1])).share(0).max() == pytest.approx(1.0)
    assert "this one range is used for all of them" in notes


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"bad.png": b"\x89PNG\r\n\x1a\nnothing"}, "1 file could not be read and is left out. bad.png: it is"),
        ({"empty.png": b""}, "empty.png: it is empty"),
        ({"text.jpg": b"this is no picture at all"}, "text.jpg: it is no image in a format that is read here"),
        ({"twin.png": encoded(picture(0))}, "1 image is there already, pixel by pixel, and left out: twin.png."),
        ({"../climbs.png": encoded(picture(5))}, "1 file has a path that leads out of the archive ('../climbs.png')"),
        ({"cut.jpg": encoded(picture(5, (64, 64)), "JPEG")[:400]}, "cut.jpg: it is damaged"),
        ({"alpha.png": encoded(np.full((24, 24, 4), 9, np.uint8))}, "Transparent pixels are shown on white."),
        ({"large.png": encoded(picture(5, (80, 40)))}, "2 different sizes, with sides from 24 to 80 pixels"),
        ({"long.png": encoded(np.zeros((1, 31_000), np.uint8))}, "long.png: it has 31,000 x 1 pixels"),
        ({"masks/a.png": encoded(np.zeros((24, 24), np.uint8))}, "1 mask marks nothing."),
    ],
)
def test_what_is_odd_in_an_archive_is_said(
    files: dict[str, bytes], sentence: str, space: Workspace, tmp_path: Path
) -> None:
    own = {"a.png": encoded(picture(0)), "b.png": encoded(picture(1))}
    _, frame, notes = read(space, packed(tmp_path / "a.zip", own | files))
    assert sentence in notes
    assert len(frame) >= 2


def test_an_archive_that_claims_to_unpack_to_more_than_images_do_is_not_opened(
    tmp_path: Path, space: Workspace
) -> None:
    import zipfile

    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(24):
            archive.writestr(f"{k}.png", bytes(48 << 20))
    with pytest.raises(DataError, match="which no images do"):
        ingest(space, [path])


def test_an_archive_with_a_password_is_refused(tmp_path: Path, space: Workspace) -> None:
    path = packed(tmp_path / "a.zip", {"a.png": encoded(picture(0))})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="protected by a password"):
        ingest(space, [path])


def test_nothing_but_broken_images_is_a_sentence(space: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"None of the 2 images of 'a.zip' can be read\. a.png: it is empty\."):
        ingest(space, [packed(tmp_path / "a.zip", {"a.png": b"", "b.png": b""})])


def test_schema_of_the_index_has_no_feature(space: Workspace, tmp_path: Path) -> None:
    dataset = ingest(space, [packed(tmp_path / "a.zip", small_set(4, 2))])
    assert Schema.from_dict(dataset.schema).features == ()
