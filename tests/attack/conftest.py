"""With -v, the attempts as a table: what came of each now, and before (before.py)."""

from .before import BEFORE
from .children import KINDS, PEOPLE

KNOWN_BEFORE = ("network", "resolver", "responder")


def results(reporter):
    """{(attempt, kind): people who could}, of those that were tried now."""
    found = {}
    for report in (*reporter.stats.get("passed", ()), *reporter.stats.get("failed", ())):
        noted = dict(report.user_properties)
        if "attempt" in noted:
            able = found.setdefault((noted["attempt"], noted["kind"]), [])
            if report.failed:
                able.append(noted["person"])
    return found


def shown(people):
    return "all" if set(people) == set(PEOPLE) else " ".join(people) if people else "-"


def pytest_terminal_summary(terminalreporter, config):
    found = results(terminalreporter)
    if not found or config.option.verbose < 1:
        return
    terminalreporter.section("who could, now and before (f8feb0e)")
    line = "{:42} {:10} {:22} {}".format
    terminalreporter.write_line(line("attempt", "child", "now", "before"))
    for (attempt, kind), people in sorted(found.items(), key=lambda row: (row[0][0], list(KINDS).index(row[0][1]))):
        before = shown(BEFORE.get(attempt, {}).get(kind, "").split()) if kind in KNOWN_BEFORE else "no such child"
        terminalreporter.write_line(line(attempt, kind, shown(people), before))
