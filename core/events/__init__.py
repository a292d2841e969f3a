"""Events: flagged samples that lie close together in time, joined, counted, said in a sentence and written to files."""
