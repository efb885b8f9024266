"""The name servers: BIND, which is both what clients ask and what answers for their zones."""

from lab.bind import Bind

from .authority import BOUND, NOBODYS, OWN, PRODUCTION, STAGING
from .machine import Machine

# Zones whose every name is the client's machine: those of the user guide and of the book, and one for
# tests.
CLIENT_ZONES = ("example.com", "example.net", "example.org", "existing.com", "newdomain.com",
                "a.example", "b.example", "site.example")

POLICY = 'grant "update-key" zonesub ANY;'


def address_records(name, machine, kinds=("A", "AAAA")):
    given = {"A": machine[0], "AAAA": machine[1]}
    return [f"{name}. IN {kind} {given[kind]}" for kind in kinds]


def client_zone(zone, client):
    return [line for name in (zone, f"*.{zone}") for line in address_records(name, client)]


def long_chain():
    """Aliases whose answer has no room in a datagram of 512 bytes, nor in one of 1,232."""
    names = [f"long.{OWN}", *(f"{'x' * 60}.{'y' * 60}.{'z' * 60}.{number:02}.links.example"
                              for number in range(8)), OWN]
    return [f"{name}. IN CNAME {target}." for name, target in zip(names, names[1:])]


def authority_zone(ca):
    """The names of the CA, by which it can be reached in several ways."""
    return [*address_records(OWN, ca), *address_records(f"v4.{OWN}", ca, ("A",)),
            *address_records(f"v6.{OWN}", ca, ("AAAA",)),
            # With a zone in between that is not the CA's.
            f"chain.{OWN}. IN CNAME one.links.example.", long_chain()[0]]


class NameServer:
    """`machine` has port 53; `bind` is the server."""

    def __init__(self, network, number, ca, client, more=None):
        """more: {name of a host: number of its machine}, each a zone of its own."""
        self.machine = Machine(network, "dns", number)
        ca, client = network.addresses(ca), network.addresses(client)
        records = {zone: client_zone(zone, client) for zone in CLIENT_ZONES}
        records["site.example"] += address_records("v4.site.example", client, ("A",))
        records["letsencrypt.org"] = [line for name in (PRODUCTION, STAGING)
                                      for line in address_records(name, ca)]
        records["authority.example"] = authority_zone(ca)
        records["example.net"] += address_records(NOBODYS, ca)
        records["zerossl.com"] = address_records(BOUND, ca)
        records["links.example"] = ["one.links.example. IN CNAME two.links.example.",
                                    f"two.links.example. IN CNAME {OWN}.", *long_chain()[1:]]
        records["corp.example"] = []
        for host, its_number in (more or {}).items():
            records[host] = address_records(host, network.addresses(its_number))
        self.bind = Bind(network.folder / "dns", zones={zone: POLICY for zone in records},
                         records=records, addresses=(self.machine.address, self.machine.address6),
                         port=53, recursive=True)

    def start(self):
        self.machine.network.join(self.machine.start())
        with self.machine.network_of():
            self.bind.start()
        return self

    def stop(self):
        self.bind.stop()
        self.machine.stop()

    def update(self, *lines):
        """Changes a zone by nsupdate: "add a.site.example 60 A 192.0.2.10"."""
        with self.machine.network_of():
            self.bind.update(*lines)

    def txt(self, name):
        with self.machine.network_of():
            return self.bind.txt(name)
