"""What the lab takes for a fault of the test CA, and what not: only then a test gets a second try."""

import os
import signal

from lab.certbot import Certbot
from lab.pebble import Pebble


def test_orders_with_their_authorizations_are_no_fault(start_pebble, tmp_path):
    pebble = start_pebble(authz_reuse=0, nonce_reject=0)
    Certbot(tmp_path / "certbot", pebble).certonly("a.test", "b.test")
    assert Pebble.any_fault() is None
    with open(pebble.folder / "pebble.log", "a", encoding="utf-8") as log:
        log.write('Pebble 2026/01/01 00:00:00 Added order "x" to the db\n')
    assert "used a valid authorization again" in Pebble.any_fault()
    Pebble.forget_faults()
    assert Pebble.any_fault() is None


def test_reuse_that_was_asked_for_is_no_fault(start_pebble, tmp_path):
    certbot = Certbot(tmp_path / "certbot", start_pebble(authz_reuse=100, nonce_reject=0))
    certbot.certonly("a.test")
    certbot.certonly("a.test", options=["--force-renewal"])
    assert Pebble.any_fault() is None


def test_ca_that_is_stuck_is_started_anew(start_pebble, tmp_path):
    pebble = start_pebble()
    os.kill(pebble.child.process.pid, signal.SIGSTOP)
    assert Pebble.any_fault() == "Pebble had locked up"
    Certbot(tmp_path / "certbot", pebble).certonly("a.test")
