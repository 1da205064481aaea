"""The simulated rings' cases and their table."""

import unittest

import membership
import ringtable
from case import CaseFailed, Goal

ROW = {
    **{"protocol": "ours", "nodes": "1000", "loss": "0.10", "slow": "16", "victims": "4"},
    **{"seconds": "60", "seed": "1", "suspected_s": "1.234", "declared_s": "NaN"},
    **{"spread_s": "20.000", "false_deaths": "2000", "slow_deaths": "7"},
    **{"packets": "12.345", "bytes": "2345.6"},
}


class MembershipTest(unittest.TestCase):
    def test_a_ratio_is_of_each_round(self):
        rounds = [
            {"gatehouse": {"false_deaths": ours}, "swim": {"false_deaths": 100}} for ours in (1, 3)
        ]
        result = membership.ratio_to_swim(Goal("membership-x", 0.02, at_most=True), rounds)
        self.assertEqual([0.01, 0.03], result.figures)
        self.assertTrue(result.met)

    def test_a_round_without_any_mistake_of_swim_says_nothing(self):
        rounds = [{"gatehouse": {"false_deaths": 0}, "swim": {"false_deaths": 0}}]
        with self.assertRaises(CaseFailed):
            membership.ratio_to_swim(Goal("membership-x", 0.02, at_most=True), rounds)


class RingTableTest(unittest.TestCase):
    def test_every_protocol_stands_beside_the_others(self):
        for quick in (True, False):
            trials = ringtable.trials(quick)
            self.assertEqual(len(trials), len(set(trials)))
            self.assertEqual(ringtable.PROTOCOLS, [t.protocol for t in trials[:3]])
        self.assertEqual(3 * 4 * 4 * 3, len(ringtable.trials(False)))

    def test_a_row_is_shown_as_people_write_it(self):
        self.assertEqual(
            "| 1,000 | 10 % | 16 | ours | 1.2 s | - | 20.0 s | 2,000 | 7 | 12.35 | 2,346 |",
            ringtable.markdown([ROW]).splitlines()[-1],
        )

    def test_the_plot_has_mistakes_of_a_member_in_an_hour(self):
        self.assertEqual(
            {"swim": [], "lifeguard": [], "ours": [(16, 120.0)]},
            ringtable.false_deaths([ROW], 1000, 0.1),
        )


if __name__ == "__main__":
    unittest.main()
