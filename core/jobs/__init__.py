"""Trainings, searches and derived work as jobs: submitted, watched, paused, stopped and resumed."""
