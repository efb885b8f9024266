"""The table of a section: what, ours, each peer, the ratio to Certbot, the target."""

UNITS = {
    "s": [(1, "s", 1), (1e-3, "ms", 1000), (0, "µs", 1e6)],
    "B": [(2**20, "MB", 2**-20), (2**10, "KB", 2**-10), (0, "B", 1)],
    "": [(0, "", 1)],
}


def shown(value, unit):
    if value is None:
        return "–"
    for least, word, factor in UNITS[unit]:
        if value >= least:
            number = value * factor
            digits = 0 if number >= 100 or number == int(number) else 1 if number >= 10 else 2
            return f"{number:.{digits}f}" + (f" {word}" if word else "")
    return str(value)


class Row:
    def __init__(self, what, ours, peers, unit, target, met):
        self.what, self.ours, self.peers, self.unit = what, ours, peers, unit
        self.target, self.met = target, met

    def ratio(self):
        reference = self.peers.get("certbot")
        return f"{reference / self.ours:.1f} x" if reference and self.ours else ""


class Table:
    """Rows of one section. Seconds and bytes: less is better."""

    def __init__(self):
        self.rows = []

    def add(self, what, ours, unit="s", faster=None, at_most=None, **peers):
        """A figure. Targets: `faster` times better than certbot (a peer), or `at_most`."""
        targets, met = [], []
        if faster is not None and peers.get("certbot") is not None:
            targets.append(f"≥ {faster:g} x")
            met.append(peers["certbot"] >= faster * ours)
        if at_most is not None:
            targets.append(f"≤ {shown(at_most, unit)}")
            met.append(ours <= at_most)
        self.rows.append(Row(what, ours, peers, unit, ", ".join(targets),
                             all(met) if met else None))

    def lines(self):
        peers = list(dict.fromkeys(name for row in self.rows for name in row.peers))
        cells = [["", "ours", *peers, "ratio", "target", ""]]
        for row in self.rows:
            cells.append([row.what, shown(row.ours, row.unit),
                          *(shown(row.peers[name], row.unit) if name in row.peers else ""
                            for name in peers),
                          row.ratio(), row.target,
                          {True: "met", False: "MISSED", None: ""}[row.met]])
        widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
        for line in cells:
            yield "  ".join([line[0].ljust(widths[0]),
                             *(cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:])),
                             line[-1]]).rstrip()

    def targets(self):
        """(met, all)."""
        judged = [row for row in self.rows if row.met is not None]
        return sum(row.met for row in judged), len(judged)
