"""The 99th percentile of the latency at a constant rate, which both sides can keep up with."""

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
    """

    def __init__(self, goal, load, contestants):
        self.goals = [goal]
        self.load = load
        self.contestants = contestants

    def run(self, options):
        with Stage() as stage:
            addresses = start_all(stage, self.contestants, self.load)
            for address in addresses.values():
                measure(self.load, address, options.warmup)
            top = measure(self.load, addresses["haproxy"], options.seconds)["requests_per_second"]
            say(f"HAProxy's top is {top:,.0f}/s; at half of it:")
            rounds = []
            for number in range(options.rounds):
                got = {}
                for name in turned(addresses, number):
                    got[name] = self.at_rate(addresses[name], top / 2, options)
                rounds.append({name: got[name] for name in addresses})
                p99 = (f"{n} {m['p99_millis']:.2f} ms" for n, m in rounds[-1].items())
                say(f"round {number + 1}: {', '.join(p99)}")
        goal = self.goals[0]
        return [against(goal.name, rounds, goal.bound, "haproxy", "p99_millis", "ms", at_most=True)]

    def at_rate(self, address, rate, options):
        """The client is warm after a second or two; what it saw until then is dropped."""
        warmup = min(2, options.warmup)
        output = jvm.run(
            CLIENT,
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
