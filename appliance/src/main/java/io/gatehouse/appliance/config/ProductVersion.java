package io.gatehouse.appliance.config;

/** Which build this is. */
public final class ProductVersion {
  private ProductVersion() {}

  /** As the build has written it into the jar; a word of its own where there is no jar. */
  public static String text() {
    String version = ProductVersion.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }
}
