"""Standalone answers tls-sni-01: which the guide promises, and only CAs of old offer."""

import socket
import ssl

import pytest

from lab.certbot import Certbot
from lab.dialogue import Dialogue
from lab.process import accepts


@pytest.fixture
def certbot_at(tmp_path):
    return lambda ca: Certbot(tmp_path / "certbot", ca)


def sni(ca, *more):
    return "-n", "--standalone", "--tls-sni-01-port", ca.tls_port, "--http-01-port", ca.http_port, *more


@pytest.mark.asan
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_certificate_is_chosen_by_the_name(certbot_at, draft_ca, address):
    """Two names, two certificates of one server, which listens on IPv6 and IPv4. It is what the CA
    offers first and last."""
    ca = draft_ca(challenges=("http-01", "tls-sni-01"))
    ca.address = address
    certbot = certbot_at(ca)
    certbot.run("certonly", *sni(ca), "-d", "a.example,b.example")
    assert sorted(ca.validated) == [("tls-sni-01", "a.example"), ("tls-sni-01", "b.example")]
    assert f"{address}: shown the certificate for '" in certbot.log()
    assert not accepts(ca.tls_port)
    # What was chosen without being asked for is not kept.
    conf = certbot.lineage("a.example").conf()
    assert "pref_challs" not in conf and f"tls_sni_01_port = {ca.tls_port}\n" in conf
    certbot.run("renew", "--force-renewal")
    assert len(ca.validated) == 4


def test_http_is_preferred_when_it_is_asked_for(certbot_at, draft_ca):
    ca = draft_ca()
    certbot = certbot_at(ca)
    certbot.run("certonly", *sni(ca, "--preferred-challenges", "http"), "-d", "a.example")
    certbot.run("certonly", *sni(ca, "--standalone-supported-challenges", "http-01"), "-d", "b.example")
    certbot.run("renew", "--force-renewal")
    assert ca.validated == [("http-01", "a.example"), ("http-01", "b.example")] * 2
