"""One config directory, two programs: what ours makes Debian's Certbot lists, renews, revokes and
deletes, and the other way round."""

import hashlib
import os

import configobj
import pytest

FORCE = ("renew", "--force-renewal")


@pytest.fixture
def two(certbot, debian_certbot):
    """Ours and Debian's, which is asked for keys of the same type."""
    return certbot, debian_certbot


def conf_of(program, name):
    return configobj.ConfigObj(str(program.lineage(name).conf_path), encoding="utf-8",
                               default_encoding="utf-8").dict()


def listed(program):
    """Name and serial number of each certificate as a program lists them."""
    lines = [line.strip() for line in program.run("certificates").out.splitlines()]
    return [(name.split(": ")[1], serial.split(": ")[1]) for name, serial in zip(lines, lines[1:])
            if name.startswith("Certificate Name: ")]


def test_ours_is_listed_renewed_revoked_and_deleted_by_certbot(two):
    ours, debian = two
    ours.certonly("a.lab.test", "b.lab.test")
    lineage = ours.lineage("a.lab.test").verify("a.lab.test", "b.lab.test")
    assert listed(debian) == listed(ours) == [("a.lab.test", f"{lineage.serial():x}")]
    account = list((ours.config_dir / "accounts").rglob("regr.json"))
    debian.run(*FORCE)
    assert lineage.verify("a.lab.test", "b.lab.test").version() == 2
    assert list((ours.config_dir / "accounts").rglob("regr.json")) == account
    ours.run(*FORCE)
    assert lineage.verify().version() == 3
    debian.run("revoke", "-n", "--cert-name", "a.lab.test", "--no-delete-after-revoke")
    debian.run("delete", "-n", "--cert-name", "a.lab.test")
    assert not lineage.exists() and not lineage.live.exists() and not lineage.archive.exists()
    assert "No certificates found." in ours.run("certificates").out


def test_that_of_certbot_is_listed_renewed_revoked_and_deleted_by_ours(two):
    ours, debian = two
    debian.certonly("a.lab.test", "b.lab.test")
    lineage = debian.lineage("a.lab.test").verify("a.lab.test", "b.lab.test")
    assert listed(ours) == listed(debian) == [("a.lab.test", f"{lineage.serial():x}")]
    account = list((ours.config_dir / "accounts").rglob("regr.json"))
    ours.run(*FORCE)
    assert lineage.verify("a.lab.test", "b.lab.test").version() == 2
    assert list((ours.config_dir / "accounts").rglob("regr.json")) == account
    debian.run(*FORCE)
    assert lineage.verify().version() == 3
    ours.run("revoke", "-n", "--cert-name", "a.lab.test", "--delete-after-revoke")
    assert not lineage.exists() and not lineage.live.exists() and not lineage.archive.exists()


def test_the_confs_are_equal_key_by_key(two):
    ours, debian = two
    options = ("--rsa-key-size", "3072", "--key-type", "rsa", "--preferred-challenges", "http",
               "--deploy-hook", "echo 'a, b' # c")
    ours.certonly("a.lab.test", options=options)
    debian.certonly("b.lab.test", options=options)
    conf, wanted = conf_of(ours, "a.lab.test"), conf_of(debian, "b.lab.test")
    for section in (conf, wanted):
        section.pop("version")
        section.pop("renewal_state", None)
    text = {key: value.replace("b.lab.test", "a.lab.test") for key, value in wanted.items()
            if isinstance(value, str)}
    assert {key: value for key, value in conf.items() if isinstance(value, str)} == text
    assert conf["renewalparams"] == wanted["renewalparams"]


def test_certbot_keeps_what_ours_writes_into_a_conf(two):
    """Sections of ours and comments of the admin survive an update by the other."""
    ours, debian = two
    ours.certonly("a.lab.test")
    path = ours.lineage("a.lab.test").conf_path
    # Certbot replaces a comment at the very beginning.
    path.write_text(path.read_text().replace("archive_dir", "# by the admin\nown = 1\narchive_dir"))
    ours.lineage("a.lab.test").note("failures = 2")
    debian.run(*FORCE)
    assert "# by the admin\nown = 1\n" in path.read_text()
    assert conf_of(ours, "a.lab.test")["renewal_state"]["failures"] == "2"
    ours.run(*FORCE)
    assert "# by the admin\nown = 1\n" in path.read_text()


def test_names_that_are_taken_get_the_same_numbers(two):
    ours, debian = two
    ours.certonly("a.lab.test")
    debian.certonly("a.lab.test", options=("--duplicate",))
    ours.certonly("a.lab.test", options=("--duplicate",))
    assert ours.lineage_names() == ["a.lab.test", "a.lab.test-0001", "a.lab.test-0002"]
    for name in ours.lineage_names():
        ours.lineage(name).verify("a.lab.test")
    assert [name for name, _ in listed(ours)] == [name for name, _ in listed(debian)]


def test_mode_and_group_of_a_key_are_carried_on_by_both(two):
    ours, debian = two
    ours.certonly("a.lab.test")
    lineage = ours.lineage("a.lab.test")
    key = lineage.archive / "privkey1.pem"
    key.chmod(0o640)
    os.chown(key, 0, 5)
    for program in (ours, debian, ours):
        program.run(*FORCE)
        status = (lineage.live / "privkey.pem").stat()
        assert (status.st_mode & 0o7777, status.st_gid) == (0o640, 5)


def test_challenges_that_certbot_lacks_do_not_stop_it(certbot, debian_certbot, pebble):
    """It fails on a pref_challs with another type than its own; what it then renews by http-01, ours renews
    by what was asked for only as long as its conf still says so."""
    certbot.certonly("a.example", options=("--preferred-challenges", "tls-alpn", "--tls-alpn-01-port",
                                           pebble.tls_port))
    assert "preferred_challenges = tls-alpn-01,\n" in certbot.lineage("a.example").conf()
    debian_certbot.run("renew", "--force-renewal")
    assert certbot.lineage("a.example").version() == 2
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage("a.example").version() == 3


def test_a_verified_signature_is_on_record(certbot, debian_certbot):
    """Of these bytes only: what the other program stores is verified at each look."""
    certbot.certonly("a.example")
    lineage = certbot.lineage("a.example")
    record = f"signed = {hashlib.sha256(lineage.read('fullchain')).hexdigest()}\n"
    assert record in lineage.conf_path.read_text()
    debian_certbot.run("renew", "--force-renewal")
    assert record in lineage.conf_path.read_text(), "it keeps what it does not know"
    assert "VALID: " in certbot.run("certificates").out
    chain = lineage.archive / "chain2.pem"
    chain.write_bytes(lineage.read("cert"))
    (lineage.archive / "fullchain2.pem").write_bytes(lineage.read("cert") * 2)
    assert "verifying the signature" in certbot.run("certificates").err
