"""A verb that changes nginx's configuration, killed or with failing writes at any change of the file
system: the configuration is the old or the new one, nginx takes it, and the next run gets through.

STRIKE_EVERY=n strikes at every n-th point only; scripts/soak sets it to 1."""

import pytest

from lab import trace
from lab.changes import changes
from lab.lineage import Lineage

NAMES = ("a.nginx.test", "c.nginx.test")


def install(redirect="--redirect"):
    return ["install", "-n", "--nginx", "--cert-name", NAMES[0], redirect]


def run(redirect="--redirect"):
    # nginx does not run, so another plugin answers the CA.
    return ["run", "-n", "-a", "standalone", "-i", "nginx", "-d", NAMES[0], "-d", NAMES[1], redirect]


def enhance(*which):
    return ["enhance", "-n", "--nginx", "--cert-name", NAMES[0], *(which or ("--redirect", "--hsts"))]


def rollback(number=2):
    return ["rollback", "-n", "--nginx", "--checkpoints", str(number)]


def undo():
    return ["undo", "-n"]


class Verb:
    """A command, what is done before it, and commands of which each leaves a state between."""

    def __init__(self, command, before=(), between=()):
        self.command, self.before, self.between = command, before, between


VERBS = {
    "install": Verb(install, between=[install("--no-redirect")]),
    "run": Verb(run, before=[["delete", "-n", "--cert-name", NAMES[0]]],
                between=[run("--no-redirect")]),
    "enhance": Verb(enhance, before=[install("--no-redirect")], between=[enhance("--redirect"), enhance("--hsts")]),
    "rollback": Verb(rollback, before=[install("--no-redirect"), enhance()], between=[rollback(1)]),
    "undo": Verb(undo, before=[install("--no-redirect")]),
}


class Bed:
    """A certificate, sites, and the states that the verb may leave. nginx is not running."""

    def __init__(self, certbot, nginx, verb):
        self.certbot, self.nginx, self.verb = certbot, nginx, verb
        nginx.plain_site(NAMES[0], "b.nginx.test")
        nginx.plain_site(NAMES[1])
        nginx.start()
        certbot.nginx("certonly", "--nginx", "-d", NAMES[0], "-d", NAMES[1])
        nginx.stop()
        for command in verb.before:
            self.run(command)
        self.state = trace.State(certbot)
        self.allowed = [nginx.texts()]
        for command in verb.between:
            self.run(command)
            self.allowed.append(nginx.texts())
            self.state.restore()
        self.points = trace.points(certbot, *verb.command(), *nginx.options())
        self.allowed.append(nginx.texts())
        assert len(self.points) > 30

    def run(self, command):
        self.certbot.run(*command, *self.nginx.options())

    def strike(self, fault, points):
        hits = 0
        for point in points:
            self.state.restore()
            strike = trace.strike(self.certbot, point, fault, *self.verb.command(),
                                  *self.nginx.options(), timeout=30)
            hits += strike.hit
            assert fault == "kill" or strike.result.rc in (0, 1), (point, strike.result)
            # A machine that starts at this moment has its nginx, before any certbot runs.
            self.nginx.test()
            self.certbot.run("renew")
            self.check(fault, point)
        assert hits, "no point was reached"
        self.run(self.verb.command())

    def check(self, fault, point):
        """After a strike and the next run: nothing is half-way."""
        assert self.nginx.texts() in self.allowed, (fault, point)
        self.nginx.test()
        left = [path for pattern in ("backups/IN_PROGRESS", "temp_checkpoint", "reload-owed*")
                for path in self.certbot.work_dir.glob(pattern)]
        assert not left, (fault, point, left)
        for name in self.certbot.lineage_names():
            Lineage(self.certbot.config_dir, name).verify(*NAMES)


def listed(certbot):
    return [change["number"] for change in changes(certbot)]


def test_an_edit_that_recovery_takes_back_is_not_listed(site_certbot, nginx):
    """From the record until the edit is final and after that: what `log` lists is in force."""
    bed = Bed(site_certbot, nginx, VERBS["enhance"])
    numbers = listed_after_restore(bed)
    made = (0, 1, 1, 2)  # as bed.allowed
    records = [i for i, point in enumerate(bed.points) if "/changes/journal" in point.text]
    taken_back = 0
    for point in [bed.points[i + after] for i in records for after in range(12, -1, -3)
                  if i + after < len(bed.points)]:
        bed.state.restore()
        trace.strike(site_certbot, point, "kill", *enhance(), *nginx.options())
        was = len(listed(site_certbot))
        site_certbot.run("renew")
        now = listed(site_certbot)
        assert len(now) - len(numbers) == made[bed.allowed.index(nginx.texts())], (point, now)
        taken_back += was > len(now)
        site_certbot.run("undo", "-n")
    assert taken_back


def listed_after_restore(bed):
    bed.state.restore()
    return listed(bed.certbot)


def test_a_rollback_that_recovery_finishes_is_listed(site_certbot, nginx):
    """The change below it stays on record: it was in force."""
    bed = Bed(site_certbot, nginx, VERBS["rollback"])
    numbers = listed_after_restore(bed)
    finished = 0
    for point in [point for point in bed.points if "/backups/" in point.text][::4]:
        bed.state.restore()
        trace.strike(site_certbot, point, "kill", *rollback(1), *nginx.options())
        unfinished = (site_certbot.work_dir / "backups/IN_PROGRESS").exists()
        site_certbot.run("renew")
        assert set(numbers) <= set(listed(site_certbot)), point
        if unfinished:
            finished += 1
            assert "interrupted rollback" in changes(site_certbot)[0]["what"], point
            assert nginx.texts() in bed.allowed, point
    assert finished


@pytest.fixture(params=list(VERBS))
def bed(request, site_certbot, nginx):
    return Bed(site_certbot, nginx, VERBS[request.param])


@pytest.mark.timeout(3600)
def test_kill(bed):
    bed.strike("kill", trace.sample(bed.points))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_failing_writes(fault, bed):
    bed.strike(fault, trace.sample(bed.points, trace.WRITES))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", ["kill", "ENOSPC", "EIO"])
def test_a_renewal_is_served_after_the_next_renew(fault, site_certbot, nginx):
    """Wherever a renewal stops: what live/ shows is what nginx serves after one more run."""
    nginx.plain_site(NAMES[0])
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAMES[0])
    state, command = trace.State(site_certbot), ("renew", "--force-renewal")
    points = trace.points(site_certbot, *command)
    hits = 0
    for point in trace.sample(points, None if fault == "kill" else trace.WRITES):
        restore_beside_running(state, nginx)
        nginx.reload()
        nginx.await_leaf(NAMES[0], Lineage(site_certbot.config_dir, NAMES[0]).serial())
        strike = trace.strike(site_certbot, point, fault, *command)
        hits += strike.hit
        site_certbot.run("renew")
        lineage = Lineage(site_certbot.config_dir, NAMES[0]).verify(NAMES[0])
        nginx.await_leaf(NAMES[0], lineage.serial())
        assert not list(site_certbot.work_dir.glob("reload-owed*")), point
    assert hits, "no point was reached"


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
