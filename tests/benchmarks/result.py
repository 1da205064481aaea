"""A case's outcome, and how it is judged. Pure: test_result.py holds it."""

import math
import statistics
from dataclasses import dataclass, field

OURS = "gatehouse"


@dataclass(frozen=True)
class Result:
    """What one case came to.

    peer: the contestant that a ratio is to; "-" if the figures are no ratios
    figures: of each round, the ratio or, without a peer, the figure itself; none if the case
        could not be measured
    goal: the median's bound
    at_most: whether the bound is an upper one
    unit: of figures that are no ratios
    rounds: for each round, contestant → measure → value, for the record
    shown: the measure that the table shows of each contestant, with its unit
    worst: whether the goal is for the worst round, not for the median
    """

    case: str
    peer: str
    figures: list
    goal: float
    at_most: bool = False
    unit: str = ""
    rounds: list = field(default_factory=list)
    shown: tuple = ("", "")
    worst: bool = False

    @property
    def median(self):
        return statistics.median(self.figures) if self.figures else math.nan

    @property
    def least(self):
        return min(self.figures, default=math.nan)

    @property
    def greatest(self):
        return max(self.figures, default=math.nan)

    @property
    def met(self):
        """Never, if it could not be measured: a comparison with NaN is false."""
        if self.at_most:
            return (self.greatest if self.worst else self.median) <= self.goal
        return (self.least if self.worst else self.median) >= self.goal

    def medians(self):
        """Contestant → median of what the table shows."""
        measure = self.shown[0]
        names = [name for name in (self.rounds[0] if self.rounds else {})]
        return {
            name: statistics.median(r[name][measure] for r in self.rounds)
            for name in names
            if measure in self.rounds[0][name]
        }


def unmeasured(case, goal, at_most=False):
    """The result of a case that failed."""
    return Result(case, "-", [], goal, at_most)


def against_better_peer(case, rounds, goal, measure, unit):
    """A ratio to the peer with the higher median; the measure is the better the greater."""
    peers = [name for name in rounds[0] if name != OURS]
    better = max(peers, key=lambda name: statistics.median(r[name][measure] for r in rounds))
    return against(case, rounds, goal, better, measure, unit)


def against(case, rounds, goal, peer, measure, unit, at_most=False):
    """A ratio to one peer, round by round."""
    ratios = [r[OURS][measure] / r[peer][measure] for r in rounds]
    return Result(case, peer, ratios, goal, at_most, "", rounds, (measure, unit))


def figure(case, rounds, goal, measure, unit, at_most=True, worst=False):
    """A figure of Gatehouse alone; what the rounds say of others is only shown."""
    figures = [r[OURS][measure] for r in rounds]
    return Result(case, "-", figures, goal, at_most, unit, rounds, (measure, unit), worst)
