"""Help: every "?" of a page leads to a place that is there, the search finds places, and the page opens on nothing."""

import ast
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import catalogue
from core.params import describe
from core.projections import PROJECTIONS
from core.recipe import section_classes
from core.thresholds import THRESHOLDS
from dashboard.help import documents, finding, links

ROOT = Path(__file__).parents[1]


def literal_links() -> list[tuple[str, str, str]]:
    """Every link that a page's source names: where it is named, its topic, its place."""
    found = []
    for file in [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        if file.parent.name == "help" and file.name == "links.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).removeprefix("links.")
            words = [arg.value if isinstance(arg, ast.Constant) else "" for arg in node.args]
            where = f"{file.name}:{node.lineno}"
            if (
                name == "more"
                and isinstance(node.args[1], ast.Constant)
                and not isinstance(node.args[-1], ast.JoinedStr)
            ):
                found.append((where, words[1], words[2] if len(words) > 2 else ""))
            elif name == "page_title":
                found.append((where, "pages", words[2]))
    return found


def is_there(topic: str, place: str) -> bool:
    return topic in documents.topics() and (not place or place in documents.document(topic).names)


def test_every_link_that_a_page_names_has_its_place():
    named = literal_links()
    assert len(named) > 60
    assert [link for link in named if not is_there(*link[1:])] == []


def unlinked_helps() -> list[str]:
    """Every help text of a page's source that goes not through the links: where it is, and what it says."""
    found = []
    for file in [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for keyword in node.keywords if isinstance(node, ast.Call) else ():
                if keyword.arg != "help" or ast.unparse(keyword.value) == "'Close'":
                    continue
                linked = {
                    id(part)
                    for call in ast.walk(keyword.value)
                    if isinstance(call, ast.Call) and ast.unparse(call.func) in {"links.more", "more"}
                    for part in ast.walk(call)
                }
                words = [n for n in ast.walk(keyword.value) if isinstance(n, ast.Constant) and id(n) not in linked]
                texts = [n.value for n in words if isinstance(n.value, str) and " " in n.value]
                found += [f"{file.name}:{node.lineno} {text!r}" for text in texts]
    return found


def test_every_question_mark_and_every_heading_of_a_column_leads_to_its_place():
    # What a form or a fact is handed as its help was linked by who made it.
    assert [where for where in unlinked_helps() if "reading_options.py" not in where] == []


def test_labels_beside_the_figures_of_explore_have_their_places():
    parts = [*(ROOT / "assets" / "explorer").glob("*.html"), ROOT / "assets" / "explorer" / "numbers.js"]
    source = "".join(part.read_text(encoding="utf-8") for part in parts)
    named = re.findall(r'data-help="([^"]+)"', source) + re.findall(r'\.", "([\w#-]+)"\]', source)
    assert len(named) > 18
    assert [name for name in named if not is_there(*name.partition("#")[::2])] == []


def test_every_page_but_help_has_a_question_mark_that_leads_to_what_is_written_of_it():
    pages = {file.stem for file in (ROOT / "pages").glob("*.py")} - {"__init__", "help"}
    sources = {page: (ROOT / "pages" / f"{page}.py").read_text(encoding="utf-8") for page in pages}
    assert {page for page, source in sources.items() if "links.page_title(" not in source} == set()


def test_every_setting_of_a_recipe_has_its_place():
    models = catalogue.models()
    names = [model.name for model in models]
    places = {links.setting_place("model", p.name, names) for model in models for p in model.params}
    places |= {links.setting_place(group, p.name) for group, cls in section_classes().items() for p in describe(cls)}
    places |= set(links.RUN)
    assert [place for place in sorted(places) if not is_there("settings", place)] == []


def test_every_setting_of_a_rule_and_of_a_map_has_its_place():
    rules = [f"{name}.{p.name}" for name, rule in THRESHOLDS.items() for p in rule.params()]
    maps = [f"{name}.{p.name}" for name, kind in PROJECTIONS.items() for p in describe(kind.Config)]
    assert [place for place in rules if not is_there("thresholds", place)] == []
    assert [place for place in maps if not is_there("maps", place)] == []


def test_the_numbers_of_two_thresholds_have_their_places():
    from dashboard.thresholds import threshold_pair

    assert [told for told in threshold_pair._HELP.values() if not is_there(*told[1:])] == []


def test_the_shares_of_a_split_have_their_places():
    assert is_there("settings", "split.test")
    assert is_there("settings", "split.validation")


def test_a_help_text_ends_with_its_link(monkeypatch):
    monkeypatch.setattr(links, "base", lambda: "/app")
    assert links.more("Far.", "scores", "knn") == "Far.\n\n[More in Help](/app/help?topic=scores&place=knn)"


SECTIONS = [section for one in documents.documents() for section in one.sections]


@pytest.mark.parametrize(
    ("query", "topic", "place"),
    [
        ("whitened", "scores", "whitened"),
        ("Learning RATE", "settings", "training.learning_rate"),
        ("conformal", "thresholds", "conformal"),
        ("ANOMALENS_HOME", "operators", "ANOMALENS_HOME"),
        ("nearest rows", "explanations", "nearest-rows"),
        ("how do I stop a run?", "pages", "a-run-while-it-trains"),
    ],
)
def test_the_search_finds_the_place_first(query, topic, place):
    best = finding.find(query, SECTIONS)[0].section
    assert (best.topic, best.place) == (topic, place)


def test_an_excerpt_marks_what_was_looked_for_and_loses_nothing_around_it():
    hit = next(hit for hit in finding.find("bootstrap", SECTIONS) if len(hit.excerpt) > 1)
    assert next(piece.lower() for piece, wanted in hit.excerpt if wanted).startswith("bootstrap")
    assert "".join(piece for piece, _ in hit.excerpt).strip("… ") in hit.section.text


def test_where_no_place_has_all_words_those_with_most_are_shown():
    hits = finding.find("whitened unicorn", SECTIONS)
    assert hits[0].section.place == "whitened"
    assert not hits[0].whole


@pytest.mark.parametrize("query", ["", "  ", "(", "xyzzy", "."])
def test_a_query_that_says_nothing_finds_nothing(query):
    assert finding.find(query, SECTIONS) == []


def opened(**address: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "dashboard" / "main.py"), default_timeout=240)
    at.run()
    at.switch_page("../pages/help.py")
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def text(at: AppTest) -> str:
    return " ".join(str(part.proto.body) for part in at.get("html"))


def test_help_opens_on_an_empty_session(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    at = opened()
    assert not at.exception
    assert "Getting started" in text(at)


def test_an_address_opens_a_document_and_marks_it_in_the_contents(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    at = opened(topic="scores", place="whitened")
    assert 'data-topic="scores" data-place="" aria-current="page"' in text(at)
    assert 'data-places="whitened whitened-whitened-residual"' in text(at)


def test_a_search_shows_links_to_places(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    at = opened(q="whitened")
    assert 'href="/help?topic=scores&amp;place=whitened"' in text(at)
    assert "<mark>" in text(at)


def test_an_address_that_leads_nowhere_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    at = opened(topic="unicorns")
    assert "unicorns" in at.warning[0].value
    assert "Getting started" in text(at)


def test_what_is_typed_is_shown_as_text(tmp_path, monkeypatch):
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path))
    at = opened(q="<b>xyzzy</b>")
    assert not at.exception
    assert "<b>xyzzy" not in text(at)
