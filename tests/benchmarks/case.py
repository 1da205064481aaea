"""What every kind of case has in common."""

from dataclasses import dataclass


class CaseFailed(Exception):
    """A case could not be measured; the message says why."""


@dataclass(frozen=True)
class Goal:
    """One line of the results.

    name: area, a dash, and what is measured
    bound: of the median; the least acceptable value unless at_most
    """

    name: str
    bound: float
    at_most: bool = False

    @property
    def area(self):
        return self.name.split("-")[0]


@dataclass(frozen=True)
class Options:
    """How long each measurement takes, in seconds, and how often it is repeated."""

    rounds: int = 5
    seconds: int = 5
    warmup: int = 5


def turned(names, number):
    """The order of a round: each contestant is first in its turn."""
    names = list(names)
    start = number % len(names)
    return names[start:] + names[:start]


def say(text):
    """A line of progress."""
    print(f"  {text}", flush=True)
