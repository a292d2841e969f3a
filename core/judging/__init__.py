"""Later files judged by a finished run: kept as a dataset and a run of their own, with how far they have drifted."""
