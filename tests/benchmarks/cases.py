"""What is measured: the one list of all cases, their loads and their goals."""

from dataclasses import replace

import membership
from allocation import AllocationCase
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
from frontdoor import DeadNodeCase, DrainedNodeCase, TwoLostCase
from latency import LatencyCase
from load import Load
from maglev import BuildCase, DisruptionCase
from memory import IdleConnectionsCase, StalledReadersCase
from rate import BYTES, RateCase
from startup import StartUpCase
from takeover import KillCase

L4 = {"gatehouse": gatehouse_l4, "haproxy": haproxy_l4, "nginx": nginx_l4}
L7 = {"gatehouse": gatehouse_l7, "haproxy": haproxy_l7, "nginx": nginx_l7}
# Where one peer is enough, the other's rounds would only take time.
L4_PAIR = {"gatehouse": gatehouse_l4, "haproxy": haproxy_l4}
L7_PAIR = {"gatehouse": gatehouse_l7, "haproxy": haproxy_l7}
CHAIN = {"gatehouse": gatehouse_chain, "haproxy": haproxy_chain}

H2 = Load(tls=True, protocol="h2", connections=20, streams=32)

CASES = [
    RateCase(Goal("l4-keepalive-small", 1.4), Load(), L4),
    RateCase(Goal("l4-body-1m", 1.1), Load("/1m", connections=20), L4, BYTES),
    RateCase(Goal("l4-body-100m", 1.0), Load("/100m", connections=4), L4, BYTES),
    RateCase(Goal("l4-connection-per-request", 1.0), Load(keep_alive=False), L4),
    LatencyCase(
        {"p99_millis": Goal("l4-p99-half-rate", 1.0, at_most=True)},
        Load(),
        L4_PAIR,
    ),
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
    RateCase(Goal("l7-h2-to-h1", 1.6), H2, L7),
    RateCase(Goal("l7-h2-to-h2-grpc", 1.4), replace(H2, protocol="grpc"), L7),
    RateCase(Goal("l7-body-1m", 1.0), Load("/1m", connections=20), L7, BYTES),
    RateCase(Goal("l7-body-1m-tls", 1.0), Load("/1m", connections=20, tls=True), L7, BYTES),
    RateCase(Goal("l7-body-100m", 1.0), Load("/100m", connections=4), L7, BYTES),
    RateCase(Goal("l7-body-100m-tls", 1.0), Load("/100m", connections=4, tls=True), L7, BYTES),
    RateCase(Goal("l7-handshake-full", 1.0), Load(tls=True, keep_alive=False), L7),
    RateCase(
        Goal("l7-handshake-resumed", 1.0),
        Load(tls=True, keep_alive=False, resumed=True),
        L7,
    ),
    LatencyCase(
        {
            "p99_millis": Goal("l7-p99-half-rate", 1.0, at_most=True),
            "p999_millis": Goal("l7-p99.9-half-rate", 1.2, at_most=True),
        },
        Load(tls=True),
        L7_PAIR,
    ),
    IdleConnectionsCase(Goal("l7-idle-memory", 20, at_most=True), Load(tls=True), L7),
    AllocationCase(
        Goal("l7-allocation-per-request", 200, at_most=True),
        Load(),
        gatehouse_l7,
    ),
    StartUpCase(Goal("l7-start-up", 0.8, at_most=True), Load(tls=True), L7),
    StartUpCase(Goal("l4-start-up", 0.8, at_most=True), Load(), L4),
    RateCase(Goal("chain-tls", 1.4), Load(tls=True), CHAIN),
    DeadNodeCase(Goal("membership-dead-node", 1.5, at_most=True)),
    DrainedNodeCase(Goal("membership-drained-node", 0.5, at_most=True)),
    TwoLostCase(Goal("membership-two-lost", 0, at_most=True)),
    *membership.CASES,
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
