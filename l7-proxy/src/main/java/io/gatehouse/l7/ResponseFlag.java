package io.gatehouse.l7;

/**
 * What went wrong with a request, in Envoy's vocabulary, so that an operator's knowledge and
 * dashboards carry over. A request may carry several; {@link RequestRecord#flags()} holds them as
 * one bit set.
 */
public enum ResponseFlag {
  /** No endpoint of the pool takes new work. */
  UH,
  /** Connecting to the upstream failed. */
  UF,
  /** A cap on connections of the pool was reached. */
  UO,
  /** No route matches. */
  NR,
  /** The upstream did not answer in time. */
  UT,
  /** The upstream closed the connection before the answer was whole. */
  UC,
  /** The upstream reset the connection. */
  UR,
  /** The upstream broke the protocol. */
  UPE,
  /** Every attempt that the pool allows was used. */
  URX,
  /** Reset here: the tier was closed or the drain's deadline passed. */
  LR,
  /** The client went away. */
  DC,
  /** The client broke the protocol. */
  DPE,
  /** A body made no progress for its idle timeout. */
  SI,
  /** Refused by a rate limit. */
  RL,
  /** Refused because this node has no memory left for it. */
  OM;

  private static final ResponseFlag[] ALL = values();

  /** This flag as a bit of a set. */
  public int bit() {
    return 1 << ordinal();
  }

  /** Whether the set holds this flag. */
  public boolean in(int flags) {
    return (flags & bit()) != 0;
  }

  /** The set as Envoy writes it: {@code UF,URX}; {@code -} if it is empty. */
  public static String text(int flags) {
    if (flags == 0) {
      return "-";
    }
    if (Integer.bitCount(flags) == 1) {
      return ALL[Integer.numberOfTrailingZeros(flags)].name();
    }
    var text = new StringBuilder();
    for (ResponseFlag flag : ALL) {
      if (flag.in(flags)) {
        text.append(text.isEmpty() ? "" : ",").append(flag.name());
      }
    }
    return text.toString();
  }
}
