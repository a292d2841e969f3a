"""The engine of Anomalens: numbers in, numbers out; it knows no screen."""

import os

# Before anything loads MKL: by itself it gives a product other last bits by where its numbers lie in memory, how many
# rows there are and how many threads share them, so that equal rows scored unequally (measured on an AMD EPYC: 61 of
# 338 layers; none in this mode, at no more than 1 % of the time). Libraries other than MKL do not look at it.
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
