"""Every service, struck at the calls that change the file system, while a certificate is obtained and
installed, renewed, and rolled back: killed, or the disk is full or broken. The configuration is that
before or after, never between, and what is owed to the service happens with the next runs.

STRIKE_EVERY=n strikes at every n-th call; scripts/soak sets it to 1."""

import copy

import pytest

from lab import trace
from lab.certbot import Certbot
from lab.process import free_port
from lab.services import SERVICES

# Few of each in a run of all tests: there are twelve services.
FEW = 128


class Bed:
    """A service, one of the verbs, and the state before it."""

    def __init__(self, service, verb):
        self.service, self.verb, self.certbot = service, verb, service.certbot
        self.folder, self.run = self.certbot.folder, service.run
        self.run("register", "-n")
        if service.first:
            self.run(*service.install(service.first))
        if verb in ("renew", "rollback"):
            self.run(*service.install())
        if verb in ("install", "reconfigure"):
            self.certbot.certonly(service.name)
        self.state = trace.State(self.certbot, *service.folders)
        self.remembered = self.memory()
        self.before = service.configuration()
        self.points = trace.points(self, *self.command(), also=service.folders)
        self.after = service.configuration()
        assert len(self.points) > 10 and self.is_settled()

    def command(self):
        if self.verb == "renew":
            return ("renew", "--force-renewal")
        options = self.service.options
        if self.verb == "rollback":
            return ("rollback", "-n", *options[options.index("standalone") + 1:])
        if self.verb == "install":
            return ("install", "-n", *options[options.index("standalone") + 1:], "--cert-name",
                    self.service.name)
        if self.verb == "reconfigure":
            return ("reconfigure", "-n", *options[options.index("--output"):], "--cert-name",
                    self.service.name, "--http-01-port", free_port())
        return self.service.install()

    def memory(self):
        if not self.service.memory:
            return {}
        double, names = self.service.memory
        return {name: copy.deepcopy(getattr(double, name)) for name in names}

    def restore(self):
        self.state.restore()
        for name, value in self.remembered.items():
            setattr(self.service.memory[0], name, copy.deepcopy(value))

    def drafts(self):
        """Files, maybe with a key, that have not got to their places."""
        return [path for folder in self.service.folders for path in folder.rglob("*certbot-new*")]

    def is_settled(self):
        """Whether nothing of a run is left, and the service has what live/ shows."""
        left = [path for pattern in ("backups/IN_PROGRESS", "temp_checkpoint", "reload-owed*",
                                              "*-challenges*")
                for path in self.certbot.work_dir.glob(pattern)]
        left += self.drafts()
        assert not left, left
        lineage = self.certbot.lineage(self.service.name)
        lineage.verify(self.service.name)
        assert "_pending" not in lineage.conf()
        return self.verb == "rollback" or self.service.has(lineage)

    def strike(self, fault, point):
        """One strike and what follows. Whether the point was reached."""
        self.restore()
        strike = trace.strike(self, point, fault, *self.command())
        assert fault == "kill" or strike.result.rc in (0, 1), strike.result
        self.service.test()
        self.run("renew")
        assert self.service.configuration() in (self.before, self.after)
        self.service.test()
        assert not self.drafts()
        if self.verb not in ("renew", "rollback"):
            # Of a new certificate nothing is owed; whoever wanted it asks again.
            self.run(*self.command())
        assert self.is_settled()
        if self.verb not in ("renew", "rollback"):
            assert self.service.configuration() == self.after
        return strike.hit


CASES = [(name, verb) for name, service in SERVICES.items() for verb in service.verbs]


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name, verb", CASES, ids=("-".join(case) for case in CASES))
def test_strikes_leave_before_or_after_and_what_is_owed(ca, tmp_path, name, verb, record_property):
    certbot = Certbot(tmp_path / "certbot", ca)
    with SERVICES[name](certbot, tmp_path) as service:
        bed = Bed(service, verb)
        hits = 0
        for fault, calls in (("kill", None), ("ENOSPC", trace.WRITES), ("EIO", trace.WRITES)):
            # A log that cannot be written is the same for all of them.
            points = [point for point in bed.points if fault == "kill" or "/logs/" not in point.text]
            for point in trace.sample(points, calls, few=FEW):
                try:
                    hits += bed.strike(fault, point)
                except Exception as failure:
                    raise AssertionError(f"{name}, {verb}, {fault} at {point}") from failure
        assert hits
        record_property("strikes", hits)
        print(f"{name} {verb}: {hits} strikes at {len(bed.points)} calls")
