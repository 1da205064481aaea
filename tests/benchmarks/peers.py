"""Installs what is compared with, and the clients, from Debian's packages."""

import os
import pathlib
import shutil
import subprocess
import sys

# What must be there → the Debian package that brings it.
PACKAGES = {
    "haproxy": "haproxy",
    "nginx": "nginx-light",
    "wrk": "wrk",
    "h2load": "nghttp2-client",
    "openssl": "openssl",
    "ip": "iproute2",
    "/usr/lib/nginx/modules/ngx_stream_module.so": "libnginx-mod-stream",
}
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")


def install():
    """Exits with a message if something is missing that cannot be installed."""
    there = lambda file: shutil.which(file) or os.path.exists(file)
    missing = {package for file, package in PACKAGES.items() if not there(file)}
    if not missing:
        return
    names = " ".join(sorted(missing))
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"missing: {names} (as root this command installs them)")
    print(f"installing {names}", flush=True)
    ours = not POLICY.exists()  # Debian starts what it installs; 101 means: not allowed
    try:
        if ours:
            POLICY.write_text("#!/bin/sh\nexit 101\n")
            POLICY.chmod(0o755)
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "check": True}
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], env=environment, **quiet)
        install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends"]
        subprocess.run([*install, *sorted(missing)], env=environment, **quiet)
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)
