"""`anomalens` alone: start the dashboard."""

import errno
import importlib.util
import os
import socket
import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from core.cli.base import command
from core.errors import ConfigError


def _show_version(wanted: bool) -> None:
    if wanted:
        print(installed_version("anomalens"))
        raise typer.Exit


@command("", order=0)
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port of the dashboard.", min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is every one that this machine has.")] = (
        "localhost"
    ),
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Find, understand, decide on and share the anomalies in your data. Without a command: start the dashboard."""
    if context.invoked_subcommand is not None:
        return
    check_free(host, port)
    script = dashboard_script()
    server = server_command(script, host, port)
    shown = "localhost" if host in {"0.0.0.0", "::"} else host
    print(f"Anomalens starts on http://{shown}:{port} and ends with Ctrl-C.", flush=True)
    os.execv(server[0], server)


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


def check_free(host: str, port: int) -> None:
    """Say it in a sentence when nothing can listen there.

    Raises
    ------
    ConfigError
        When the port is taken or not permitted, or the host is none of this machine's addresses.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise ConfigError(
            f"There is no address called {host!r}. Use localhost, or 0.0.0.0 for every address."
        ) from None
    except OSError as trouble:
        if trouble.errno == errno.EADDRINUSE:
            raise ConfigError(f"Port {port} is taken. Choose another: anomalens --port {port % 65535 + 1}") from None
        raise ConfigError(
            f"Cannot listen on {host}:{port} ({trouble.strerror}). Choose another --host or --port."
        ) from None
