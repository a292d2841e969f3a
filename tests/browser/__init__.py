"""Tests that drive a real Chromium. A package: its modules may then be named like those of the folder above."""
