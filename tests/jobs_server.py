"""A server without pages, as a process of its own: `python jobs_server.py [--leave] [RUN]…`, settings by environment.

It starts an engine, hands it the runs and keeps it going until it is killed; with --leave it goes as soon as the runs
have begun, as a server does that is closed while a cluster works on.
"""

import sys
import time

from core.jobs.engine import Engine

if __name__ == "__main__":  # the guard that every script needs whose children may import it
    engine = Engine()
    engine.start()
    runs = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    for run in runs:
        engine.submit(run)
    while "--leave" not in sys.argv or any(not engine.workspace.store.epochs_written(run) for run in runs):
        time.sleep(0.05)
    engine.close()
