"""Experiments as jobs: submitted, watched, steered and resumed."""
