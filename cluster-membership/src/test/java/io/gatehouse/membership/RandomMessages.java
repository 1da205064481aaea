package io.gatehouse.membership;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Map;
import java.util.SplittableRandom;

/** Messages of every kind, drawn from a seed. */
final class RandomMessages {
  private RandomMessages() {}

  static Message next(SplittableRandom random) {
    long number = random.nextBoolean() ? random.nextLong(8) : random.nextLong(1L << 32);
    return switch (random.nextInt(8)) {
      case 0 -> new Message.Ping(number, name(random), address(random), name(random));
      case 1 ->
          new Message.IndirectPing(
              number,
              name(random),
              address(random),
              random.nextBoolean(),
              random.nextBoolean() ? address(random) : null,
              "");
      case 2 -> new Message.Ack(number);
      case 3 -> new Message.Nack(number);
      case 4 -> new Message.Suspect(number, name(random), name(random));
      case 5 -> new Message.Dead(number, name(random), name(random));
      case 6 -> new Message.User(new UserData(name(random).getBytes(StandardCharsets.UTF_8)));
      default ->
          new Message.Alive(number, name(random), address(random), meta(random), Versions.OURS);
    };
  }

  static Message.PushPull pushPull(SplittableRandom random) {
    var entries = new ArrayList<Message.Entry>();
    for (int i = random.nextInt(20); i > 0; i--) {
      entries.add(
          new Message.Entry(
              name(random),
              address(random),
              meta(random),
              random.nextLong(1L << 32),
              NodeState.values()[random.nextInt(4)],
              Versions.OURS));
    }
    byte[] user = new byte[random.nextInt(1000)];
    random.nextBytes(user);
    return new Message.PushPull(random.nextBoolean(), entries, new UserData(user));
  }

  static InetSocketAddress address(SplittableRandom random) {
    byte[] ip = new byte[random.nextInt(4) == 0 ? 16 : 4];
    random.nextBytes(ip);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(ip), random.nextInt(1, 1 << 16));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static String name(SplittableRandom random) {
    return random.nextInt(20) == 0 ? "ü".repeat(40) : "n" + random.nextInt(8);
  }

  private static Meta meta(SplittableRandom random) {
    String value = "x".repeat(random.nextInt(100));
    return new Meta(Tags.encode(Map.of("role", "l7", "note", value)));
  }
}
