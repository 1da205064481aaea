"""Which figure is judged, against whom, and when a goal is met."""

import math
import unittest

from result import Result, against, against_better_peer, figure, unmeasured


def rates(gatehouse, haproxy, nginx):
    named = {"gatehouse": gatehouse, "haproxy": haproxy, "nginx": nginx}
    return {name: {"rate": value} for name, value in named.items()}


class ResultTest(unittest.TestCase):
    def test_the_better_peer_has_the_higher_median(self):
        rounds = [rates(12, 10, 8), rates(15, 10, 30), rates(9, 10, 9)]
        result = against_better_peer("l4-x", rounds, 1.0, "rate", "/s")
        self.assertEqual("haproxy", result.peer)
        self.assertEqual([1.2, 1.5, 0.9], result.figures)
        self.assertEqual((1.2, 0.9, 1.5), (result.median, result.least, result.greatest))

    def test_each_round_is_compared_with_itself(self):
        rounds = [rates(10, 5, 1), rates(100, 50, 1)]
        result = against_better_peer("l4-x", rounds, 1.0, "rate", "/s")
        self.assertEqual([2.0, 2.0], result.figures)

    def test_a_lower_bound_is_met_by_as_much(self):
        self.assertTrue(Result("l4-x", "nginx", [1.4], 1.4).met)
        self.assertFalse(Result("l4-x", "nginx", [1.39], 1.4).met)

    def test_an_upper_bound_is_met_by_as_much(self):
        rounds = [{"gatehouse": {"p99": 2.0}, "haproxy": {"p99": 2.0}}]
        self.assertTrue(against("l4-x", rounds, 1.0, "haproxy", "p99", "ms", at_most=True).met)
        rounds[0]["gatehouse"]["p99"] = 2.1
        self.assertFalse(against("l4-x", rounds, 1.0, "haproxy", "p99", "ms", at_most=True).met)

    def test_a_figure_needs_no_peer_but_shows_them(self):
        result = figure("l4-x", [rates(0.4, 0.5, 0.6)], 1.0, "rate", "MiB")
        self.assertEqual(("-", [0.4]), (result.peer, result.figures))
        self.assertEqual({"gatehouse": 0.4, "haproxy": 0.5, "nginx": 0.6}, result.medians())

    def test_what_could_not_be_measured_is_not_met_whatever_the_bound(self):
        for at_most in (False, True):
            result = unmeasured("l4-x", 0, at_most)
            self.assertTrue(math.isnan(result.median))
            self.assertFalse(result.met)
            self.assertEqual({}, result.medians())


if __name__ == "__main__":
    unittest.main()
