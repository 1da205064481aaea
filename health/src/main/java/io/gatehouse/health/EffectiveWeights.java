package io.gatehouse.health;

import java.util.ArrayList;
import java.util.List;

/**
 * The weights of a pool whose endpoints want shares of their configured ones. While all want the
 * whole, these are the weights. Else all are raised alike, as far as the largest weight allows and
 * a hundredfold at most, so that a share of a weight of 1 is more than nothing. A pure function.
 */
final class EffectiveWeights {
  private static final int MOST_SCALE = 100;

  private EffectiveWeights() {}

  static List<Integer> of(List<Integer> configured, List<Integer> percents) {
    if (percents.stream().allMatch(percent -> percent == Report.FULL_WEIGHT)) {
      return configured;
    }
    int greatest = Math.max(1, configured.stream().mapToInt(w -> w).max().orElse(1));
    int scale = Math.max(1, Math.min(MOST_SCALE, Endpoint.MAX_WEIGHT / greatest));
    var weights = new ArrayList<Integer>(configured.size());
    for (int i = 0; i < configured.size(); i++) {
      int whole = configured.get(i) * scale;
      int share = (int) Math.round(whole * percents.get(i) / (double) Report.FULL_WEIGHT);
      boolean none = whole == 0 || percents.get(i) == 0;
      weights.add(none ? 0 : Math.max(1, share));
    }
    return weights;
  }
}
