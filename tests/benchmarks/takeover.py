"""What `kill -9` of an L4 node breaks, and how soon its successor serves new connections."""

import json
import os
import pathlib
import selectors
import signal
import socket
import threading
import time
import urllib.request

import contestants
from case import CaseFailed, say
from load import Load
from memory import tree
from result import figure
from stage import Stage

CONNECTIONS = 500
# Every so many-th connection downloads; the others ask for the small answer.
DOWNLOADS = 10
DOWNLOAD = "/1m"
# A node that dies within three seconds of its start gets its successor later, so as not to spin; what
# is measured is a node that has run for a while.
BUSY_SECONDS = 5
# How long a successor is waited for, and then each old connection's next answer.
SUCCESSOR_SECONDS = 20
ANSWER_SECONDS = 10
POLL_SECONDS = 0.002


class KillCase:
    """Two goals: connections broken, and seconds until a new connection is answered.

    `gatehouse keep` runs the node and starts its successor. Connections in use go on: each one must
    get a whole answer that began after the successor served, or it counts as broken.
    """

    def __init__(self, broken, recovery):
        self.goals = [broken, recovery]

    def run(self, options):
        with Stage() as stage:
            address = contestants.gatehouse_l4(stage, Load(), "keep")
            stage.await_answer(address, "/", tls=False)
            stage.await_answer(stage.admin["l4"], "/status", tls=False)  # opens after the listeners
            keeper = stage.processes["gatehouse-l4"].pid
            require_kernel_mode(stage)
            rounds = []
            with BusyConnections(address) as busy:
                for number in range(options.rounds):
                    rounds.append({"gatehouse": kill_once(stage, keeper, address, busy)})
                    got = rounds[-1]["gatehouse"]
                    say(
                        f"round {number + 1}: {got['broken']} of {CONNECTIONS} broken,"
                        f" {got['recovery_seconds']:.2f} s until the successor answered"
                    )
        broken, recovery = self.goals
        return [
            figure(broken.name, rounds, broken.bound, "broken", ""),
            figure(recovery.name, rounds, recovery.bound, "recovery_seconds", "s"),
        ]


def require_kernel_mode(stage):
    host, port = stage.admin["l4"]
    with urllib.request.urlopen(f"http://{host}:{port}/status", timeout=5) as page:
        l4 = json.load(page)["l4"]
    if l4["data_plane"] != "kernel":
        why = l4["data_plane_why"]
        raise CaseFailed(f"data plane: {l4['data_plane']} (expected: kernel; {why})")


def kill_once(stage, keeper, address, busy):
    busy.renew()
    time.sleep(BUSY_SECONDS)
    broken_before = busy.broken()
    if broken_before:
        raise CaseFailed(f"{broken_before} connections broke before anything was killed")
    pid = owner_of(stage.admin["l4"], tree(keeper))
    started = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    await_end(pid)
    answered = await_new_connection(stage, address, started)
    busy.require_another_answer()
    return {"broken": busy.broken(), "recovery_seconds": answered - started}


def owner_of(listener, pids):
    """The process that listens at an address: a node holds its admin port, its keeper not."""
    inode = listening_inode(listener)
    for pid in pids:
        for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                if os.readlink(descriptor) == f"socket:[{inode}]":
                    return pid
            except FileNotFoundError:
                continue  # closed meanwhile
    raise CaseFailed(f"no process of `gatehouse keep` listens at {listener}")


def listening_inode(listener):
    host, port = listener
    wanted = f"{socket.inet_aton(host)[::-1].hex().upper()}:{port:04X}"
    mapped = f"0000000000000000FFFF0000{wanted}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[1] in (wanted, mapped) and words[3] == "0A":
                return words[9]
    raise CaseFailed(f"nothing listens at {listener}")


def await_end(pid):
    """Until a killed process is gone or a zombie, and can answer nobody."""
    deadline = time.monotonic() + SUCCESSOR_SECONDS
    while time.monotonic() < deadline:
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return
        if stat.rpartition(")")[2].split()[0] in "ZX":
            return
        time.sleep(POLL_SECONDS)
    raise CaseFailed(f"process {pid} survived SIGKILL")


def await_new_connection(stage, address, started):
    while time.monotonic() < started + SUCCESSOR_SECONDS:
        if stage.answers(address, "/", tls=False):
            return time.monotonic()
        time.sleep(POLL_SECONDS)
    logs = stage.output("gatehouse-l4", 40)
    raise CaseFailed(f"no successor served within {SUCCESSOR_SECONDS} s:\n{logs}")


class Connection:
    """One request after the other, without a pause. Owned by the thread of BusyConnections."""

    def __init__(self, address, path):
        self.path = path
        self.socket = socket.create_connection(address, timeout=ANSWER_SECONDS)
        self.socket.setblocking(False)
        self.answers = 0
        self._head = b""
        self._missing = None
        self.ask()

    def ask(self):
        self._head, self._missing = b"", None
        self.socket.send(f"GET {self.path} HTTP/1.1\r\nHost: benchmark\r\n\r\n".encode())

    def read(self):
        """Raises OSError or ValueError when the connection is of no more use."""
        got = self.socket.recv(1 << 18)
        if not got:
            raise ConnectionError("closed")
        if self._missing is None:
            self._head += got
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._missing = answer_length(head) - len(body)
        else:
            self._missing -= len(got)
        if self._missing < 0:
            raise ValueError("more bytes than announced")
        if self._missing == 0:
            self.answers += 1
            self.ask()


def answer_length(head):
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/1.1 200"):
        raise ValueError(lines[0])
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(fields["content-length"])


class BusyConnections:
    """Keeps connections busy in a thread of its own; leaving it closes them."""

    def __init__(self, address):
        self._address = address
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._connections = set()
        self._broken = 0
        self._ended = False
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended = True
        self._thread.join()
        for connection in self._connections:
            connection.socket.close()
        self._selector.close()

    def renew(self):
        """Starts counting anew, with new connections for those that broke."""
        with self._lock:
            self._broken = 0
            for number in range(len(self._connections), CONNECTIONS):
                path = DOWNLOAD if number % DOWNLOADS == 0 else "/"
                connection = Connection(self._address, path)
                self._connections.add(connection)
                self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def broken(self):
        return self._broken

    def require_another_answer(self, seconds=ANSWER_SECONDS):
        """Breaks each connection that does not soon get two more answers.

        The second one began after the call.
        """
        with self._lock:
            expected = {c: c.answers + 2 for c in self._connections}
        deadline = time.monotonic() + seconds
        while True:
            with self._lock:
                waiting = [c for c in self._connections if c.answers < expected[c]]
                if waiting and time.monotonic() > deadline:
                    for connection in waiting:
                        self._drop(connection)
                    return
            if not waiting:
                return
            time.sleep(0.05)

    def _run(self):
        while not self._ended:
            for key, _ in self._selector.select(timeout=0.1):
                with self._lock:
                    if key.data in self._connections:  # not dropped meanwhile
                        self._read(key.data)

    def _read(self, connection):
        try:
            connection.read()
        except BlockingIOError:
            pass
        except (OSError, ValueError, KeyError):
            self._drop(connection)

    def _drop(self, connection):
        self._broken += 1
        self._connections.remove(connection)
        self._selector.unregister(connection.socket)
        connection.socket.close()
