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


# Native code is as fast as it gets once its connections are open.
PEER_WARMUP_SECONDS = 2


@dataclass(frozen=True)
class Options:
    """How long each measurement takes, in seconds, and how often it is repeated.

    warmup: of Gatehouse, whose JVM compiles while the load runs what it finds to be hot
    """

    rounds: int = 5
    seconds: int = 5
    warmup: int = 15

    def warmup_of(self, contestant):
        if contestant == "gatehouse":
            return self.warmup
        return min(PEER_WARMUP_SECONDS, self.warmup)


def turned(names, number):
    """The order of a round: each contestant is first in its turn."""
    names = list(names)
    start = number % len(names)
    return names[start:] + names[:start]


def say(text):
    """A line of progress."""
    print(f"  {text}", flush=True)
