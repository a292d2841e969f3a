"""One Plotly figure per file, each a pure function of a result."""

# Plotly looks whether pandas is there, and fails on one that another session's thread is still importing: whoever draws
# waits here until it is whole.
import pandas  # noqa: F401
