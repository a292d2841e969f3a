"""Scores the rows of a file with the detector in this folder.

python score.py new_rows.csv --out scores.csv
"""

import argparse
import sys
from pathlib import Path

try:
    from core.errors import AnomalensError
    from core.export.bundle import open_bundle, score_file
    from core.readers.reading.options import READ_OPTIONS, ReadOptions
except ImportError:
    sys.exit("Anomalens is not installed here: pip install anomalens")

if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Scores the rows of a file.")
    arguments.add_argument("data", help="a file with the columns that README.md lists, in any format that is read")
    arguments.add_argument("--out", default="scores.csv", help="where row, score and flagged are written, as CSV")
    arguments.add_argument("--threshold", type=float, help="flag above another score than the bundle's")
    for option in READ_OPTIONS:
        action = "append" if option.several else "store"
        arguments.add_argument(
            option.flag, dest=option.name, metavar=option.metavar, help=option.help, default=None, action=action
        )
    told = arguments.parse_args()
    try:
        detector = open_bundle(Path(__file__).parent)
        if told.threshold is not None:
            detector.threshold = told.threshold
        scored = score_file(detector, told.data, told.out, ReadOptions.from_words(vars(told)))
    except (AnomalensError, OSError) as problem:
        sys.exit(str(problem))
    for note in scored.notes:
        print("Note:", note, file=sys.stderr)
    print(f"{scored.counted} scored, {scored.flagged:,} flagged above {detector.threshold:.6g}: {told.out}")
