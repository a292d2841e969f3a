"""A run as a report: complete, honest about where its threshold comes from, and closed to whatever the data hold."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest
from run_fixture import HOSTILE, WrittenRun, write_run

from core.drawing.markup import paragraphs, tag
from core.drawing.svg import tick
from core.errors import DataError, NotFittedError
from core.export import pictures
from core.export.card import LIGHT, SIZES, card_svg
from core.export.context import ReportContext
from core.export.explorer import explorer_words
from core.export.report import LARGEST, render, report_html
from core.export.sections import sections
from core.export.text import ReportText, read_text, write_text
from core.export.view import ReportView
from core.recipe import Recipe
from core.results.finished_run import FinishedRun
from core.settings import settings
from core.store.workspace import Workspace, open_workspace
from core.thresholds.lab import evaluate

EVIL = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>'
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    home = tmp_path_factory.mktemp("report")
    place = replace(settings(), home=home, database_url=f"sqlite:///{home}/runs.db", storage=str(home / "storage"))
    return open_workspace(place)


@pytest.fixture(scope="module")
def written(workspace: Workspace) -> WrittenRun:
    return write_run(workspace, 3000, name=EVIL)


def context(workspace: Workspace, written: WrittenRun, **view: object) -> ReportContext:
    return ReportContext(FinishedRun.open(workspace, written.run_id, view.get("score", "")), ReportView(**view))


class Page(HTMLParser):
    """The elements of a page, as a browser would find them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, str]] = []
        self._open = ""
        self.feed(page)

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((name, dict(attributes)))
        self._open = name

    def handle_data(self, text: str) -> None:
        self.inside.append((self._open, text))

    def texts(self, name: str) -> list[str]:
        return [text for tag_, text in self.inside if tag_ == name]

    def find(self, name: str) -> Iterator[dict[str, str | None]]:
        return (attributes for tag_, attributes in self.tags if tag_ == name)


@pytest.fixture(scope="module")
def page(workspace: Workspace, written: WrittenRun) -> str:
    text = ReportText(title=EVIL, author=EVIL, summary=f"{EVIL}\n\n{EVIL}", notes={"data": EVIL})
    return report_html(FinishedRun.open(workspace, written.run_id), text=text, now=NOW)


def test_what_users_wrote_stays_text_everywhere(page):
    found = Page(page)
    assert EVIL in found.texts("title")
    assert any(HOSTILE in text for text in found.texts("span") + found.texts("b"))
    assert {name for name, _ in found.tags} & {"img", "iframe", "object", "form"} == set()
    assert [a for _, a in found.tags if any(key.startswith("on") for key in a)] == []
    assert "onerror=alert(1)>" not in page


def test_only_its_own_scripts_and_styles_may_run_and_nothing_is_loaded(page):
    found = Page(page)
    policy = next(a["content"] for a in found.find("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for name in ("script", "style"):
        sources = re.findall(rf'<{name}( type="module")?>(.*?)</{name}>', page, flags=re.DOTALL)
        assert sources
        for _, source in sources:
            digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy, name
    kinds = {a.get("type") for a in found.find("script")}
    assert kinds == {"module", "application/json"}
    addresses = [a[key] for _, a in found.tags for key in ("src", "href", "action") if key in a]
    assert [address for address in addresses if not address.startswith(("#", "data:"))] == []
    assert [a for _, a in found.tags if "style" in a] == []


def test_it_is_one_small_file_with_a_section_for_all_that_the_run_has(page, written):
    found = Page(page)
    ids = [a["id"] for a in found.find("section") if "id" in a]
    assert ids == ["scores", "map", "rows", "data", "training", "limits", "reproduce"]
    assert set(ids) < {name for name, _ in sections()}
    assert len(page.encode()) < 500_000 < LARGEST
    assert all("hidden" in a for a in found.find("tr") if "data-extra" in a)
    rows = [a for a in found.find("tr") if "data-score" in a and "data-extra" not in a]
    assert len(rows) == 200
    assert [float(a["data-score"]) > written.threshold for a in rows] == ["hidden" not in a for a in rows]


def test_what_is_written_is_kept_with_the_run_and_a_section_can_be_left_out(workspace, written):
    run = FinishedRun.open(workspace, written.run_id)
    text = ReportText(title=" Odd payments ", notes={"rows": "Look\nhere", "data": "  "}, left_out=("training",))
    write_text(run, text)
    kept = read_text(run)
    assert kept == ReportText(title="Odd payments", notes={"rows": "Look\nhere"}, left_out=("training",))
    said = report_html(run, now=NOW)
    assert "<h1>Odd payments</h1>" in said
    assert '<div class="note"><p class="typed">Look\nhere</p></div>' in said
    assert 'id="training"' not in said
    workspace.artifacts.delete(f"runs/{run.id}/report.json")


def test_a_rule_sets_the_threshold_and_the_report_tells_what_it_promises(workspace, written):
    seen = context(workspace, written, rule="conformal", settings={"fdr": 0.2})
    expected = evaluate("conformal", {"fdr": 0.2}, seen.evidence)
    assert seen.threshold == expected.threshold
    said = render(seen, NOW)
    assert expected.guarantee
    assert said.count(str(tag("p", expected.guarantee, class_="promise"))) == 1
    judged = written.parts == "test"
    assert f"<dt>Flagged</dt><dd>{int((written.scores[judged] > seen.threshold).sum()):,}" in said
    assert "set by the rule Conformal, false-discovery rate 0.2" in said
    with pytest.raises(DataError, match="smallest p-value"):
        render(context(workspace, written, rule="conformal", settings={"fdr": 0.0001}), NOW)


def test_the_runs_own_threshold_is_told_with_the_counts_of_its_rows(workspace, written):
    seen = context(workspace, written)
    assert seen.threshold == written.threshold
    assert seen.rule_words == "Percentile 95"
    words = explorer_words(seen)
    counts = np.array(words["cut"]["above"])
    assert counts.sum() == int((written.scores > written.threshold).sum())
    assert (words["cut"]["rule"], words["cut"]["number"]) == ("percentile", 95.0)
    json.dumps(words, allow_nan=False)


def test_what_was_selected_is_told_with_its_size(workspace, written):
    band = (0.05, 0.2)
    said = render(context(workspace, written, band=band, cell="missed", rows="all"), NOW)
    missed = (written.labels == 1) & (written.scores <= written.threshold)
    size = int((missed & (written.scores > band[0]) & (written.scores <= band[1])).sum())
    assert f"<b>{size} rows</b> of “all rows”" in said
    assert "Anomalies that are not flagged" in Page(said).texts("span")
    from core.projections.map_points import inside

    x, y = np.array([0.5, 2.0, 0.9]), np.array([0.5, 0.5, 0.05])
    assert inside(x, y, [(0, 0), (1, 0), (1, 1), (0, 1)]).tolist() == [True, False, True]
    everywhere = ((-99.0, -99.0), (99.0, -99.0), (99.0, 99.0), (-99.0, 99.0))
    assert "<b>3,000 rows</b>" in render(context(workspace, written, area=everywhere, rows="all"), NOW)


def test_the_map_draws_each_judged_row_at_its_place_and_beyond_ten_thousand_the_highest_and_a_sample(
    workspace, written
):
    from core.export.sections.map import DRAWN, HIGHEST, Places, _drawn

    seen = context(workspace, written)
    found = seen.run.rows.latent()
    found = found[found["part"] == "test"]
    told = Places.of(found, found)
    data = json.loads(re.search(r'id="map-data">(.*?)</script>', render(seen, NOW))[1])
    assert data["n"] == len(found)
    packed = base64.b64decode(data["packed"])
    assert len(packed) == 13 * len(found)
    scores = np.frombuffer(packed[: 8 * len(found)], "<f8")
    assert (scores > seen.threshold).sum() == int((written.scores[written.parts == "test"] > seen.threshold).sum())
    assert [*np.unique(told.kinds(seen.threshold, labelled=True))] == ["alarm", "caught", "missed", "passed"]
    assert [*np.unique(told.kinds(seen.threshold, labelled=False))] == ["caught", "passed"]
    inner = (told.x > 0) & (told.x < 65_535)
    assert np.all(np.diff(told.x[inner][np.argsort(found["x"].to_numpy()[inner], kind="stable")].astype(int)) >= 0)
    assert inner.mean() > 0.99
    many = found.iloc[np.sort(np.random.default_rng(1).integers(0, len(found), 30_000))].assign(row=np.arange(30_000))
    drawn = _drawn(many, DRAWN, HIGHEST)
    assert len(drawn) == drawn["row"].nunique() == DRAWN
    assert drawn["row"].tolist()[-HIGHEST:] == list(range(30_000 - HIGHEST, 30_000))


def test_without_labels_it_claims_no_quality(workspace):
    unlabelled = write_run(workspace, 400, labels=False, explained=0)
    said = report_html(FinishedRun.open(workspace, unlabelled.run_id), now=NOW)
    shown = re.sub(r"<(script|template|style)\b.*?</\1>", "", said, flags=re.DOTALL)
    for word in ("Precision", "Recall", "AUROC"):
        assert f"<dt>{word}" not in shown
    assert "No label says which rows are anomalies" in shown
    assert "how many anomalies were missed" in shown
    assert 'data-mount="curves"' not in shown


def test_without_labels_a_report_is_on_all_rows_those_that_trained_included(workspace):
    written = write_run(workspace, 400, labels=False, explained=0)
    whole = context(workspace, written)
    assert whole.threshold == written.threshold
    assert whole.outcome.flagged == (written.scores > written.threshold).sum()
    said = render(whole, NOW)
    assert "judged all 400 rows" in said
    assert re.search(r"<th[^>]*>Part</th>", said)
    first = whole.top(1).iloc[0]
    assert re.search(rf">{int(first['row']):,}</td>.{{0,200}}>{first['part']}</td>", said, flags=re.S)
    assert "include those that the network learned from" in said
    promised = context(workspace, written, rule="conformal", settings={"fdr": 0.5})
    assert "rows that the network has not learnt from" in promised.outcome.guarantee


def test_the_families_at_its_threshold_are_told_and_those_of_another_are_not(workspace, written):
    from core.explain.families.grouping import Family, Top
    from core.explain.families.stored import Families, folder_of, write_families

    seen = context(workspace, written)
    rows = seen.top(40)["row"].to_numpy()
    told = [
        Family(1, 30, 0.75, int(rows[0]), (Top(HOSTILE, 0.8), Top("bytes", 0.2)), f"{HOSTILE} is odd.", 1.5, 30, 24),
        Family(0, 10, 0.25, int(rows[-1]), (Top("bytes", 0.5),), "", 0.9, 0, 0),
    ]
    family = np.repeat([1, 0], [30, 10])
    feature, contribution = np.full((40, 1), "bytes", dtype=object), np.ones((40, 1))
    found = Families(tuple(told), seen.threshold, ("test",), 40, rows, family, feature, contribution)
    write_families(workspace.artifacts, folder_of(written.run_id, "", seen.threshold, ("test",)), found)
    page = Page(render(context(workspace, written), NOW))
    assert [a["id"] for a in page.find("section") if "id" in a][:4] == ["scores", "families", "map", "rows"]
    assert f"{HOSTILE} is odd." in page.texts("p")
    assert "30 rows, 75.0 % of the flagged · median score 1.500 · 80.0 % labelled as anomalies" in page.texts("span")
    assert [a["data-choose"] for a in page.find("button") if "data-choose" in a] == ["1", "0"]
    assert [a.get("data-family") for a in page.find("tr") if "data-score" in a][:40] == [str(n) for n in family]
    elsewhere = render(context(workspace, written, rule="percentile", settings={"percentile": 80}), NOW)
    assert 'id="families"' not in elsewhere
    workspace.artifacts.delete(f"runs/{written.run_id}/families")


def test_a_run_whose_dataset_is_gone_still_has_a_report(workspace):
    orphan = write_run(workspace, 300)
    record = replace(workspace.store.run(orphan.run_id), dataset_id="gone")
    said = report_html(FinishedRun(workspace, record), now=NOW)
    assert "The dataset was deleted since" in said


def test_a_run_without_scores_has_none(workspace, written):
    queued = workspace.store.create_run(written.dataset_id, Recipe(model="dense"), "later")
    with pytest.raises(NotFittedError, match="queued and has no scores"):
        FinishedRun(workspace, queued)


def test_a_view_survives_being_kept():
    view = ReportView(
        "whitened",
        "conformal",
        {"fdr": 0.1},
        "all",
        ("stacked",),
        (0.1, 0.9),
        0.4,
        (0.2, 0.5),
        "missed",
        ((0, 1), (2, 3), (4, 0)),
    )
    assert ReportView.from_dict(json.loads(json.dumps(view.to_dict()))) == view
    assert ReportView.from_dict({}) == ReportView()


def test_the_colours_are_those_of_the_dashboard():
    from core.export.explorer import ASSETS
    from dashboard import theme

    style = (ASSETS / "report" / "report.css").read_text(encoding="utf-8")
    names = ("normal", "anomaly", "unknown", "accent", "threshold", "background", "surface", "text", "muted", "grid")
    blocks = re.findall(r"--normal: .*?--border", style, flags=re.DOTALL)
    assert len(blocks) == 4
    for block, palette in zip(blocks, (theme.LIGHT, theme.DARK, theme.DARK, theme.LIGHT), strict=True):
        said = dict(re.findall(r"--(\w+): (#\w+)", block))
        assert {name: said[name] for name in names} == {name: getattr(palette, name) for name in names}
    assert {n: getattr(LIGHT, n) for n in names if hasattr(LIGHT, n)}.items() <= vars(theme.LIGHT).items()


@pytest.mark.parametrize("size", SIZES)
def test_a_card_holds_the_name_and_the_numbers_and_escapes_them(workspace, written, size):
    seen = context(workspace, written)
    seen.text = ReportText(title=f"Fraud {EVIL}", author="A <b>")
    said = card_svg(seen, NOW, size)
    import xml.etree.ElementTree as ElementTree

    root = ElementTree.fromstring(said)
    assert (root.attrib["width"], root.attrib["height"]) == tuple(f"{n:g}" for n in SIZES[size])
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert f"{seen.outcome.flagged:,}" in texts
    assert "A <b> · 23 November 2026" in texts
    assert "script" not in {element.tag.rpartition("}")[2] for element in root.iter()}


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "<b>", tag("i", "&"), title='"') == '<p title="&#34;">&lt;b&gt;<i>&amp;</i></p>'
    assert tag("input", disabled=True, hidden=False) == "<input disabled>"
    assert paragraphs("a\r\n\r\n\r\n<b>\nc") == '<p class="typed">a</p><p class="typed">&lt;b&gt;\nc</p>'


@pytest.mark.parametrize(("value", "said"), [(0, "0"), (0.3, "0.3"), (20000, "20,000"), (1e-5, "10⁻⁵"), (2e7, "2·10⁷")])
def test_ticks_are_short(value, said):
    assert tick(value) == said


def test_without_a_browser_the_way_around_is_said(monkeypatch):
    monkeypatch.setattr(pictures, "browser", lambda: None)
    with pytest.raises(DataError, match="Print or save as PDF"):
        pictures.pdf("<p>")


def test_a_browser_that_hangs_is_ended(monkeypatch, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nsleep 3000\n")
    slow.chmod(0o755)
    monkeypatch.setattr(pictures, "browser", lambda: str(slow))
    monkeypatch.setattr(pictures, "SECONDS", 0.3)
    with pytest.raises(DataError, match=r"did not answer within 0\.3 s"):
        pictures.pdf("<p>")
    import psutil

    assert not [p for p in psutil.process_iter() if str(slow) in _words_of(p)]


def _words_of(process) -> list[str]:
    import psutil

    try:
        return process.cmdline()
    except psutil.Error:
        return []
