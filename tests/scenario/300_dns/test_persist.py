"""Lasting validation records (dns-persist-01) at Pebble, whose DNS is challtestsrv or BIND."""

import re
import time

import pytest

from lab.bind import Bind
from lab.certbot import Certbot

NAME = "example.test"
RECORD = re.compile(r'^_validation-persist\.(\S+)\. IN TXT "(.*)"$', re.MULTILINE)


@pytest.fixture
def ca(start_pebble):
    return start_pebble(caa_identities=["ca.example"], authz_reuse=0)


@pytest.fixture
def certbot(tmp_path, ca):
    return Certbot(tmp_path / "certbot", ca)


def online(ca):
    """What the commands need besides names: the CA, consent, and the resolver of the lab."""
    return ["-n", "--server", ca.directory, "--agree-tos", "--register-unsafely-without-email",
            "--dns-resolver", ca.dns.dns_address]


def show(certbot, ca, *args):
    run = certbot.run("dns-persist", "show", *online(ca), *args)
    return dict(RECORD.findall(run.out))


def publish(ca, records):
    for name, value in records.items():
        ca.dns.add_txt(f"_validation-persist.{name}", value)


def test_the_record_lets_certificates_be_issued_and_renewed(certbot, ca):
    records = show(certbot, ca, "-d", NAME)
    assert re.fullmatch(r"ca\.example; accounturi=https://acme\.lab\.example:\d+/my-account/\S+", records[NAME])
    publish(ca, records)
    assert "the record is in place" in certbot.run("dns-persist", "check", *online(ca), "-d", NAME).out
    certbot.run("certonly", *online(ca), "--dns-persist", "-d", NAME)
    certbot.run("renew", "--force-renewal", "-n")
    assert certbot.lineage(NAME).version() == 2


def test_wildcards_need_the_policy(certbot, ca):
    plain = show(certbot, ca, "-d", NAME)
    publish(ca, plain)
    run = certbot.run("dns-persist", "check", *online(ca), "-d", NAME, "--wildcard", check=1)
    assert "does not have policy=wildcard" in run.out
    ca.dns.clear_txt(f"_validation-persist.{NAME}")
    records = show(certbot, ca, "-d", f"*.{NAME}")
    assert records == {NAME: plain[NAME] + "; policy=wildcard"}
    assert records == show(certbot, ca, "-d", NAME, "--wildcard")
    publish(ca, records)
    certbot.run("certonly", *online(ca), "--dns-persist", "-d", NAME, "-d", f"*.{NAME}")
    assert sorted(certbot.lineage(NAME).names()) == [f"*.{NAME}", NAME]


def test_the_end_of_a_record_is_announced(certbot, ca):
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5 * 86400))
    records = show(certbot, ca, "-d", NAME, "--persist-until", soon)
    assert re.search(r"; persistUntil=\d+$", records[NAME])
    publish(ca, records)
    run = certbot.run("dns-persist", "check", *online(ca), "-d", NAME)
    assert f"expires on {soon}" in run.err
    run = certbot.run("certonly", *online(ca), "--dns-persist", "-d", NAME)
    assert f"expires on {soon}" in run.text


def test_missing_and_expired_records_are_told_apart(certbot, ca):
    run = certbot.run("dns-persist", "check", *online(ca), "-d", NAME, check=1)
    assert "no record at _validation-persist.example.test" in run.out
    assert "1 of 1 records are missing or expired" in run.text
    assert RECORD.search(run.out)
    value = show(certbot, ca, "-d", NAME)[NAME]
    publish(ca, {NAME: value + "; persistUntil=1700000000"})
    run = certbot.run("dns-persist", "check", *online(ca), "-d", NAME, check=1)
    assert "has expired on 2023-11-14" in run.out
    run = certbot.run("certonly", *online(ca), "--dns-persist", "-d", NAME, check=1)
    assert "certbot dns-persist show" in run.text


def test_a_dns_plugin_can_write_the_record(tmp_path, start_pebble):
    with Bind(tmp_path / "bind") as bind:
        ca = start_pebble(dns=bind.dns_address, caa_identities=["ca.example"])
        certbot = Certbot(tmp_path / "certbot", ca, env={"CERTBOT_DNS_TEST_PORT": str(bind.port)})
        common = ["-n", "--server", ca.directory, "--agree-tos", "--register-unsafely-without-email",
                  "--dns-resolver", bind.dns_address, "-d", f"*.{NAME}"]
        certbot.run("dns-persist", "write", *common, "--dns-rfc2136", "--dns-rfc2136-credentials",
                    bind.credentials(tmp_path / "bind.ini"))
        certbot.run("certonly", *common, "--dns-persist")
        assert bind.serial(NAME) == 2, "one update, and none at issuance"


def test_mistakes_are_named(certbot, ca):
    assert "use -d DOMAIN" in certbot.run("dns-persist", "show", *online(ca), check=2).text
    run = certbot.run("dns-persist", "show", *online(ca), "-d", NAME, "--persist-until", "soon", check=2)
    assert "--persist-until 'soon' is not a date" in run.text
