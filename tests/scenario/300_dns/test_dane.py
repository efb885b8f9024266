"""--dane: the next key is announced by a TLSA record before it is used, in a real zone."""

import hashlib
import re

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NAME = "mail.example.test"
RECORD = re.compile(r"^(\S+)\. IN TLSA (3 1 1 [0-9a-f]{64}) ; (present|next) key", re.MULTILINE)


@pytest.fixture
def zone(start):
    bind, certbot = start({"example.test": 'grant "update-key" zonesub ANY;'})

    def certonly(*options, **run_options):
        return certbot.certonly(NAME, options=["--dns-resolver", bind.dns_address, *options],
                                **run_options)

    bind.update(f"add {NAME} 60 A 127.0.0.1")
    certbot.dane = lambda verb, **options: certbot.run("dane", verb, "--dns-resolver",
                                                       bind.dns_address, **options)
    return bind, certbot, certonly


def records(certbot):
    """{"present": {owner: value}, "next": ...} as `dane show` prints them."""
    found = {"present": {}, "next": {}}
    for owner, value, which in RECORD.findall(certbot.dane("show").out):
        found[which][owner] = value
    return found


def value_of(cert):
    spki = cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"3 1 1 {hashlib.sha256(spki).hexdigest()}"


def announce(bind, *values, owner=f"_25._tcp.{NAME}"):
    bind.update(f"delete {owner} TLSA",
                *(f"add {owner} 60 TLSA {value}" for value in values))


def test_the_next_key_waits_for_its_record(zone):
    bind, certbot, certonly = zone
    certonly("--dane", "25")
    shown = records(certbot)
    owner = f"_25._tcp.{NAME}"
    first = value_of(certbot.leaf(NAME))
    second = shown["next"][owner]
    assert shown["present"] == {owner: first} and second != first
    key = certbot.lineage(NAME).archive / ".privkey.pem.next"
    assert key.stat().st_mode & 0o777 == 0o600

    announce(bind, first)
    certbot.run("renew", "--force-renewal", "--dns-resolver", bind.dns_address)
    run = certbot.log()
    assert value_of(certbot.leaf(NAME)) == first, "the key that peers know"
    assert f"Add this record: {owner}. IN TLSA {second}" in run
    assert records(certbot)["next"][owner] == second
    missing = certbot.dane("check", check=1)
    assert f"{owner}. IN TLSA {second} ; next key: missing" in missing.out
    found = certbot.json("dane", "check", "--dns-resolver", bind.dns_address, check=1)["records"]
    assert [(record["key"], record["state"]) for record in found] == [
        ("present", "in-place"), ("next", "missing")]

    announce(bind, first, second)
    assert "missing" not in certbot.dane("check").out
    certbot.run("renew", "--force-renewal", "--dns-resolver", bind.dns_address)
    assert value_of(certbot.leaf(NAME)) == second
    assert records(certbot)["next"][owner] not in (first, second)


def test_without_tlsa_records_nobody_is_turned_away(zone):
    bind, certbot, certonly = zone
    certonly("--dane", "25", "--dane", "443", "--dane", "25")
    following = records(certbot)["next"]
    assert set(following) == {f"_25._tcp.{NAME}", f"_443._tcp.{NAME}"}
    assert certbot.dane("show").out.count("present key") == 2, "25 is one port"
    assert "4 TLSA records are missing" in certbot.dane("check", check=1).err, "they may be lost"
    announce(bind, "2 1 1 " + "a" * 64)
    assert "2 TLSA records are missing" in certbot.dane("check", check=1).err, "there is none on 443"
    announce(bind)
    certbot.run("renew", "--force-renewal", "--dns-resolver", bind.dns_address)
    assert value_of(certbot.leaf(NAME)) in following.values()


def test_a_name_without_records_may_stand_beside_one_with_them(zone):
    bind, certbot, _ = zone
    bind.update("add www.example.test 60 A 127.0.0.1")
    certbot.certonly(NAME, "www.example.test", options=["--dns-resolver", bind.dns_address, "--dane", "25"])
    assert "4 TLSA records are missing" in certbot.dane("check", check=1).err
    announce(bind, "2 1 1 " + "a" * 64)
    assert certbot.dane("check").out.count("without-tlsa") == 2


def test_a_key_that_is_kept_has_no_next_one(zone):
    bind, certbot, certonly = zone
    certonly("--dane", "25", "--reuse-key")
    first = value_of(certbot.leaf(NAME))
    assert records(certbot) == {"present": {f"_25._tcp.{NAME}": first}, "next": {}}
    announce(bind, first)
    certbot.dane("check")
    certbot.run("renew", "--force-renewal", "--dns-resolver", bind.dns_address)
    assert value_of(certbot.leaf(NAME)) == first
    assert not (certbot.lineage(NAME).archive / ".privkey.pem.next").exists()


@pytest.mark.parametrize("values, waits", [
    (("2 1 1 " + "a" * 64,), False),      # the CA is named, which stays
    (("3 1 1 " + "a" * 64,), True),
    (("1 1 1 " + "a" * 64,), True),
    (("3 0 1 " + "a" * 64, "0 0 1 " + "b" * 64), False),
])
def test_other_records(zone, values, waits):
    bind, certbot, certonly = zone
    certonly("--dane", "25")
    first = value_of(certbot.leaf(NAME))
    announce(bind, *values)
    certbot.run("renew", "--force-renewal", "--dns-resolver", bind.dns_address)
    assert (value_of(certbot.leaf(NAME)) == first) == waits


def test_no_answer_keeps_the_key(zone):
    bind, certbot, certonly = zone
    certonly("--dane", "25")
    first = value_of(certbot.leaf(NAME))
    run = certbot.run("renew", "--force-renewal", "--dns-resolver", "127.0.0.1:9")
    assert "keeps its present key" in run.text and value_of(certbot.leaf(NAME)) == first


def test_added_and_taken_away_later(zone):
    bind, certbot, certonly = zone
    certonly()
    assert "No certificate has --dane." in certbot.dane("show").out
    certbot.run("reconfigure", "--cert-name", NAME, "--dane", "25")
    first = records(certbot)
    assert first["next"]
    announce(bind, first["next"][f"_25._tcp.{NAME}"])
    certbot.run("reconfigure", "--cert-name", NAME, "--dane", "none")
    assert "No certificate has --dane." in certbot.dane("show").out
    certbot.run("renew", "--force-renewal", "--dns-resolver", bind.dns_address)
    assert value_of(certbot.leaf(NAME)) not in first["next"].values()


def test_a_next_key_that_cannot_be_read_stays_as_it_is(zone):
    bind, certbot, certonly = zone
    certonly("--dane", "25")
    first = value_of(certbot.leaf(NAME))
    key = certbot.lineage(NAME).archive / ".privkey.pem.next"
    key.write_text("broken")
    run = certbot.run("renew", "--force-renewal", "--dns-resolver", bind.dns_address)
    assert "the next one cannot be read" in run.text
    assert value_of(certbot.leaf(NAME)) == first and key.read_text() == "broken"


def test_delete_takes_the_next_key_along(zone):
    _, certbot, certonly = zone
    certonly("--dane", "25")
    archive = certbot.lineage(NAME).archive
    certbot.run("delete", "-n", "--cert-name", NAME)
    assert not archive.exists()


def test_certbot_keeps_the_option(zone, debian_certbot):
    bind, certbot, certonly = zone
    certonly("--dane", "25")
    debian_certbot.ca = certbot.ca
    debian_certbot.run("certificates")
    debian_certbot.run("renew", "--force-renewal")
    assert records(certbot)["next"]


def test_mistakes_are_named(zone):
    _, certbot, certonly = zone
    result = certonly("--dane", "smtp", check=1)
    assert "cannot use --dane 'smtp': expected the number of a TCP port" in result.err
    result = certonly("--dane", "25", "--key-type", "ecdsa,rsa", check=1)
    assert "--dane is for a certificate with one key" in result.err
    assert certbot.lineage_names() == []
    certonly()
    result = certbot.run("reconfigure", "--cert-name", NAME, "--dane", "25", "--key-type", "ecdsa,rsa", check=1)
    assert "--dane is for a certificate with one key" in result.err
    result = certbot.run("dane", "show", "--cert-name", NAME, check=1)
    assert "certbot reconfigure --cert-name mail.example.test --dane PORT" in result.err
