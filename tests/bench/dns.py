"""Certificates by dynamic DNS updates: BIND takes them, and the CA looks them up in the same BIND."""

from lab.bind import Bind

from . import peers

TITLE = "dns-rfc2136: wildcard and apex; 100 names in 10 zones"
# Neither of the peers looks at the zone by itself: what they wait for is time. This is the least.
LEAST_CERTBOT = ("--dns-rfc2136-propagation-seconds", "1")
LEAST_LEGO = {"RFC2136_SEQUENCE_INTERVAL": "0", "RFC2136_POLLING_INTERVAL": "1",
              "RFC2136_PROPAGATION_TIMEOUT": "1"}
LEAST = "certbot told to wait 1 s, lego 0 s between names"
ORDER = 35
ZONES = [f"zone{number}.example" for number in range(10)]
APEX = [ZONES[0], "*." + ZONES[0]]
MANY = [f"n{number}.{zone}" for zone in ZONES for number in range(10)]
# lego does one name after the other, several seconds each.
FEW = [f"n0.{zone}" for zone in ZONES]


class LegoDns(peers.Lego):
    """lego asks name servers on port 53 only, so its check is turned off. By default it lets 60 seconds
    pass between names."""

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


class Contest:
    """One BIND and CA, and the clients that meet there."""

    def __init__(self, bench):
        self.bench = bench
        self.bind = bench.start(Bind(bench.new_folder("bind"), ZONES))
        self.pebble = bench.pebble(authz_reuse=0, dns=self.bind.dns_address)
        self.ours = bench.ours(bench.new_folder("ours"), self.pebble)
        self.ours.extra_env["CERTBOT_DNS_TEST_PORT"] = str(self.bind.port)
        self.certbot = bench.theirs(bench.new_folder("certbot"), self.pebble)

    def our_command(self, names):
        return certonly(self.ours, self.bind, names, "--dns-resolver", self.bind.dns_address)

    def our_seconds(self, names):
        return self.bench.best(self.our_command(names), 3, env=self.ours.environment()).seconds

    def messages(self, names):
        """Updates that one run of ours sends."""
        before = sum(self.bind.serial(zone) for zone in ZONES)
        self.bench.time(self.our_command(names), env=self.ours.environment())
        return sum(self.bind.serial(zone) for zone in ZONES) - before

    def certbot_seconds(self, names, *options):
        command = certonly(self.certbot, self.bind, names, *options)
        return self.bench.time(command, env=self.certbot.environment()).seconds

    def lego_seconds(self, names):
        """{"lego": seconds} with the least waiting that it can be told; {} where it is not."""
        if not self.bench.installed("lego"):
            return {}
        lego = LegoDns(self.bench.new_folder("lego"), self.pebble, self.bind)
        return {"lego": self.bench.time(lego.obtain(names), env={**lego.env, **LEAST_LEGO}).seconds}


def measure(bench):
    contest = Contest(bench)
    mine = contest.our_seconds(APEX)
    bench.say("certbot sleeps for 60 seconds, its default")
    bench.table.add("wildcard and apex, by default", mine, faster=8, at_most=2.0,
                    certbot=contest.certbot_seconds(APEX))
    bench.table.add(f"wildcard and apex, {LEAST}", mine,
                    certbot=contest.certbot_seconds(APEX, *LEAST_CERTBOT), **contest.lego_seconds(APEX))
    bench.table.add("wildcard and apex, update messages", contest.messages(APEX), "", at_most=2)
    mine, certbot = contest.our_seconds(MANY), contest.certbot_seconds(MANY, *LEAST_CERTBOT)
    bench.table.add("100 names in 10 zones, certbot told to wait 1 s", mine, faster=8, certbot=certbot)
    per_name = {name: seconds / len(FEW) for name, seconds in contest.lego_seconds(FEW).items()}
    bench.table.add(f"the same for each name, lego's of {len(FEW)} names", mine / len(MANY),
                    certbot=certbot / len(MANY), **per_name)
    bench.table.add("100 names in 10 zones, update messages", contest.messages(MANY), "", at_most=20)
