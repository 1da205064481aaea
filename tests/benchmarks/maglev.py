"""Maglev's table: what it costs to build, how evenly it spreads, and what a failure moves."""

import csv
import json
import pathlib
import statistics
import tempfile

import jvm
from case import say
from result import OURS, Result, figure

BUILD = "io.gatehouse.l4.MaglevBuildBenchmark.build"
HASHING = "io.gatehouse.benchmarks.HashingReport"
BACKENDS = 1000
FAILED = [1, 5, 10, 20, 50, 100]
METHODS = ["maglev", "karger", "rendezvous", "jump"]

# Entries of survivors that move when k of 1,000 backends fail, in percent, as others measured them
# with an implementation and hashes of their own.
PUBLISHED = {
    65537: dict(zip(FAILED, [0.576, 1.81, 2.32, 2.63, 3.22, 3.51])),
    655373: dict(zip(FAILED, [0.330, 0.467, 0.579, 0.701, 0.910, 1.05])),
}


class BuildCase:
    """Milliseconds to build a table of 1,000 backends, warm: JMH, a new JVM for each round."""

    def __init__(self, entries, goal):
        self.goals = [goal]
        self.entries = entries

    def run(self, options):
        with tempfile.TemporaryDirectory(prefix="gatehouse-benchmark-") as directory:
            report = pathlib.Path(directory) / "jmh.json"
            jvm.run(
                "org.openjdk.jmh.Main",
                *[BUILD, "-p", f"entries={self.entries}", "-f", options.rounds],
                *["-w", f"{options.warmup}s", "-wi", 1, "-r", f"{options.seconds}s", "-i", 1],
                *["-rf", "json", "-rff", report],
                seconds=options.rounds * (options.warmup + options.seconds + 20),
            )
            rounds = build_rounds(json.loads(report.read_text()))
        for number, contestants in enumerate(rounds, 1):
            say(f"round {number}: {contestants[OURS]['millis']:.2f} ms")
        goal = self.goals[0]
        return [figure(goal.name, rounds, goal.bound, "millis", "ms")]


def build_rounds(report):
    """A round for each of JMH's forks, with the mean of its iterations."""
    forks = report[0]["primaryMetric"]["rawData"]
    return [{OURS: {"millis": statistics.mean(fork)}} for fork in forks]


class DisruptionCase:
    """How much more survivors' entries move than published, at its worst over all k; and balance.

    Balance: by how many entries the busiest of 1,000 backends and the idlest are apart. One is the
    best there is, since 1,000 divides neither size.
    """

    def __init__(self, entries, disruption, balance):
        self.goals = [disruption, balance]
        self.entries = entries
        self.figures = []

    def run(self, options):
        output = jvm.run(HASHING, self.entries, options.rounds, seconds=600)
        self.figures = list(csv.DictReader(output.splitlines()))
        disruption, balance = self.goals
        rounds = hashing_rounds(self.figures)
        worst = [worst_ratio(r[OURS], self.entries) for r in rounds]
        result = Result(
            disruption.name, "published", worst, disruption.bound, True, "", rounds, ("", "")
        )
        say(f"at most {result.greatest:.3f} times what was published")
        apart = balance_rounds(self.figures, self.entries)
        return [result, figure(balance.name, apart, balance.bound, "entries_apart", "")]


def hashing_rounds(figures):
    """For each round: method → moved_<k> → percent; the product's own table is Gatehouse's."""
    rounds = {}
    for row in figures:
        name = contestant(row["hashing"])
        measures = rounds.setdefault(int(row["round"]), {}).setdefault(name, {})
        if int(row["failed"]):
            measures[f"moved_percent_{row['failed']}"] = float(row["moved_percent"])
    return [rounds[number] for number in sorted(rounds)]


def balance_rounds(figures, entries):
    """For each round: method → by how much busiest and idlest are apart, nobody having failed."""
    rounds = {}
    for row in figures:
        if not int(row["failed"]):
            shares = float(row["most_over_mean"]) - float(row["least_over_mean"])
            measures = {"entries_apart": round(shares * entries / BACKENDS)}
            rounds.setdefault(int(row["round"]), {})[contestant(row["hashing"])] = measures
    return [rounds[number] for number in sorted(rounds)]


def contestant(hashing):
    return OURS if hashing == "maglev" else hashing


def worst_ratio(moved, entries):
    return max(moved[f"moved_percent_{k}"] / percent for k, percent in PUBLISHED[entries].items())


def disruption_table(figures):
    """Rows of text for the documentation: for each method, balance and what failures move."""
    titles = ["method", "busiest", "idlest", *(f"{k} fail" for k in FAILED)]
    rows = []
    for method in METHODS:
        of = [row for row in figures if row["hashing"] == method]
        whole = [row for row in of if row["failed"] == "0"]
        row = [method, percent_of_mean(whole, "most_over_mean")]
        row.append(percent_of_mean(whole, "least_over_mean"))
        rows.append(row + [f"{moved(of, k):.3g} %" for k in FAILED])
    return [titles, *rows]


def percent_of_mean(rows, column):
    return f"{100 * statistics.mean(float(row[column]) for row in rows):.1f} %"


def moved(rows, failed):
    """Mean over the rounds."""
    return statistics.mean(float(r["moved_percent"]) for r in rows if int(r["failed"]) == failed)


def disruption_lines(figures):
    """Method → points of (backends failed, percent of all entries moved)."""
    lines = {}
    for method in METHODS:
        of = [row for row in figures if row["hashing"] == method]
        lines[method] = [(0, 0.0), *((k, moved(of, k)) for k in FAILED)]
    return lines
