"""How the name of the CA becomes an address: every way that a resolver knows, and what can be wrong
with each."""

import socket
import threading
import time

import pytest

from .authority import OWN, PRODUCTION
from .client import SYSTEM

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
    client.set_kernel("net/ipv6/conf/all/disable_ipv6", 1)
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
    """The modules are there, and what they talk to is not: a desktop whose daemon is down."""
    modules = {"debian-desktop": ["mdns4_minimal"], "fedora": ["resolve", "myhostname"]}.get(kind, [])
    for module in modules if SYSTEM == "/" else []:
        assert list(client.path("/usr/lib").glob(f"*/libnss_{module}.so.2")), module
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


@pytest.mark.parametrize("target", ["/mnt/wsl/resolv.conf", "/var/lib/netconfig/resolv.conf",
                                    "/nix/store/0c5b0r2hv2ndgqm4kd0sz2wgq0kzmqbm-etc-resolv.conf"])
def test_resolv_conf_that_is_a_link(client, world, target):
    client.write(target, f"nameserver {world.dns.machine.address}\n")
    link(client, "/etc/resolv.conf", target)
    obtain(client)


def test_resolv_conf_behind_two_links(client, world):
    """As NixOS has it."""
    store = "/nix/store/0c5b0r2hv2ndgqm4kd0sz2wgq0kzmqbm-etc-resolv.conf"
    client.write(store, f"nameserver {world.dns.machine.address}\n")
    client.path("/etc/static").mkdir()
    client.path("/etc/static/resolv.conf").symlink_to(store)
    link(client, "/etc/resolv.conf", "/etc/static/resolv.conf")
    obtain(client)


def test_hosts_and_ca_certificates_that_are_links(client, world):
    client.write("/srv/hosts", f"127.0.0.1 localhost\n{world.ca.machine.address} {PRODUCTION}\n")
    client.write("/etc/resolv.conf", "")
    link(client, "/etc/hosts", "/srv/hosts")
    client.run("sh", "-ec", "mkdir -p /var/lib/ca-certificates; cd /etc/ssl/certs; "
                            "mv ca-certificates.crt /var/lib/ca-certificates/ca-bundle.pem; rm -rf *; "
                            "ln -s /var/lib/ca-certificates/ca-bundle.pem ca-certificates.crt")
    obtain(client)


@pytest.mark.parametrize("where", ["/etc/resolv.conf", "/root/private/resolv.conf"])
def test_resolv_conf_that_only_root_can_read(client, world, where):
    """By its mode, or behind a directory that only root can enter."""
    client.path(where).parent.mkdir(exist_ok=True, parents=True)
    client.write(where, f"nameserver {world.dns.machine.address}\n")
    if where.startswith("/etc"):
        client.run("chmod", "600", where)
    else:
        client.run("chmod", "700", "/root", "/root/private")
        link(client, "/etc/resolv.conf", where)
    obtain(client)


def test_first_of_two_addresses_is_silent(client, world):
    """The second one is tried before the time to connect is over."""
    both = f"both.{OWN}"
    other, _ = world.ca.machine.network.addresses(77)
    client.write("/etc/hosts", f"{other} {both}\n{world.ca.machine.address} {both}\n")
    # Nobody answers for it, and nobody says so.
    client.run("ip", "neigh", "replace", other, "lladdr", "02:00:00:00:00:77", "dev", "eth0")
    assert obtain(client, both) < 30


def test_first_of_two_addresses_refuses(client, world):
    """Nobody listens there: the CA's other machine is down, and its address still in DNS."""
    both = f"both.{OWN}"
    client.write("/etc/hosts", f"{world.dns.machine.address} {both}\n{world.ca.machine.address} {both}\n")
    assert obtain(client, both) < 10


@pytest.mark.slow
def test_first_name_server_is_silent_for_long(client, world):
    client.drop(f"ip saddr {world.ca.machine.address} udp sport 53",
                f"ip saddr {world.ca.machine.address} icmp type destination-unreachable")
    client.name_servers(world.ca.machine.address, world.dns.machine.address,
                        more="options timeout:11\n")
    obtain(client)
