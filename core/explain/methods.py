"""The ways of sharing a score among the parts of a sample, and what is said where one of them fails."""

METHODS = {"exchange": "Exchange", "gradients": "Integrated gradients", "shapley": "Shapley values"}
FIRST_METHOD = next(iter(METHODS))
"""What explains where another way fails: it only asks for scores."""


def fallback_note(method: str, why: str) -> str:
    """What is said where a way of explaining fails and the first one stands in for it."""
    return f"{METHODS[method]} could not be computed: {why.rstrip('.')}. Shown instead: {METHODS[FIRST_METHOD]}."
