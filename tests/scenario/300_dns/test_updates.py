"""Certificates by dns-rfc2136: Pebble looks the records up in the same BIND that takes the updates."""

import time

from lab.certbot import DebianCertbot


def options_for(bind, folder):
    return ["-n", "--dns-rfc2136", "--dns-rfc2136-credentials", bind.credentials(folder / "bind.ini"),
            "--dns-resolver", bind.dns_address]


def names(*domains):
    return [word for domain in domains for word in ("-d", domain)]


def test_wildcard_and_apex_share_a_name_without_sleeping(start, tmp_path):
    bind, certbot = start()
    began = time.monotonic()
    run = certbot.run("certonly", *options_for(bind, tmp_path), *names("example.test", "*.example.test"))
    assert time.monotonic() - began < 5, run
    assert "Waiting" not in run.text
    assert sorted(certbot.lineage("example.test").names()) == ["*.example.test", "example.test"]
    assert bind.txt("_acme-challenge.example.test") == []
    assert bind.serial("example.test") == 3
    conf = (certbot.config_dir / "renewal/example.test.conf").read_text()
    assert "authenticator = dns-rfc2136" in conf
    assert f"dns_rfc2136_credentials = {tmp_path}/bind.ini" in conf


def test_renewal_needs_no_options(start, tmp_path):
    bind, certbot = start()
    certbot.run("certonly", *options_for(bind, tmp_path), *names("a.example.test"))
    certbot.run("renew", "--force-renewal")
    assert bind.serial("example.test") == 5
    assert bind.txt("_acme-challenge.a.example.test") == []


def test_a_hundred_names_in_ten_zones_take_one_update_per_zone(start, tmp_path):
    zones = [f"zone{number}.test" for number in range(10)]
    bind, certbot = start(zones)
    domains = [f"name{index}.{zone}" for zone in zones for index in range(10)]
    certbot.run("certonly", *options_for(bind, tmp_path), *names(*domains), timeout=120)
    assert len(certbot.lineage(domains[0]).names()) == 100
    assert [bind.serial(zone) for zone in zones] == [3] * 10


def test_an_alias_leads_to_another_zone(start, tmp_path):
    bind, certbot = start({"example.test": None, "closed.test": ""}, recursive=True,
                          records={"closed.test": ["_acme-challenge IN CNAME here.example.test."]})
    certbot.run("certonly", *options_for(bind, tmp_path), *names("closed.test", "*.closed.test"))
    assert bind.serial("closed.test") == 1 and bind.serial("example.test") == 3


def test_a_zone_that_refuses_spoils_no_other_lineage(start, tmp_path):
    bind, certbot = start({"example.test": None, "closed.test": ""})
    run = certbot.run("certonly", *options_for(bind, tmp_path), *names("example.test", "closed.test"),
                      check=1)
    assert "cannot add records in zone 'closed.test'" in run.text
    assert "answered REFUSED" in run.text
    assert bind.txt("_acme-challenge.example.test") == []
    assert bind.keys[0].secret not in run.text + certbot.log()


def test_records_of_the_account_are_written_by_the_same_plugin(start, tmp_path):
    bind, certbot = start()
    certbot.run("certonly", *options_for(bind, tmp_path), "--preferred-challenges", "dns-account",
                *names("example.test", "*.example.test"))
    log = bind.log()
    assert "._acme-challenge.example.test" in log and bind.serial("example.test") == 3


def test_certbot_and_we_renew_what_the_other_obtained(start, tmp_path):
    bind, certbot = start()
    debian = DebianCertbot(certbot.folder, certbot.ca)
    no_sleep = ["--dns-rfc2136-propagation-seconds", "1"]
    debian.run("certonly", *options_for(bind, tmp_path)[:4], *no_sleep, *names("theirs.example.test"))
    certbot.run("certonly", *options_for(bind, tmp_path), *no_sleep, *names("ours.example.test"))
    certbot.run("renew", "--force-renewal", "--cert-name", "theirs.example.test",
                "--dns-resolver", bind.dns_address)
    debian.run("renew", "--force-renewal", "--cert-name", "ours.example.test")
    for name in ("theirs.example.test", "ours.example.test"):
        assert certbot.lineage(name).version() == 2
    assert bind.serial("example.test") == 9
