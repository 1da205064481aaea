package io.gatehouse.l4;

/**
 * The data plane that is always there: reads from one side and writes to the other, in this
 * process. It needs no privileges and no particular kernel.
 */
final class Relay implements DataPlane {
  static final String NAME = "relay";

  @Override
  public Flow join(Pair pair, FlowListener listener) {
    var flow = new RelayFlow(pair, listener);
    flow.start();
    return flow;
  }
}
