"""The files' format, which other programs read, and the table."""

import io
import unittest
import xml.etree.ElementTree

import plot
from report import as_markdown, as_text, results_csv, rounds_csv, table
from result import Result, unmeasured

ROUNDS = [
    {"gatehouse": {"rate": 1500.0}, "haproxy": {"rate": 1000.0}},
    {"gatehouse": {"rate": 1300.0}, "haproxy": {"rate": 1000.0}},
]
RATIO = Result("l4-x", "haproxy", [1.5, 1.3], 1.4, False, "", ROUNDS, ("rate", "/s"))
FIGURE = Result("l4-y", "-", [0.5], 1.0, True, "MiB")
FAILED = unmeasured("l4-z", 2.0, True)


def written(writer, results):
    file = io.StringIO()
    writer(results, file)
    return file.getvalue()


class ReportTest(unittest.TestCase):
    def test_results_have_these_columns_and_no_others(self):
        self.assertEqual(
            "case,peer,ratio_median,ratio_min,ratio_max,goal,met\n"
            "l4-x,haproxy,1.400,1.300,1.500,1.400,true\n"
            "l4-y,-,0.500,0.500,0.500,1.000,true\n"
            "l4-z,-,NaN,NaN,NaN,2.000,false\n",
            written(results_csv, [RATIO, FIGURE, FAILED]),
        )

    def test_rounds_hold_every_measurement(self):
        self.assertEqual(
            "case,round,contestant,measure,value\n"
            "l4-x,1,gatehouse,rate,1500.000\n"
            "l4-x,1,haproxy,rate,1000.000\n"
            "l4-x,2,gatehouse,rate,1300.000\n"
            "l4-x,2,haproxy,rate,1000.000\n",
            written(rounds_csv, [RATIO, FAILED]),
        )

    def test_the_table_says_what_was_compared_with_whom_and_the_verdict(self):
        rows = table([RATIO, FIGURE, FAILED])
        self.assertEqual(
            ["l4-x", "1,400 /s", "1,000 /s", "haproxy", "1.40", "1.30 … 1.50", "≥ 1.40", "met"],
            rows[1],
        )
        self.assertEqual("≤ 1 MiB", rows[2][6])
        self.assertEqual("could not be measured", rows[3][7])

    def test_a_peer_that_took_no_part_has_no_column(self):
        self.assertNotIn("nginx", table([RATIO])[0])
        self.assertNotIn("haproxy", table([FIGURE])[0])

    def test_the_table_is_the_same_as_text_and_as_markdown(self):
        rows = table([RATIO, FIGURE])
        self.assertEqual(3, len(as_text(rows).splitlines()))
        self.assertEqual("| --- " * len(rows[0]) + "|", as_markdown(rows).splitlines()[1])

    def test_plots_are_well_formed_however_far_a_figure_is_off(self):
        far = Result("l4-far", "nginx", [379.0], 1.0, True)
        for results in ([RATIO, FIGURE, FAILED, far], []):
            xml.etree.ElementTree.fromstring(plot.ratios(results))

    def test_lines_are_well_formed_even_if_all_are_zero(self):
        series = {"a & b": [(0, 0.0), (100, 0.0)], "c": [(0, 0.0), (100, 0.0)]}
        xml.etree.ElementTree.fromstring(plot.lines("t", "x", "y", series))


if __name__ == "__main__":
    unittest.main()
