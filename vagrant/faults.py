"""What is done to a lab under traffic, one fault after another, and what is seen of it.

`vagrant/lab faults` runs them. A fault strikes, holds for a while, and is mended; requests go on all
the while. Afterwards it is said when the nodes noticed, what became of the requests, and when all was
well again.
"""

import json
import os
import pathlib
import signal
import time
from dataclasses import asdict, dataclass, field

import watch
from namespaces import HOSTS, TOPOLOGY, VIP, LabError, hosts_of
from traffic import Traffic

BEFORE_SECONDS = 2
SETTLE_SECONDS = 90
HOLD_SECONDS = 8
LOSS_PERCENT = 30
MAX_EXAMPLES = 5
LOGGED_SECONDS = 10
CLOCK_SLACK_SECONDS = 0.05
CLOCK_JUMP_SECONDS = 3600
GOSSIP_PORT = 7946
FAKETIME = ("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
            "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1")


class NotPossible(Exception):
    """A fault cannot be made on this machine; the message says why."""


@dataclass
class Result:
    """
    detected: node -> seconds until its log showed what the fault did to it, of those that should
    lost: why -> requests that began before the mending
    lost_on_return: why -> requests that began after it
    last_loss: seconds from the fault to the beginning of the last request that was lost
    elsewhere: of `lost`, those that neither were under way when the fault struck nor were on a node
        that it struck
    examples: of these, the first few
    converged: seconds from the mending until all was well; None if it was not in time
    """

    fault: str
    what: str
    held: float = 0.0
    detected: dict = field(default_factory=dict)
    undetected: list = field(default_factory=list)
    requests: int = 0
    last_loss: float = 0.0
    lost: dict = field(default_factory=dict)
    elsewhere: int = 0
    lost_on_return: dict = field(default_factory=dict)
    examples: list = field(default_factory=list)
    converged: float | None = None
    downs_elsewhere: list = field(default_factory=list)
    skipped: str = ""


class Fault:
    """One kind of trouble.

    struck: the nodes whose requests may be lost
    shakes_hands: whether the kernel of a struck L4 host goes on accepting for its process
    """

    name = ""
    what = ""
    struck = ()
    shakes_hands = True
    hold = HOLD_SECONDS

    def prepare(self, lab):
        """Before the traffic; raises NotPossible."""

    def strike(self, lab):
        raise NotImplementedError

    def follow(self, lab):
        """What comes of it by itself, once it has struck."""

    def mend(self, lab):
        raise NotImplementedError

    def signs(self):
        """node -> what its log shows when it has noticed: a predicate of a line."""
        return {}


def sees_down(*endpoints):
    """The node judges one of these endpoints down."""
    return lambda line: line.get("endpoint") in endpoints and line.get("to") == "DOWN"


def sees_gone(*members):
    """The ring of the node suspects one of these members, or knows it dead."""
    return lambda line: (
        line.get("member") in members and line.get("state") in ("SUSPECT", "DEAD"))


def firewall(lab, host, verb, *rule):
    lab.in_host(host, "iptables", "-w", verb, *rule)


def address(host):
    return HOSTS[host]["address"]


class Partition(Fault):
    """No packet passes between some hosts and some others, in either direction."""

    def __init__(self, name, what, here, there, struck):
        self.name, self.what, self.here, self.there = name, what, here, there
        self.struck = struck

    def rules(self):
        for host in self.here:
            for other in self.there:
                yield host, ("INPUT", "-s", address(other), "-j", "DROP")
                yield host, ("OUTPUT", "-d", address(other), "-j", "DROP")

    def strike(self, lab):
        for host, rule in self.rules():
            firewall(lab, host, "-I", *rule)

    def mend(self, lab):
        for host, rule in self.rules():
            firewall(lab, host, "-D", *rule)

    def signs(self):
        return {host: sees_down(*self.there) for host in self.here}


class AsymmetricLoss(Fault):
    name = "asymmetric-loss"
    what = f"{LOSS_PERCENT} % of what is sent to l7-a is lost, what it sends is not"
    struck = ("l7-a",)
    rule = ("INPUT", "-i", "eth0", "-m", "statistic", "--mode", "random",
            "--probability", str(LOSS_PERCENT / 100), "-j", "DROP")

    def strike(self, lab):
        firewall(lab, "l7-a", "-I", *self.rule)

    def mend(self, lab):
        firewall(lab, "l7-a", "-D", *self.rule)


class HalfDetached(Fault):
    name = "half-detached"
    what = "l7-b hears nothing of the ring, but is heard, and serves"
    hold = 15

    def rules(self):
        for protocol in ("udp", "tcp"):
            yield ("INPUT", "-i", "eth0", "-p", protocol, "--dport", str(GOSSIP_PORT), "-j", "DROP")
        # answers to its own exchanges, too
        yield ("INPUT", "-i", "eth0", "-p", "tcp", "--sport", str(GOSSIP_PORT), "-j", "DROP")

    def strike(self, lab):
        for rule in self.rules():
            firewall(lab, "l7-b", "-I", *rule)

    def mend(self, lab):
        for rule in self.rules():
            firewall(lab, "l7-b", "-D", *rule)

    def signs(self):
        return {"l4-a": sees_gone("l7-b")}


class MassRestart(Fault):
    name = "mass-restart"
    what = "every node is killed at once and started again at once"
    struck = (*hosts_of("l4"), *hosts_of("l7"))
    hold = 0

    def strike(self, lab):
        for host in hosts_of("l4"):
            lab.kill(host, "node")  # its keeper starts a successor
        for host in hosts_of("l7"):
            lab.kill(host, "gatehouse")

    def mend(self, lab):
        for host in hosts_of("l7"):
            lab.start(host)


class Paused(Fault):
    """A process that is there and does nothing: SIGSTOP."""

    def __init__(self, host, signs):
        self.name = f"paused-{HOSTS[host]['role']}"
        self.what = f"the process of {host} is stopped (SIGSTOP), and goes on"
        self.host = host
        self.struck = (host,)
        self.shows = signs
        self.pid = 0

    def strike(self, lab):
        self.pid = lab.node(self.host)
        os.kill(self.pid, signal.SIGSTOP)

    def mend(self, lab):
        os.kill(self.pid, signal.SIGCONT)

    def signs(self):
        return self.shows


class ClockJump(Fault):
    name = "clock-jump"
    what = f"the wall clock of l7-b jumps {CLOCK_JUMP_SECONDS // 60} minutes ahead, and back"

    def prepare(self, lab):
        library = next((path for path in FAKETIME if pathlib.Path(path).exists()), None)
        if library is None:
            raise NotPossible("libfaketime is not installed (apt-get install faketime)")
        self.file = lab.folder / "l7-b.clock"
        self.jump(0)
        lab.kill("l7-b", "gatehouse")
        lab.start("l7-b", {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # the "fix" makes every wait with a time limit of the JVM end at once
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        })
        lab.wait_until_serving("l7-b", time.monotonic() + SETTLE_SECONDS)

    def jump(self, seconds):
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n")
        draft.replace(self.file)

    def strike(self, lab):
        self.jump(CLOCK_JUMP_SECONDS)

    def mend(self, lab):
        self.jump(0)


class Lost(Fault):
    """Hosts whose power fails: no packet leaves them any more, and nothing runs there."""

    shakes_hands = False

    def __init__(self, name, what, hosts, signs):
        self.name, self.what, self.hosts, self.shows = name, what, hosts, signs
        self.struck = tuple(hosts)

    def strike(self, lab):
        for host in self.hosts:
            lab.cut(host)

    def follow(self, lab):
        for host in self.hosts:
            lab.kill(host)

    def mend(self, lab):
        for host in self.hosts:
            lab.heal(host)
            lab.start(host)

    def signs(self):
        return self.shows


FAULTS = [
    Partition("partition", "l4-a and the whole L7 tier cannot reach each other",
              ("l4-a",), tuple(hosts_of("l7")), struck=("l4-a",)),
    Partition("total-partition", "no L4 node and no L7 node can reach each other",
              tuple(hosts_of("l4")), tuple(hosts_of("l7")),
              struck=(*hosts_of("l4"), *hosts_of("l7"))),
    AsymmetricLoss(),
    HalfDetached(),
    MassRestart(),
    Paused("l7-a", {host: sees_down("l7-a") for host in hosts_of("l4")}),
    Paused("l4-a", {host: sees_gone("l4-a") for host in ("l4-b", *hosts_of("l7"))}),
    ClockJump(),
    Lost("l4-and-l7-lost", "l4-a and l7-a lose power at once", ("l4-a", "l7-a"),
         {"l4-b": sees_down("l7-a")}),
]
NAMES = [fault.name for fault in FAULTS]


def named(name):
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise LabError(f"fault: {name} (expected: one of {', '.join(NAMES)})")


def inflict(lab, fault, say=lambda text: None, hold=None):
    """Does one fault to a lab where all is well, and gives a Result.

    hold: for how many seconds; None: as long as shows best what the fault does
    """
    result = Result(fault.name, fault.what)
    nodes = [*hosts_of("l4"), *hosts_of("l7")]
    try:
        fault.prepare(lab)
    except NotPossible as reason:
        result.skipped = str(reason)
        return result
    with watch.Watch(lab, nodes, len(hosts_of("l4"))) as eyes, \
            Traffic(lab.namespace("client"), (VIP, 443), lab.folder / "site.pem",
                    TOPOLOGY["domain"]) as traffic:
        if eyes.await_settled(time.monotonic(), SETTLE_SECONDS) is None:
            raise LabError("all is not well before the fault:\n  " + "\n  ".join(eyes.complaints()))
        time.sleep(BEFORE_SECONDS)
        say(f"{fault.name}: {fault.what}")
        struck, struck_clock = time.monotonic(), time.time()
        fault.strike(lab)
        complete = time.monotonic()  # to unplug a cable takes some milliseconds
        fault.follow(lab)
        time.sleep(fault.hold if hold is None else min(hold, fault.hold))
        mended = time.monotonic()
        fault.mend(lab)
        result.held = mended - struck
        result.converged = eyes.await_settled(time.monotonic(), SETTLE_SECONDS)
        if result.converged is None:
            say("not well again: " + "; ".join(eyes.complaints()))
        traffic.await_past(mended)  # what hangs since the fault comes to its end
        ended = time.monotonic()
    requests = traffic.between(struck - BEFORE_SECONDS, ended)
    judge_requests(lab, fault, requests, (struck, complete, mended), result)
    judge_logs(lab, fault, nodes, struck_clock, result)
    say("  " + row(result))
    return result


def judge_requests(lab, fault, requests, times, result):
    """times: when the fault began to strike, when it had struck, and when it was mended"""
    struck, complete, mended = times
    result.requests = len(requests)
    surviving = [host for host in hosts_of("l4") if host not in fault.struck]
    seen = logged(lab, surviving, [request for request in requests if request.lost])
    for request in requests:
        if not request.lost:
            continue
        when = result.lost if request.began <= mended else result.lost_on_return
        when[request.lost] = when.get(request.lost, 0) + 1
        if request.began > mended:
            continue
        result.last_loss = max(result.last_loss, request.began - struck)
        if not excused(request, fault, complete, seen):
            result.elsewhere += 1
            if len(result.examples) < MAX_EXAMPLES:
                result.examples.append(
                    f"port {request.port}, began {request.began - struck:.3f} s after the fault,"
                    f" lost after {request.ended - struck:.2f} s: {request.lost};"
                    f" {account_of(seen.get(request))}")


def logged(lab, hosts, requests):
    """The lines of L4 nodes about the connections of some requests: request -> line. To be asked
    once the nodes have them all, or will hardly have more: a connection is logged when it ends,
    which takes a node that was stopped some time."""
    first = min((request.connected for request in requests), default=0.0)
    clock = time.time() - time.monotonic() + first
    deadline = time.monotonic() + LOGGED_SECONDS
    while True:
        lines = [watch.connections(lab, host, clock - CLOCK_SLACK_SECONDS) for host in hosts]
        seen = {request: line for request in requests
                if (line := line_of(request, lines, first - CLOCK_SLACK_SECONDS)) is not None}
        if len(seen) == len(requests) or time.monotonic() > deadline:
            return seen
        time.sleep(0.5)


def line_of(request, lines, since):
    """The line of the connection that was accepted from the request's port while it lasted."""
    for accepted in lines:
        for after, line in accepted.get(request.port, []):
            at = since + after
            if (request.connected - CLOCK_SLACK_SECONDS <= at
                    <= request.ended + CLOCK_SLACK_SECONDS):
                return line
    return None


def excused(request, fault, complete, seen):
    """Whether a lost request was on a node that the fault struck.

    complete: when it had struck; a connection that was opened before may have been on such a node.
    A connection that a surviving L4 node has logged was on it, and its line names the L7 node. One
    that none has logged was on a struck L4 node, if there is one whose kernel still shakes hands;
    else it was one from before, or never came to any node.
    """
    line = seen.get(request)
    if line is not None and line["endpoint"]:
        return line["endpoint"] in fault.struck
    if request.connected <= complete:
        return True
    l4_is_struck = any(host in fault.struck for host in hosts_of("l4"))
    return fault.shakes_hands and l4_is_struck and line is None


def account_of(line):
    """What a surviving L4 node has logged of a connection, in words."""
    if line is None:
        return "no surviving L4 node has logged it"
    return f"to {line['endpoint'] or 'no endpoint'}, {line['reason']} ({line['total_ms']} ms)"


def judge_logs(lab, fault, nodes, struck_clock, result):
    for node in nodes:
        sign = fault.signs().get(node)
        lines = watch.log_lines(lab, node, struck_clock)
        if sign is not None:
            first = next((after for after, line in lines if sign(line)), None)
            if first is None:
                result.undetected.append(node)
            else:
                result.detected[node] = first
        for after, line in lines:
            healthy = node not in fault.struck and line.get("endpoint") not in fault.struck
            if healthy and line.get("to") == "DOWN":
                result.downs_elsewhere.append(f"{node} sees {line['endpoint']}: {line.get('cause')}")


def as_json(results):
    return json.dumps([asdict(result) for result in results], indent=1)


def table(results):
    """In Markdown."""
    lines = ["| fault | noticed after | requests | lost, and why | last loss after | well again after |",
             "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join(lines + [row(result) for result in results])


def reasons(lost):
    return ", ".join(f"{count} {why}" for why, count in sorted(lost.items()))


def row(result):
    if result.skipped:
        return f"| {result.what} | not done: {result.skipped} | - | - | - | - |"
    noticed = ", ".join(f"{node} {after:.1f} s" for node, after in sorted(result.detected.items()))
    lost = reasons(result.lost) or "none"
    if result.lost_on_return:
        lost += f"; on the return {reasons(result.lost_on_return)}"
    converged = "not in time" if result.converged is None else f"{result.converged:.1f} s"
    held = f" (for {result.held:.0f} s)" if result.held >= 1 else ""
    last = f"{result.last_loss:.1f} s" if result.lost else "-"
    return (f"| {result.what}{held} | {noticed or '-'} | {result.requests:,} | {lost} | {last} |"
            f" {converged} |")
