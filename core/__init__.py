"""The engine of Anomalens: numbers in, numbers out; it knows no screen."""
