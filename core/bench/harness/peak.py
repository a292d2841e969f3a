"""A child process that does one thing and says how long it took and how much memory it added.

Run as ``python -m core.bench.harness.peak pandas|anomalens SOURCE OUT``; prints one JSON object.
"""

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Import first, then measure the one thing alone."""
    what, source, out = sys.argv[1:4]
    if what == "pandas":
        import pandas as pd

        Path(source).open("rb").close()
        before, start, cpu = resident_mb(), time.perf_counter(), time.process_time()
        rows = len(pd.read_csv(source))
    else:
        import duckdb  # noqa: F401 - what the server has loaded long before a file comes

        from core.readers import READERS, read_table

        READERS.names()
        before, start, cpu = resident_mb(), time.perf_counter(), time.process_time()
        rows = read_table(source, out).rows
    print(
        json.dumps(
            {
                "rows": rows,
                "seconds": round(time.perf_counter() - start, 2),
                "cpu_seconds": round(time.process_time() - cpu, 2),
                "extra_mb": round(peak_mb() - before),
            }
        )
    )


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
