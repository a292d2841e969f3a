"""Comparison of a run with classical detectors and other runs, on the rows that the run is evaluated on.

Same split, same encoding, same rows; intervals by bootstrap, and no winner where the rows do not name one. Knows no
jobs (:mod:`core.jobs.derived.comparison`) and no screen; scikit-learn is imported where a detector is fitted.
"""
