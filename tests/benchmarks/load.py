"""The clients: wrk, for a bounded time and over a bounded number of connections."""

import re
import subprocess
from dataclasses import dataclass

# What wrk may need beyond the time that it was given.
GRACE_SECONDS = 30


@dataclass(frozen=True)
class Load:
    """What the clients do.

    keep_alive: otherwise a connection for each request
    """

    path: str = "/"
    connections: int = 100
    tls: bool = False
    keep_alive: bool = True


@dataclass(frozen=True)
class Measurement:
    requests_per_second: float
    p99_millis: float
    errors: int
    requests: int


class MeasurementFailed(Exception):
    pass


def measure(load, address, seconds):
    """Puts the load on an address; raises MeasurementFailed if more than one in 1,000 fails."""
    host, port = address
    url = f"{'https' if load.tls else 'http'}://{host}:{port}{load.path}"
    command = ["wrk", "--threads", "2", "--connections", str(load.connections)]
    command += ["--duration", f"{seconds}s", "--latency"]
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
    measurement = parse(output)
    if measurement.errors * 1000 > measurement.requests:
        raise MeasurementFailed(f"{measurement.errors} errors:\n{output}")
    return measurement


def parse(output):
    """Reads wrk's report."""
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    requests = int(re.search(r"(\d+) requests in", output)[1])
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", output)
    millis = float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[p99[2]]
    socket_errors = re.search(r"Socket errors: (.*)", output)
    errors = sum(map(int, re.findall(r"\d+", socket_errors[1]))) if socket_errors else 0
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return Measurement(rate, millis, errors + (int(refused[1]) if refused else 0), requests)
