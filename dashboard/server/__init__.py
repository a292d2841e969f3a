"""Beside the pages: caches, uploads, downloads, and the engine's start."""
