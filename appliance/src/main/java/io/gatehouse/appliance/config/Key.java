package io.gatehouse.appliance.config;

import org.jspecify.annotations.Nullable;

/**
 * A key of an object: what it is called, what it takes and what it means.
 *
 * @param fallback what holds when the key is absent or invalid; null if nothing can
 * @param absence what absence means, for the reference; empty if the key is required
 * @param doc meaning, and what raising and lowering does, in Markdown
 */
record Key<T>(
    String name, Type<T> type, boolean required, @Nullable T fallback, String absence, String doc) {

  /** A key that must be there. */
  static <T> Key<T> required(String name, Type<T> type, String doc) {
    return new Key<>(name, type, true, null, "", doc);
  }

  /**
   * A key that must be there, but whose absence, once reported, is no reason not to judge the rest:
   * {@code standIn} is taken for it.
   */
  static <T> Key<T> required(String name, Type<T> type, T standIn, String doc) {
    return new Key<>(name, type, true, standIn, "", doc);
  }

  /** A key with a fixed default. */
  static <T> Key<T> of(String name, Type<T> type, T fallback, String doc) {
    return new Key<>(name, type, false, fallback, type.show(fallback), doc);
  }

  /** A key whose absence is decided elsewhere; {@code absence} says how. */
  static <T> Key<T> optional(String name, Type<T> type, String absence, String doc) {
    return new Key<>(name, type, false, null, absence, doc);
  }
}
