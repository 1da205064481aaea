"""The machine and the versions, so that figures can be judged."""

import os
import pathlib
import platform
import subprocess

import jvm


def describe():
    """Lines of text."""
    return [
        f"{cpu_model()}, {os.cpu_count()} cores, {memory_gib():.0f} GiB, {platform.machine()}",
        f"Linux {platform.release()}, {distribution()}",
        f"Gatehouse {revision()} on Java {java_version()}",
        *(first_line(c) for c in (["haproxy", "-v"], ["nginx", "-v"], ["wrk", "-v"])),
    ]


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"


def memory_gib():
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)


def distribution():
    return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown distribution")


def revision():
    command = ["git", "-C", jvm.ROOT, "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout.strip() or "unknown revision"


def java_version():
    release = pathlib.Path(jvm.java_home()) / "release"
    for line in release.read_text().splitlines():
        if line.startswith("JAVA_RUNTIME_VERSION="):
            return line.partition("=")[2].strip('"')
    return "of unknown version"


def first_line(command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return (done.stdout + done.stderr).splitlines()[0].partition("Copyright")[0].strip()
