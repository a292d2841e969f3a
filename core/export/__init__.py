"""What a run becomes outside of the workspace: a file for people who go on elsewhere, one kind a module."""
