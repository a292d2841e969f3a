"""What speaks against a dataset as it is: leaks of the label, numbers that mean missing, and further advice."""
