"""Verdicts of people on rows, and the ranking, precision and threshold that follow from them. Needs no torch."""

VERDICTS = ("anomaly", "normal", "unsure")
"""What can be said of a row."""
SHOWN_BY = ("score", "teach", "random", "learnt", "link", "command")
"""Why a row was before somebody's eyes when it was judged: its score, what it would teach, chance, the ranking
learnt from verdicts, its own link, or the command line."""
