"""What the columns of an index are, guessed from their names and values, each guess with its reason."""
