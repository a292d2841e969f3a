"""A process of its own for each file that is read: what it may take, how it is started, watched and ended."""
