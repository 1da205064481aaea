package io.gatehouse.l4;

/** What the configuration may ask to carry the bytes of established connections. */
public enum DataPlaneChoice {
  /** The kernel's where it is offered, else the relay; {@code /status} says which and why. */
  AUTO,
  /** Only the kernel's: the node does not start without it. */
  KERNEL,
  /** Only the relay. */
  RELAY
}
