"""`python -m core.cli` is `anomalens`."""

from core.cli import main

# Worker processes import the main module again.
if __name__ == "__main__":
    main()
