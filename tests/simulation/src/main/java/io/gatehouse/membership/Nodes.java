package io.gatehouse.membership;

/** The nodes of these numbers, both included. */
record Nodes(int first, int last) {
  static Nodes one(int number) {
    return new Nodes(number, number);
  }

  boolean contains(int number) {
    return first <= number && number <= last;
  }
}
