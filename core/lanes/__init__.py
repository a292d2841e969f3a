"""Lanes: the channels of series beside what was expected of them, for any stretch of time and any width of a screen."""
