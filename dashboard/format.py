"""Numbers for people, as the pages write them; reports write them in the same way (:mod:`core.words`)."""

from core.words import ago, amount, count, distinct, duration, number, percent, plural, share, size

__all__ = ["ago", "amount", "count", "distinct", "duration", "number", "percent", "plural", "share", "size"]
