"""How well scores tell anomalies from normal rows: curves, measures, and counts on a grid of thresholds."""
