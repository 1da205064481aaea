"""The table of protocols in simulated rings: which trials, and how they are shown. Pure."""

from dataclasses import dataclass

PROTOCOLS = ["swim", "lifeguard", "ours"]
COLUMNS = [
    ("nodes", "nodes"),
    ("loss", "loss"),
    ("slow", "slow"),
    ("protocol", "protocol"),
    ("suspected_s", "suspected after"),
    ("declared_s", "declared dead after"),
    ("spread_s", "known to all after"),
    ("false_deaths", "false deaths"),
    ("slow_deaths", "deaths of slow ones"),
    ("packets", "packets/s"),
    ("bytes", "bytes/s"),
]
SECONDS = {"suspected_s", "declared_s", "spread_s"}


@dataclass(frozen=True)
class Trial:
    protocol: str
    nodes: int
    loss: float
    slow: int
    victims: int
    seconds: int

    def arguments(self, seed):
        return [
            *("trial", self.protocol, self.nodes, self.loss, self.slow),
            *(self.victims, self.seconds, seed),
        ]


def trials(quick):
    """Seconds fall with the size: a ring of 5,000 costs fifty times what one of 100 does."""
    sizes = {100: 120, 1000: 60} if quick else {100: 300, 1000: 90, 5000: 45}
    losses = [0.0, 0.1] if quick else [0.0, 0.05, 0.1, 0.2]
    slow = [0, 16] if quick else [0, 1, 4, 16]
    return [
        Trial(protocol, nodes, loss, members, 4, seconds)
        for nodes, seconds in sizes.items()
        for loss in losses
        for members in slow
        for protocol in PROTOCOLS
    ]


def markdown(rows):
    lines = [[title for _, title in COLUMNS], ["---"] * len(COLUMNS)]
    lines += [[cell(row, column) for column, _ in COLUMNS] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(row, column):
    value = row[column]
    if column == "loss":
        return f"{100 * float(value):.0f} %"
    if column in SECONDS:
        return "-" if value == "NaN" else f"{float(value):.1f} s"
    if column == "packets":
        return f"{float(value):.2f}"
    if column == "bytes":
        return f"{float(value):,.0f}"
    if column in ("nodes", "false_deaths", "slow_deaths"):
        return f"{int(value):,}"
    return value


def false_deaths(rows, nodes, loss):
    """Protocol → points of (slow members, false deaths for each member in an hour)."""
    lines = {}
    for protocol in PROTOCOLS:
        of = [
            r
            for r in rows
            if r["protocol"] == protocol and int(r["nodes"]) == nodes and float(r["loss"]) == loss
        ]
        lines[protocol] = [
            (int(r["slow"]), 3600 * int(r["false_deaths"]) / (nodes * int(r["seconds"])))
            for r in of
        ]
    return lines
