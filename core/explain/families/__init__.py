"""Families of anomalies: rows that are odd for the same reasons, grouped, named and stored with their run."""
