package io.gatehouse.l7.h2;

import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The names of the static table (RFC 7541 appendix A), to be found by their hash. */
final class StaticTable {
  static final int AUTHORITY = 1;
  static final int METHOD = 2;
  static final int METHOD_POST = 3;
  static final int PATH = 4;
  static final int SCHEME_HTTP = 6;
  static final int SCHEME_HTTPS = 7;
  static final int STATUS = 8;

  /** Entries of the table; the dynamic table follows behind it. */
  static final int SIZE = 61;

  private static final int FIRST_FIELD = 15;
  private static final String[] NAMES = {
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "accept",
    "access-control-allow-origin",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
  };

  /** Statuses that have an entry with their value, in order from {@link #STATUS} on. */
  private static final int[] STATUSES = {200, 204, 206, 304, 400, 404, 500};

  private static final int BUCKETS = 256;
  private static final byte[][] NAME_BYTES = new byte[SIZE + 1][];
  private static final int[] HASHES = new int[SIZE + 1];

  /** Index by hash, with linear probing; 0 is free. */
  private static final byte[] BY_HASH = new byte[BUCKETS];

  static {
    for (int i = 0; i < NAMES.length; i++) {
      int index = FIRST_FIELD + i;
      NAME_BYTES[index] = NAMES[i].getBytes(StandardCharsets.US_ASCII);
      HASHES[index] = HeaderName.hash(NAMES[i]);
      int bucket = bucket(HASHES[index]);
      while (BY_HASH[bucket] != 0) {
        bucket = (bucket + 1) % BUCKETS;
      }
      BY_HASH[bucket] = (byte) index;
    }
  }

  private StaticTable() {}

  /** The entry that has the name of this field, or 0. */
  static int find(HeaderBlock head, int field) {
    int hash = head.nameHash(field);
    int bucket = bucket(hash);
    for (int index = BY_HASH[bucket]; index != 0; index = BY_HASH[bucket]) {
      if (HASHES[index] == hash && nameEquals(head, field, NAME_BYTES[index])) {
        return index;
      }
      bucket = (bucket + 1) % BUCKETS;
    }
    return 0;
  }

  /** The entry that is this status, or 0. */
  static int ofStatus(int status) {
    for (int i = 0; i < STATUSES.length; i++) {
      if (STATUSES[i] == status) {
        return STATUS + i;
      }
    }
    return 0;
  }

  private static boolean nameEquals(HeaderBlock head, int field, byte[] name) {
    int start = head.nameStart(field);
    return head.nameLength(field) == name.length
        && Arrays.equals(head.bytes(), start, start + name.length, name, 0, name.length);
  }

  private static int bucket(int hash) {
    return (hash ^ hash >>> 8 ^ hash >>> 16) & BUCKETS - 1;
  }
}
