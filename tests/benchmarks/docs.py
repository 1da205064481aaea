"""Fills docs/benchmarks.md again from a run; what stands outside the marked sections is kept."""

import jvm
import maglev
import plot
from report import as_markdown, table

PAGE = jvm.ROOT / "docs" / "benchmarks.md"
PEERS = ("haproxy", "nginx")
IMAGES = jvm.ROOT / "docs" / "images"
BEGIN = "<!-- {}: written by {} --write-docs -->"
RUN = "tests/benchmarks/run"
END = "<!-- end of {} -->"


def write(results, hashing, machine, options):
    """Replaces the sections of the areas that were run, and their plots.

    hashing: entries → rows of the hashing report
    """
    page = PAGE.read_text()
    IMAGES.mkdir(exist_ok=True)
    for area in dict.fromkeys(r.case.split("-")[0] for r in results):
        of = [r for r in results if r.case.split("-")[0] == area]
        page = replaced(page, area, section(area, of, hashing, machine, options))
        if any(r.peer in PEERS for r in of):
            image(area).write_text(plot.ratios(of))
    for entries, figures in hashing.items():
        disruption_image(entries).write_text(
            plot.lines(
                f"M = {entries:,}: entries of survivors that move, in percent of all",
                "backends that fail, of 1,000",
                "percent",
                maglev.disruption_lines(figures),
            )
        )
    PAGE.write_text(page)


def replaced(page, area, content, command=RUN):
    """The page with a section's content replaced."""
    begin, end = BEGIN.format(area, command), END.format(area)
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{PAGE}: no section {area} (expected: {begin} and {end})")
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"


def section(area, results, hashing, machine, options):
    parts = [
        f"{options.rounds} rounds of {options.seconds} s after {options.warmup} s of warm-up, on:",
        "\n".join(f"- {line}" for line in machine),
        as_markdown(table(results)),
    ]
    if any(r.peer in PEERS for r in results):
        parts.append(f"![ratios to the better peer](images/{image(area).name})")
    if area == "maglev":
        for entries, figures in hashing.items():
            parts += [
                f"1,000 backends, M = {entries:,}; shares of the busiest and the idlest in percent "
                "of the mean, and entries of survivors that move, in percent of all:",
                as_markdown(maglev.disruption_table(figures)),
                f"![entries that move, by method](images/{disruption_image(entries).name})",
            ]
    return "\n\n".join(parts)


def image(area):
    return IMAGES / f"benchmarks-{area}.svg"


def disruption_image(entries):
    return IMAGES / f"maglev-disruption-{entries}.svg"
