"""`anomalens` alone: start the dashboard."""

import errno
import os
import socket
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from core.cli.base import command
from core.cli.support.output import echo
from core.dashboard_server import dashboard_script, server_command
from core.errors import ConfigError


def _show_version(show: bool) -> None:
    if show:
        echo(installed_version("anomalens"))
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
    shown_host = "localhost" if host in {"0.0.0.0", "::"} else host
    echo(f"Anomalens starts on http://{shown_host}:{port} and ends with Ctrl-C.", flush=True)
    os.execv(server[0], server)


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
