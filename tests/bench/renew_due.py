"""renew with everything due: 20 lineages against Certbot, 1,000 against what the CA can serve."""

from lab.forge import Forge, only_account

from . import load

TITLE = "renew --force-renewal of 20 and of 1,000 lineages"
ORDER = 50


def make_lineages(bench, certbot, count):
    """Lineages of the test CA: forged ones, renewed once."""
    port = str(certbot.ca.http_port)
    bench.time(certbot.command("register", "-n"), env=certbot.environment())
    account = only_account(certbot.config_dir)[0]
    bench.say(f"making {count} lineages")
    names = Forge(certbot.config_dir, certbot.ca.directory, account,
                  [f"http01_port = {port}"]).make(count)
    renew(bench, certbot)
    return names


def renew(bench, certbot):
    return bench.time(certbot.command("renew", "-q", "--force-renewal"),
                      env=certbot.environment())


def measure(bench):
    pebble = bench.pebble(authz_reuse=0, always_valid=True)
    ours = bench.ours(bench.new_folder("twenty"), pebble)
    make_lineages(bench, ours, 20)
    pebble.new_requests()
    mine = renew(bench, ours)
    requests = len(pebble.new_requests())
    reference = renew(bench, bench.theirs(ours.folder, pebble))
    bench.table.add("20 lineages", mine.seconds, faster=30, certbot=reference.seconds)
    bench.table.add("20 lineages, memory", mine.peak, "B", certbot=reference.peak)
    bench.table.add("20 lineages, requests for each", requests / 20, "")

    many = bench.ours(bench.new_folder("thousand"), pebble)
    names = make_lineages(bench, many, 1000)
    ceiling = load.seconds_for_many(pebble, names)
    pebble.new_requests()
    mine = renew(bench, many)
    requests = len(pebble.new_requests())
    bench.table.add("1000 lineages", mine.seconds)
    bench.table.add("1000 lineages, what the CA can serve", ceiling)
    bench.table.add("1000 lineages, per that time", mine.seconds / ceiling, "", at_most=2)
    bench.table.add("1000 lineages, requests for each", requests / 1000, "", at_most=9)
    bench.table.add("1000 lineages, memory", mine.peak, "B")
