"""How the dashboard's server is started: by the command line, and by the benchmarks that drive one."""

import importlib.util
import sys
from pathlib import Path

from core.errors import ConfigError


def server_command(script: Path, host: str, port: int, *options: str) -> list[str]:
    """The command that starts the server; its settings lie beside the script, so that any folder will do."""
    address = ["--server.address", host, "--server.port", str(port), "--server.headless", "true"]
    return [sys.executable, "-m", "streamlit", "run", str(script), *address, *options]


def dashboard_script() -> Path:
    """Where the dashboard's script is, found without running it."""
    found = importlib.util.find_spec("dashboard")
    folders = list(found.submodule_search_locations or []) if found else []
    script = Path(folders[0]) / "app.py" if folders else None
    if script is None or not script.is_file():
        raise ConfigError("The dashboard is not installed here. Install the project with: pip install -e .")
    return script
