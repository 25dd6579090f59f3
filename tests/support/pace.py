"""Seconds of a machine that is not busy: what a promise in seconds is about, wherever the tests run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

SUMMANDS = 5_000_000
USUAL = 0.09
"""Seconds for which the machine of docs/benchmarks.md adds up so many numbers when it does nothing else."""


@dataclass
class Took:
    """How long something took, in seconds of the machine of docs/benchmarks.md; known when it is over."""

    seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Took]:
    """Yield how long the block takes, less what this machine is slower before it or after it."""
    took, slowness = Took(), _slowness()
    began = monotonic()
    yield took
    elapsed = monotonic() - began
    took.seconds = elapsed / max(slowness, _slowness())


def _slowness() -> float:
    """Return how many times slower than usual this machine counts at present, at least once."""
    began = monotonic()
    sum(range(SUMMANDS))
    return max(1.0, (monotonic() - began) / USUAL)
