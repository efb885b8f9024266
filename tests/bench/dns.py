"""Certificates by dynamic DNS updates: BIND takes them, and the CA looks them up in the same BIND."""

from lab.bind import Bind

from . import peers

TITLE = "dns-rfc2136: wildcard and apex; 100 names in 10 zones"
ORDER = 35
ZONES = [f"zone{number}.example" for number in range(10)]
APEX = [ZONES[0], "*." + ZONES[0]]
MANY = [f"n{number}.{zone}" for zone in ZONES for number in range(10)]


class LegoDns(peers.Lego):
    """lego asks name servers on port 53 only, so its check is turned
    off; it waits out a fixed time then."""

    def __init__(self, folder, ca, bind):
        super().__init__(folder, ca, None)
        self.bind = bind
        key = bind.keys[0]
        self.env.update({"RFC2136_NAMESERVER": bind.dns_address, "RFC2136_TSIG_KEY": key.name,
                         "RFC2136_TSIG_SECRET": key.secret,
                         "RFC2136_TSIG_ALGORITHM": f"hmac-{key.algorithm}."})

    def obtain(self, names):
        words = [word for name in names for word in ("-d", name)]
        return ["lego", "-a", "-m", "admin@example.com", "-s", self.ca.directory, "--path",
                self.folder, "--dns", "rfc2136", "--dns.resolvers", self.bind.dns_address,
                "--dns.disable-cp", *words, "run"]


def certonly(certbot, bind, names, *options):
    words = [word for name in names for word in ("-d", name)]
    return certbot.command("certonly", "-n", "--dns-rfc2136", "--dns-rfc2136-credentials",
                           bind.credentials(certbot.folder / "bind.ini"), "--force-renewal", *options,
                           *words)


def measure(bench):
    bind = bench.start(Bind(bench.new_folder("bind"), ZONES))
    pebble = bench.pebble(authz_reuse=0, dns=bind.dns_address)
    ours = bench.ours(bench.new_folder("ours"), pebble)
    ours.extra_env["CERTBOT_DNS_TEST_PORT"] = str(bind.port)
    theirs = bench.theirs(bench.new_folder("certbot"), pebble)
    for what, names, most in (("wildcard and apex", APEX, 2.0), ("100 names, 10 zones", MANY, None)):
        mine = bench.best(certonly(ours, bind, names, "--dns-resolver", bind.dns_address), 3,
                          env=ours.environment())
        before = sum(bind.serial(zone) for zone in ZONES)
        bench.time(certonly(ours, bind, names, "--dns-resolver", bind.dns_address),
                   env=ours.environment())
        messages = sum(bind.serial(zone) for zone in ZONES) - before
        others = {}
        if names is APEX:
            bench.say("certbot sleeps for 60 seconds, its default")
        others["certbot"] = bench.time(certonly(theirs, bind, names), env=theirs.environment()).seconds
        if bench.installed("lego") and names is APEX:  # it lets 60 seconds pass between names
            lego = LegoDns(bench.new_folder("lego"), pebble, bind)
            others["lego"] = bench.time(lego.obtain(names), env=lego.env).seconds
        bench.table.add(what, mine.seconds, faster=8, at_most=most, **others)
        bench.table.add(f"{what}, update messages", messages, "",
                        at_most=2 if names is APEX else 20)
