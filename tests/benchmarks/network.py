"""A network of the run's own: loopback, and nothing of what the host does to its packets."""

import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def enter_own():
    """Moves this process, and whom it starts from now on, into a new network namespace.

    A host with a firewall tracks every connection, of loopback too, which costs each packet more than
    a load balancer's own work on it. Without root the run stays where it is.
    """
    if os.geteuid() != 0:
        return
    if LIBC.unshare(CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "a network namespace for the run")
    subprocess.run(["ip", "link", "set", "lo", "up"], stdin=subprocess.DEVNULL, check=True)
