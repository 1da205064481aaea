"""High percentiles of the latency at a constant rate, which both sides can keep up with."""

import csv

import jvm
from case import CaseFailed, say, turned
from load import measure
from rate import start_all
from result import against
from stage import Stage

CLIENT = "io.gatehouse.benchmarks.latency.ConstantRate"
# The client's own start, and its end after the last request.
GRACE_SECONDS = 60


class LatencyCase:
    """Everyone is asked at half of the highest rate that HAProxy reaches in this very run.

    Latencies run from the moment at which a request was due, so a stall counts for every request
    that it kept from being sent (no coordinated omission).

    goals: the percentiles' names → the goals for them
    """

    def __init__(self, goals, load, contestants):
        self.goals = list(goals.values())
        self.measures = list(goals)
        self.load = load
        self.contestants = contestants

    def run(self, options):
        with Stage() as stage:
            addresses = start_all(stage, self.contestants, self.load)
            for name, address in addresses.items():
                measure(self.load, address, options.warmup_of(name))
            top = measure(self.load, addresses["haproxy"], options.seconds)["requests_per_second"]
            say(f"HAProxy's top is {top:,.0f}/s; at half of it:")
            rounds = []
            for number in range(options.rounds):
                got = {}
                for name in turned(addresses, number):
                    got[name] = self.at_rate(addresses[name], top / 2, options)
                rounds.append({name: got[name] for name in addresses})
                for measure_name in self.measures:
                    each = (f"{n} {m[measure_name]:.2f}" for n, m in rounds[-1].items())
                    say(f"round {number + 1}: {measure_name} {', '.join(each)}")
        return [
            against(goal.name, rounds, goal.bound, "haproxy", measure_name, "ms", at_most=True)
            for measure_name, goal in zip(self.measures, self.goals)
        ]

    def at_rate(self, address, rate, options):
        """The client is warm after a second or two; what it saw until then is dropped."""
        warmup = min(2, options.warmup)
        output = jvm.run(
            CLIENT,
            "tls" if self.load.tls else "plain",
            *address,
            self.load.path,
            self.load.connections,
            round(rate),
            warmup,
            options.seconds,
            seconds=warmup + options.seconds + GRACE_SECONDS,
        )
        got = {k: float(v) for k, v in next(csv.DictReader(output.splitlines())).items()}
        if got["broken"]:
            raise CaseFailed(f"{got['broken']:.0f} connections to {address} broke")
        return got
