"""A kind of data that no file outside this folder names: curves of two channels, to prove that a folder is enough."""
