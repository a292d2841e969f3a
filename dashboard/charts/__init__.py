"""One Plotly figure per file, each a pure function of a result."""
