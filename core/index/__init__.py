"""The index of a dataset: one row a sample, a schema of its columns, splits and filters over them."""
