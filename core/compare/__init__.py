"""The honest comparison: what classical detectors, or other runs, make of the rows that a run is judged on.

Same split, same encoding, same rows; intervals by bootstrap, and no winner where the rows do not name one. Knows no
jobs (:mod:`core.jobs.derived.comparison`) and no screen; scikit-learn is imported where a detector is fitted.
"""
