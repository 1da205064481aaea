package io.gatehouse.l4.plane;

/**
 * One direction of a flow: bytes from a source socket to a target socket, then the FIN. Owned by
 * the flow's loop.
 */
abstract sealed class Direction permits RelayedDirection, ForwardedDirection {
  final Flow flow;
  final Lane lane;
  final int source;
  final int target;
  private boolean ended;
  private boolean hungUp;

  Direction(Flow flow, Lane lane, int source, int target) {
    this.flow = flow;
    this.lane = lane;
    this.source = source;
    this.target = target;
  }

  /**
   * Goes on where {@code other} stopped, by other means.
   *
   * @param other not used any more
   */
  Direction(Direction other) {
    this(other.flow, other.lane, other.source, other.target);
    this.ended = other.ended;
    this.hungUp = other.hungUp;
  }

  /**
   * Moves what can be moved now, and at the end the FIN. To be called whenever the source may have
   * more, or the target may take more.
   */
  abstract void advance();

  /** Payload put on the target's way so far. */
  abstract long movedBytes();

  /** Epoll events that this direction needs of its source. */
  abstract int sourceEvents();

  /** The source's peer has sent a FIN or a reset: there is an end to read. */
  final void hungUp() {
    hungUp = true;
  }

  final boolean hasHungUp() {
    return hungUp;
  }

  /** The FIN has been passed on, or there will be none. */
  final boolean hasEnded() {
    return ended;
  }

  /** Everything has been moved. */
  final void endOfInput() {
    ended = true;
    flow.inputEnded(this);
  }
}
