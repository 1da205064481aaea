"""What idle clients cost, and readers that do not read: memory of the process and of the kernel."""

import pathlib
import socket
import ssl
import time
from dataclasses import dataclass

from case import CaseFailed, say, turned
from load import Load, measure
from rate import start_all
from result import figure
from stage import ANYBODY, Stage

READERS = 200
MIB = 1 << 20
PAGE_BYTES = 4096
CONNECT_SECONDS = 10

# Memory counts as settled when it has moved by less than this for so long. The bytes are 0.03 MiB a
# reader, and more than what an idle machine's own doings come to.
SETTLED_BYTES = 6 * MIB
SETTLED_SECONDS = 2.0
AT_MOST_SECONDS = 8
POLL_SECONDS = 0.25

# What user space has, or could be given at once. All else that is not free is the kernel's own:
# slabs that cannot be reclaimed, page tables, stacks and the packets that sockets hold, including
# those that BPF has taken out of their socket's account.
NOT_THE_KERNELS = ["MemFree", "Buffers", "Cached", "SwapCached", "AnonPages", "SReclaimable"]


@dataclass(frozen=True)
class Memory:
    """In bytes.

    process: proportional set size of the contestant
    sockets: what TCP has accounted, machine-wide
    kernel: all that is the kernel's own, machine-wide
    """

    process: int
    sockets: int
    kernel: int

    def __sub__(self, other):
        return Memory(
            self.process - other.process,
            self.sockets - other.sockets,
            self.kernel - other.kernel,
        )


class StalledReadersCase:
    """Readers ask for a large file and read its first byte only.

    Client and backend have sockets too, whoever is between them. Their share is measured by the
    same readers at the backend itself, in the same round, and taken off: what is left is what the
    contestant's two sockets hold. Of the two views of the kernel's memory the worse one counts.
    """

    def __init__(self, goal, contestants, path):
        self.goals = [goal]
        self.contestants = contestants
        self.path = path

    def run(self, options):
        with Stage() as stage:
            load = Load(path=self.path)
            addresses = start_all(stage, self.contestants, Load())
            rounds = []
            for number in range(options.rounds):
                direct = self.growth(stage.backend.plain, [])
                got = {}
                for name in turned(addresses, number):
                    pids = [p for n in stage.processes_of(name) for p in tree(n)]
                    got[name] = per_reader(self.growth(addresses[name], pids), direct)
                rounds.append({name: got[name] for name in addresses})
                each = (f"{n} {m['mib']:.2f} MiB" for n, m in rounds[-1].items())
                say(f"round {number + 1}: {', '.join(each)} a reader")
        goal = self.goals[0]
        return [figure(goal.name, rounds, goal.bound, "mib", "MiB")]

    def growth(self, address, pids):
        """How much memory the readers make everyone take."""
        before = sample(pids)
        readers = []
        try:
            for _ in range(READERS):
                readers.append(socket.create_connection(address, timeout=CONNECT_SECONDS))
                request = f"GET {self.path} HTTP/1.1\r\nHost: benchmark\r\n\r\n"
                readers[-1].sendall(request.encode())
            for reader in readers:
                if reader.recv(1) != b"H":
                    raise CaseFailed(f"{address} closed a stalled reader's connection")
            return settled(pids) - before
        except OSError as problem:
            raise CaseFailed(f"reader {len(readers)} at {address}: {problem}") from problem
        finally:
            for reader in readers:
                reader.close()
            settled(pids)


def per_reader(growth, direct):
    """MiB for each reader, without what client and backend hold in any case."""
    process = max(0, growth.process) / READERS / MIB
    sockets = max(0, growth.sockets - direct.sockets) / READERS / MIB
    kernel = max(0, growth.kernel - direct.kernel) / READERS / MIB
    return {
        "process_mib": process,
        "sockets_mib": sockets,
        "kernel_mib": kernel,
        "mib": process + max(sockets, kernel),
    }


IDLE = 5_000


class IdleConnectionsCase:
    """Clients that have shaken hands, asked once, and keep the connection.

    Everyone is warm before, so that growth is what the connections take. What a process has once
    taken it may keep for the next, so each round starts everyone afresh. A connection has a socket
    at both ends: half of what the kernel takes is the contestant's.
    """

    def __init__(self, goal, load, contestants):
        self.goals = [goal]
        self.load = load
        self.contestants = contestants

    def run(self, options):
        rounds = []
        for number in range(options.rounds):
            got = {}
            for name in turned(self.contestants, number):
                got[name] = self.growth(name, self.contestants[name], options)
            rounds.append({name: got[name] for name in self.contestants})
            each = (f"{n} {m['kib']:.1f} KiB" for n, m in rounds[-1].items())
            say(f"round {number + 1}: {', '.join(each)} a connection")
        goal = self.goals[0]
        return [figure(goal.name, rounds, goal.bound, "kib", "KiB")]

    def growth(self, name, start, options):
        with Stage() as stage:
            address = start_all(stage, {name: start}, self.load)[name]
            measure(self.load, address, options.warmup_of(name))
            pids = [p for n in stage.processes_of(name) for p in tree(n)]
            before = settled(pids)
            clients = []
            try:
                clients.extend(idle_client(address) for _ in range(IDLE))
                grown = settled(pids) - before
                if any(client.pending() or closed(client) for client in clients):
                    raise CaseFailed(f"{name} closed idle connections")
            except OSError as problem:
                raise CaseFailed(f"client {len(clients)} of {name}: {problem}") from problem
            finally:
                for client in clients:
                    client.close()
        return per_connection(grown)


def idle_client(address):
    client = ANYBODY.wrap_socket(socket.create_connection(address, timeout=CONNECT_SECONDS))
    client.sendall(b"GET / HTTP/1.1\r\nHost: benchmark\r\n\r\n")
    answer = b""
    while not answer.endswith(b"hello"):
        part = client.recv(4096)
        if not part:
            raise OSError("closed instead of kept")
        answer += part
    return client


def closed(client):
    """Whether the other end has closed, without waiting."""
    client.settimeout(0)
    try:
        return client.recv(1) == b""
    except (ssl.SSLWantReadError, BlockingIOError):
        return False


def per_connection(grown):
    """KiB for each of the idle connections."""
    process = max(0, grown.process) / IDLE / 1024
    kernel = max(0, grown.kernel) / 2 / IDLE / 1024
    return {"process_kib": process, "kernel_kib": kernel, "kib": process + kernel}


def settled(pids):
    """The memory, once it has stopped changing."""
    deadline = time.monotonic() + AT_MOST_SECONDS
    reference, since = sample(pids), time.monotonic()
    while True:
        time.sleep(POLL_SECONDS)
        now = sample(pids)
        moved = now - reference
        if max(abs(moved.process), abs(moved.sockets), abs(moved.kernel)) > SETTLED_BYTES:
            reference, since = now, time.monotonic()
        elif time.monotonic() - since > SETTLED_SECONDS:
            return now
        if time.monotonic() > deadline:
            return now


def sample(pids):
    meminfo = kilobytes("/proc/meminfo")
    kernel = meminfo["MemTotal"] - sum(meminfo[name] for name in NOT_THE_KERNELS)
    sockstat = pathlib.Path("/proc/net/sockstat").read_text()
    words = next(line for line in sockstat.splitlines() if line.startswith("TCP:")).split()
    return Memory(
        process=sum(kilobytes(f"/proc/{pid}/smaps_rollup").get("Pss", 0) for pid in pids),
        sockets=int(words[words.index("mem") + 1]) * PAGE_BYTES,
        kernel=kernel,
    )


def kilobytes(file):
    """Name → bytes, of a file whose lines read `name: number kB`."""
    sizes = {}
    for line in pathlib.Path(file).read_text().splitlines():
        words = line.split()
        if len(words) == 3 and words[2] == "kB":
            sizes[words[0].rstrip(":")] = int(words[1]) * 1024
    return sizes


def tree(pid):
    """A process and all that descend from it, whichever of its threads has started them."""
    threads = pathlib.Path(f"/proc/{pid}/task").iterdir()
    children = [int(c) for t in threads for c in (t / "children").read_text().split()]
    return [pid, *(found for child in children for found in tree(child))]
