"""From a recipe to a trained detector, and what that detector makes of a dataset."""
