package io.gatehouse.membership;

/**
 * What a trial came to. Times are means over the victims, in seconds from their death; NaN if that
 * did not happen while the ring was watched.
 *
 * @param suspectedSeconds until the first healthy member suspects
 * @param declaredSeconds until the first declares dead
 * @param spreadSeconds until all healthy members hold the victim dead
 * @param falseDeaths verdicts "dead" of healthy members on healthy members
 * @param slowDeaths verdicts "dead" of healthy members on slow ones
 * @param packets UDP packets a member and second
 * @param bytes payload a member and second, of packets and streams
 */
record Outcome(
    double suspectedSeconds,
    double declaredSeconds,
    double spreadSeconds,
    long falseDeaths,
    long slowDeaths,
    double packets,
    double bytes) {}
