"""The Help page: the files of ``assets/docs``, a search over them, and the links that lead from a "?" to a place."""
