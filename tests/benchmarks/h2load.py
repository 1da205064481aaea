"""Closed-loop load over HTTP/2: h2load, for a bounded time."""

import re
import subprocess
import tempfile

from case import CaseFailed

THREADS = 2
# What h2load may need beyond the time that it was given.
GRACE_SECONDS = 30
MIB = {"": 1 / (1 << 20), "K": 1 / (1 << 10), "M": 1, "G": 1 << 10}

# As a gRPC client sends it: a message of 32 bytes after its flag and its length.
MESSAGE = b"\0\0\0\0\x20" + bytes(range(32))
GRPC = ["--header", "content-type: application/grpc", "--header", "te: trailers"]


def measure(load, address, seconds):
    """Puts the load on an address; gives measures by name.

    Fails at more than one error in 1,000 requests, and if HTTP/2 is not what is spoken.
    """
    with tempfile.NamedTemporaryFile() as message:
        message.write(MESSAGE)
        message.flush()
        output = run(load, address, seconds, message.name)
    measures = parse(output)
    if measures["errors"] * 1000 > measures["requests"] or "Application protocol: h2" not in output:
        raise CaseFailed(f"{measures['errors']} errors, or another protocol:\n{output}")
    return measures


def run(load, address, seconds, message):
    host, port = address
    command = ["h2load", "--threads", str(THREADS), "--clients", str(load.connections)]
    command += ["--max-concurrent-streams", str(load.streams), "--duration", str(seconds)]
    if load.protocol == "grpc":
        command += [*GRPC, "--data", message]
    return subprocess.run(
        [*command, f"{'https' if load.tls else 'http'}://{host}:{port}{load.path}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds + GRACE_SECONDS,
        check=True,
    ).stdout


def parse(output):
    """Reads h2load's report."""
    rates = re.search(r"finished in [\d.]+m?s, ([\d.]+) req/s, ([\d.]+)([KMG]?)B/s", output)
    requests = re.search(
        r"requests: (\d+) total.* (\d+) succeeded, (\d+) failed, \d+ errored", output
    )
    if not rates or not requests:
        raise CaseFailed(f"h2load measured nothing:\n{output}")
    return {
        "requests_per_second": float(rates[1]),
        "mib_per_second": float(rates[2]) * MIB[rates[3]],
        "requests": int(requests[2]),
        "errors": int(requests[3]),
    }
