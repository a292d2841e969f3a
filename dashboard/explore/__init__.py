"""The parts of the Explore page: what it reads of a run, what is selected, and its panels."""
