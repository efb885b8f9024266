"""An independent client speaks ACME v1 with the CA of the lab: Debian 11's certbot 1.12, the last in Debian
that can. This would reveal a mistake that the CA and our client have in common. Afterwards each program
goes on with what the other has left behind.

Run by scripts/second-client, which makes the root of Debian 11 and names it in SECOND_CLIENT.
"""

import os
import shutil
import subprocess

import pytest

from .authority import V1

ROOT = os.environ["SECOND_CLIENT"]
THEIRS, OURS = "/usr/bin/certbot", "/usr/local/bin/certbot"
SERVER = f"--server https://{V1}/directory"
OBTAIN = f"certonly -n --standalone -d example.com -m a@example.com --agree-tos {SERVER}"
RENEW = "renew --force-renewal --no-random-sleep-on-renew"
REVOKE = "revoke -n --cert-path /etc/letsencrypt/live/example.com/cert.pem --reason superseded " \
         f"--no-delete-after-revoke {SERVER}"


@pytest.fixture
def ca(world):
    return world.ca_v1.begin_again()


@pytest.fixture
def their_machine(world):
    with world.client(system=ROOT) as client:
        yield client


def move(machine, target):
    """Takes /etc/letsencrypt with it."""
    folder = target.path("/etc/letsencrypt")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cp", "-a", machine, folder], check=True)


def leave(machine, folder):
    """The copy of a machine's /etc/letsencrypt."""
    subprocess.run(["cp", "-a", machine.path("/etc/letsencrypt"), folder], check=True)
    return folder


def test_it_is_another_client(their_machine):
    assert " ".join(their_machine.type(f"{THEIRS} --version").split()).startswith("certbot 1.12.")


@pytest.mark.parametrize("combinations", ["any", [[1, 2], [0]]])
def test_life_of_a_certificate(their_machine, ca, combinations):
    ca.combinations = combinations
    try:
        their_machine.type(f"{THEIRS} {OBTAIN}")
        first = their_machine.lineage("example.com").verify("example.com").serial()
        their_machine.type(f"{THEIRS} {RENEW}")
    finally:
        ca.combinations = "any"
    second = their_machine.lineage("example.com").verify("example.com")
    assert second.version() == 2 and second.serial() != first
    assert ca.used() == ["http-01"] * 2
    their_machine.type(f"{THEIRS} {REVOKE}")
    assert ca.revoked == {second.serial(): 4}


def test_an_account_is_updated_and_deactivated(their_machine, ca):
    their_machine.type(f"{THEIRS} register -n -m a@example.com --agree-tos {SERVER}")
    assert ca.registrations[0]["agreement"] == ca.terms_url
    their_machine.type(f"{THEIRS} update_account -n -m b@example.com {SERVER}")
    assert ca.registrations[0]["contact"] == ["mailto:b@example.com"]
    their_machine.type(f"{THEIRS} unregister -n {SERVER}")
    assert ca.registrations[0]["status"] == "deactivated"


def test_refused_nonces(their_machine, ca):
    """It tries again once."""
    ca.bad_nonces = 1
    their_machine.type(f"{THEIRS} {OBTAIN}")
    assert ca.bad_nonces == 0


def test_ours_goes_on_where_theirs_ended(world, ca, tmp_path):
    with world.client(system=ROOT) as theirs:
        theirs.type(f"{THEIRS} {OBTAIN}")
        left = leave(theirs, tmp_path / "letsencrypt")
    with world.client() as ours:
        move(left, ours)
        ours.type(f"{OURS} {RENEW}")
        renewed = ours.lineage("example.com").verify("example.com")
        assert renewed.version() == 2 and len(ca.registrations) == 1
        ours.type(f"{OURS} {REVOKE}")
        assert list(ca.revoked) == [renewed.serial()]


def test_theirs_goes_on_where_ours_ended(world, ca, tmp_path):
    with world.client() as ours:
        ours.type(f"{OURS} {OBTAIN} --preferred-challenges http")
        left = leave(ours, tmp_path / "letsencrypt")
    with world.client(system=ROOT) as theirs:
        move(left, theirs)
        theirs.type(f"{THEIRS} {RENEW}")
        renewed = theirs.lineage("example.com").verify("example.com")
        assert renewed.version() == 2 and len(ca.registrations) == 1
        theirs.type(f"{THEIRS} {REVOKE}")
        assert list(ca.revoked) == [renewed.serial()]
