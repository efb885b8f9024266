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
            # A machine that starts at this moment has its nginx, before any certbot runs.
            self.nginx.test()
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


NEAR_CHALLENGE = ("temp_checkpoint", "le_http_01", "/nginx/etc/", "reload-owed")


@pytest.mark.timeout(3600)
def test_kill_during_a_first_challenge(site_certbot, nginx):
    """No lineage names nginx yet; the next run of any verb puts its files back all the same."""
    nginx.plain_site("*.site.nginx.test")
    nginx.site("other", "server {\n    listen {http} default_server;\n}\n")
    nginx.start()
    site_certbot.run("register", "-n")
    state, texts = trace.State(site_certbot), nginx.texts()

    def command(number):
        """Names of their own: the CA would not look at those of the run before again."""
        return ("certonly", "-n", "--nginx", "-d", f"{number:03}.site.nginx.test",
                "-d", f"{number:03}.nginx.test", *nginx.options())
    points = [point for point in trace.points(site_certbot, *command(0))
              if any(word in point.text for word in NEAR_CHALLENGE)]
    assert len(points) > 20
    for number, point in enumerate(trace.sample(points * 2), 1):
        restore_beside_running(state, nginx)
        assert trace.strike(site_certbot, point, "kill", *command(number)).hit, point
        nginx.test()
        site_certbot.run("renew")
        assert nginx.texts() == texts, point
        assert not list(site_certbot.work_dir.glob("reload-owed*")), point
    site_certbot.run(*command(number))


def restore_beside_running(state, nginx):
    """The state as saved, but the process ids and control log of the nginx that runs."""
    pid = (nginx.folder / "nginx.pid").read_text()
    state.restore()
    (nginx.folder / "nginx.pid").write_text(pid)
