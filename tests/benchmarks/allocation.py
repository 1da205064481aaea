"""Bytes that Gatehouse's JVM allocates for each request, by its own count of each thread."""

import re
import subprocess

import jvm
from case import CaseFailed, say
from load import measure
from rate import start_all
from result import figure
from stage import Stage

SIZES = {"B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
# Before it, the compilers have not yet removed what they can.
LEAST_WARMUP_SECONDS = 20


class AllocationCase:
    """The growth of all threads' allocation over a load, by the requests answered meanwhile.

    The JVM counts exactly and prints three digits at least, of some hundred MiB.
    """

    def __init__(self, goal, load, start):
        self.goals = [goal]
        self.load = load
        self.start = start

    def run(self, options):
        with Stage() as stage:
            address = start_all(stage, {"gatehouse": self.start}, self.load)["gatehouse"]
            (pid,) = stage.processes_of("gatehouse")
            measure(self.load, address, max(options.warmup, LEAST_WARMUP_SECONDS))
            rounds = []
            for number in range(options.rounds):
                before = allocated(pid)
                requests = measure(self.load, address, options.seconds)["requests"]
                grown = sum(allocated(pid).values()) - sum(before.values())
                rounds.append({"gatehouse": {"bytes_per_request": grown / requests}})
                say(f"round {number + 1}: {grown / requests:.0f} bytes a request")
        goal = self.goals[0]
        return [figure(goal.name, rounds, goal.bound, "bytes_per_request", "B")]


def allocated(pid):
    """Thread → bytes since its start."""
    command = [f"{jvm.java_home()}/bin/jcmd", str(pid), "Thread.print", "-e"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise CaseFailed(f"jcmd cannot ask {pid}:\n{done.stdout}{done.stderr}")
    return parse(done.stdout)


def parse(dump):
    """Reads a thread dump with extended information."""
    threads = re.findall(r'^"(.*?)" #(\d+) .* allocated=([\d.]+)([BKMG])', dump, re.MULTILINE)
    if not threads:
        raise CaseFailed(f"no thread says what it has allocated:\n{dump[:2000]}")
    return {f"{name} #{id}": float(size) * SIZES[unit] for name, id, size, unit in threads}
