"""What counts as lost elsewhere in the lab, and how goals for the worst round are judged."""

import unittest

import frontdoor  # finds the modules of vagrant/
from result import figure

import faults
import watch
from traffic import Request

STRUCK_AT = 100.0


def lost(port, connected):
    return Request(connected, connected + 5, connected, port, "nothing heard before an answer")


class LostRequestsTest(unittest.TestCase):
    fault = faults.named("l4-and-l7-lost")

    def excused(self, endpoint, connected):
        """endpoint: in the line that the node which is left has of it; None: it has no line"""
        request = lost(1, connected)
        seen = {} if endpoint is None else {request: {"endpoint": endpoint}}
        return faults.excused(request, self.fault, STRUCK_AT, seen)

    def test_a_request_that_the_other_l4_node_sent_to_the_lost_node_was_on_it(self):
        self.assertTrue(self.excused("l7-a", STRUCK_AT - 1))
        self.assertTrue(self.excused("l7-a", STRUCK_AT + 1))

    def test_a_request_that_went_over_nodes_that_are_left_is_lost_elsewhere(self):
        self.assertFalse(self.excused("l7-b", STRUCK_AT - 1))

    def test_a_request_that_no_node_knows_was_on_the_lost_one_if_it_began_before(self):
        self.assertTrue(self.excused(None, STRUCK_AT - 1))
        self.assertFalse(self.excused(None, STRUCK_AT + 1))
        self.assertFalse(self.excused("", STRUCK_AT + 1))

    def test_a_line_of_another_connection_from_the_same_port_says_nothing(self):
        request = lost(1, STRUCK_AT)
        earlier = {"endpoint": "l7-a"}
        later = {"endpoint": "l7-b"}
        own = {"endpoint": "l7-a"}
        lines = [{2: [(0.0, own)]}, {1: [(-30.0, earlier), (9.0, later)]}]
        self.assertIsNone(faults.line_of(request, lines, STRUCK_AT))
        lines[0][1] = [(0.1, own)]
        self.assertIs(own, faults.line_of(request, lines, STRUCK_AT))

    def test_what_a_surviving_node_says_of_a_lost_request_is_shown(self):
        self.assertEqual("no surviving L4 node has logged it", faults.account_of(None))
        self.assertEqual(
            "to l7-b, reset by the endpoint (12 ms)",
            faults.account_of(
                {"endpoint": "l7-b", "reason": "reset by the endpoint", "total_ms": 12}))


class TableTest(unittest.TestCase):
    def test_a_row_says_who_noticed_what_was_lost_and_when_all_was_well(self):
        result = faults.Result("x", "something breaks", held=8, detected={"l4-b": 0.72},
                               requests=1234, lost={"refused": 2}, last_loss=0.31, converged=1.26,
                               lost_on_return={"reset": 1})
        self.assertEqual(
            "| something breaks (for 8 s) | l4-b 0.7 s | 1,234 | 2 refused; on the return 1 reset |"
            " 0.3 s | 1.3 s |",
            faults.row(result))

    def test_a_fault_that_cannot_be_made_says_why(self):
        result = faults.Result("x", "something breaks", skipped="no such thing here")
        self.assertIn("not done: no such thing here", faults.table([result]))


class WellTest(unittest.TestCase):
    STATUS = {
        "ready": True,
        "members": [{"name": "a", "state": "ALIVE"}, {"name": "b", "state": "DEAD"}],
        "health": {"pools": {"p": [{"endpoint": "b", "verdict": "DOWN"}]}},
    }

    def test_all_is_well_when_everyone_is_alive_and_up_and_ready(self):
        self.assertEqual(
            ["a sees b DEAD", "a sees b of p DOWN"],
            watch.complaints_of("a", self.STATUS, ["a", "b"]))
        self.assertEqual([], watch.complaints_of(
            "a", {**self.STATUS, "health": {"pools": {}}}, ["a"]))


class WorstTest(unittest.TestCase):
    def test_the_worst_round_must_meet_the_goal(self):
        rounds = [{"gatehouse": {"seconds": s}} for s in (0.1, 0.2, 1.6)]
        self.assertFalse(figure("x", rounds, 1.5, "seconds", "s", True, worst=True).met)
        self.assertTrue(figure("x", rounds, 1.5, "seconds", "s", True).met)
        self.assertTrue(figure("x", rounds, 1.6, "seconds", "s", True, worst=True).met)



if __name__ == "__main__":
    unittest.main()
