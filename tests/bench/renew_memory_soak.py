"""The same as renew_memory with 100,000 lineages, which takes a quarter of an hour."""

from .renew_memory import measure_both

TITLE = "renew of 10,000 and 100,000 lineages that are due: memory, time for each"
ORDER = 90
# Runs only when it is named.
IS_LONG = True


def measure(bench):
    measure_both(bench, 10000, 100000)
