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
    """Server and certbot in one folder, so that both begin anew together; nothing runs."""

    def __init__(self, folder):
        self.folder = folder / "bed"
        self.own = ServerIdentity(folder)
        self.apache = Apache(self.folder / "httpd").lay_out()
        self.apache.plain_site("a", "a.example")
        self.certbot = Certbot(self.folder, env=self.apache.environment)
        self.begin = folder / "begin"
        shutil.copytree(self.folder, self.begin, symlinks=True)

    def restore(self):
        shutil.rmtree(self.folder)
        shutil.copytree(self.begin, self.folder, symlinks=True)

    def command(self, *options):
        return ("install", "-n", "--apache", "-d", "a.example", "--cert-path", self.own.cert_path,
                "--key-path", self.own.key_path, "--fullchain-path", self.own.cert_path,
                *options, *self.apache.options())

    def state_after(self, *options):
        self.certbot.run(*self.command(*options))
        state = self.apache.snapshot()
        self.restore()
        return state


@pytest.fixture
def bed(open_path):
    return Bed(open_path)


def strike_all(bed, fault, calls=None):
    allowed = [bed.apache.snapshot(), bed.state_after("--no-redirect"),
               bed.state_after("--no-redirect", "--hsts"), bed.state_after(*OPTIONS)]
    points = trace.points(bed.certbot, *bed.command(*OPTIONS))
    assert len(points) > 50
    for point in trace.sample(points, calls):
        bed.restore()
        strike = trace.strike(bed.certbot, point, fault, *bed.command(*OPTIONS))
        assert strike.hit, point
        assert fault == "kill" or strike.result.rc in (0, 1), (point, strike.result)
        bed.certbot.run("plugins", "--prepare", *bed.apache.options())
        assert bed.apache.snapshot() in allowed, (fault, point)
        bed.apache.configtest()
    bed.certbot.run(*bed.command(*OPTIONS))
    assert bed.apache.snapshot() == allowed[-1]


@pytest.mark.timeout(3600)
def test_a_killed_installation_is_undone_by_the_next_start(bed):
    strike_all(bed, "kill")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_an_installation_whose_writes_fail_is_undone(fault, bed):
    strike_all(bed, fault, trace.WRITES)


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
