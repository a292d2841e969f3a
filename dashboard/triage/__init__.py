"""The parts of the Triage page."""
