"""A child process that does one thing and says how long it took and how much memory it added.

Run as ``python -m core.bench.harness.peak pandas|anomalens SOURCE OUT``; prints one JSON object.
"""

import json
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

_LOOK_SECONDS = 0.05


def main() -> None:
    """Import first, then measure the one thing alone."""
    what, source, out = sys.argv[1:4]
    if what == "pandas":
        import pandas as pd

        Path(source).open("rb").close()
        before, start, cpu = resident_mb(), time.perf_counter(), time.process_time()
        rows = len(pd.read_csv(source))
        took = time.process_time() - cpu
        measured = {"rows": rows, "seconds": time.perf_counter() - start, "cpu_seconds": took}
        measured["extra_mb"] = peak_mb() - before
    else:
        measured = _anomalens(source, out)
    print(json.dumps({name: round(value, 2 if "seconds" in name else None) for name, value in measured.items()}))


def _anomalens(source: str, out: str) -> dict[str, float]:
    """The same of a file that is read in a process of its own: both processes' time and memory."""
    from core.readers import read_table
    from core.readers.process import server

    # As in a server, where what readers import is loaded long before a file comes.
    small = Path(out).with_name("small.csv")
    small.write_text("a,b\n1,2\n")
    read_table(small, out)
    helper = psutil.Process(server.pid())
    most, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            for child in helper.children():
                with suppress(psutil.Error):
                    most.append(child.memory_full_info().uss / 1e6)

    before, start, cpu = resident_mb(), time.perf_counter(), _cpu(helper)
    watching = threading.Thread(target=watch)
    watching.start()
    rows = read_table(source, out).rows
    seconds = time.perf_counter() - start
    over.set()
    watching.join()
    return {
        "rows": rows,
        "seconds": seconds,
        "cpu_seconds": _cpu(helper) - cpu,
        "extra_mb": max(most) + peak_mb() - before,
    }


def _cpu(helper: psutil.Process) -> float:
    """Processor time of this process, of the helper, and of all that it has started."""
    used = helper.cpu_times()
    return time.process_time() + float(used.user + used.system + used.children_user + used.children_system)


def resident_mb() -> float:
    """Memory of this process now."""
    return _status("VmRSS")


def peak_mb() -> float:
    """The most memory this process ever had. Not ``ru_maxrss``: a child inherits its parent's."""
    return _status("VmHWM")


def _status(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1000 * 1.024
    raise OSError(f"This system does not tell {field}; the benchmark runs on Linux.")


if __name__ == "__main__":
    main()
