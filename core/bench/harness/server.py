"""Starts a real dashboard for the benchmarks: its own workspace and port, and a run to look at."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.dashboard_server import dashboard_script, server_command


@dataclass(frozen=True)
class Server:
    """A server that answers, or is about to."""

    port: int
    process: subprocess.Popen[bytes]
    started: float
    """When its process was started, by ``time.perf_counter``."""
    log: Path
    """What it prints."""

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://localhost:{self.port}"

    def last_words(self) -> str:
        """The end of what it printed."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])

    def wait(self, seconds: float = 60.0) -> None:
        """Return as soon as it answers; without the wait of a client that tries again in ever longer steps."""
        while True:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=5):
                    return
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError("The server ended before it answered.") from None
                if time.perf_counter() - self.started > seconds:
                    raise TimeoutError(f"The server did not answer within {seconds:.0f} s.") from None
                time.sleep(0.01)


@contextmanager
def running_server(home: Path, *options: str) -> Iterator[Server]:
    """Start the dashboard over the workspace in ``home``; it ends with the block."""
    port = _free_port()
    log = home / "server.log"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            server_command(dashboard_script(), "localhost", port, *options),
            env=os.environ | {"ANOMALENS_HOME": str(home)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Server(port, process, started, log)
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def trained_run(home: Path, rows: int) -> str:
    """Put a generated table of ``rows`` rows and a short run on it into the workspace in ``home``; the run's id."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    odd = rng.random(rows) < 0.02
    values = rng.normal(size=(rows, 8)) + 3.0 * odd[:, None] * rng.normal(size=(rows, 8))
    table = pd.DataFrame(values.round(4), columns=[f"sensor_{i}" for i in range(8)]).assign(odd=odd.astype(int))
    source = home / "machine_sensors.csv"
    table.to_csv(source, index=False)
    train = ["train", str(source), "--label", "odd", "--preset", "Tabular", "--set", "training.steps=200", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", *train],
        env=os.environ | {"ANOMALENS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"No run to look at: {done.stderr.strip()}")
    return str(json.loads(done.stdout)["run"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
