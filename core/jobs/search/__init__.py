"""How the trials of a search are done: one in the hands of a worker, or all of them in this process."""
