"""What the nodes of a lab say: now, by their admin ports, and of the past, by their logs."""

import datetime
import json
import threading
import time

import inside

LOOK_SECONDS = 0.2


def moment(text):
    """Seconds since 1970 of a time in a log."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def log_lines(lab, host, since):
    """What a node has logged from a time on: (seconds after it, line)."""
    found = []
    with open(lab.folder / f"{host}.gatehouse.log", errors="replace") as log:
        for text in log:
            if not text.startswith("{"):
                continue
            try:
                line = json.loads(text)
                after = moment(line["time"]) - since
            except (ValueError, KeyError):
                continue
            if after >= 0:
                found.append((after, line))
    return found


def connections(lab, host, since):
    """The access log of an L4 node, of connections accepted from a moment on: client's port ->
    [(seconds after it, line)]. A port comes again, so it alone does not name a connection."""
    found = {}
    for line in connection_lines(lab, host):
        after = accepted(line) - since
        if after >= 0:
            found.setdefault(line["client_port"], []).append((after, line))
    return found


def last_begun(lab, host, endpoint, since):
    """Seconds from a moment until an L4 node last accepted a connection that went to an endpoint."""
    return max((accepted(line) - since for line in connection_lines(lab, host)
                if line["endpoint"] == endpoint), default=0.0)


def accepted(line):
    """Seconds since 1970 when an L4 node accepted the connection of a line of its access log."""
    return moment(line["time"]) - line["total_ms"] / 1e3


def connection_lines(lab, host):
    with open(lab.folder / f"{host}.gatehouse.out", errors="replace") as log:
        for text in log:
            if '"kind":"connection"' not in text:
                continue
            try:
                line = json.loads(text)
            except ValueError:
                continue
            yield line


class Watch:
    """Looks at every node again and again, and knows since when all is well.

    All is well when every node answers, is ready, sees every node of the lab alive and every
    endpoint up, and the router sends connections to every L4 node. Used as a context.
    """

    def __init__(self, lab, nodes, hops):
        self.lab = lab
        self.nodes = nodes
        self.hops = hops
        self.seen = {}
        self.settled_since = None
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.look_at, args=(n,), daemon=True) for n in nodes]
        self.threads.append(threading.Thread(target=self.judge, daemon=True))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *failure):
        self.stopped.set()
        for thread in self.threads:
            thread.join(5)

    def look_at(self, node):
        admin = inside.Admin(self.lab.namespace(node), timeout=1)
        while not self.stopped.wait(LOOK_SECONDS):
            status = admin.status()
            with self.lock:
                self.seen[node] = (time.monotonic(), status)

    def judge(self):
        while not self.stopped.wait(LOOK_SECONDS):
            complaints = self.complaints()
            with self.lock:
                if complaints:
                    self.settled_since = None
                elif self.settled_since is None:
                    self.settled_since = time.monotonic()

    def complaints(self):
        """What is not well, in words."""
        with self.lock:
            seen = dict(self.seen)
        found = []
        for node in self.nodes:
            at, status = seen.get(node, (0, None))
            if status is None or time.monotonic() - at > 2:
                found.append(f"{node} does not answer")
                continue
            found += complaints_of(node, status, self.nodes)
        hops = len(self.lab.next_hops())
        if hops != self.hops:
            found.append(f"the router has {hops} routes (expected: {self.hops})")
        return found

    def await_settled(self, since, seconds):
        """Seconds from a moment until all was well, and stayed so for a second; None: not in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self.lock:
                settled = self.settled_since
            if settled is not None and settled >= since and time.monotonic() - settled >= 1:
                return settled - since
            if settled is not None and settled < since and time.monotonic() - since >= 1:
                return 0.0
            time.sleep(LOOK_SECONDS / 2)
        return None


def complaints_of(node, status, nodes):
    found = [] if status["ready"] else [f"{node}: {status['not_ready_why']}"]
    states = {member["name"]: member["state"] for member in status["members"]}
    for other in nodes:
        if states.get(other) != "ALIVE":
            found.append(f"{node} sees {other} {states.get(other, 'not at all')}")
    for pool, endpoints in status["health"]["pools"].items():
        found += [
            f"{node} sees {endpoint['endpoint']} of {pool} {endpoint['verdict']}"
            for endpoint in endpoints
            if endpoint["verdict"] != "UP"
        ]
    return found
