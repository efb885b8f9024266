"""The standalone plugin: challenges of both kinds, for names and addresses, and a port that is taken."""

import re
import socket
import subprocess
import sys
import time

import pytest

from lab.dialogue import Dialogue
from lab.process import accepts

LISTEN = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
time.sleep(120)
"""


def by_http(ca):
    return "--http-01-port", ca.http_port


def by_tls(ca):
    return "--preferred-challenges", "tls-alpn", "--tls-alpn-01-port", ca.tls_port


@pytest.fixture
def taken(pebble):
    """A program that listens on the port of http-01."""
    with subprocess.Popen([sys.executable, "-c", LISTEN, str(pebble.http_port)],
                          stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        yield process
        process.kill()


@pytest.mark.asan
@pytest.mark.parametrize("kind", [by_http, by_tls])
@pytest.mark.parametrize("subject", ["-d a.example -d b.example", "--ip-address 127.0.0.1",
                                     "--ip-address ::1", "-d c.example --ip-address 127.0.0.1"])
def test_names_and_addresses(certbot, pebble, kind, subject):
    """Pebble asks an address itself, so ::1 is over IPv6 and all else over IPv4."""
    words = subject.split()
    certbot.run("certonly", "-n", "--standalone", *kind(pebble), *words)
    names = words[1::2]
    assert sorted(certbot.lineage(names[0]).names()) == sorted(names)
    log = certbot.log()
    peer = "::1" if names == ["::1"] else "127.0.0.1"
    seen = f"{peer}: answered 'GET /.well-known" if kind is by_http else \
        f"{peer}: shown the certificate for '"
    assert seen in log
    assert not accepts(pebble.http_port) and not accepts(pebble.tls_port)


def test_both_kinds_in_one_order_of_preference(certbot, pebble):
    """The first kind that both sides know is taken. The CA's reply to the answer tells which; what the
    responder notes may come too late for the log."""
    result = certbot.run("certonly", "-n", "--standalone", "--preferred-challenges",
                         "dns,tls-alpn,http", "--tls-alpn-01-port", pebble.tls_port, "-d", "a.example")
    assert result.rc == 0
    assert re.search(r"reply \d+ from '[^']*/chalZ/[^']*': HTTP status 200:.*tls-alpn-01", certbot.log())


def test_a_taken_port_names_who_has_it(certbot, pebble, taken):
    result = certbot.certonly("a.example", check=1)
    for part in (str(pebble.http_port), str(taken.pid), "python", "--http-01-port", "--webroot"):
        assert part in result.err, result
    assert certbot.lineage_names() == []


def test_a_taken_port_can_be_tried_again(certbot, pebble, taken):
    args = ["certonly", "--standalone", "--http-01-port", pebble.http_port, "-d", "a.example",
            "--agree-tos", "--register-unsafely-without-email"]
    with Dialogue(certbot, *args) as talk:
        talk.expect("in use by").expect("(R)etry/(C)ancel")
        taken.kill()
        taken.wait()
        talk.answer("r")
        assert talk.end() == 0, talk.text
    certbot.lineage("a.example").verify("a.example")


def test_an_address_of_another_machine(certbot):
    result = certbot.certonly("a.example", options=("--http-01-address", "192.0.2.1"), check=1)
    assert "192.0.2.1" in result.err


def test_a_port_in_use_by_clients_only_is_free(certbot, pebble):
    """Connections of an earlier run that linger do not keep the port (SO_REUSEADDR)."""
    certbot.certonly("a.example")
    start = time.monotonic()
    certbot.certonly("b.example")
    assert time.monotonic() - start < 10


def test_silent_clients_do_not_keep_the_ca_out(certbot, pebble):
    """More connections than the responder holds, opened before the CA looks and never used."""
    held = []
    args = ["certonly", "--standalone", "--http-01-port", pebble.http_port, "-d", "a.example",
            "--agree-tos", "--register-unsafely-without-email", "--debug-challenges"]
    with Dialogue(certbot, *args) as talk:
        talk.expect("Press Enter")
        for _ in range(400):
            held.append(socket.create_connection(("127.0.0.1", pebble.http_port)))
        talk.answer("")
        assert talk.end() == 0, talk.text
    for client in held:
        client.close()
    certbot.lineage("a.example").verify("a.example")
