"""What is measured. A case's name begins with its area; goals are ratios to the better peer."""

from dataclasses import dataclass

from contestants import (
    gatehouse_chain,
    gatehouse_l4,
    gatehouse_l7,
    haproxy_chain,
    haproxy_l4,
    haproxy_l7,
    nginx_l4,
    nginx_l7,
)
from load import Load


@dataclass(frozen=True)
class Case:
    """One comparison: the same load on each contestant in turn.

    name: area, a dash, and what is measured
    goal: least acceptable ratio of Gatehouse's rate to the better peer's
    load: what the clients do
    contestants: what starts each one, by name; "gatehouse" is one of them
    """

    name: str
    goal: float
    load: Load
    contestants: dict

    @property
    def area(self):
        return self.name.split("-")[0]


L4 = {"gatehouse": gatehouse_l4, "haproxy": haproxy_l4, "nginx": nginx_l4}
L7 = {"gatehouse": gatehouse_l7, "haproxy": haproxy_l7, "nginx": nginx_l7}
CHAIN = {"gatehouse": gatehouse_chain, "haproxy": haproxy_chain}

CASES = [
    Case("l4-keepalive-small", 1.4, Load(), L4),
    Case("l4-1mb", 1.1, Load(path="/1mb", connections=20), L4),
    Case("l4-conn-per-request", 1.0, Load(keep_alive=False), L4),
    Case("l7-h1-plain", 1.4, Load(), L7),
    Case("l7-h1-tls", 1.4, Load(tls=True), L7),
    Case("l7-1mb", 1.0, Load(path="/1mb", connections=20), L7),
    Case("chain-tls", 1.4, Load(tls=True), CHAIN),
]
