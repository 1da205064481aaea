"""One lab: the namespaces, the programs in them, and the trouble that can be made.

`vagrant/lab` is its command line; topology.json says who is where.
"""

import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
GATEHOUSE = HERE.parent / "gatehouse"
TOPOLOGY = json.loads((HERE / "topology.json").read_text())
HOSTS = TOPOLOGY["hosts"]
VIP = TOPOLOGY["vip"]
ADMIN_PORT = 9901
READY_URL = f"http://127.0.0.1:{ADMIN_PORT}/readyz"

# One link to each lab's folder, named by its id.
INDEX = pathlib.Path("/run/gatehouse-lab")

# Seven JVMs share the machine: small heaps, and no long optimising.
JAVA_OPTIONS = "-Xmx160m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

UP_TIMEOUT_SECONDS = 90
KILL_TIMEOUT_SECONDS = 10
COMMAND_TIMEOUT_SECONDS = 30


class LabError(Exception):
    """What the user is told, without a stack trace."""


def run(*command, check=True, timeout=COMMAND_TIMEOUT_SECONDS):
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(map(str, command))}: exit {done.returncode}\n"
                       + (done.stderr or done.stdout).strip())
    return done


def wait_for(what, condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)


def start_time(pid):
    """When a process began, in ticks since boot; None if there is none. Tells reused ids apart."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *rest = stat[stat.rindex(")") + 2:].split()
    return None if state in "ZX" else int(rest[18])


class Lab:
    """One lab. What it must remember is in lab.json in its folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.state_file = self.folder / "lab.json"
        self.id = ""
        self.programs = {}  # host -> program -> {"pid", "start"}

    @staticmethod
    def load(folder):
        lab = Lab(folder)
        if not lab.state_file.exists():
            raise LabError(f"there is no lab in {lab.folder}")
        state = json.loads(lab.state_file.read_text())
        lab.id, lab.programs = state["id"], state["programs"]
        return lab

    def save(self):
        draft = self.state_file.with_suffix(".new")
        draft.write_text(json.dumps({"id": self.id, "programs": self.programs}, indent=1))
        draft.replace(self.state_file)

    # --- names

    def namespace(self, host):
        if host not in HOSTS:
            raise LabError(f"host: {host} (expected: one of {', '.join(HOSTS)})")
        return f"gh{self.id}-{host}"

    def namespaces(self):
        """Those that are there, whatever the state says."""
        there = run("ip", "netns", "list").stdout.split("\n")
        names = [line.split()[0] for line in there if line.strip()]
        return [name for name in names if name.startswith(f"gh{self.id}-")]

    def in_host(self, host, *command, **options):
        return run("ip", "netns", "exec", self.namespace(host), *command, **options)

    def values(self, host):
        """What {{name}} stands for in a template."""
        return {
            **{name: facts["address"] for name, facts in HOSTS.items()},
            "self": host,
            "address": HOSTS[host]["address"],
            "vip": VIP,
            "certificates": str(self.folder),
        }

    def render(self, template, host, target):
        text = (HERE / "templates" / template).read_text()
        values = self.values(host)
        target.write_text(re.sub(r"\{\{([a-z0-9-]+)\}\}",
                                 lambda match: values[match[1]], text))

    # --- up

    def up(self):
        if self.state_file.exists():
            raise LabError(f"{self.folder} holds a lab already (vagrant/lab --lab {self.folder} down)")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.id = secrets.token_hex(3)
        self.save()
        INDEX.mkdir(exist_ok=True)
        (INDEX / self.id).symlink_to(self.folder)
        if not os.environ.get("GATEHOUSE_NO_BUILD"):
            subprocess.run([GATEHOUSE, "build"], stdin=subprocess.DEVNULL, check=True)
        try:
            self.make_network()
            run(HERE / "certificate", self.folder, TOPOLOGY["domain"], VIP)
            self.render("front-door.yaml", "router", self.folder / "front-door.yaml")
            for host in HOSTS:
                self.start(host)
            deadline = time.monotonic() + UP_TIMEOUT_SECONDS
            for host in HOSTS:
                self.wait_until_serving(host, deadline)
            wait_for("a route over both L4 nodes",
                     lambda: len(self.next_hops()) == len(hosts_of("l4")),
                     deadline - time.monotonic())
        except BaseException:
            self.down()
            raise

    def make_network(self):
        for host in HOSTS:
            run("ip", "netns", "add", self.namespace(host))
            self.in_host(host, "ip", "link", "set", "lo", "up")
        for network, facts in TOPOLOGY["networks"].items():
            self.in_host("router", "ip", "link", "add", network, "type", "bridge")
            self.in_host("router", "ip", "address", "add",
                         f"{facts['router']}/{facts['prefix']}", "dev", network)
            self.in_host("router", "ip", "link", "set", network, "up")
        self.in_host("router", "sysctl", "-qw", "net.ipv4.ip_forward=1",
                     "net.ipv4.fib_multipath_hash_policy=1")  # by address and port
        for host in HOSTS:
            if host != "router":
                self.plug_in(host)

    def plug_in(self, host):
        facts = HOSTS[host]
        network = TOPOLOGY["networks"][facts["network"]]
        router, namespace = self.namespace("router"), self.namespace(host)
        run("ip", "link", "add", port(host), "netns", router,
            "type", "veth", "peer", "name", "eth0", "netns", namespace)
        self.in_host("router", "ip", "link", "set", port(host), "master", facts["network"], "up")
        self.in_host(host, "ip", "address", "add",
                     f"{facts['address']}/{network['prefix']}", "dev", "eth0")
        self.in_host(host, "ip", "link", "set", "eth0", "up")
        self.in_host(host, "ip", "route", "add", TOPOLOGY["supernet"], "via", network["router"])
        if facts["role"] == "l4":  # listens on the service's address before that is announced
            self.in_host(host, "sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1")

    # --- programs

    def commands(self, host):
        """What runs on a host: program -> command."""
        config = self.folder / "front-door.yaml"
        bird = ["bird", "-f", "-c", self.folder / f"{host}.bird.conf",
                "-s", self.folder / f"{host}.bird.ctl", "-P", self.folder / f"{host}.bird.pid"]
        role = HOSTS[host]["role"]
        node = [GATEHOUSE, "keep" if role == "l4" else "run", config, "--node", host]
        match role:
            case "router":
                return {"bird": bird}
            case "l4":
                return {"gatehouse": node, "announce": [HERE / "announce", VIP, READY_URL],
                        "bird": bird}
            case "l7":
                return {"gatehouse": node}
            case "backend":
                listen = f"{HOSTS[host]['address']}:8080"
                return {"backend": [GATEHOUSE, "demo-backend", "--listen", listen, "--name", host]}
            case _:
                return {}

    def start(self, host, variables=None):
        """Starts what does not run on a host, with further variables in its environment."""
        role = HOSTS[host]["role"]
        if (HERE / "templates" / f"{role}.bird.conf").exists():
            self.render(f"{role}.bird.conf", host, self.folder / f"{host}.bird.conf")
        environment = {**os.environ, "GATEHOUSE_JAVA_OPTS": JAVA_OPTIONS,
                       "GATEHOUSE_NO_BUILD": "1", **(variables or {})}
        for program, command in self.commands(host).items():
            if self.alive(host, program):
                continue
            with open(self.folder / f"{host}.{program}.log", "ab") as errors, \
                    open(self.folder / f"{host}.{program}.out", "ab") as output:
                process = subprocess.Popen(
                    ["ip", "netns", "exec", self.namespace(host), *map(str, command)],
                    cwd=self.folder, env=environment, start_new_session=True,
                    stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
            self.programs.setdefault(host, {})[program] = {
                "pid": process.pid, "start": start_time(process.pid)}
            self.save()

    def alive(self, host, program):
        known = self.programs.get(host, {}).get(program)
        return known is not None and start_time(known["pid"]) == known["start"] is not None

    def wait_until_serving(self, host, deadline):
        url = {"l4": READY_URL, "l7": READY_URL,
               "backend": f"http://{HOSTS[host]['address']}:8080/"}.get(HOSTS[host]["role"])

        def serving():
            for program in self.commands(host):
                if not self.alive(host, program):
                    raise LabError(f"{host}: {program} has ended\n" + self.last_words(host, program))
            return url is None or self.in_host(
                host, "curl", "-sf", "-o", "/dev/null", "--max-time", "1", url,
                check=False).returncode == 0

        wait_for(f"{host} serves", serving, deadline - time.monotonic())

    def last_words(self, host, program):
        text = (self.folder / f"{host}.{program}.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-10:])

    def next_hops(self):
        """Where the router sends the service's connections, by what BIRD has put into the kernel."""
        found = self.in_host("router", "ip", "-j", "route", "show", f"{VIP}/32", "proto", "bird")
        routes = json.loads(found.stdout or "[]")
        return [hop["gateway"] for route in routes for hop in route.get("nexthops", [route])]

    # --- trouble

    def kill(self, host, program=None):
        """SIGKILL: the whole host, or one program of it."""
        if program is None:
            self.kill_namespace(self.namespace(host))
        elif program == "node" and self.alive(host, "gatehouse"):
            os.kill(self.node(host), signal.SIGKILL)
        elif self.alive(host, program):
            pid = self.programs[host][program]["pid"]
            nodes = children(pid)  # a keeper's; it goes first, or it would start another
            for each in (pid, *nodes):
                os.kill(each, signal.SIGKILL)
            wait_for(f"the end of {program} on {host}",
                     lambda: not self.alive(host, program), KILL_TIMEOUT_SECONDS)
        else:
            raise LabError(f"{host}: {program} does not run")

    def node(self, host):
        """Process that serves: on an L4 host a child of the keeper, but not the one that waits."""
        listens = self.in_host(host, "ss", "-Hltnp", f"sport = :{ADMIN_PORT}").stdout
        found = re.search(r"pid=(\d+)", listens)
        if found is None:
            raise LabError(f"{host}: no node answers at port {ADMIN_PORT}")
        return int(found[1])

    def cut(self, host):
        self.set_port(host, "down")

    def heal(self, host):
        self.set_port(host, "up")

    def set_port(self, host, state):
        if host == "router":
            raise LabError("the router's own links cannot be cut: cut a host")
        self.namespace(host)
        self.in_host("router", "ip", "link", "set", port(host), state)

    @staticmethod
    def kill_namespace(namespace):
        def gone():
            left = run("ip", "netns", "pids", namespace, check=False).stdout.split()
            for pid in left:
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            return not left

        wait_for(f"the end of every process in {namespace}", gone, KILL_TIMEOUT_SECONDS)

    # --- down

    def down(self):
        """Leaves nothing but the folder with its logs; may be repeated."""
        for namespace in self.namespaces():
            self.kill_namespace(namespace)
            run("ip", "netns", "del", namespace)
        for host, programs in self.programs.items():
            for program, known in programs.items():
                if self.alive(host, program):
                    os.kill(known["pid"], signal.SIGKILL)
        for secret in ("site.key", "site.pem", "cluster.secret"):
            (self.folder / secret).unlink(missing_ok=True)
        (INDEX / self.id).unlink(missing_ok=True)
        self.state_file.unlink(missing_ok=True)

    # --- status

    def status(self):
        print(f"lab {self.id} in {self.folder}")
        there = self.namespaces()
        for host, facts in HOSTS.items():
            if self.namespace(host) not in there:
                print(f"  {host:10} {facts['address']:12} is gone")
                continue
            states = [f"{program} {'runs' if self.alive(host, program) else 'is dead'}"
                      for program in self.commands(host)]
            if host != "router" and not self.plugged_in(host):
                states.append("cut off")
            print(f"  {host:10} {facts['address']:12} {', '.join(states)}")
        if self.namespace("router") in there:
            print(f"  {VIP} goes to {', '.join(self.next_hops()) or 'nobody'}")
            sessions = self.in_host("router", "birdc", "-s", self.folder / "router.bird.ctl",
                                    "show", "protocols", check=False)
            print("".join(f"    {line}\n" for line in sessions.stdout.splitlines()
                          if " BGP " in line), end="")

    def plugged_in(self, host):
        link = self.in_host("router", "ip", "-j", "link", "show", port(host), check=False).stdout
        return "UP" in json.loads(link or "[{}]")[0].get("flags", [])


def children(pid):
    """Of all its threads."""
    found = []
    for file in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, file.read_text().split())
    return found


def port(host):
    """Name of the router's end of a host's cable."""
    return f"to-{host}"


def hosts_of(role):
    return [host for host, facts in HOSTS.items() if facts["role"] == role]
