"""Plots as SVG, written by hand: nothing has to be installed for them."""

WIDTH = 820
LONGEST = 3.0  # a bar beyond is cut off; its label says how long it is
GREEN, RED, BLUE, GREY = "#2f7d4f", "#b5542b", "#1f4e9c", "#dddddd"
COLOURS = [GREEN, BLUE, RED, "#7a4fa3"]


def ratios(results):
    """For each case with a peer: a bar to the median, a line for the spread, a goal's tick."""
    results = [r for r in results if r.peer != "-"]
    left, right, top, height = 210, 170, 46, 34
    longest = min(LONGEST, max([1.5, *(max(r.greatest, r.goal) for r in results)])) * 1.05
    bottom = top + height * len(results)

    def x(ratio):
        return left + (WIDTH - left - right) * min(ratio, longest) / longest

    title = "Gatehouse to its better peer (bar: median, line: spread, tick: goal)"
    parts = opening(bottom + 40, title)
    for step in range(int(longest / 0.5) + 1):
        at = x(step * 0.5)
        parts.append(path(f"M{at:.1f} {top - 8}V{bottom}", "#333333" if step == 2 else GREY))
        parts.append(text(at, bottom + 18, f"{step * 0.5:g}", "middle"))
    for index, r in enumerate(results):
        y = top + height * index
        sign = "≤" if r.at_most else "≥"
        parts += [
            text(left - 8, y + 17, r.case, "end"),
            f'<rect x="{left}" y="{y + 4}" width="{x(r.median) - left:.1f}" height="18" '
            f'fill="{GREEN if r.met else RED}" opacity="0.85"/>',
            path(f"M{x(r.least):.1f} {y + 13}H{x(r.greatest):.1f}", "#111111", 2),
            path(f"M{x(r.goal):.1f} {y}V{y + 26}", BLUE, 3),
            text(
                x(max(r.greatest, r.goal)) + 6,
                y + 17,
                f"{r.median:.2f} × {r.peer} ({sign} {r.goal:g})",
            ),
        ]
    return closing(parts)


def lines(title, x_title, y_title, series):
    """series: name → list of (x, y); x and y from 0."""
    left, right, top, height = 70, 170, 46, 330
    bottom = top + height
    most_x = max(x for points in series.values() for x, _ in points) or 1
    most_y = max(y for points in series.values() for _, y in points) * 1.05 or 1

    def at(point):
        x = left + (WIDTH - left - right) * point[0] / most_x
        return x, bottom - height * point[1] / most_y

    parts = opening(bottom + 56, title)
    for step in range(6):
        y_value, x_value = most_y * step / 5, most_x * step / 5
        y, x = at((0, y_value))[1], at((x_value, 0))[0]
        parts.append(path(f"M{left} {y:.1f}H{WIDTH - right}", GREY))
        parts.append(text(left - 8, y + 4, f"{y_value:.1f}", "end"))
        parts.append(text(x, bottom + 18, f"{x_value:g}", "middle"))
    parts.append(text((left + WIDTH - right) / 2, bottom + 42, x_title, "middle"))
    parts.append(text(left - 50, top - 12, y_title))
    taken = []
    for (name, points), colour in zip(series.items(), COLOURS * len(series)):
        drawn = [at(point) for point in points]
        parts.append(path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn), colour, 2))
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in drawn]
        label = drawn[-1][1] + 4
        while any(abs(label - other) < 16 for other in taken):
            label -= 16
        taken.append(label)
        parts.append(text(drawn[-1][0] + 10, label, name, fill=colour))
    return closing(parts)


def opening(height, title):
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(20, 22, title),
    ]


def closing(parts):
    return "\n".join([*parts, "</svg>", ""])


def path(data, colour, width=1):
    return f'<path d="{data}" stroke="{colour}" stroke-width="{width}" fill="none"/>'


def text(x, y, content, anchor="start", fill="#111111"):
    escaped = content.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escaped}</text>'
