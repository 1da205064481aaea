"""Closed-loop load, for a bounded time over a bounded number of connections: wrk for HTTP/1.1."""

import re
import subprocess
from dataclasses import dataclass

import h2load
import sessions
from case import CaseFailed

# What wrk may need beyond the time that it was given.
GRACE_SECONDS = 30

# One answer may take this long before wrk counts an error.
ANSWER_SECONDS = 20

BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True)
class Load:
    """What the clients do.

    keep_alive: otherwise a connection for each request
    resumed: with a connection for each request, whether its TLS session is resumed
    protocol: h1, h2, or grpc, which is h2 to the backend as well, with messages
    streams: of each connection at once, where the protocol has them
    """

    path: str = "/"
    connections: int = 100
    tls: bool = False
    keep_alive: bool = True
    resumed: bool = False
    protocol: str = "h1"
    streams: int = 1


def measure(load, address, seconds):
    """Puts the load on an address; gives measures by name."""
    if load.resumed:
        return sessions.measure(load, address, seconds)
    if load.protocol != "h1":
        return h2load.measure(load, address, seconds)
    return wrk(load, address, seconds)


def wrk(load, address, seconds):
    """Fails at more than one error in 1,000 requests."""
    host, port = address
    url = f"{'https' if load.tls else 'http'}://{host}:{port}{load.path}"
    command = ["wrk", "--threads", "2", "--connections", str(load.connections)]
    command += ["--duration", f"{seconds}s", "--timeout", f"{ANSWER_SECONDS}s", "--latency"]
    if not load.keep_alive:
        command += ["--header", "Connection: close"]
    output = subprocess.run(
        [*command, url],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds + GRACE_SECONDS,
        check=True,
    ).stdout
    measures = parse(output)
    if measures["errors"] * 1000 > measures["requests"]:
        raise CaseFailed(f"{measures['errors']} errors:\n{output}")
    return measures


def parse(output):
    """Reads wrk's report."""
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", output)
    transfer = re.search(r"Transfer/sec:\s+([\d.]+)([KMGT]?)B", output)
    socket_errors = re.search(r"Socket errors: (.*)", output)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    errors = sum(map(int, re.findall(r"\d+", socket_errors[1]))) if socket_errors else 0
    return {
        "requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        "mib_per_second": float(transfer[1]) * BYTES[transfer[2]] / (1 << 20),
        "p99_millis": float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[p99[2]],
        "requests": int(re.search(r"(\d+) requests in", output)[1]),
        "errors": errors + (int(refused[1]) if refused else 0),
    }
