package io.gatehouse.proxyprotocol;

/** Why a header was refused: the bounded label under which it is counted and logged. */
public enum Rejection {
  /** The first bytes are those of neither version, or of one that is not accepted here. */
  NOT_A_PROXY_HEADER,
  /** The v2 signature, then a version other than 2. */
  UNSUPPORTED_VERSION,
  /** A v2 command other than LOCAL and PROXY. */
  BAD_COMMAND,
  /** An address family or protocol that the specification does not define. */
  BAD_FAMILY,
  /** A v2 header that announces more than the limit. */
  TOO_LONG,
  /** A v2 header too short for its address block. */
  TOO_SHORT,
  /** A v2 header whose CRC-32C is wrong. */
  BAD_CHECKSUM,
  /** A v1 address that is not one of its family in strict notation. */
  BAD_ADDRESS,
  /** A v1 port that is not 0 to 65535 without leading zeros. */
  BAD_PORT,
  /** A TLV that runs over the end, or whose content breaks the rules of its type. */
  BAD_TLV,
  /** A v1 line without an end in its 107 bytes. */
  V1_LINE_TOO_LONG,
  /** A CR without LF or an LF without CR in a v1 line. */
  V1_BARE_CR_OR_LF,
  /** A v1 line with fields missing, empty or left over. */
  V1_BAD_FIELDS
}
