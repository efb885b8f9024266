"""`--key-type ecdsa,rsa`: a second key in the same lineage, which Certbot reads as it always did."""

import os
import signal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lab.authority import public_bytes
from lab.certbot import Certbot
from lab.due import plant
from lab.faults import FAULTS, Fault
from lab.hostile import HostileCA, signal_when_issued
from lab.reply import problem
from lab.requests_of_others import request_of

NAME = "two.lab.test"
BOTH = ("--key-type", "ecdsa,rsa")
FORCE = ("renew", "--force-renewal")


def verify(certbot, first, second, *names):
    """Both keys' files are whole, of these generations, and of the types that were asked for."""
    lineage = certbot.lineage(NAME).verify(*(names or (NAME,)))
    companion = lineage.second().verify(*(names or (NAME,)))
    assert (lineage.version(), companion.version()) == (first, second)
    assert isinstance(lineage.key, ec.EllipticCurvePrivateKey)
    assert isinstance(companion.key, rsa.RSAPrivateKey)
    return lineage, companion


@pytest.mark.asan
def test_both_are_obtained_and_renewed_together(certbot):
    certbot.certonly(NAME, options=BOTH)
    lineage, companion = verify(certbot, 1, 1)
    assert "\nkey_type = ecdsa\n" in lineage.conf() and "second_key_type = rsa" in lineage.conf()
    before = lineage.serial(), companion.serial()
    assert "not due" in certbot.run("renew").out
    keys = [lineage.archive / f"privkey{suffix}1.pem" for suffix in ("", "-rsa")]
    keys[1].chmod(0o640)
    os.chown(keys[1], -1, 33)
    certbot.run(*FORCE)
    verify(certbot, 2, 2)
    renewed = [(lineage.archive / f"privkey{suffix}2.pem").stat() for suffix in ("", "-rsa")]
    assert [(stat.st_mode & 0o777, stat.st_gid) for stat in renewed] == [(0o600, 0), (0o640, 33)]
    assert not {lineage.serial(), companion.serial()} & set(before)
    assert not [path for path in lineage.archive.iterdir() if path.name.startswith(".")]


def test_certbot_renews_the_first_and_ours_then_the_second_alone(certbot, debian_certbot):
    certbot.certonly(NAME, options=BOTH)
    listed = debian_certbot.run("certificates").out
    assert f"Certificate Name: {NAME}" in listed and "INVALID" not in listed
    debian_certbot.run(*FORCE)
    lineage, companion = verify(certbot, 2, 1)
    serial = lineage.serial()
    ran = certbot.run("renew", "-v")
    assert "second key" in ran.text
    verify(certbot, 2, 2)
    assert lineage.serial() == serial, "the first was renewed as well"
    assert "not due" in certbot.run("renew").out
    assert f"renewed {NAME}" in certbot.run("log").out
    assert "only the certificate of its second key" in certbot.run("undo", "-n", check=1).err
    verify(certbot, 2, 2)
    debian_certbot.run(*FORCE)
    verify(certbot, 3, 2)
    certbot.run(*FORCE)
    verify(certbot, 4, 4)


def test_types_in_the_other_order_are_two_new_certificates(certbot):
    certbot.certonly(NAME, options=BOTH)
    certbot.run("reconfigure", "--cert-name", NAME, "--key-type", "rsa,ecdsa")
    certbot.run("renew")
    lineage = certbot.lineage(NAME).verify(NAME)
    companion = lineage.second("ecdsa").verify(NAME)
    assert isinstance(lineage.key, rsa.RSAPrivateKey)
    assert isinstance(companion.key, ec.EllipticCurvePrivateKey)
    assert (lineage.version(), companion.version()) == (2, 2)
    assert "not due" in certbot.run("renew").out


def test_a_second_that_certbot_leaves_to_itself_is_told_of(certbot, debian_certbot):
    certbot.certonly(NAME, options=BOTH)
    debian_certbot.certonly(NAME, options=("--key-type", "rsa", "--cert-name", NAME))
    remedy = f"certbot renew --cert-name {NAME} --force-renewal --key-type ecdsa,rsa for both"
    assert f"    Second Key: rsa, not renewed any more: {remedy}" in certbot.run("certificates").out
    # Neither a renewal of the first nor a change of other options forgets it.
    certbot.run("reconfigure", "--cert-name", NAME, "--deploy-hook", "true")
    for options in ((), ("--force-renewal",), ()):
        assert remedy in certbot.run("renew", *options).text
    told, = certbot.json("status")["certificates"]
    assert (told["state"], told["owed"]) == ("owed", ["second-key"])
    assert (told["second"]["key_type"], told["second"]["renewed"]) == ("rsa", False)
    listed, = certbot.json("certificates")["certificates"]
    left = certbot.lineage(NAME).second()
    assert (listed["second"]["renewed"], listed["second"]["serial"]) == (False, f"{left.serial():x}")
    assert listed["second"]["not_after"] == told["second"]["not_after"]
    answer, = certbot.json("why", NAME)["answers"]
    assert "second-key-left" in str(answer) and remedy in str(answer)
    certbot.run(*remedy.split(" for ")[0].split()[1:])
    verify(certbot, 4, 4)
    told, = certbot.json("status")["certificates"]
    assert told["state"] == "ok" and not told["owed"]
    assert "not renewed any more" not in certbot.run("renew").text


def test_from_one_to_two_and_back(certbot):
    certbot.certonly(NAME)
    lineage = certbot.lineage(NAME).verify()
    assert not list(lineage.live.glob("*-rsa.pem"))
    certbot.certonly(NAME, options=(*BOTH, "--cert-name", NAME))
    verify(certbot, 2, 2)
    certbot.certonly(NAME, options=("--force-renewal",))
    verify(certbot, 3, 3)
    certbot.certonly(NAME, options=("--key-type", "ecdsa", "--cert-name", NAME))
    assert "second_key_type" not in lineage.conf()
    # Servers may still have its paths, and its keys are nobody's to unlink.
    verify(certbot, 4, 3)
    certbot.run(*FORCE)
    verify(certbot, 5, 3)
    certbot.certonly(NAME, options=(*BOTH, "--cert-name", NAME))
    verify(certbot, 6, 6)
    certbot.run("delete", "-n", "--cert-name", NAME)
    assert not lineage.exists() and not lineage.live.exists() and not lineage.archive.exists()


def test_a_second_that_was_dropped_goes_with_the_lineage(certbot):
    certbot.certonly(NAME, options=BOTH)
    certbot.certonly(NAME, options=("--key-type", "ecdsa", "--cert-name", NAME))
    lineage = certbot.lineage(NAME)
    certbot.run("delete", "-n", "--cert-name", NAME)
    assert not lineage.live.exists() and not lineage.archive.exists()


def test_a_key_that_is_reused_is_so_for_both(certbot):
    certbot.certonly(NAME, options=(*BOTH, "--reuse-key"))
    lineage, companion = verify(certbot, 1, 1)
    keys = lineage.read("privkey"), companion.read("privkey")
    certbot.run(*FORCE)
    verify(certbot, 2, 2)
    assert (lineage.read("privkey"), companion.read("privkey")) == keys


def test_old_generations_of_both_go(certbot):
    certbot.certonly(NAME, options=(*BOTH, "--reuse-key"))
    for _ in range(7):
        certbot.run(*FORCE)
    lineage, companion = verify(certbot, 8, 8)
    assert lineage.versions() == companion.versions() == [3, 4, 5, 6, 7, 8]


def test_listings_tell_of_the_second(certbot, debian_certbot):
    certbot.certonly(NAME, options=BOTH)
    companion = certbot.lineage(NAME).second()
    assert "    Second Key: rsa, until " in certbot.run("certificates").out
    listed, = certbot.json("certificates")["certificates"]
    assert (listed["second"]["key_type"], listed["second"]["serial"]) == ("rsa", f"{companion.serial():x}")
    assert listed["second"]["renewed"]
    told, = certbot.json("status")["certificates"]
    assert told["state"] == "ok" and told["second"]["key_type"] == "rsa" and told["second"]["not_after"]
    debian_certbot.run(*FORCE)
    told, = certbot.json("status")["certificates"]
    assert (told["state"], told["next_try"]["why"]) == ("due", "second-key")
    assert "(older than the first)" in certbot.run("certificates").out
    assert "due for renewal" in certbot.run("why", NAME).out


def test_both_are_revoked_by_name(certbot, pebble):
    certbot.certonly(NAME, options=BOTH)
    lineage, companion = verify(certbot, 1, 1)
    out = certbot.run("revoke", "-n", "--cert-name", NAME, "--no-delete-after-revoke").out
    assert out.count("successfully revoked") == 2
    assert "INVALID: REVOKED" in certbot.run("certificates").out
    certbot.run("renew")
    verify(certbot, 2, 2)


@pytest.mark.parametrize("revoked, other", [("cert-rsa.pem", "cert.pem"), ("cert.pem", "cert-rsa.pem")])
def test_one_that_is_revoked_keeps_the_other(certbot, revoked, other):
    certbot.certonly(NAME, options=BOTH)
    lineage, companion = verify(certbot, 1, 1)
    out = certbot.run("revoke", "-n", "--cert-path", lineage.live / revoked, "--delete-after-revoke").out
    assert f"/{other} is not revoked; nothing was deleted" in out
    verify(certbot, 1, 1)
    told, = certbot.json("status")["certificates"]
    assert (told["state"], told["well"], told["next_try"]["why"]) == ("revoked", False, "revoked")
    assert told["second"]["revoked"] == (revoked == "cert-rsa.pem")
    why, = certbot.json("why", NAME)["answers"]
    assert why["id"] == "revoked" and ("for its rsa key" in why["cause"]) == (revoked == "cert-rsa.pem")
    certbot.run("revoke", "-n", "--cert-path", lineage.live / other, "--no-delete-after-revoke")
    told, = certbot.json("status")["certificates"]
    assert told["state"] == "revoked", "the second revocation hides the first"
    certbot.run("renew")
    verify(certbot, 2, 2)
    assert certbot.json("status")["certificates"][0]["state"] == "ok"


def leave_second(certbot, debian_certbot, left_by):
    """The second key is not renewed any more: Certbot keeps its type in the conf, ours forgets it."""
    certbot.certonly(NAME, options=BOTH)
    if left_by == "certbot":
        debian_certbot.run(*FORCE, "--key-type", "rsa")
    else:
        certbot.run(*FORCE, "--key-type", "ecdsa")
    return certbot.lineage(NAME)


@pytest.mark.parametrize("left_by", ["certbot", "ours"])
def test_one_that_is_left_is_revoked_too(certbot, debian_certbot, left_by):
    lineage = leave_second(certbot, debian_certbot, left_by)
    refused = certbot.run("revoke", "-n", "--cert-name", NAME, "--key-type", "rsa", check=1)
    assert f"--cert-path {lineage.live / 'cert-rsa.pem'}" in refused.err and "revoked the" not in refused.out
    # No --server: its path is enough to find the CA and the account.
    out = certbot.run("revoke", "-n", "--cert-path", lineage.live / "cert-rsa.pem").out
    assert "/cert.pem is not revoked; nothing was deleted" in out and "renew' replaces" not in out
    if left_by == "certbot":
        assert certbot.json("status")["certificates"][0]["second"]["revoked"]
    out = certbot.run("revoke", "-n", "--cert-name", NAME, "--reason", "keycompromise").out
    assert "cert-rsa.pem had been revoked before" in out and out.count("successfully revoked") == 1
    assert "Deleted all files" in out and not lineage.live.exists()


@pytest.mark.parametrize("left_by", ["certbot", "ours"])
def test_one_that_is_left_is_not_deleted_unrevoked(certbot, debian_certbot, left_by):
    lineage = leave_second(certbot, debian_certbot, left_by)
    out = certbot.run("revoke", "-n", "--cert-path", lineage.live / "cert.pem").out
    assert "/cert-rsa.pem is not revoked; nothing was deleted" in out and lineage.live.exists()


def test_one_that_is_left_and_has_expired_is_not_in_the_way(certbot, debian_certbot):
    lineage = leave_second(certbot, debian_certbot, "ours")
    plant(certbot, NAME, ["expired.lab.test"], days=-1)
    expired = certbot.lineage("expired.lab.test").live / "cert.pem"
    (lineage.live / "cert-rsa.pem").write_bytes(expired.read_bytes())
    out = certbot.run("revoke", "-n", "--cert-name", NAME).out
    assert out.count("successfully revoked") == 1 and "Deleted all files" in out
    assert not lineage.live.exists()


def test_both_revoked_by_path_are_deleted(certbot):
    certbot.certonly(NAME, options=BOTH)
    lineage, companion = verify(certbot, 1, 1)
    certbot.run("revoke", "-n", "--cert-path", lineage.live / "cert-rsa.pem")
    assert lineage.exists()
    out = certbot.run("revoke", "-n", "--cert-path", lineage.live / "cert.pem").out
    assert "Deleted all files" in out and not lineage.exists() and not lineage.live.exists()


def refuse_after(ca, orders):
    """The CA refuses all orders after that many more."""
    limit = len(ca.orders) + orders

    def change(ca, exchange, reply):
        return problem("rejectedIdentifier", "no more today", 403) if len(ca.orders) > limit else reply

    ca.fault = Fault("no-more-orders", "new-order", change, "error", False)


def test_a_second_that_the_ca_refuses_is_asked_for_alone_later(tmp_path):
    with HostileCA(tmp_path / "ca") as ca:
        certbot = Certbot(tmp_path / "certbot", ca)
        lineage = certbot.lineage(NAME)
        refuse_after(ca, 1)
        failed = certbot.certonly(NAME, options=BOTH, check=1)
        assert "certificate of the rsa key was not obtained" in failed.err
        assert lineage.verify(NAME).version() == 1 and not list(lineage.live.glob("*-rsa.pem"))
        assert "without a certificate yet" in certbot.run("certificates").out
        ca.fault = None
        serial = lineage.serial()
        assert "not trying again before" in certbot.run("renew").out
        certbot.run("renew", "--cert-name", NAME)
        verify(certbot, 1, 1)
        refuse_after(ca, 1)
        failed = certbot.run(*FORCE, check=1)
        assert "but not for its rsa key" in failed.err
        verify(certbot, 2, 1)
        refuse_after(ca, 0)
        assert "Failed to renew" in certbot.run("renew", "--cert-name", NAME, check=1).err
        verify(certbot, 2, 1)
        ca.fault = None
        renewed = lineage.serial()
        certbot.run("renew", "--cert-name", NAME)
        verify(certbot, 2, 2)
        assert lineage.serial() == renewed != serial
        assert not [path for path in lineage.archive.iterdir() if path.name.startswith(".")]


def keep_waiting(ca, count):
    """The CA issues, and the certificate after so many comes byte by byte."""
    trickle = FAULTS["certificate-trickle"].change
    ca.fault = Fault("slow-certificate", "certificate", lambda ca, exchange, reply: trickle(
        ca, exchange, reply) if len(ca.certificates) > count else reply, "error", True)


@pytest.mark.parametrize("renews", [False, True])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_stop_while_the_second_is_awaited_keeps_the_first(tmp_path, renews, number):
    """However it ends: the first that was issued is stored, by this run or the next one, and the key of
    the second, which may be issued, is that of the next order."""
    with HostileCA(tmp_path / "ca") as ca:
        certbot = Certbot(tmp_path / "certbot", ca)
        certbot.run("register", "-n")
        obtain = ("certonly", "-n", "--standalone", "--http-01-port", f"{ca.http_port}", "-d", NAME, *BOTH)
        if renews:
            certbot.certonly(NAME, options=BOTH)
        before = len(ca.certificates)
        keep_waiting(ca, before + 1)
        signal_when_issued(ca, certbot, before + 2, number, *(FORCE if renews else obtain))
        ca.fault = None
        first, second = ca.certificates[before:]
        certbot.run("renew", "--cert-name", NAME)
        lineage, companion = verify(certbot, before // 2 + 1, before // 2 + 1)
        assert lineage.serial() == first.serial_number and len(ca.certificates) == before + 3
        assert public_bytes(companion.key) == public_bytes(second)
        assert not [path for path in lineage.archive.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_stop_of_an_order_for_the_second_alone_keeps_its_key(tmp_path, number):
    with HostileCA(tmp_path / "ca") as ca:
        certbot = Certbot(tmp_path / "certbot", ca)
        refuse_after(ca, 1)
        certbot.certonly(NAME, options=BOTH, check=1)
        keep_waiting(ca, 1)
        signal_when_issued(ca, certbot, 2, number, "renew", "--cert-name", NAME)
        lineage = certbot.lineage(NAME)
        assert lineage.verify(NAME).serial() == ca.certificates[0].serial_number
        assert (lineage.archive / ".privkey-rsa.pem.new").exists()
        ca.fault = None
        certbot.run("renew", "--cert-name", NAME)
        _, companion = verify(certbot, 1, 1)
        assert public_bytes(companion.key) == public_bytes(ca.certificates[1])


def test_a_second_that_is_damaged_is_renewed_with_the_first(certbot):
    """It cannot be stored under the number of the first, which is known before the CA is asked."""
    certbot.certonly(NAME, options=BOTH)
    certbot.run(*FORCE)
    lineage = certbot.lineage(NAME)
    for path in (lineage.archive / "fullchain-rsa2.pem", *lineage.live.glob("*-rsa.pem")):
        path.unlink()
    certbot.run("renew")
    certbot.run("renew")
    verify(certbot, 3, 3)


def test_a_reused_key_of_the_second_type_is_refused(certbot):
    """The conf was edited to name both types, and the certificate still has an RSA key."""
    certbot.certonly(NAME, options=("--key-type", "rsa"))
    lineage = certbot.lineage(NAME)
    conf = lineage.conf().replace("key_type = rsa", "key_type = ecdsa")
    lineage.conf_path.write_text(conf + "[services]\nsecond_key_type = rsa\n")
    refused = certbot.run("renew", "--cert-name", NAME, "--reuse-key", "--force-renewal", check=1)
    assert "it is of type rsa, which is that of the second" in refused.err
    assert lineage.version() == 1


def test_a_second_that_cannot_be_revoked_keeps_no_other_from_it(tmp_path):
    with HostileCA(tmp_path / "ca") as ca:
        certbot = Certbot(tmp_path / "certbot", ca)
        certbot.certonly(NAME, options=BOTH)
        ca.fault = Fault("refuses-one", "revoke", lambda ca, exchange, reply: problem(
            "unauthorized", "not this one", 403) if ca.seen["revoke"] == 1 else reply, "error", False)
        failed = certbot.run("revoke", "-n", "--cert-name", NAME, "--no-delete-after-revoke", check=1)
        assert "cert-rsa.pem" in failed.err and ca.seen["revoke"] == 2
        assert failed.out.count("successfully revoked") == 1


def test_undo_rehearsal_and_moved_links_are_of_both(certbot):
    certbot.certonly(NAME, options=BOTH)
    certbot.run(*FORCE)
    verify(certbot, 2, 2)
    certbot.run("undo", "-n")
    verify(certbot, 1, 1)
    certbot.run("renew")
    verify(certbot, 1, 1)
    certbot.run("renew", "--dry-run", "--server", certbot.ca.directory)
    verify(certbot, 1, 1)
    certbot.run(*FORCE)
    lineage, companion = verify(certbot, 3, 3)
    moved = certbot.folder / "moved"
    lineage.archive.rename(moved)
    conf = lineage.conf()
    lineage.conf_path.write_text(conf.replace(f"archive_dir = {lineage.archive}", f"archive_dir = {moved}"))
    certbot.run("update_symlinks")
    assert {str((lineage.live / f"{kind}.pem").resolve().parent) for kind in ("cert", "privkey-rsa", "fullchain-rsa")} \
        == {str(moved)}


@pytest.mark.parametrize("option", ["--csr", "--renew-csr"])
def test_a_request_of_ones_own_has_one_key(certbot, option):
    path = certbot.folder / "request.pem"
    path.write_bytes(request_of(NAME))
    refused = certbot.certonly(options=(*BOTH, option, path), check=1)
    assert f"--key-type ecdsa,rsa cannot be used with {option}" in refused.err
