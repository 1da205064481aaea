"""Ratios, the table, the CSV files and the plot."""

import csv
import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """A case's outcome: Gatehouse's rate divided by the better peer's, round by round."""

    case: str
    peer: str
    ratios: list
    goal: float
    rates: dict  # contestant → median of requests per second
    p99: dict  # contestant → median of milliseconds

    @property
    def median(self):
        return statistics.median(self.ratios)

    @property
    def met(self):
        return self.median >= self.goal


def judge(case, rounds):
    """rounds: for each round, a dictionary from contestant to Measurement."""
    names = list(case.contestants)
    rates = {n: statistics.median(r[n].requests_per_second for r in rounds) for n in names}
    p99 = {n: statistics.median(r[n].p99_millis for r in rounds) for n in names}
    peer = max((n for n in names if n != "gatehouse"), key=rates.get)
    ratios = [r["gatehouse"].requests_per_second / r[peer].requests_per_second for r in rounds]
    return Result(case.name, peer, ratios, case.goal, rates, p99)


def print_table(results, out):
    row = "{:<22} {:>11} {:>11} {:>11}   {:<8} {:>6} {:>13} {:>6}  {}"
    titles = ["case", "gatehouse/s", "haproxy/s", "nginx/s", "better", "ratio", "spread", "goal"]
    print(row.format(*titles, ""), file=out)
    for result in results:
        rates = [result.rates.get(name) for name in ("gatehouse", "haproxy", "nginx")]
        print(
            row.format(
                result.case,
                *("-" if rate is None else f"{rate:,.0f}" for rate in rates),
                result.peer,
                f"{result.median:.2f}",
                f"{min(result.ratios):.2f} … {max(result.ratios):.2f}",
                f"{result.goal:.2f}",
                "met" if result.met else "not met",
            ),
            file=out,
        )


def write_results(results, path):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow("case peer ratio_median ratio_min ratio_max goal met".split())
        for r in results:
            figures = [f"{x:.3f}" for x in (r.median, min(r.ratios), max(r.ratios), r.goal)]
            writer.writerow([r.case, r.peer, *figures, str(r.met).lower()])


def write_rounds(measured, path):
    """Every single measurement; measured: case → rounds, as `judge` takes them."""
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow("case round contestant requests_per_second p99_millis errors".split())
        for case, rounds in measured.items():
            for number, contestants in enumerate(rounds, 1):
                for name, m in contestants.items():
                    figures = [f"{m.requests_per_second:.1f}", f"{m.p99_millis:.3f}", m.errors]
                    writer.writerow([case, number, name, *figures])


def write_plot(results, path):
    """One bar for each case up to its median ratio, a whisker for the spread, a tick for the goal."""
    left, right, top, height = 190, 40, 46, 34
    width = 760
    longest = max([1.5, *(max(r.ratios) for r in results), *(r.goal for r in results)]) * 1.08
    bottom = top + height * len(results)

    def x(ratio):
        return left + (width - left - right) * ratio / longest

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{bottom + 40}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{bottom + 40}" fill="#ffffff"/>',
        f'<text x="{left}" y="22">Requests per second, as a ratio to the better peer '
        "(bar: median, line: spread, tick: goal)</text>",
    ]
    for step in range(int(longest / 0.5) + 1):
        at = x(step * 0.5)
        colour = "#333333" if step == 2 else "#dddddd"
        parts.append(f'<path d="M{at:.1f} {top - 8}V{bottom}" stroke="{colour}"/>')
        parts.append(
            f'<text x="{at:.1f}" y="{bottom + 18}" text-anchor="middle">{step * 0.5:g}</text>'
        )
    for index, r in enumerate(results):
        y = top + height * index
        colour = "#2f7d4f" if r.met else "#b5542b"
        parts += [
            f'<text x="{left - 8}" y="{y + 17}" text-anchor="end">{r.case}</text>',
            f'<rect x="{left}" y="{y + 4}" width="{x(r.median) - left:.1f}" height="18" '
            f'fill="{colour}" opacity="0.85"/>',
            f'<path d="M{x(min(r.ratios)):.1f} {y + 13}H{x(max(r.ratios)):.1f}" stroke="#111111" '
            'stroke-width="2"/>',
            f'<path d="M{x(r.goal):.1f} {y}V{y + 26}" stroke="#1f4e9c" stroke-width="3"/>',
            f'<text x="{x(max(r.ratios)) + 6:.1f}" y="{y + 17}">{r.median:.2f} × {r.peer}</text>',
        ]
    parts.append("</svg>\n")
    path.write_text("\n".join(parts))
