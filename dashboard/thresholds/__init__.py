"""The parts of the Threshold lab."""
