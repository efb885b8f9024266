"""One certificate, with 1 name and with 100, from a CA on loopback by an account that exists."""

from . import load, peers

TITLE = "certonly, 1 name and 100 names"
ORDER = 30
NAMES_100 = [f"n{number:03}.example" for number in range(100)]


def certonly(certbot, names, port):
    words = [word for name in names for word in ("-d", name)]
    return certbot.command("certonly", "-n", "--standalone", "--http-01-port", port,
                           "--force-renewal", *words)


def measure_certbot(bench, certbot, names, times):
    """The quickest of several runs, and the number of requests of the last one."""
    port = certbot.ca.http_port
    bench.time(certonly(certbot, ["first.example"], port), env=certbot.environment())
    certbot.ca.new_requests()
    best = bench.best(certonly(certbot, names, port), times, env=certbot.environment())
    return best, len(certbot.ca.new_requests()) / times


def measure_waits(bench):
    """The same where the CA asks for pauses, with the numbers of Pebble's packaged settings."""
    pebble = bench.pebble(authz_reuse=0, always_valid=True, retry_after={"authz": 3, "order": 5})
    mine, _ = measure_certbot(bench, bench.ours(bench.new_folder("ours"), pebble),
                              ["one.example"], 1)
    trips, waits = load.times_of_one(pebble, "trips.example")
    bench.table.add("1 name, the CA asks for pauses", mine.seconds)
    bench.table.add("1 name, those pauses", waits)
    bench.table.add("1 name, per the pauses or round trips", mine.seconds / max(trips, waits), "",
                    at_most=1.3)


def measure(bench):
    pebble = bench.pebble(authz_reuse=0, always_valid=True)
    for names, times in ((["one.example"], 5), (NAMES_100, 2)):
        what = f"{len(names)} name{'s' * (len(names) > 1)}"
        mine, my_requests = measure_certbot(
            bench, bench.ours(bench.new_folder("ours"), pebble), names, times)
        reference, its_requests = measure_certbot(
            bench, bench.theirs(bench.new_folder("certbot"), pebble), names, 1)
        others = {}
        for peer_class in peers.present(bench):
            peer = peer_class(bench.new_folder(peer_class.name), pebble, pebble.http_port)
            bench.time(peer.obtain(["first.example"]), env=peer.env)
            others[peer.name] = bench.best(peer.obtain(names), 1, env=peer.env)
        seconds = {name: other.seconds for name, other in others.items()}
        peaks = {name: other.peak for name, other in others.items()}
        if len(names) == 1:
            trips = min(load.times_of_one(pebble, "trips.example")[0] for _ in range(5))
            bench.table.add(what, mine.seconds, certbot=reference.seconds, **seconds)
            bench.table.add("1 name, sum of its round trips", trips)
            measure_waits(bench)
            bench.table.add("1 name, requests", my_requests, "", at_most=9, certbot=its_requests)
        else:
            bench.table.add(what, mine.seconds, faster=8, certbot=reference.seconds, **seconds)
            bench.table.add(f"{what}, requests", my_requests, "", at_most=210,
                            certbot=its_requests)
        bench.table.add(f"{what}, memory", mine.peak, "B", at_most=12 * 2**20,
                        certbot=reference.peak, **peaks)
