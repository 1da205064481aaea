package io.gatehouse.l4;

import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import java.util.Set;

/**
 * Where one connection goes.
 *
 * @param table index of the pool's table among those of its service
 * @param pool name of the pool in the health snapshot
 * @param proxyProtocol the header written to the endpoint before the first byte
 * @param proxyTlvs what that header says besides addresses
 */
record Route(int table, String pool, ProxyHeader proxyProtocol, Set<HeaderTlv> proxyTlvs) {}
