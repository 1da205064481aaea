"""The table and the CSV files. Pure: test_report.py holds the format, which others read."""

import csv

COLUMNS = ["case", "peer", "ratio_median", "ratio_min", "ratio_max", "goal", "met"]
ROUND_COLUMNS = ["case", "round", "contestant", "measure", "value"]
TITLES = ["case", "gatehouse", "haproxy", "nginx", "compared with", "median", "spread", "goal", ""]


def results_csv(results, file):
    """One line a case. One that could not be measured has NaN for its figures and is not met."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for r in results:
        figures = [number(x) for x in (r.median, r.least, r.greatest, r.goal)]
        writer.writerow([r.case, r.peer, *figures, "true" if r.met else "false"])


def number(value):
    return "NaN" if value != value else f"{value:.3f}"


def rounds_csv(results, file):
    """Every single measurement."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(ROUND_COLUMNS)
    for r in results:
        for at, contestants in enumerate(r.rounds, 1):
            for name, measures in contestants.items():
                for measure, value in measures.items():
                    writer.writerow([r.case, at, name, measure, f"{value:.3f}"])


def table(results):
    """Rows of text, the titles first; without peers that took no part."""
    rows = [row(r) for r in results]
    kept = [i for i in range(len(TITLES)) if i not in (2, 3) or any(r[i] != "-" for r in rows)]
    return [[cells[i] for i in kept] for cells in [TITLES, *rows]]


def row(result):
    medians, unit = result.medians(), result.shown[1]
    shown = [quantity(medians[n], unit) if n in medians else "-" for n in TITLES[1:4]]
    if not result.figures:
        return [result.case, *shown, "-", "-", "-", bound(result), "could not be measured"]
    spread = f"{compact(result.least)} … {compact(result.greatest)}"
    met = "met" if result.met else "not met"
    return [
        result.case,
        *shown,
        result.peer,
        quantity(result.median, result.unit),
        spread,
        bound(result),
        met,
    ]


def bound(result):
    return f"{'≤' if result.at_most else '≥'} {quantity(result.goal, result.unit)}"


def quantity(value, unit):
    return f"{compact(value)} {unit}".strip()


def compact(value):
    """Three digits that count, as people write them."""
    if value != value:
        return "-"
    if value == int(value) and abs(value) < 100:
        return f"{value:.0f}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def as_text(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    )


def as_markdown(rows):
    rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
