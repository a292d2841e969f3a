"""What newcomers, machines and containers rely on: the layout, the pinned versions, make targets, workflows."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TOP = {
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "LICENSE",
    "Makefile",
    "Dockerfile",
    "compose.yaml",
    "constraints.txt",
    "core",
    "dashboard",
    "pages",
    "assets",
    "tests",
}

MOST_FILES = 15
REGISTRIES = {
    "core/baselines",
    "core/bench",
    "core/checks",
    "core/cli",
    "core/models",
    "core/presets",
    "core/readers",
    "core/scores",
    "core/thresholds",
    "dashboard/charts",
}
"""Folders of variants, one a file: they grow with what there is to choose from."""


def tracked() -> list[Path]:
    """Every file that belongs to the repository."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs the repository's history, which this copy does not have")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(line) for line in listed.stdout.splitlines()]


def pins() -> dict[str, str]:
    """The version that each library is pinned to."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def requirements() -> list[Requirement]:
    """Everything that pyproject.toml names, with all extras."""
    extras = PROJECT["optional-dependencies"].values()
    every = [Requirement(text) for text in [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]]
    return [requirement for requirement in every if requirement.name != "anomalens"]


def test_the_top_of_the_repository_holds_what_it_shall_and_nothing_else():
    assert {path.parts[0] for path in tracked() if not path.parts[0].startswith(".")} == TOP


def test_no_file_is_so_large_that_it_must_be_data():
    large = [path for path in tracked() if (ROOT / path).stat().st_size > 2_000_000]
    assert large == []


def test_every_named_library_is_pinned_to_a_version_that_fits():
    known = pins()
    for requirement in requirements():
        assert known.get(canonicalize_name(requirement.name)) in requirement.specifier, requirement


def test_torch_is_pinned_to_the_version_that_has_a_cpu_build():
    assert pins()["torch"] == "2.13.0"


def test_every_module_of_the_engine_says_what_it_is():
    silent = [
        path
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in {"core", "dashboard", "pages"}
        if not (ROOT / path).read_text(encoding="utf-8").lstrip().startswith(('"""', "#"))
        if (ROOT / path).stat().st_size
    ]
    assert silent == []


def test_no_file_holds_the_marks_of_a_merge():
    marked = []
    for path in tracked():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if re.search(r"^(<{7}|>{7}) ", text, flags=re.MULTILINE):
            marked.append(path.as_posix())
    assert marked == []


def test_no_class_name_stands_for_two_things():
    names = [
        name
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in {"core", "dashboard", "pages"}
        for name in re.findall(r"^class ([A-Z]\w+)", (ROOT / path).read_text(encoding="utf-8"), flags=re.MULTILINE)
    ]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_no_folder_but_a_registry_holds_more_files_than_are_taken_in_at_a_glance():
    folders = [
        path.parent.as_posix()
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in {"core", "dashboard", "pages"} and path.name != "__init__.py"
    ]
    crowded = {folder for folder in folders if folders.count(folder) > MOST_FILES}
    assert crowded <= REGISTRIES


@pytest.mark.parametrize("target", ["run", "test", "install", "lint", "bench"])
def test_make_knows_the_target(target):
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", ["run", "debian", "venv"])
def test_the_scripts_of_ci_are_well_formed(script):
    shell = "bash" if script == "run" else "sh"
    done = subprocess.run([shell, "-n", ROOT / ".ci" / script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_ci_tests_and_then_lints():
    steps = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line.startswith("make ")]
    assert steps == ["make test", "make lint"]


def test_the_workflows_call_what_a_developer_calls():
    ci, bench = (yaml.safe_load((ROOT / ".github/workflows" / f"{name}.yml").read_text()) for name in ("ci", "bench"))
    assert "bash .ci/run" in [step.get("run") for step in ci["jobs"]["test"]["steps"]]
    assert any("make bench" in step.get("run", "") for step in bench["jobs"]["bench"]["steps"])
    # YAML reads the key "on" as true.
    assert re.fullmatch(r"\d+ \d+ \* \* \d", bench[True]["schedule"][0]["cron"])


def test_the_container_copies_only_what_the_ignore_file_lets_in():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert copied <= allowed
    assert all((ROOT / name).exists() for name in allowed)


def test_the_container_runs_as_nobody_special_and_keeps_its_data_in_one_volume():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]
    assert [line for line in lines if line.startswith("VOLUME ")] == ["VOLUME /data"]
    assert any("ANOMALENS_HOME=/data" in line for line in lines)
    assert any(line.startswith("HEALTHCHECK ") for line in lines)


def test_compose_starts_the_dashboard_a_database_a_scheduler_and_workers():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"app", "worker", "helper", "scheduler", "postgres", "keys"}
    assert [name for name, service in services.items() if "ports" in service] == ["app"]
    assert services["app"]["ports"][0].startswith("${ANOMALENS_ADDRESS:-127.0.0.1}:")
    assert "POSTGRES_PASSWORD" not in services["postgres"]["environment"]
    assert all("data:/data" in services[name]["volumes"] for name in ("app", "worker", "helper"))
    address = services["app"]["environment"]["DASK_SCHEDULER_ADDRESS"]
    assert "train=1" in services["worker"]["command"]
    assert "quick=4" in services["helper"]["command"]
    assert all(address in services[name]["command"] for name in ("worker", "helper"))


def test_the_changelog_has_a_place_for_what_comes_next():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert "keepachangelog.com" in changelog
    assert re.search(r"^## \[Unreleased\]$", changelog, flags=re.MULTILINE)


BY_ID = (
    "core/store", "core/jobs", "core/search", "core/bench", "dashboard/server", "dashboard/train", "dashboard/runs",
    "dashboard/report/addresses.py", "dashboard/report/routes.py", "pages/train.py",
)  # fmt: skip
"""Where a run is its id: what is stored, what travels to a worker, an address, and runs that are not over."""
PATHS_BY_ID = {
    "core/compare/files.py": {"folder", "report_path", "checks_path", "delete_detected"},
    "core/compare/request.py": {"read_newest", "write_newest", "_path"},
    "core/explain/families/stored.py": {"folder_of"},
    "core/projections/request.py": {"folder_of"},
    "core/export/links.py": {"_folder"},
    "core/results/finished_run.py": {"open"},
}
"""Functions outside of that: where what is derived from a run lies, links, and the one that opens a run."""


def test_a_finished_run_is_handed_on_and_not_its_id():
    """A run id that travels through seventy functions is opened seventy times."""
    found: dict[str, set[str]] = {}
    for path in map(str, tracked()):
        if not path.endswith(".py") or not path.startswith(("core/", "dashboard/", "pages/")) or path.startswith(BY_ID):
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                if "run_id" in names:
                    found.setdefault(path, set()).add(node.name)
    assert found == PATHS_BY_ID
