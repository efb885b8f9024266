"""The lab itself, proved with Debian's certbot: the test CA and what is read from the disk."""

import json

import pytest

from lab.certbot import CommandFailed, DebianCertbot
from lab.hosts import NAME
from lab.lineage import certificates, differences, snapshot
from lab.process import LabError


def test_debian_certbot_obtains_a_certificate(debian_certbot, pebble):
    debian_certbot.certonly("a.lab.test", "b.lab.test")
    lineage = debian_certbot.lineage("a.lab.test").verify("a.lab.test", "b.lab.test")
    assert lineage.version() == 1
    assert certificates(pebble.root())[0].subject == lineage.chain[-1].issuer
    assert pebble.certificate_status(lineage.serial())["Status"] == "Valid"


def test_requests_are_counted(debian_certbot, pebble):
    pebble.fetch("/dir", management=False)
    assert pebble.new_requests() == [("GET", "/dir")]
    debian_certbot.run("register")
    assert ("POST", "/sign-me-up") in pebble.new_requests()
    assert pebble.new_requests() == []


def test_a_validation_that_fails_is_an_error(debian_certbot, pebble):
    pebble.dns.set_servfail("broken.lab.test")
    with pytest.raises(CommandFailed):
        debian_certbot.certonly("broken.lab.test")


def test_dns_records_reach_the_validation(debian_certbot, dns_hook):
    debian_certbot.run("certonly", "-n", "--manual", "--preferred-challenges", "dns",
                       "--manual-auth-hook", dns_hook, "-d", "*.dns.lab.test")
    debian_certbot.lineage("dns.lab.test").verify("*.dns.lab.test")


def test_external_account_binding(start_pebble, tmp_path):
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    certbot = DebianCertbot(tmp_path / "c", start_pebble(eab_keys={"kid-1": key}))
    with pytest.raises(CommandFailed):
        certbot.run("register", "-n")
    certbot.run("register", "-n", "--eab-kid", "kid-1", "--eab-hmac-key", key)


def test_chain_length_and_alternate_roots(start_pebble, tmp_path):
    pebble = start_pebble(chain_length=3, alternate_roots=2)
    certbot = DebianCertbot(tmp_path / "c", pebble)
    certbot.certonly("long.lab.test")
    assert len(certbot.lineage("long.lab.test").verify().chain) == 3
    assert len({pebble.root(number) for number in range(3)}) == 3


def test_renewal_info_can_be_set(start_pebble, tmp_path):
    pebble = start_pebble()
    certbot = DebianCertbot(tmp_path / "c", pebble)
    certbot.certonly("ari.lab.test")
    window = {"start": "2030-01-02T00:00:00Z", "end": "2030-01-03T00:00:00Z"}
    pebble.set_renewal_info(certbot.lineage("ari.lab.test").read("cert"),
                            json.dumps({"suggestedWindow": window}))


def test_a_ca_called_localhost(certbot, pebble):
    """All others of the lab have a name, which goes through more of the resolver."""
    assert f"{NAME}:" in pebble.directory
    certbot.certonly("a.lab.test", options=[
        "--server", f"https://localhost:{pebble.port}/dir", "--agree-tos",
        "--register-unsafely-without-email"])
    assert "server = https://localhost:" in certbot.lineage("a.lab.test").verify("a.lab.test").conf()


def test_a_ca_that_does_not_start_is_reported(start_pebble):
    with pytest.raises(LabError, match="ended with"):
        start_pebble(profiles="no profiles at all")


def test_snapshots_tell_what_changed(tmp_path):
    (tmp_path / "kept").write_text("1")
    (tmp_path / "edited").write_text("1")
    (tmp_path / "removed").mkdir()
    before = snapshot(tmp_path)
    (tmp_path / "edited").write_text("2")
    (tmp_path / "removed").rmdir()
    (tmp_path / "link").symlink_to("kept")
    lines = differences(before, snapshot(tmp_path))
    assert [line.split(":")[0] for line in lines] == ["changed", "gone", "new"]
    assert not differences(before, before)
