"""Processes of this machine: identity, whether one is alive, its memory, kills for want of memory."""

import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil


@cache
def _identity(pid: int) -> str:
    return f"{socket.gethostname()}/{pid}/{psutil.Process(pid).create_time():.0f}"


def identity() -> str:
    """Name this process for all who share the store: host/pid/start."""
    return _identity(os.getpid())


def pid_of(holder: str) -> int:
    """The process number in an :func:`identity`; 0 when there is none."""
    parts = holder.rsplit("/", 2)
    return int(parts[1]) if len(parts) == 3 and parts[1].isdigit() else 0


def alive(holder: str) -> bool | None:
    """Whether that process lives; None when it is on another machine, and nobody here can tell."""
    host, _, rest = holder.partition("/")
    pid, _, start = rest.partition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return None
    try:
        process = psutil.Process(int(pid))
        return f"{process.create_time():.0f}" == start and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def memory_mb() -> int:
    """Megabytes that this process holds."""
    return int(psutil.Process().memory_info().rss / 2**20)


def out_of_memory_kills() -> int:
    """How many processes the system has killed for want of memory since it started, here and in this container."""
    total = 0
    for path in (Path("/proc/vmstat"), Path("/sys/fs/cgroup/memory.events"), _own_cgroup() / "memory.events"):
        with suppress(OSError, ValueError):
            for line in path.read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    total += int(count)
    return total


@cache
def _own_cgroup() -> Path:
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::/"):
                return Path("/sys/fs/cgroup") / line[4:]
    return Path("/nonexistent")


def offer_as_victim(score: int = 500) -> None:
    """Let the system kill this process before the server when memory runs out; the highest score goes first."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(score))
