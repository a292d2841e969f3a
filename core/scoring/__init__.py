"""From a trained model to anomaly scores, their explanation and their evaluation."""
