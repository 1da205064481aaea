"""Network namespaces from inside, without a process for each: sockets and questions."""

import ctypes
import http.client
import json
import os
import socket
import subprocess
import threading

CLONE_NEWNET = 0x40000000
ADMIN = ("127.0.0.1", 9901)
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    """Moves the calling thread, and no other, into a namespace: its sockets are there."""
    descriptor = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        must(LIBC.setns(descriptor, CLONE_NEWNET), namespace)
    finally:
        os.close(descriptor)


def enter_new():
    """Moves the calling thread, and what it starts from now on, into a namespace that nobody else
    has and that ends with them: loopback, without the host's firewall. Needs root."""
    must(LIBC.unshare(CLONE_NEWNET), "a new network namespace")
    subprocess.run(["ip", "link", "set", "lo", "up"], stdin=subprocess.DEVNULL, check=True)


def must(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


class Admin:
    """Asks a node's admin port over one connection. Owned by one thread, which it moves there."""

    def __init__(self, namespace, timeout=2):
        self.namespace = namespace
        self.timeout = timeout
        self.connection = None
        self.entered = None

    def ask(self, path, method="GET"):
        """The answer's text; raises OSError if none comes."""
        if self.entered != threading.get_ident():
            enter(self.namespace)
            self.entered = threading.get_ident()
        for again in (True, False):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(*ADMIN, timeout=self.timeout)
            try:
                self.connection.request(method, path, headers={"X-Gatehouse-Change": "lab"})
                return self.connection.getresponse().read().decode()
            except (OSError, http.client.HTTPException) as failure:
                self.connection.close()
                self.connection = None
                if fresh or not again or isinstance(failure, socket.timeout):
                    raise OSError(f"{self.namespace}: {failure!r}") from failure

    def status(self):
        """What the node says of itself; None if it does not answer."""
        try:
            return json.loads(self.ask("/status"))
        except (OSError, ValueError):
            return None


def in_thread(namespace, task):
    """Runs a task on a thread of its own in a namespace, and gives what it returns."""
    outcome = []

    def work():
        try:
            enter(namespace)
            outcome.append((True, task()))
        except BaseException as failure:
            outcome.append((False, failure))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    good, value = outcome[0]
    if not good:
        raise value
    return value
