"""A later file, read as the file was that a detector was trained on."""
