"""Why a row is odd: what was to be expected of it, which columns made its score, rows like it, families of such rows.

Numbers in, dataclasses out: the pages, the command line and a report tell the same story. ``explainer.Explainer`` opens
a finished run, ``telling.tell_families`` groups its flagged rows; the rest are functions of arrays.
"""
