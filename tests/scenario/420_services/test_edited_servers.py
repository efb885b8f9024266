"""What is true of each service whose configuration is edited: a second run at the same time is refused,
and a full disk costs nothing. The servers are stopped: what they will read counts."""

import subprocess
import threading

import pytest

from lab.certbot import Certbot
from lab.mounts import in_mounts
from lab.process import wait_for
from lab.services import SERVICES


@pytest.fixture(scope="module", params=("postfix", "dovecot", "exim", "haproxy", "icecast"))
def started(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    with SERVICES[request.param](None, folder) as service:
        yield service


@pytest.fixture
def service(started, ca, tmp_path):
    """As it was started, for a certbot of the test's own. Where there is a certificate for the host's name
    first, the service has that."""
    folder, kept = started.folders[0], tmp_path / "kept"
    subprocess.run(["cp", "-a", folder, kept], check=True)
    started.certbot = Certbot(tmp_path / "certbot", ca)
    if started.first:
        started.run(*started.install(started.first))
    yield started
    subprocess.run(["sh", "-c", 'rm -rf "$1"/* && cp -a "$0"/. "$1"', kept, folder], check=True)


class HeldRun:
    """A run in a thread, which waits between prepare and deploy until it is let go."""

    def __init__(self, service, folder):
        self.reached, self.release = folder / "reached", folder / "release"
        hook = folder / "hold"
        hook.write_text(f"#!/bin/sh\ntouch {self.reached}\n"
                        f"until [ -e {self.release} ]; do sleep 0.05; done\n")
        hook.chmod(0o755)
        words = service.install()
        at = words.index("standalone")
        command = (*words[:at], "manual", "--manual-auth-hook", hook, *words[at + 1:])
        self.result = None
        self.thread = threading.Thread(target=self._run, args=(service, command))

    def _run(self, service, command):
        self.result = service.run(*command, check=False)

    def __enter__(self):
        self.thread.start()
        wait_for(self.reached.exists, "the hook of the first run")
        return self

    def __exit__(self, *failure):
        self.release.touch()
        self.thread.join()


def test_a_second_run_is_refused_and_the_first_loses_nothing(service, ca, tmp_path):
    """It has a configuration directory of its own, so only the server is common to both."""
    second = Certbot(tmp_path / "second", ca)
    before, lineage = service.files(), service.certbot.lineage(service.name)
    command = service.install("late.lab.test")
    with HeldRun(service, tmp_path) as held:
        ca.new_requests()
        refused = second.run(*command, env=service.env, check=1)
        assert "cannot lock the configuration of" in refused.err, refused
        assert f"'{service.folders[0]}' is in use by" in refused.err, refused
        assert not ca.new_requests() and not second.lineage_names()
        assert service.files() == before
    assert held.result.rc == 0 and service.has(lineage), held.result
    after = service.files()
    second.run(*command, env=service.env)
    assert service.files() != after and service.configuration()
    service.test()
    if service.several:
        assert service.has(lineage)


def full(folder):
    """The folder is on a disk without a free byte; exit status 99 if a file of it is another one
    afterwards."""
    return in_mounts(f"""
        cp -a '{folder}' '{folder}.kept'
        mount -t tmpfs -o size=2m,mode=755 tmpfs '{folder}'
        cp -a '{folder}.kept/.' '{folder}' || exit 98
        cat /dev/zero >'{folder}/filler' 2>/dev/null || :
        status=0
        "$@" || status=$?
        rm '{folder}/filler'
        diff -r '{folder}.kept' '{folder}' >&2 || exit 99
        rm -r '{folder}.kept'
        exit $status""")


def run_on_full_disk(service, *command):
    """The run fails, and says for want of what."""
    folder, before = service.folders[0], service.files()
    result = service.run(*command, under=full(folder), check=1)
    assert f"{folder}/" in result.err and "No space left" in result.err, result
    assert service.files() == before


def test_a_full_disk_keeps_all_as_it_is_and_later_runs_work(service):
    install, lineage = service.install(), service.certbot.lineage(service.name)
    run_on_full_disk(service, *install)
    service.run(*install)
    assert service.has(lineage)
    service.test()
    if not service.copies:
        return  # a renewal writes nothing there
    run_on_full_disk(service, "renew", "--force-renewal", "--cert-name", service.name)
    assert not service.has(lineage)
    service.run("renew")
    assert service.has(lineage) and "_pending" not in lineage.conf()
