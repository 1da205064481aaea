"""Where a case takes place: a directory, addresses of its own on loopback, processes that end."""

import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from dataclasses import dataclass

import contestants
from case import CaseFailed

READY_SECONDS = 60
STOP_SECONDS = 10
POLL_SECONDS = 0.05

# For clients: the certificate is the run's own.
ANYBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
ANYBODY.check_hostname = False
ANYBODY.verify_mode = ssl.CERT_NONE


class DidNotStart(CaseFailed):
    pass


@dataclass(frozen=True)
class Backend:
    """Where the origin listens.

    proxied: for connections that open with a PROXY header
    h2c: for HTTP/2 with prior knowledge, and gRPC
    """

    plain: tuple
    proxied: tuple
    h2c: tuple


class Stage:
    """Start with `with`; leaving it kills what was run and deletes the directory."""

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-benchmark-"))
        self.directory.chmod(0o755)  # nginx's workers drop their privileges
        self.processes = {}
        self.admin = {}  # Gatehouse's nodes → where their admin ports are
        self._taken = set()
        self._net = f"127.{random.randrange(64, 128)}.{random.randrange(256)}"
        self._last_host = 0
        try:
            self._make_certificate()
            self.backend = Backend(*((self.address(), self.port()) for _ in range(3)))
            contestants.backend(self, *self.backend_addresses())
            self.await_answer(self.backend.plain, "/", tls=False)
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.processes.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass  # killed with its group
            self._kill_group(process)
        shutil.rmtree(self.directory)

    @staticmethod
    def _kill_group(process):
        """Leaves nothing behind, not even what a process has started and lost."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def backend_addresses(self):
        return self.backend.plain, self.backend.proxied, self.backend.h2c

    def address(self):
        """Another address on loopback."""
        self._last_host += 1
        return f"{self._net}.{self._last_host}"

    def port(self):
        """A port below the range of source ports that nothing listens on."""
        while True:
            port = random.randrange(10_000, 32_000)
            with socket.socket() as probe:
                try:
                    probe.bind(("0.0.0.0", port))
                except OSError:
                    continue
            if port not in self._taken:
                self._taken.add(port)
                return port

    def file(self, name):
        return self.directory / name

    def run(self, name, command, environment=None):
        """Starts a process with its output in a file; the processes' names are unique."""
        with open(self.file(f"{name}.out"), "wb") as output:
            self.processes[name] = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env=os.environ | (environment or {}),
                start_new_session=True,
            )

    def processes_of(self, contestant):
        """The ids of a contestant's processes, without those that they have started."""
        return [p.pid for name, p in self.processes.items() if name.split("-")[0] == contestant]

    def await_answer(self, address, path, tls):
        """Waits until a request is answered with 200."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers(address, path, tls):
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise DidNotStart(f"{name} has ended:\n{self.output(name)}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"{address} does not answer:\n{self.all_output()}")
            time.sleep(POLL_SECONDS)

    def output(self, name, lines=20):
        """The last lines of what a process has written."""
        text = self.file(f"{name}.out").read_text(errors="replace")
        return "\n".join(f"  {name}: {line}" for line in text.splitlines()[-lines:])

    def all_output(self):
        return "\n".join(self.output(name) for name in self.processes)

    @staticmethod
    def answers(address, path, tls):
        """Whether a request on a new connection is answered with 200."""
        try:
            with socket.create_connection(address, timeout=2) as connection:
                if tls:
                    connection = ANYBODY.wrap_socket(connection)
                request = f"GET {path} HTTP/1.1\r\nHost: benchmark\r\nConnection: close\r\n\r\n"
                connection.sendall(request.encode())
                return b" 200 " in connection.recv(64)
        except OSError:
            return False

    def _make_certificate(self):
        """ECDSA P-256, the same for every contestant, as short-lived as the run."""
        self.chain, self.key = self.file("site.pem"), self.file("site.key")
        self.bundle = self.file("bundle.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            + ["-noenc", "-days", "2", "-subj", "/CN=benchmark"]
            + ["-addext", "subjectAltName=DNS:benchmark"]
            + ["-keyout", str(self.key), "-out", str(self.chain)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        self.bundle.write_bytes(self.chain.read_bytes() + self.key.read_bytes())
