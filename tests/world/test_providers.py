"""Wildcard certificates through the APIs of DNS providers at their own host names, with the default wait
until the name servers show the records."""

import time

import pytest

from .api import TWINS
from .test_names import Stub

NAMES = ["site.example", "*.site.example"]
AWS = "[default]\naws_access_key_id = AKIA0123\naws_secret_access_key = secret-4567\n"


def command(client, twin):
    """The command line, as the provider's page in the documentation has it."""
    written = twin.write_credentials(client.path("/root"))
    client.write("/root/.aws/credentials", AWS, mode=0o600)
    credentials = f" --dns-{twin.name}-credentials ~/{written.name}" if written else ""
    return (f"certbot certonly -n --agree-tos -m admin@example.com --dns-{twin.name}{credentials}"
            f" -d {NAMES[0]} -d '{NAMES[1]}'")


@pytest.mark.parametrize("kind", TWINS, ids=lambda kind: kind.name)
def test_wildcard(client, world, kind):
    twin = world.providers.stand_in(kind, ["site.example"])
    client.type(command(client, twin))
    client.lineage("site.example").verify(*NAMES)
    assert twin.calls and not any(twin.zones.values())


def test_ipv6_that_leads_nowhere_costs_little(client, world):
    """As for the CA (test_names.py): the next address is tried before the first has been given up."""
    twin = world.providers.stand_in(TWINS[0], ["site.example"])
    words = command(client, twin)
    client.drop(f"ip6 saddr {world.providers.machine.address6} tcp sport 443")
    started = time.monotonic()
    client.type(words)
    assert time.monotonic() - started < 6
    client.lineage("site.example").verify(*NAMES)


@pytest.mark.parametrize("line, address", [
    ("nameserver fe80::53%eth0\n", "fe80::53%eth0"),
    ("nameserver 127.0.0.53 # the office's\n", "127.0.0.53"),
    ("; nameserver 192.0.2.250\nnameserver\t127.0.0.53\t; local\n", "127.0.0.53"),
], ids=["link-local", "comment", "semicolon"])
def test_waiting_by_the_name_server_of_the_system(client, world, line, address):
    """resolv.conf is read twice: by the C library for hosts, by us for the records that are waited for.
    Whoever reads no server in it asks 127.0.0.1, where nobody is, and waits until the time is over."""
    twin = world.providers.stand_in(TWINS[0], ["site.example"])
    words = command(client, twin)
    client.run("ip", "address", "add", "fe80::53/64", "dev", "eth0", "nodad")
    Stub(client, address, world.dns.machine.address)
    client.write("/etc/resolv.conf", line)
    started = time.monotonic()
    client.type(words)
    assert time.monotonic() - started < 15
    client.lineage("site.example").verify(*NAMES)


def test_provider_whose_certificate_nobody_vouches_for(client, world):
    """--no-verify-ssl is about the CA, and must not open the way for somebody who wants tokens."""
    twin = world.providers.stand_in(TWINS[0], ["site.example"])
    line = command(client, twin)
    client.run("sh", "-ec", "cd /etc/ssl/certs; rm -rf *; cp /usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt "
                            "ca-certificates.crt")
    shown = client.type(f"{line} --no-verify-ssl", check=1)
    assert not twin.calls and "api.cloudflare.com" in shown
