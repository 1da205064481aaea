"""Rings of simulated nodes: how they heal, err, talk, and how fast they are simulated."""

import csv

import jvm
from case import CaseFailed, Goal, say
from result import OURS, Result, figure

REPORT = "io.gatehouse.membership.MembershipReport"
NODES = 1000
LOSS = 0.1
SLOW = 16
HOUR = 3600
HEAL_SEEDS = 40
SPEED_SECONDS = 600
STEADY_SECONDS = 400
TIMEOUT_SECONDS = 3600


def report(*arguments, memory="2g"):
    """A report's rows, each column → text."""
    output = jvm.run(REPORT, *arguments, seconds=TIMEOUT_SECONDS, memory=memory)
    rows = list(csv.DictReader(output.splitlines()))
    if not rows:
        raise CaseFailed(f"{REPORT} {arguments} printed nothing")
    return rows


class HealCase:
    """Seconds from a partition's end until 100 nodes have one view; the worst of its seeds."""

    def __init__(self, goal):
        self.goals = [goal]

    def run(self, options):
        rounds = []
        for number in range(options.rounds):
            rows = report("heal", number * HEAL_SEEDS, HEAL_SEEDS)
            worst = max(float(row["healed_s"]) for row in rows)
            rounds.append({OURS: {"seconds": worst}})
            say(f"round {number + 1}: at most {worst:.2f} s of {len(rows)} seeds")
        goal = self.goals[0]
        return [figure(goal.name, rounds, goal.bound, "seconds", "s")]


class FalseDeadCase:
    """Healthy members taken for dead by healthy ones, to plain SWIM's; an hour in all."""

    def __init__(self, goal):
        self.goals = [goal]

    def run(self, options):
        seconds = HOUR // options.rounds
        rounds = []
        for number in range(options.rounds):
            rounds.append(
                {
                    name: {"false_deaths": self.false_deaths(protocol, seconds, number)}
                    for name, protocol in ((OURS, "ours"), ("swim", "swim"))
                }
            )
            each = (f"{name} {m['false_deaths']}" for name, m in rounds[-1].items())
            say(f"round {number + 1}: {', '.join(each)}")
        return [ratio_to_swim(self.goals[0], rounds)]

    @staticmethod
    def false_deaths(protocol, seconds, seed):
        (row,) = report("trial", protocol, NODES, LOSS, SLOW, 0, seconds, seed)
        return int(row["false_deaths"])


def ratio_to_swim(goal, rounds):
    """A round in which plain SWIM made no mistake says nothing."""
    if not all(r["swim"]["false_deaths"] for r in rounds):
        raise CaseFailed("plain SWIM made no mistake in a round: rounds are too short")
    ratios = [r[OURS]["false_deaths"] / r["swim"]["false_deaths"] for r in rounds]
    return Result(goal.name, "swim", ratios, goal.bound, True, "", rounds, ("false_deaths", ""))


class TrafficCase:
    """What a member sends in a ring in which nothing happens, to memberlist's formula.

    The worse of packets and bytes.
    """

    def __init__(self, goal):
        self.goals = [goal]

    def run(self, options):
        rounds = []
        for number in range(options.rounds):
            (row,) = report("traffic", NODES, STEADY_SECONDS, number)
            sent = {k: float(row[k]) for k in ("packets", "bytes")}
            formula = {k: float(row[f"{k}_formula"]) for k in sent}
            rounds.append({OURS: sent, "formula": formula})
            figures = f"{sent['packets']:.3f} packets, {sent['bytes']:.0f} bytes"
            say(f"round {number + 1}: {figures} a second")
        goal = self.goals[0]
        ratios = [max(r[OURS][k] / r["formula"][k] for k in r["formula"]) for r in rounds]
        return [
            Result(goal.name, "formula", ratios, goal.bound, True, "", rounds, ("bytes", "B/s"))
        ]


class SpeedCase:
    """Seconds that ten minutes of 1,000 nodes take on one core."""

    def __init__(self, goal):
        self.goals = [goal]

    def run(self, options):
        rounds = []
        for number in range(options.rounds):
            (row,) = report("speed", NODES, SPEED_SECONDS, number)
            rounds.append({OURS: {"seconds": float(row["took_s"])}})
            say(f"round {number + 1}: {row['took_s']} s, {row['events']} events")
        goal = self.goals[0]
        return [figure(goal.name, rounds, goal.bound, "seconds", "s")]


CASES = [
    HealCase(Goal("membership-heal-100", 10, at_most=True)),
    FalseDeadCase(Goal("membership-false-dead", 0.02, at_most=True)),
    TrafficCase(Goal("membership-traffic", 1.2, at_most=True)),
    SpeedCase(Goal("membership-simulation-speed", 60, at_most=True)),
]
