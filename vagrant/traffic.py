"""A client that never stops asking, and writes down what became of each request.

Every lane sends one request after the other from the client's namespace, each on a connection of its
own, but for the lanes that keep theirs. A lane that is slow to be answered is in the middle of a
request nearly all the time, so that something is always under way when a fault strikes. Nothing is
tried again, but what every HTTP client tries again: a GET on a kept connection that turns out to be
closed before any byte of an answer (RFC 9112 section 9.3.1).
"""

import socket
import ssl
import threading
import time
from dataclasses import dataclass

import inside

PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.2
SLOW_MILLIS = 500

# How many lanes there are of which kind: (path, whether they keep their connections).
LANES = (
    [("/", False)] * 10
    + [(f"/after/{SLOW_MILLIS}", False)] * 6
    + [("/", True)] * 2
    + [(f"/after/{SLOW_MILLIS}", True)] * 2
)


@dataclass(frozen=True)
class Request:
    """Times are monotonic seconds; port is the client's; lost says why, or is empty."""

    began: float
    ended: float
    connected: float
    port: int
    lost: str


class Lost(Exception):
    """Why a request got no answer."""


class Traffic:
    """Used as a context; `requests` may be read at any time."""

    def __init__(self, namespace, address, authority, name):
        self.namespace = namespace
        self.address = address
        self.name = name
        self.tls = ssl.create_default_context(cafile=str(authority))
        self.requests = []
        self.last_began = [0.0] * len(LANES)
        self.stopped = threading.Event()
        self.threads = [
            threading.Thread(target=self.run, args=(number, path, keeps), daemon=True)
            for number, (path, keeps) in enumerate(LANES)
        ]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *failure):
        self.stopped.set()
        for thread in self.threads:
            thread.join(3 * PATIENCE_SECONDS)

    def await_past(self, moment):
        """Waits until what every lane had under way at a moment has come to its end."""
        deadline = time.monotonic() + 2 * PATIENCE_SECONDS
        while min(self.last_began) < moment and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)

    def between(self, start, end):
        """Requests that were under way at some time between these two."""
        return [r for r in list(self.requests) if r.ended >= start and r.began <= end]

    def run(self, number, path, keeps):
        inside.enter(self.namespace)
        lane = Lane(self, path, keeps)
        self.stopped.wait(PAUSE_SECONDS * number / len(LANES))
        while not self.stopped.is_set():
            request = lane.ask()
            self.requests.append(request)
            self.last_began[number] = request.began
            self.stopped.wait(PAUSE_SECONDS)
        lane.close()


class Lane:
    """Owned by its thread."""

    def __init__(self, traffic, path, keeps):
        self.traffic = traffic
        connection = "keep-alive" if keeps else "close"
        self.head = (
            f"GET {path} HTTP/1.1\r\nHost: {traffic.name}\r\nConnection: {connection}\r\n\r\n"
        ).encode()
        self.keeps = keeps
        self.socket = None
        self.connected = 0.0
        self.port = 0

    def ask(self):
        began = time.monotonic()
        kept = self.socket is not None
        lost = self.attempt(began)
        if lost and kept and lost in ("closed before an answer", "reset before an answer"):
            lost = self.attempt(began)
        return Request(began, time.monotonic(), self.connected, self.port, lost)

    def attempt(self, began):
        """Why it failed; empty if it did not."""
        deadline = began + PATIENCE_SECONDS
        try:
            if self.socket is None:
                self.open(deadline)
            left(self.socket, deadline)
            self.socket.sendall(self.head)
            closes = self.read_answer(deadline)
            if closes or not self.keeps:
                self.close()
            return ""
        except Lost as why:
            self.close()
            return str(why)
        except OSError as failure:
            self.close()
            return named(failure, "before an answer")

    def open(self, deadline):
        self.port = 0
        self.connected = time.monotonic()
        raw = socket.socket()
        self.socket = raw
        try:
            left(raw, deadline)
            raw.connect(self.traffic.address)
            self.port = raw.getsockname()[1]
        except OSError as failure:
            raise Lost(named(failure, "while connecting")) from failure
        try:
            self.socket = self.traffic.tls.wrap_socket(raw, server_hostname=self.traffic.name)
        except OSError as failure:
            raise Lost(named(failure, "in the TLS handshake")) from failure

    def read_answer(self, deadline):
        """Whether the connection ends with it."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.receive(deadline, "before an answer" if not data else "in the answer")
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        length = int(fields.get("content-length", "0"))
        while len(body) < length:
            body += self.receive(deadline, "in the answer")
        status = lines[0].split(" ")[1]
        if status != "200":
            raise Lost(f"status {status}")
        return fields.get("connection") == "close"

    def receive(self, deadline, where):
        try:
            left(self.socket, deadline)
            got = self.socket.recv(1 << 16)
        except OSError as failure:
            raise Lost(named(failure, where)) from failure
        if not got:
            raise Lost(f"closed {where}")
        return got

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def left(connection, deadline):
    connection.settimeout(max(0.001, deadline - time.monotonic()))


def named(failure, where):
    """A failure in the words of the table."""
    match failure:
        case TimeoutError():
            return f"nothing heard {where}"
        case ConnectionRefusedError():
            return "refused"
        case ConnectionResetError() | BrokenPipeError():
            return f"reset {where}"
        case ssl.SSLError():
            return f"closed {where}"
    return f"{failure.strerror or failure} {where}"
