"""The documents keep their word: commands run, tables are what is registered, links lead to places in Help too."""

import json
import re
import shlex

import pytest
from documents import DOCS, README, ROOT, block, links_of, write_files

from core import catalogue, reference
from core.baselines import BASELINES
from core.bench import BENCHES
from core.cli import main
from core.index.guesses.kinds import KINDS
from core.index.guesses.roles import ROLES
from core.modalities.examples import examples
from core.params import describe
from core.recipe import SplitConfig
from core.scores import SCORES
from core.thresholds import THRESHOLDS
from dashboard.help import documents

FILES = sorted(DOCS.glob("*.md"))
TEXTS = {file.stem: file.read_text(encoding="utf-8") for file in FILES}


@pytest.mark.parametrize("text", [README, TEXTS["command-line"]], ids=["README", "command-line"])
def test_every_command_runs(text, tmp_path, monkeypatch, capsys):
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANOMALENS_HOME", str(tmp_path / "home"))
    run = ""
    for line in block(text, "every line is run").splitlines():
        with pytest.raises(SystemExit) as end:
            main(shlex.split(line.replace(" RUN ", f" {run} "))[1:])
        printed = capsys.readouterr()
        assert end.value.code == 0, f"{line}\n{printed.err}"
        if "--json" in line:
            run = json.loads(printed.out)["run"]
    assert (tmp_path / "scores.csv").read_text().startswith("row,score")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_tables_are_what_is_registered(file):
    behind = reference.filled(TEXTS[file.stem]) != TEXTS[file.stem]
    assert not behind, f"{file.name} is behind what is registered. Run: make docs"


LINES = {
    "models": lambda: [f"| `{model.name}` {model.title} | {model.when} |" for model in catalogue.models()],
    "presets": lambda: [f"| {one.name} | `{one.recipe.model}` | {one.summary} |" for one in catalogue.presets()],
    "scores": lambda: [f"| `{name}` {score.title} | {score.when} |" for name, score in SCORES.items()],
    "rules": lambda: [f"| `{name}` {rule.title} | {rule.when} |" for name, rule in THRESHOLDS.items()],
    "detectors": lambda: [f"| `{name}` {one.title} | {one.when} |" for name, one in BASELINES.items()],
    "samples": lambda: [f"| {sample.title} | {sample.description} |" for _, sample in examples().values()],
    "kinds": lambda: [f"| `{kind}` |" for kind in KINDS],
    "roles": lambda: [f"| `{role}` |" for role in ROLES],
    "splits": lambda: [f"| `{kind}` |" for kind in describe(SplitConfig)[0].choices],
    "benchmarks": lambda: [f"anomalens bench {name}" for name in BENCHES],
}


@pytest.mark.parametrize("kind", LINES)
def test_everything_registered_is_there_with_its_own_words(kind):
    everything = "\n".join(TEXTS.values())
    assert [line for line in LINES[kind]() if line not in everything] == []


def test_every_registry_is_in_the_document_on_extending():
    named = set(re.findall(r"`(?:core|dashboard)/[\w/]+`", TEXTS["extending"]))
    found = set()
    for file in (ROOT / "core").rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        found |= {package.replace(".", "/") for package in re.findall(r'Registry\([^)]*?"(core\.[\w.]+)"\)', source)}
    assert found
    assert {f"`{package}`" for package in found} - named == set()


def test_the_environment_variables_are_those_that_the_code_reads():
    sources = [(ROOT / "core" / name).read_text(encoding="utf-8") for name in ("settings.py", "plugins.py")]
    read = {name for source in sources for name in re.findall(r'"((?:ANOMALENS|DASK)_\w+)"', source)}
    assert set(re.findall(r"^\| `((?:ANOMALENS|DASK)_\w+)` \|", TEXTS["operators"], flags=re.MULTILINE)) == read


def test_every_document_is_in_the_table_of_contents():
    assert set(documents.topics()) == set(TEXTS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_links_and_pictures_lead_somewhere_in_the_repository_and_in_the_app(file):
    for target in links_of(TEXTS[file.stem]):
        page, _, place = target.partition("#")
        assert not page or (file.parent / page).exists(), target
        if place:
            topic = page.removesuffix(".md") or file.stem
            assert place in documents.document(topic).names, target
            # GitHub knows a heading by its words alone.
            headings = re.findall(r"^#+ (.*)$", TEXTS[topic], flags=re.MULTILINE)
            assert place in {documents.slug(heading) for heading in headings}, target


def test_no_document_says_a_place_twice():
    for one in documents.documents():
        headings = [section.place for section in one.sections if section.level < 9]
        assert len(headings) == len(set(headings)), one.topic
