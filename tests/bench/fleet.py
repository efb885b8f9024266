"""A fleet of many lineages: what they take in etcd, the first pull of a machine that joins, and a pull
with nothing new."""

import re
import shutil

from lab.etcd import Etcd
from lab.fleet_forge import FleetForge
from lab.forge import Forge, only_account
from lab.quick import QuickCA

from .bench import Failed

TITLE = "fleet: 1,000, 10,000 and 100,000 lineages in etcd"
ORDER = 62
IS_LONG = True

# Bytes of the store, keys with values, for each lineage.
MOST_BYTES = 2048
# Lineages per second that a machine takes over which joins.
FEWEST_PER_SECOND = 2000
IDLE_SECONDS = 0.02
# Names in a command line.
ADOPTED_AT_ONCE = 1000


def machine(bench, ca, etcd, name, prefix):
    certbot = bench.ours(bench.new_folder(name), ca)
    certbot.config_dir.mkdir(parents=True)
    (certbot.config_dir / "cli.ini").write_text(
        f"fleet-endpoints = {etcd.url}\nfleet-prefix = {prefix}\nfleet-node = {name}\n")
    certbot.options = ["--config", certbot.config_dir / "cli.ini"]
    return certbot


def run(bench, certbot, *args, times=1):
    return bench.command(certbot, *args, *certbot.options, times=times)


def share(bench, certbot, ca, count):
    """Makes so many lineages, and publishes them; the seconds that the publication took."""
    run(bench, certbot, "register", "-n")
    bench.say(f"making {count} lineages")
    names = Forge(certbot.config_dir, ca.directory, only_account(certbot.config_dir)[0]).make(count)
    run(bench, certbot, "fleet", "init")
    bench.say("publishing them")
    return sum(run(bench, certbot, "fleet", "adopt", *names[first:first + ADOPTED_AT_ONCE]).seconds
               for first in range(0, count, ADOPTED_AT_ONCE))


def forge(bench, certbot, ca, etcd, prefix, count):
    """Puts more lineages into the fleet of a machine that has shared some."""
    bench.say(f"forging {count} more in etcd")
    state = (certbot.config_dir / "fleet/state").read_text()
    forgery = FleetForge(etcd, prefix, (certbot.config_dir / "fleet/key").read_bytes(),
                         re.search(r"^fleet = (.*)", state, re.M).group(1))
    options = (f"[renewalparams]\nserver = {ca.directory}\naccount = {only_account(certbot.config_dir)[0]}\n"
               "authenticator = standalone\nkey_type = ecdsa\n")
    lineages = sorted((certbot.config_dir / "archive").iterdir())
    files = [{kind: (lineage / f"{kind}1.pem").read_bytes() for kind in ("cert", "chain", "privkey")}
             for lineage in lineages]
    for i in range(count):
        forgery.publish(f"more{i:06}.example", files[i % len(files)], options)
    forgery.end(files[0]["chain"])


def stored_bytes(etcd, prefix):
    return sum(len(key) + len(value) for key, value in etcd.pairs(prefix).items())


def measure_one(bench, ca, etcd, count):
    prefix = f"bench-{count}/"
    real = min(count, ADOPTED_AT_ONCE)
    first = machine(bench, ca, etcd, f"first-{count}", prefix)
    second = machine(bench, ca, etcd, f"second-{count}", prefix)
    published = share(bench, first, ca, real)
    stored = stored_bytes(etcd, prefix)
    if count > real:
        forge(bench, first, ca, etcd, prefix, count - real)
    (second.config_dir / "fleet").mkdir(mode=0o700)
    shutil.copy(first.config_dir / "fleet/key", second.config_dir / "fleet/key")
    bench.say("joining")
    joined = run(bench, second, "fleet", "join")
    run(bench, second, "fleet", "pull")
    idle = run(bench, second, "fleet", "pull", times=9)
    made = len(list((second.config_dir / "renewal").glob("*.conf")))
    if made != count:
        raise Failed(f"{made} of {count} lineages were taken over")
    if count == real:
        bench.table.add(f"{count} lineages: in etcd, for each", stored / count, "B", at_most=MOST_BYTES)
        bench.table.add(f"{count} lineages: publishing, for each", published / count)
    bench.table.add(f"{count} lineages: first pull, for each", joined.seconds / count,
                    at_most=1 / FEWEST_PER_SECOND)
    bench.table.add(f"{count} lineages: first pull, memory", joined.peak, "B")
    bench.table.add(f"{count} lineages: a pull with nothing new", idle.seconds, at_most=IDLE_SECONDS)


def measure(bench):
    ca = bench.start(QuickCA(bench.new_folder("ca")))
    etcd = bench.start(Etcd())
    for count in (1000, 10000, 100000):
        measure_one(bench, ca, etcd, count)
