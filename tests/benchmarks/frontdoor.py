"""What is measured of a whole front door, in the lab of network namespaces: how soon its nodes act in step.

The lab is that of vagrant/: two L4 nodes behind a router, two L7 nodes, three backends, with the
defaults of the product. Its client asks all the while.
"""

import pathlib
import sys
import tempfile
import threading
import time

from case import CaseFailed, say
from jvm import ROOT
from result import figure

sys.path.insert(0, str(ROOT / "vagrant"))

import faults
import inside
import namespaces
import watch
from traffic import Traffic

KILLS = 20
# Until the access log has what a drain has ended: connections are told to close after a second.
LOGGED_SECONDS = 4
DRAINS = 10
LOOK_SECONDS = 0.02
NOTICE_SECONDS = 15
SETTLE_SECONDS = 120

# How long a connect may take (timeouts.connect): attempts that were begun before are over by then.
CONNECT_SECONDS = 2.0
WATCHED = "l7-a"
L4_NODES = namespaces.hosts_of("l4")
NODES = [*L4_NODES, *namespaces.hosts_of("l7")]


class UpLab:
    """A lab for one case, as a context: it is down afterwards."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="gatehouse-lab-")
        self.lab = namespaces.Lab(pathlib.Path(self.folder.name) / "lab")
        try:
            self.lab.up()
        except namespaces.LabError as problem:
            self.folder.cleanup()
            raise CaseFailed(str(problem)) from problem
        return self.lab

    def __exit__(self, *failure):
        self.lab.down()
        self.folder.cleanup()


class Flows:
    """Notes when an L4 node last began a connection to an endpoint. Owned by its thread."""

    def __init__(self, lab, node, endpoint):
        self.admin = inside.Admin(lab.namespace(node))
        self.node, self.endpoint = node, endpoint
        self.seen, self.last = None, 0.0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.stopped.set()
        self.thread.join(5)

    def run(self):
        while not self.stopped.wait(LOOK_SECONDS):
            status = self.admin.status()
            if status is None:
                continue
            begun = sum(
                stats["connected"] + stats["connect_failures"]
                for service in status["l4"]["services"]
                for stats in service["endpoint_stats"]
                if stats["endpoint"] == self.endpoint)
            if begun != self.seen:
                self.seen, self.last = begun, time.monotonic()


def traffic(lab):
    return Traffic(lab.namespace("client"), (namespaces.VIP, 443), lab.folder / "site.pem",
                   namespaces.TOPOLOGY["domain"])


def await_settled(eyes):
    if eyes.await_settled(time.monotonic(), SETTLE_SECONDS) is None:
        raise CaseFailed("the lab is not well: " + "; ".join(eyes.complaints()))


def verdicts(lab, since, wanted):
    """Seconds after which each L4 node's log says that the watched node is DOWN or DRAINING."""
    found = {}
    deadline = time.monotonic() + NOTICE_SECONDS
    while len(found) < len(L4_NODES):
        if time.monotonic() > deadline:
            raise CaseFailed(f"{WATCHED} is not {wanted} within {NOTICE_SECONDS} s: only {found}")
        for node in L4_NODES:
            for after, line in watch.log_lines(lab, node, since):
                if line.get("endpoint") == WATCHED and line.get("to") == wanted:
                    found.setdefault(node, after)
        time.sleep(LOOK_SECONDS)
    return found


class LabCase:
    """A measurement that is repeated in one lab."""

    def __init__(self, goal):
        self.goals = [goal]

    def figures(self, rounds, measure, unit):
        goal = self.goals[0]
        return [figure(goal.name, rounds, goal.bound, measure, unit, True, worst=True)]


class DeadNodeCase(LabCase):
    """Seconds from the death of an L7 node until no L4 node sends it anything new, in turns of a killed
    process, whose host still refuses connections, and of a host that has lost its power."""

    def run(self, options):
        rounds = []
        with UpLab() as lab, watch.Watch(lab, NODES, len(L4_NODES)) as eyes, traffic(lab):
            for number in range(KILLS):
                await_settled(eyes)
                with Flows(lab, "l4-a", WATCHED) as a, Flows(lab, "l4-b", WATCHED) as b:
                    time.sleep(1)
                    seconds = self.kill_once(lab, number % 2 == 1, [a, b])
                rounds.append({"gatehouse": {"seconds": seconds}})
                say(f"kill {number + 1} ({'power' if number % 2 else 'process'}): {seconds:.2f} s")
                lab.heal(WATCHED)
                lab.start(WATCHED)
        return self.figures(rounds, "seconds", "s")

    @staticmethod
    def kill_once(lab, power, flows):
        clock, at = time.time(), time.monotonic()
        if power:
            lab.cut(WATCHED)
        lab.kill(WATCHED)
        noticed = max(verdicts(lab, clock, "DOWN").values())
        time.sleep(CONNECT_SECONDS + 0.5)  # what was begun before that fails meanwhile
        last = max(flow.last for flow in flows) - at
        return max(noticed, last - CONNECT_SECONDS if power else last)


class DrainedNodeCase(LabCase):
    """Seconds from `gatehouse drain` on an L7 node until no L4 node sends it anything new."""

    def run(self, options):
        rounds = []
        with UpLab() as lab, watch.Watch(lab, NODES, len(L4_NODES)) as eyes, traffic(lab):
            for number in range(DRAINS):
                await_settled(eyes)
                seconds = self.drain_once(lab)
                rounds.append({"gatehouse": {"seconds": seconds}})
                say(f"drain {number + 1}: {seconds:.2f} s")
        return self.figures(rounds, "seconds", "s")

    @staticmethod
    def drain_once(lab):
        def ask(method):
            return inside.in_thread(
                lab.namespace(WATCHED),
                lambda: inside.Admin(lab.namespace(WATCHED)).ask("/drain", method))

        clock = time.time()
        ask("POST")
        noticed = max(verdicts(lab, clock, "DRAINING").values())
        time.sleep(LOGGED_SECONDS)
        begun = [watch.last_begun(lab, node, WATCHED, clock) for node in L4_NODES]
        ask("DELETE")
        return max(noticed, *begun)


class TwoLostCase(LabCase):
    """Requests that fail when an L4 and an L7 host lose power at once, but for those on them."""

    def run(self, options):
        rounds = []
        with UpLab() as lab:
            for number in range(options.rounds):
                try:
                    result = faults.inflict(lab, faults.named("l4-and-l7-lost"))
                except namespaces.LabError as problem:
                    raise CaseFailed(str(problem)) from problem
                rounds.append({"gatehouse": {
                    "elsewhere": result.elsewhere,
                    "lost": sum(result.lost.values()),
                    "requests": result.requests}})
                say(f"round {number + 1}: {result.elsewhere} failed elsewhere, of {result.requests}"
                    f" requests; lost in all: {result.lost or 'none'} {result.examples or ''}")
        return self.figures(rounds, "elsewhere", "")
