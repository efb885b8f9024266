"""Every service, struck at the calls that change the file system, while a certificate is obtained and
installed, renewed, and rolled back: killed, or the disk is full or broken. The configuration is that
before or after, never between, and what is owed to the service happens with the next runs.

STRIKE_EVERY=n strikes at every n-th call; scripts/soak sets it to 1."""

import copy
import shutil

import pytest

from lab import trace
from lab.amazon import Amazon
from lab.certbot import ROOT, Certbot
from lab.handler import Handler
from lab.haproxy import TLS, HAProxy
from lab.heroku import Heroku
from lab.icecast import Icecast
from lab.mail import HOST, Dovecot, Exim, Postfix
from lab.pebble import Pebble
from lab.plesk import KEY, Plesk
from lab.process import free_port
from lab.pritunl import Pritunl
from lab.programs import with_systemd
from lab.proxmox import Node
from lab.varnish import Varnish

NAME = "a.lab.test"
# Few of each in a run of all tests: there are twelve services.
FEW = 128


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    """Looks at nothing."""
    with Pebble(tmp_path_factory.mktemp("pebble"), nonce_reject=0, always_valid=True) as pebble:
        yield pebble


class Service:
    """What the tests need of a service. It is stopped where it can be: what it will read counts."""

    verbs = ("run", "renew", "rollback")
    name = NAME
    first = None  # another name, whose certificate is installed before
    env, under = {}, ()
    folders = ()  # in which it has files, besides certbot's
    memory = ()   # (object, names of its attributes): what a double has

    def __init__(self, certbot, folder):
        self.certbot, self.folder = certbot, folder

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        pass

    def configuration(self):
        """What is either as before or as after."""
        return None

    def test(self):
        """Raises if the service would not take it."""

    def has(self, lineage):
        """Whether it has the certificate that live/ shows."""
        return True


class Mail(Service):
    """With the configuration that the real server says it takes."""

    name, first = "other.lab.test", HOST
    server = None

    def __enter__(self):
        self.server.__enter__()
        self.server.stop_server()
        self.folders, self.tested = (self.server.root,), []
        self.options = ["-a", "standalone", *self.server.options()]
        return self

    def __exit__(self, *failure):
        self.server.__exit__(*failure)

    def configuration(self):
        return self.server.files()

    def test(self):
        """Takes seconds."""
        if self.server.files() not in self.tested:
            self.server.test()
            self.tested.append(self.server.files())


class OnPostfix(Mail):
    def __init__(self, *args):
        super().__init__(*args)
        self.server = Postfix()


class OnDovecot(Mail):
    def __init__(self, *args):
        super().__init__(*args)
        self.server = Dovecot()


class OnExim(Mail):
    """Its files are copies, because its user does not get into live/. `install` makes them for a
    certificate whose conf does not name Exim yet."""

    verbs = ("run", "renew", "rollback", "install")

    def __init__(self, *args):
        super().__init__(*args)
        self.server = Exim("split")

    def has(self, lineage):
        return lineage.read("cert") in (self.server.root / f"certbot-{self.name}.pem").read_bytes()


class OnHAProxy(Service):
    def __enter__(self):
        self.server = HAProxy(free_port(), TLS, ready=False).__enter__()
        self.folders = (self.server.root,)
        # standalone's port is the last one given.
        self.options = ["-a", "standalone", "-i", "haproxy", *self.server.options()]
        self.server.own_pem(self.server.certs / "own.pem", "own.lab.test")
        return self

    def __exit__(self, *failure):
        self.server.__exit__(*failure)

    def configuration(self):
        return self.server.config.read_bytes()

    def test(self):
        assert self.server.accepts_config()

    def has(self, lineage):
        pem = self.server.certs / f"{NAME}.pem"
        return pem.read_bytes() == b"".join(map(lineage.read, ("privkey", "cert", "chain")))


class OnIcecast(Service):
    def __enter__(self):
        self.server = Icecast().__enter__()
        self.server.stop_server()
        self.env, self.folders = self.server.environment, (self.server.folder / "etc",)
        self.options = ["-a", "standalone", *self.server.options()]
        return self

    def __exit__(self, *failure):
        self.server.__exit__(*failure)

    def configuration(self):
        return self.server.conf.read_bytes()

    def has(self, lineage):
        pem = self.server.folder / "etc" / f"{NAME}.pem"
        return pem.read_bytes() == b"".join(map(lineage.read, ("privkey", "cert", "chain")))


class OnProxmox(Service):
    """The copies are all there is."""

    verbs = ("run", "renew")
    under = with_systemd()

    def __enter__(self):
        self.node = Node(self.folder, self.certbot)
        self.folders = (self.node.pve,)
        self.options = ["-a", "standalone", "-i", "proxmox", "--proxmox-location", self.node.pve,
                        "--proxmox-backup-location", self.node.backup]
        return self

    def has(self, lineage):
        return self.node.has_copies(name=NAME)


class OnPritunl(Service):
    verbs = ("run", "renew")

    def __enter__(self):
        self.double = Pritunl(self.folder, self.certbot)
        self.folders = (self.double.programs.folder,)
        self.options = ["-a", "standalone", "-i", "pritunl", "--pritunl-conf-path", self.double.conf]
        return self

    def has(self, lineage):
        return self.double.has(NAME)


class Api(Service):
    """Behind a vendor's API."""

    verbs = ("run", "renew")

    def __exit__(self, *failure):
        self.double.__exit__(*failure)

    def has(self, lineage):
        return self.shown() == lineage.cert


class OnPlesk(Api):
    def __enter__(self):
        self.double = Plesk(self.folder, a_lab_test=["b.lab.test"]).__enter__()
        self.memory = (self.double, ("pools", "uses"))
        self.env = {"LE_PLESK_SECRET_KEY": KEY}
        self.options = ["-a", "standalone", "-i", "plesk", "--plesk-url", self.double.url]
        return self

    def configuration(self):
        return dict(self.double.uses)

    def shown(self):
        return self.double.served(NAME)


class OnHeroku(Api):
    def __enter__(self):
        self.double = Heroku(my_app=[NAME, "b.lab.test"]).__enter__()
        self.memory = (self.double, ("domains", "endpoints", "chains"))
        self.env = self.double.environment_with(self.certbot.ca.ca_bundle, self.certbot.folder)
        self.options = ["-a", "standalone", "-i", "heroku", "--heroku-app", "my-app"]
        return self

    def configuration(self):
        return copy.deepcopy(self.double.domains)

    def shown(self):
        return self.double.served("my-app", NAME)


class OnAmazon(Api):
    def __enter__(self):
        self.double = Amazon().__enter__()
        self.memory = (self.double, ("certificates", "config", "etag"))
        self.env = self.double.environment_with(self.certbot.ca.ca_bundle, self.certbot.folder)
        self.options = ["-a", "standalone", "-i", "s3front", "--s3front-distribution", "EDFDVBD632BHDS5"]
        return self

    def shown(self):
        return self.double.used


class WithOutputs(Service):
    """No plugin, but a deploy hook and files of two forms."""

    verbs = ("certonly", "renew")

    def __enter__(self):
        self.certs = self.folder / "certs"
        self.certs.mkdir()
        self.folders = (self.certs,)
        self.options = ["--standalone", "--required-profile", "default",
                        "--output", f"pem:{self.certs}/x.pem", "--output", f"cert:{self.certs}/y.pem",
                        "--deploy-hook", f"cp {self.certs}/x.pem {self.certs}/told"]
        return self

    def has(self, lineage):
        pem = b"".join(map(lineage.read, ("privkey", "cert", "chain")))
        return ((self.certs / "x.pem").read_bytes() == (self.certs / "told").read_bytes() == pem
                and (self.certs / "y.pem").read_bytes() == lineage.read("cert")
                and len(list(self.certs.iterdir())) == 3)


class OutputsLater(WithOutputs):
    """Files for a certificate that had none; hooks run with renewals only."""

    verbs = ("reconfigure",)

    def __enter__(self):
        super().__enter__()
        self.options = self.options[:-2]
        return self

    def has(self, lineage):
        shutil.copy(self.certs / "x.pem", self.certs / "told")
        return super().has(lineage)


class WithPlugin(Service):
    """An installer that is a program of its own: the sample."""

    verbs = ("run", "renew")

    def __enter__(self):
        self.copies = self.folder / "copies"
        self.copies.mkdir()
        self.folders = (self.copies,)
        self.env = {"CERTBOT_PLUGIN_PATH": str(ROOT / "contrib/plugins")}
        self.options = ["-a", "standalone", "-i", "copy", "--copy-dir", self.copies]
        return self

    def has(self, lineage):
        copied = (self.copies / f"{NAME}.pem").read_bytes()
        return copied == lineage.read("privkey") + lineage.read("fullchain")


class ByHandler(Service):
    """An authenticator that is a handler program."""

    verbs = ("certonly",)

    def __enter__(self):
        self.handler = Handler(self.folder / "srv")
        self.options = ["--external", "--external-handler", self.handler.path]
        return self

    def configuration(self):
        """Answers stay until the same token comes again, if the run is killed: it never does."""
        return None


class ByVarnish(Service):
    """The running cache has its own VCL alone when nobody obtains a certificate."""

    verbs = ("certonly",)

    def __enter__(self):
        self.cache = Varnish().__enter__()
        self.options = ["--varnish", "--varnish-instance", self.cache.instance]
        return self

    def __exit__(self, *failure):
        self.cache.__exit__(*failure)

    def configuration(self):
        return self.cache.loaded(), self.cache.active(), self.cache.get("/own")


SERVICES = {
    "postfix": OnPostfix, "dovecot": OnDovecot, "exim": OnExim, "haproxy": OnHAProxy,
    "icecast": OnIcecast, "proxmox": OnProxmox, "pritunl": OnPritunl, "plesk": OnPlesk,
    "heroku": OnHeroku, "s3front": OnAmazon, "outputs": WithOutputs,
    "later": OutputsLater, "plugin": WithPlugin,
    "handler": ByHandler, "varnish": ByVarnish,
}


class Bed:
    """A service, one of the verbs, and the state before it."""

    def __init__(self, service, verb):
        self.service, self.verb, self.certbot = service, verb, service.certbot
        self.folder = self.certbot.folder
        self.run("register", "-n")
        if service.first:
            self.run(*self.install(service.first))
        if verb in ("renew", "rollback"):
            self.run(*self.install())
        if verb in ("install", "reconfigure"):
            self.certbot.certonly(service.name)
        self.state = trace.State(self.certbot, *service.folders)
        self.remembered = self.memory()
        self.before = service.configuration()
        self.points = trace.points(self, *self.command(), also=service.folders)
        self.after = service.configuration()
        assert len(self.points) > 10 and self.is_settled()

    def run(self, *args, under=(), env=None, **options):
        return self.certbot.run(*args, under=(*under, *self.service.under),
                                env={**self.service.env, **(env or {})}, **options)

    def install(self, name=None):
        verb = "certonly" if "certonly" in self.service.verbs else "run"
        return (verb, "-n", *self.service.options, "--http-01-port", free_port(), "-d",
                name or self.service.name)

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
        return self.install()

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
