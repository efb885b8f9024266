"""The processes without rights, looked at from outside while challenges are published."""

import os
import signal
import time
from pathlib import Path

import pytest

from lab.children import (ZYGOTE, alive, check_no_rights, children, open_files, parent_of_children,
                          status)
from lab.dialogue import Dialogue
from lab.process import accepts, wait_for

ROLES = ("certbot: network", "certbot: parser", "certbot: responder")


@pytest.fixture
def talk(certbot, pebble):
    """A certonly that waits before the CA is told to look."""
    certbot.extra_env["SECRET_TOKEN"] = "of the environment"
    args = ["certonly", "--standalone", "--http-01-port", pebble.http_port, "-d", "a.example",
            "--agree-tos", "--register-unsafely-without-email", "--debug-challenges"]
    with Dialogue(certbot, *args) as talk:
        talk.expect("Press Enter")
        yield talk


def test_they_have_no_rights(talk, certbot):
    found = children(talk.pid)
    assert set(found) == set(ROLES)
    for pid in found.values():
        check_no_rights(pid, certbot.folder)
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"SECRET_TOKEN" not in environment
    talk.answer("")
    assert talk.end() == 0


def test_the_one_that_forks_them_has_nothing_but_its_orders(talk, certbot):
    zygote = parent_of_children(talk.pid)
    files = open_files(zygote)
    assert sorted(files)[:4] == [0, 1, 2, 3] and len(files) <= 5  # and an empty directory
    assert [files[number] for number in (0, 1)] == ["/dev/null"] * 2
    assert not any(str(certbot.folder) in target for target in files.values())
    assert b"SECRET_TOKEN" not in Path(f"/proc/{zygote}/environ").read_bytes()
    talk.answer("")
    assert talk.end() == 0
    assert not alive(zygote)


def test_the_responder_sees_no_files_and_opens_none(talk):
    responder = children(talk.pid)["certbot: responder"]
    assert list(Path(f"/proc/{responder}/root").iterdir()) == []
    assert status(responder)["Seccomp"] == ["2"]
    files = open_files(responder)
    sockets = [number for number, target in files.items() if target.startswith("socket:")]
    assert 3 in sockets and len(sockets) in (2, 3)
    assert all(target in ("/dev/null", "/null") or number == 2 or number in sockets
               for number, target in files.items()), files
    talk.answer("")
    assert talk.end() == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGHUP])
def test_they_end_with_the_program(talk, pebble, how):
    pids = [*children(talk.pid).values(), parent_of_children(talk.pid)]
    os.kill(talk.pid, how)
    wait_for(lambda: not any(alive(pid) for pid in pids), "the end of the children")
    assert talk.end() in (1, -how)
    assert not accepts(pebble.http_port)


ALL = (*ROLES, ZYGOTE)


def stop(talk, role):
    """Stops one of the processes; those that there are."""
    pids = {**children(talk.pid), ZYGOTE: parent_of_children(talk.pid)}
    os.kill(pids[role], signal.SIGSTOP)
    wait_for(lambda: status(pids[role])["State"][0] == "T", "a process that is stopped")
    return pids.values()


@pytest.mark.parametrize("role", ALL)
def test_one_that_is_stopped_ends_with_the_program(talk, role):
    """It does not see that its channel has ended."""
    pids = stop(talk, role)
    os.kill(talk.pid, signal.SIGKILL)
    wait_for(lambda: not any(alive(pid) for pid in pids), "the end of the children")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("role", ALL)
def test_a_signal_does_not_wait_for_one_that_is_stopped(talk, role, how):
    pids = stop(talk, role)
    started = time.monotonic()
    os.kill(talk.pid, how)
    assert talk.end(timeout=60) in (1, -how)
    assert time.monotonic() - started < 3.5
    wait_for(lambda: not any(alive(pid) for pid in pids), "the end of the children")


def test_a_responder_that_dies_is_replaced(talk, certbot):
    """Nobody hands it anything any more, so nobody would meet its end before the CA does."""
    os.kill(children(talk.pid)["certbot: responder"], signal.SIGKILL)
    talk.answer("")
    assert talk.end() == 0, talk.text
    assert "the other process has ended; another takes its place" in certbot.log()
    certbot.lineage("a.example").verify("a.example")


def test_a_responder_that_hangs_keeps_nobody_waiting(talk, certbot):
    """Stopped, it holds the CA's connection, and no certificate comes of it; but the program ends."""
    responder = children(talk.pid)["certbot: responder"]
    os.kill(responder, signal.SIGSTOP)
    talk.answer("")
    assert talk.end(timeout=60) == 1
    assert not alive(responder)
    assert certbot.lineage_names() == []


@pytest.mark.parametrize("role", ["certbot: network", "certbot: parser"])
def test_one_that_dies_is_started_again(talk, certbot, role):
    os.kill(children(talk.pid)[role], signal.SIGKILL)
    time.sleep(0.1)
    talk.answer("")
    assert talk.end() == 0, talk.text
    certbot.lineage("a.example").verify("a.example")


@pytest.mark.parametrize("role", ["certbot: network", "certbot: parser"])
def test_two_that_are_killed_for_want_of_memory(talk, certbot, role):
    """The one that starts the others is among them, so those that are left have nobody who waits for
    their end, and whoever takes the other's place is started as a program."""
    left = children(talk.pid)
    os.kill(parent_of_children(talk.pid), signal.SIGKILL)
    os.kill(left.pop(role), signal.SIGKILL)
    time.sleep(0.1)
    talk.answer("")
    assert talk.end() == 0, talk.text
    certbot.lineage("a.example").verify("a.example")
    assert "the process that has our children fails" in certbot.log()
    wait_for(lambda: not any(alive(pid) for pid in left.values()), "the end of the children")


@pytest.mark.slow
@pytest.mark.parametrize("role", ["network", "parser"])
def test_one_that_hangs_is_replaced_after_a_while(talk, certbot, role):
    """Stopped, it is alive and gives no sign of life."""
    stopped = children(talk.pid)[f"certbot: {role}"]
    os.kill(stopped, signal.SIGSTOP)
    started = time.monotonic()
    talk.answer("")
    assert talk.end(timeout=200) == 0, talk.text
    assert 20 < time.monotonic() - started < 35
    assert talk.text.count(f"Waiting for the {role} process, 10 s: it is stopped") == 1
    assert not alive(stopped)
    certbot.lineage("a.example").verify("a.example")


@pytest.mark.slow
def test_one_that_starts_the_others_and_hangs_is_not_waited_for(talk, certbot):
    stopped = parent_of_children(talk.pid)
    os.kill(stopped, signal.SIGSTOP)
    started = time.monotonic()
    talk.answer("")
    assert talk.end(timeout=200) == 0, talk.text
    assert time.monotonic() - started < 40
    assert not alive(stopped)
    certbot.lineage("a.example").verify("a.example")
