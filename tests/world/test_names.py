"""How the name of the CA becomes an address: every way that a resolver knows, and what can be wrong
with each."""

import socket
import threading
import time

import pytest

from .authority import OWN, PRODUCTION

CERTONLY = "certbot certonly --standalone -n --agree-tos -m admin@example.com -d www.example.com"
NSS = {
    "debian-desktop": "hosts: files mdns4_minimal [NOTFOUND=return] dns\n",
    "fedora": "hosts: files myhostname resolve [!UNAVAIL=return] dns\n",
    "ubuntu": "passwd: files systemd\nhosts: files mymachines mdns4 resolve dns myhostname\n",
    "minimal": "hosts: files dns\n",
    "missing": None,
}


def obtain(client, host=None):
    """Obtains a certificate at the CA's default name or another; the seconds that it took."""
    start = time.monotonic()
    client.type(f"{CERTONLY} --server https://{host}/directory" if host else CERTONLY)
    client.lineage("www.example.com").verify("www.example.com")
    return time.monotonic() - start


def test_by_the_hosts_file_alone(client, world):
    client.write("/etc/resolv.conf", "")
    client.write("/etc/hosts", f"127.0.0.1 localhost\n{world.ca.machine.address} {PRODUCTION}\n")
    obtain(client)


def test_by_tcp_alone(client, world):
    """A resolver that is told to use TCP, and a network that lets no datagram in."""
    client.drop("udp sport 53")
    client.name_servers(world.dns.machine.address, more="options use-vc\n")
    obtain(client)


def test_answer_too_long_for_a_datagram(client):
    obtain(client, f"long.{OWN}")


def test_by_a_name_server_with_an_ipv6_address(client, world):
    client.name_servers(world.dns.machine.address6)
    obtain(client)


def test_first_name_server_refuses(client, world):
    client.name_servers(world.ca.machine.address, world.dns.machine.address)
    obtain(client)


def test_first_name_server_is_silent(client, world):
    client.drop(f"ip saddr {world.ca.machine.address} udp sport 53",
                f"ip saddr {world.ca.machine.address} icmp type destination-unreachable")
    client.name_servers(world.ca.machine.address, world.dns.machine.address,
                        more="options timeout:1\n")
    obtain(client)


def test_search_list_and_many_dots(client, world):
    client.name_servers(world.dns.machine.address,
                        more="search corp.example authority.example\noptions ndots:5\n")
    obtain(client)


def test_short_name_by_the_search_list(client, world):
    client.name_servers(world.dns.machine.address,
                        more="search corp.example authority.example\n")
    obtain(client, "acme")


@pytest.mark.parametrize("host", ["v4", "v6", "chain"])
def test_one_family_or_aliases(client, host):
    obtain(client, f"{host}.{OWN}")


def test_client_without_ipv6(client):
    client.run("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1")
    client.type(f"{CERTONLY.replace('www.example.com', 'v4.site.example')}")
    client.lineage("v4.site.example").verify("v4.site.example")


def test_ipv6_that_leads_nowhere_costs_little(client, world):
    """The next address is tried before the first has been given up: 200 ms a connection."""
    client.drop(f"ip6 saddr {world.ca.machine.address6} tcp sport 443")
    assert obtain(client) < 6


def test_address_changes_between_renewals(client, world):
    ca, dns = world.ca, world.dns
    other, _ = ca.machine.network.addresses(ca.other_number)
    moving = f"moving.{OWN}"
    dns.update(f"add {moving} 1 A {ca.machine.address}")
    obtain(client, moving)
    dns.update(f"delete {moving} A", f"add {moving} 1 A {other}")
    client.drop(f"ip saddr {ca.machine.address} tcp sport 443")
    time.sleep(1)  # what it may be remembered
    client.type("certbot renew --force-renewal")
    assert client.lineage("www.example.com").version() == 2


@pytest.mark.parametrize("kind", NSS)
def test_sources_of_names(client, kind):
    client.path("/etc/nsswitch.conf").unlink()
    if NSS[kind]:
        client.write("/etc/nsswitch.conf", NSS[kind])
    obtain(client)


class Stub:
    """What a local resolver is: it listens on a loopback address of the client, and passes on."""

    def __init__(self, client, address, dns):
        self.front = client.listen(53, address, socket.SOCK_DGRAM)
        with client.network_of():
            self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect((dns, 53))
        self.clients = {}
        threading.Thread(target=self._in, daemon=True).start()
        threading.Thread(target=self._out, daemon=True).start()

    def _in(self):
        while True:
            question, client = self.front.recvfrom(4096)
            self.clients[question[:2]] = client
            self.back.send(question)

    def _out(self):
        while True:
            answer = self.back.recv(4096)
            self.front.sendto(answer, self.clients[answer[:2]])


def test_stub_of_the_system(client, world):
    """systemd-resolved's file, which is a link, and its address."""
    client.write("/run/systemd/resolve/stub-resolv.conf",
                 "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n")
    link(client, "/etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf")
    Stub(client, "127.0.0.53", world.dns.machine.address)
    obtain(client)


def link(client, path, target):
    client.path(path).unlink()
    client.path(path).symlink_to(target)
