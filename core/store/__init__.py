"""What outlives a process: datasets, runs and their artifacts."""
