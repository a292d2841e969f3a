"""Checks of a finished run's scores, one file each.

Each says what it found, why it matters and what to do. They look at the run's own rows and ask its networks; where they
run, torch and scikit-learn are loaded.
"""

from core.checks.base import Check, CheckInput, Finding
from core.registry import Registry

CHECKS: Registry[type[Check]] = Registry("check", "core.checks")

__all__ = ["CHECKS", "Check", "CheckInput", "Finding"]
