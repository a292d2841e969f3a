"""Deciding: people say of rows what they are, and what was said makes the ranking better. Knows no screen, no torch."""

VERDICTS = ("anomaly", "normal", "unsure")
"""What can be said of a row."""
SHOWN_BY = ("score", "teach", "random", "learnt", "link", "command")
"""Why a row was before somebody's eyes when it was judged: its score, what it would teach, chance, the ranking
learnt from verdicts, its own link, or the command line."""
