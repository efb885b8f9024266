"""The process that talks to name servers: what it can do, what it knows, and what its loss costs."""

import base64
import os
import signal
import time
from pathlib import Path

import pytest

from lab.children import check_no_rights, children, memory_has, open_files
from lab.dialogue import Dialogue

RESOLVER = "certbot: resolver"


@pytest.fixture
def paused(start, tmp_path):
    """A certonly by dns-rfc2136 that waits before the CA is told to look."""
    bind, certbot = start()
    args = ["certonly", "--dns-rfc2136", "--dns-rfc2136-credentials",
            bind.credentials(tmp_path / "bind.ini"), "--dns-resolver", bind.dns_address,
            "--agree-tos", "--register-unsafely-without-email", "--debug-challenges",
            "-d", "a.example.test"]
    with Dialogue(certbot, *args) as talk:
        talk.expect("Press Enter")
        yield bind, certbot, talk


def test_it_has_no_rights_no_files_and_no_key(paused):
    bind, certbot, talk = paused
    pid = children(talk.pid)[RESOLVER]
    check_no_rights(pid, certbot.folder, bind.folder)
    assert list(Path(f"/proc/{pid}/root").iterdir()) == []
    sockets = [number for number, target in open_files(pid).items() if target.startswith("socket:")]
    assert sockets == [3]
    secret = bind.keys[0].secret.encode()
    # It has handled the records of the challenge, so what is looked for would be found.
    assert memory_has(pid, b"_acme-challenge")
    assert memory_has(talk.pid, base64.b64decode(secret))
    assert not memory_has(pid, base64.b64decode(secret)) and not memory_has(pid, secret)
    talk.answer("")
    assert talk.end() == 0, talk.text


def test_no_message_of_a_name_server_reaches_the_program(start, tmp_path):
    """Of all its sockets, only those of its children belong to the main process."""
    bind, certbot = start()
    trace = tmp_path / "trace"
    run = certbot.run("certonly", "-n", "--dns-rfc2136", "--dns-rfc2136-credentials",
                      bind.credentials(tmp_path / "bind.ini"), "--dns-resolver", bind.dns_address,
                      "-d", "a.example.test",
                      under=["strace", "-o", trace, "-e", "trace=socket,connect"])
    assert "Successfully received" in run.text
    assert "AF_INET" not in trace.read_text()


def test_another_takes_the_place_of_one_that_died(paused):
    bind, certbot, talk = paused
    os.kill(children(talk.pid)[RESOLVER], signal.SIGKILL)
    talk.answer("")
    assert talk.end() == 0, talk.text
    assert "the resolver process is lost" in certbot.log()
    assert certbot.lineage_names() == ["a.example.test"]
    assert bind.txt("_acme-challenge.a.example.test") == []


def test_a_signal_to_end_soon_gives_up_one_that_is_stopped(paused):
    """What it would have done to clean up, another does."""
    bind, certbot, talk = paused
    assert bind.txt("_acme-challenge.a.example.test") != []
    os.kill(children(talk.pid)[RESOLVER], signal.SIGSTOP)
    started = time.monotonic()
    os.kill(talk.pid, signal.SIGINT)
    assert talk.end(timeout=60) == 1, talk.text
    assert time.monotonic() - started < 6
    assert bind.txt("_acme-challenge.a.example.test") == []


@pytest.mark.slow
def test_another_takes_the_place_of_one_that_hangs(paused):
    bind, certbot, talk = paused
    os.kill(children(talk.pid)[RESOLVER], signal.SIGSTOP)
    talk.answer("")
    assert talk.end(timeout=120) == 0, talk.text
    assert "the resolver process is lost" in certbot.log()
    assert certbot.lineage_names() == ["a.example.test"]
    assert bind.txt("_acme-challenge.a.example.test") == []
