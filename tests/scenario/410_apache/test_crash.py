"""An installation that is killed, or whose writes fail, at any change of a file: the next start undoes
what was not finished, and httpd takes what is left.

STRIKE_EVERY=n strikes at every n-th point only; scripts/soak sets it to 1."""

import shutil

import pytest

from lab import trace
from lab.apache import Apache
from lab.authority import ServerIdentity
from lab.certbot import Certbot

OPTIONS = ("--redirect", "--hsts")


class Bed:
    """Server and certbot in one folder, so that both start again together; nothing runs."""

    def __init__(self, folder):
        self.folder = folder / "bed"
        self.own = ServerIdentity(folder)
        self.apache = Apache(self.folder / "httpd").lay_out()
        self.apache.plain_site("a", "a.example")
        self.certbot = Certbot(self.folder, env=self.apache.environment)
        self.begin = folder / "begin"
        self.keep()

    def keep(self):
        """This is what each strike begins from."""
        shutil.rmtree(self.begin, ignore_errors=True)
        shutil.copytree(self.folder, self.begin, symlinks=True)

    def restore(self):
        shutil.rmtree(self.folder)
        shutil.copytree(self.begin, self.folder, symlinks=True)

    def install(self, *options):
        return ("install", "-n", "--apache", "-d", "a.example", "--cert-path", self.own.cert_path,
                "--key-path", self.own.key_path, "--fullchain-path", self.own.cert_path,
                *options, *self.apache.options())

    def rollback(self, number):
        return ("rollback", "-n", "--apache", "--checkpoints", number, *self.apache.options())

    def state_after(self, command):
        self.certbot.run(*command)
        state = self.apache.snapshot()
        self.restore()
        return state


@pytest.fixture
def bed(open_path):
    return Bed(open_path)


def strike_all(bed, fault, command, between):
    """between: commands that lead to the states which the command goes through."""
    allowed = [bed.apache.snapshot(), *map(bed.state_after, [*between, command])]
    points = trace.points(bed.certbot, *command)
    assert len(points) > 50
    hits = 0
    for point in trace.sample(points, None if fault == "kill" else trace.WRITES):
        bed.restore()
        strike = trace.strike(bed.certbot, point, fault, *command)
        hits += strike.hit
        assert fault == "kill" or strike.result.rc in (0, 1), (point, strike.result)
        # A machine that starts at this moment has its httpd, before any certbot runs.
        bed.apache.configtest()
        bed.certbot.run("renew")
        assert bed.apache.snapshot() in allowed, (fault, point)
        assert not list(bed.certbot.work_dir.glob("reload-owed*")), (fault, point)
        bed.apache.configtest()
    assert hits, "no point was reached"


FAULTS = pytest.mark.parametrize("fault", ["kill", "ENOSPC", "EIO"])


@pytest.mark.timeout(3600)
@FAULTS
def test_an_installation_struck_anywhere_is_undone_by_the_next_run(fault, bed):
    strike_all(bed, fault, bed.install(*OPTIONS),
               [bed.install("--no-redirect"), bed.install("--no-redirect", "--hsts")])
    bed.certbot.run(*bed.install(*OPTIONS))


@pytest.mark.timeout(3600)
@FAULTS
def test_a_rollback_struck_anywhere_has_undone_whole_changes(fault, bed):
    bed.certbot.run(*bed.install(*OPTIONS))
    bed.keep()
    strike_all(bed, fault, bed.rollback(3), [bed.rollback(1), bed.rollback(2)])
    bed.certbot.run(*bed.rollback(3))


def test_httpd_of_a_killed_run_is_reloaded_by_the_next(apache, certbot, control, options):
    """Killed while challenges are up: the next run restores the files, and httpd must follow."""
    apache.plain_site("a", "a.example")
    with apache:
        apache.await_generation(1)
        before = apache.snapshot()
        control.write("""case "$*" in graceful) apache2ctl "$@"; kill -9 $PPID; exit;; esac""")
        assert certbot.run("certonly", "-n", "--apache", "-d", "a.example", *options,
                           check=False).rc == -9
        apache.await_generation(2)
        assert apache.snapshot() != before
        control.write()
        certbot.run("rollback", "-n", "--apache", *options)
        assert apache.snapshot() == before
        apache.await_generation(3)
        assert not list(certbot.work_dir.glob("reload-owed*"))


NEAR_CHALLENGE = ("temp_checkpoint", "http_challenges", "/httpd/apache2/", "reload-owed")


@pytest.mark.timeout(3600)
def test_kill_during_a_first_challenge(apache, certbot):
    """No lineage names apache yet; the next run of any verb puts its files back all the same."""
    apache.plain_site("a", "a.example")
    command = ("certonly", "-n", "--apache", "-d", "a.example", *apache.options())
    with apache:
        certbot.run("register", "-n")
        state, before = trace.State(certbot), apache.snapshot()
        points = [point for point in trace.points(certbot, *command)
                  if any(word in point.text for word in NEAR_CHALLENGE)]
        assert len(points) > 20
        for point in trace.sample(points):
            state.restore()
            assert trace.strike(certbot, point, "kill", *command).hit, point
            apache.configtest()
            certbot.run("renew")
            assert apache.snapshot() == before, point
            assert not list(certbot.work_dir.glob("reload-owed*")), point
        certbot.run(*command)
