"""Files on a disk: written whole or not at all, and compared with their checksums."""
