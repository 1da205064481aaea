package io.gatehouse.proxyprotocol;

import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;

/** What cloud load balancers say in custom TLVs. Each view is empty for any other TLV. */
public final class VendorTlvs {
  private static final int AWS = 0xea;
  private static final int AWS_VPC_ENDPOINT = 0x01;
  private static final int AZURE = 0xee;
  private static final int AZURE_LINK_ID = 0x01;
  private static final int GCP_PSC = 0xe0;

  private VendorTlvs() {}

  /**
   * Amazon: the VPC endpoint that the client came through, such as {@code vpce-08d2bf15fac5001c9}.
   */
  public static Optional<String> awsVpcEndpointId(Tlv tlv) {
    return tlv instanceof Tlv.Other(var type, var value)
            && type == AWS
            && value.length() > 1
            && value.at(0) == AWS_VPC_ENDPOINT
        ? ByteString.of(value.asByteBuffer(), 1).asUtf8()
        : Optional.empty();
  }

  /** Azure Private Link: the link id of the private endpoint, unsigned 32 bits, little-endian. */
  public static OptionalLong azureLinkId(Tlv tlv) {
    return tlv instanceof Tlv.Other(var type, var value)
            && type == AZURE
            && value.length() == 1 + Integer.BYTES
            && value.at(0) == AZURE_LINK_ID
        ? OptionalLong.of(
            Integer.toUnsignedLong(value.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getInt(1)))
        : OptionalLong.empty();
  }

  /**
   * Google Private Service Connect: the connection id, unsigned 64 bits, big-endian. Print it with
   * {@link Long#toUnsignedString(long)}.
   */
  public static OptionalLong gcpPscConnectionId(Tlv tlv) {
    return tlv instanceof Tlv.Other(var type, var value)
            && type == GCP_PSC
            && value.length() == Long.BYTES
        ? OptionalLong.of(value.asByteBuffer().getLong(0))
        : OptionalLong.empty();
  }
}
