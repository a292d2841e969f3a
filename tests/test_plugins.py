"""Plug-ins: modules that the environment names add to every register, here, in other processes and in the catalogue."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import plugins
from core.errors import ConfigError

PLUGIN = '''
from core.models import MODELS
from core.models.dense import DenseAutoencoder


@MODELS.register("from_a_plugin")
class FromAPlugin(DenseAutoencoder):
    """A dense network under another name."""

    title = "From a plug-in"
    when = "When a plug-in was named."
'''


@pytest.fixture
def plugin(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that has a plug-in."""
    package = tmp_path / "extra"
    package.mkdir()
    (package / "__init__.py").write_text('"""A further model."""\n', encoding="utf-8")
    (package / "models.py").write_text(PLUGIN, encoding="utf-8")
    paths = [str(Path(__file__).parents[1]), str(tmp_path)]
    return os.environ | {"ANOMALENS_PLUGINS": "extra", "PYTHONPATH": os.pathsep.join(paths)}


def test_a_model_of_a_plugin_is_offered_by_the_command_line(plugin: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", "models"], env=plugin, capture_output=True, text=True, check=True
    )
    assert "from_a_plugin" in done.stdout


def test_what_lists_presets_imports_no_model_of_a_plugin(plugin: dict[str, str]) -> None:
    asked = "from core.presets import PRESETS; PRESETS.names()"
    code = f"import sys; {asked}; print('extra' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=plugin, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_a_plugin_that_cannot_be_imported_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANOMALENS_PLUGINS", "no_such_plugin")
    with pytest.raises(ConfigError, match=r"'no_such_plugin' could not be imported .* ANOMALENS_PLUGINS"):
        plugins.load("models")


def test_without_plugins_nothing_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANOMALENS_PLUGINS", raising=False)
    assert plugins.names() == ()
    assert plugins.sources() == []
