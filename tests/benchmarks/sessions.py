"""Resumed TLS 1.3 handshakes: openssl s_time, several at once, each with its own session."""

import re
import subprocess
import time

from case import CaseFailed

# Each has one connection at a time; together they keep two cores busy.
CLIENTS = 16
GRACE_SECONDS = 30
# How many handshakes must have been resumed for the figure to be one of resumption.
LEAST_RESUMED = 0.98


def measure(load, address, seconds):
    """Puts the load on an address; gives measures by name. Each connection carries one request."""
    command = ["openssl", "s_time", "-connect", "{}:{}".format(*address), "-reuse", "-tls1_3"]
    command += ["-www", load.path, "-time", str(seconds)]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    clients = [subprocess.Popen(command, text=True, **pipes) for _ in range(CLIENTS)]
    deadline = time.monotonic() + seconds + GRACE_SECONDS
    try:
        outputs = [c.communicate(timeout=deadline - time.monotonic())[0] for c in clients]
    finally:
        for client in clients:
            client.kill()
            client.wait()
    return add([parse(output) for output in outputs])


def parse(output):
    """Reads one report: a letter for each handshake, `r` if resumed, and a line with the time."""
    measured = re.search(r"^(\d+) connections in (\d+) real seconds", output, re.MULTILINE)
    if not measured:
        raise CaseFailed(f"s_time measured nothing:\n{output[-2000:]}")
    # The first part of the report is of the handshake that makes the session.
    letters = output.partition("starting")[2].splitlines()[1]
    return {
        "requests": int(measured[1]),
        "resumed": letters.count("r"),
        "seconds": int(measured[2]),
    }


def add(reports):
    """What all clients came to."""
    requests, resumed = (sum(r[name] for r in reports) for name in ("requests", "resumed"))
    if requests == 0 or resumed < LEAST_RESUMED * requests:
        raise CaseFailed(f"{resumed} of {requests} handshakes were resumed (expected: all)")
    return {
        "requests_per_second": sum(r["requests"] / r["seconds"] for r in reports),
        "requests": requests,
        "resumed": resumed,
    }
