package io.gatehouse.l7.http;

/** The protocol version in which a message arrived. */
public enum HttpVersion {
  HTTP_1_0,
  HTTP_1_1,
  HTTP_2
}
