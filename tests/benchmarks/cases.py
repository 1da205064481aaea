"""What is measured: the one list of all cases, their loads and their goals."""

from case import Goal
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
from latency import LatencyCase
from load import Load
from maglev import BuildCase, DisruptionCase
from memory import StalledReadersCase
from rate import BYTES, RateCase
from takeover import KillCase

L4 = {"gatehouse": gatehouse_l4, "haproxy": haproxy_l4, "nginx": nginx_l4}
L7 = {"gatehouse": gatehouse_l7, "haproxy": haproxy_l7, "nginx": nginx_l7}
# Where one peer is enough, the other's rounds would only take time.
L4_PAIR = {"gatehouse": gatehouse_l4, "haproxy": haproxy_l4}
CHAIN = {"gatehouse": gatehouse_chain, "haproxy": haproxy_chain}

CASES = [
    RateCase(Goal("l4-keepalive-small", 1.4), Load(), L4),
    RateCase(Goal("l4-body-1m", 1.1), Load("/1m", connections=20), L4, BYTES),
    RateCase(Goal("l4-body-100m", 1.0), Load("/100m", connections=4), L4, BYTES),
    RateCase(Goal("l4-connection-per-request", 1.0), Load(keep_alive=False), L4),
    LatencyCase(Goal("l4-p99-half-rate", 1.0, at_most=True), Load(), L4_PAIR),
    StalledReadersCase(Goal("l4-stalled-readers", 1.0, at_most=True), L4_PAIR, "/300m"),
    KillCase(Goal("l4-kill-9", 0, at_most=True), Goal("l4-kill-9-recovery", 2.0, at_most=True)),
    BuildCase(65537, Goal("maglev-build-65537", 1.8, at_most=True)),
    BuildCase(655373, Goal("maglev-build-655373", 22.9, at_most=True)),
    DisruptionCase(
        65537,
        Goal("maglev-disruption-65537", 1.1, at_most=True),
        Goal("maglev-balance-65537", 1, at_most=True),
    ),
    DisruptionCase(
        655373,
        Goal("maglev-disruption-655373", 1.1, at_most=True),
        Goal("maglev-balance-655373", 1, at_most=True),
    ),
    RateCase(Goal("l7-h1-plain", 1.4), Load(), L7),
    RateCase(Goal("l7-h1-tls", 1.4), Load(tls=True), L7),
    RateCase(Goal("l7-body-1m", 1.0), Load("/1m", connections=20), L7, BYTES),
    RateCase(Goal("chain-tls", 1.4), Load(tls=True), CHAIN),
]

AREAS = list(dict.fromkeys(goal.area for case in CASES for goal in case.goals))
NAMES = [goal.name for case in CASES for goal in case.goals]


def select(wanted):
    """The cases of these areas and names; all if there are none."""
    return [
        case
        for case in CASES
        if not wanted or any(g.name in wanted or g.area in wanted for g in case.goals)
    ]
