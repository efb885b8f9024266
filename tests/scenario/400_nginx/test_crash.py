"""An install that is killed, or whose writes fail, at any change of the file system: nginx's
configuration is the old or the new one, nginx takes it, and the next run gets through.

STRIKE_EVERY=n strikes at every n-th point only; scripts/soak sets it to 1."""

import pytest

from lab import trace

NAMES = ("a.nginx.test", "c.nginx.test")


class Bed:
    """A certificate, sites without it, and the states that an install may leave."""

    def __init__(self, certbot, nginx):
        self.certbot, self.nginx = certbot, nginx
        nginx.plain_site(NAMES[0], "b.nginx.test")
        nginx.plain_site(NAMES[1])
        nginx.start()
        certbot.nginx("certonly", "--nginx", "-d", NAMES[0], "-d", NAMES[1])
        nginx.stop()
        self.state = trace.State(certbot)
        self.allowed = [nginx.texts()]
        certbot.run(*self.command("--no-redirect"))
        self.allowed.append(nginx.texts())
        self.state.restore()
        self.points = trace.points(certbot, *self.command())
        self.allowed.append(nginx.texts())
        assert len(self.points) > 30

    def command(self, redirect="--redirect"):
        return ["install", "-n", "--nginx", "--cert-name", NAMES[0], redirect,
                *self.nginx.options()]

    def strike(self, fault, points):
        for point in points:
            self.state.restore()
            strike = trace.strike(self.certbot, point, fault, *self.command(), timeout=30)
            assert strike.hit, point
            assert fault == "kill" or strike.result.rc in (0, 1), (point, strike.result)
            self.certbot.run("config_changes", "-n")
            assert self.nginx.texts() in self.allowed, (fault, point)
            self.nginx.test()
            assert not (self.certbot.work_dir / "backups/IN_PROGRESS").exists(), (fault, point)
        self.certbot.run(*self.command())
        assert self.nginx.texts() == self.allowed[-1]


@pytest.fixture
def bed(site_certbot, nginx):
    return Bed(site_certbot, nginx)


@pytest.mark.timeout(3600)
def test_kill(bed):
    bed.strike("kill", trace.sample(bed.points))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_failing_writes(fault, bed):
    bed.strike(fault, trace.sample(bed.points, trace.WRITES))
