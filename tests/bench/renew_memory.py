"""renew with everything due, by tens of thousands: memory and time must not depend on how many."""

from lab.authority import DAY
from lab.forge import Forge, only_account
from lab.quick import QuickCA

from .bench import Failed

TITLE = "renew of 1,000 and 10,000 lineages that are due: memory, time for each"
ORDER = 55

MB = 2 ** 20
# What nobody who renews many should have to give.
MOST_MEMORY = 64 * MB
# Due by their age.
AGE = 80 * DAY


def renew_due(bench, ca, count):
    """A run that renews so many for the first time."""
    certbot = bench.ours(bench.new_folder(f"due-{count}"), ca)
    bench.time(certbot.command("register", "-n"), env=certbot.environment())
    account = only_account(certbot.config_dir)[0]
    bench.say(f"making {count} lineages")
    Forge(certbot.config_dir, ca.directory, account, [f"http01_port = {ca.http_port}"],
          age=AGE).make(count)
    bench.say(f"renewing {count} lineages")
    measured = bench.time(certbot.command("renew"), env=certbot.environment())
    if measured.output.count("(success)") != count:
        raise Failed(f"not all of {count} were renewed: {measured.output[-2000:]}")
    bench.table.add(f"{count} due, memory", measured.peak, "B", at_most=MOST_MEMORY)
    bench.table.add(f"{count} due, for each", measured.seconds / count)
    return measured


def measure_both(bench, few, many):
    ca = bench.start(QuickCA(bench.new_folder("ca")))
    first, second = renew_due(bench, ca, few), renew_due(bench, ca, many)
    bench.table.add(f"growth of the time from {few} to {many}", second.seconds / first.seconds, "",
                    at_most=1.2 * many / few)
    bench.table.add(f"memory for each beyond {few}", max(0, second.peak - first.peak) / (many - few),
                    "B", at_most=1024)


def measure(bench):
    measure_both(bench, 1000, 10000)
