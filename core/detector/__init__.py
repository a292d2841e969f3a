"""From a recipe to a trained detector, and from a detector to the scores of a dataset."""
