package io.gatehouse.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VendorTlvsTest {
  @Test
  void readsTheVpcEndpointOfAmazon() {
    var tlv = other(0xea, "01 76706365 2d 3038");
    assertThat(VendorTlvs.awsVpcEndpointId(tlv)).contains("vpce-08");
    assertThat(VendorTlvs.awsVpcEndpointId(other(0xea, "02 76"))).isEmpty();
    assertThat(VendorTlvs.awsVpcEndpointId(other(0xea, "01 ff"))).isEmpty();
    assertThat(VendorTlvs.awsVpcEndpointId(other(0xee, "01 76"))).isEmpty();
  }

  @Test
  void readsTheLinkIdOfAzureLittleEndianAndUnsigned() {
    assertThat(VendorTlvs.azureLinkId(other(0xee, "01 010000f0"))).hasValue(0xf000_0001L);
    assertThat(VendorTlvs.azureLinkId(other(0xee, "01 010000"))).isEmpty();
    assertThat(VendorTlvs.azureLinkId(other(0xee, "02 01000000"))).isEmpty();
  }

  @Test
  void readsTheConnectionIdOfGoogleBigEndian() {
    assertThat(VendorTlvs.gcpPscConnectionId(other(0xe0, "0000000000000102"))).hasValue(258);
    assertThat(VendorTlvs.gcpPscConnectionId(other(0xe0, "000102"))).isEmpty();
  }

  private static Tlv other(int type, String hex) {
    return new Tlv.Other(type, ByteString.of(Wire.hex(hex)));
  }
}
