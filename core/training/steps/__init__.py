"""One optimizer step: through autograd, by a hand-written gradient, or as one graph on a CUDA card."""
