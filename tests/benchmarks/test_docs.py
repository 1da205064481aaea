"""The sections of docs/benchmarks.md that a run writes, and the list of cases above them."""

import unittest

import docs
from case import Options
from cases import AREAS, CASES, NAMES, select
from result import Result

MACHINE = ["a machine"]
RESULTS = [Result("l4-x", "nginx", [1.2], 1.0)]


class DocsTest(unittest.TestCase):
    def test_a_section_is_replaced_and_the_rest_kept(self):
        begin, end = docs.BEGIN.format("l4", docs.RUN), docs.END.format("l4")
        page = f"before\n{begin}\nold\n{end}\nafter\n"
        once = docs.replaced(page, "l4", "new")
        self.assertEqual(f"before\n{begin}\n\nnew\n\n{end}\nafter\n", once)
        self.assertEqual(once, docs.replaced(once, "l4", "new"))

    def test_a_page_without_the_section_is_refused(self):
        with self.assertRaisesRegex(ValueError, "no section l4"):
            docs.replaced("nothing", "l4", "new")

    def test_a_section_names_the_machine_and_shows_table_and_plot(self):
        text = docs.section("l4", RESULTS, {}, MACHINE, Options())
        for expected in ("- a machine", "| l4-x |", "images/benchmarks-l4.svg"):
            self.assertIn(expected, text)

    def test_the_page_has_a_section_for_each_area_and_names_each_case(self):
        page = docs.PAGE.read_text()
        for area in AREAS:
            docs.replaced(page, area, "")
        self.assertEqual([], [name for name in NAMES if f"`{name}`" not in page])

    def test_cases_are_chosen_by_area_or_name_and_all_by_default(self):
        self.assertEqual(len(set(NAMES)), len(NAMES))
        self.assertEqual(CASES, select([]))
        self.assertEqual({"l4"}, {g.area for case in select(["l4"]) for g in case.goals})
        self.assertEqual(1, len(select(["l4-kill-9-recovery"])))


if __name__ == "__main__":
    unittest.main()
