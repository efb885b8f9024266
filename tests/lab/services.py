"""Every service, as tests that are the same for all of them need it."""

import copy
import shutil

from .amazon import Amazon
from .certbot import ROOT
from .handler import Handler
from .haproxy import TLS, HAProxy
from .heroku import Heroku
from .icecast import Icecast
from .mail import HOST, Dovecot, Exim, Postfix
from .plesk import KEY, Plesk
from .process import free_port
from .pritunl import Pritunl
from .programs import with_systemd
from .proxmox import Node
from .varnish import Varnish

NAME = "a.lab.test"


class Service:
    """What the tests need of a service. It is stopped where it can be: what it will read counts."""

    verbs = ("run", "renew", "rollback")
    name = NAME
    first = None  # another name, whose certificate is installed before
    env, under = {}, ()
    options = ()
    several = True  # whether it can have several certificates
    copies = False  # whether it has a copy of the certificate, not a path in live/
    folders = ()  # in which it has files, besides certbot's
    memory = ()   # (object, names of its attributes): what a double has

    def __init__(self, certbot, folder):
        self.certbot, self.folder = certbot, folder

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        pass

    def run(self, *args, under=(), env=None, **options):
        """Runs certbot where the service is."""
        return self.certbot.run(*args, under=(*under, *self.under),
                                env={**self.env, **(env or {})}, **options)

    def install(self, name=None):
        """The command that obtains its certificate and installs it."""
        verb = "certonly" if "certonly" in self.verbs else "run"
        return (verb, "-n", *self.options, "--http-01-port", free_port(), "-d", name or self.name)

    def configuration(self):
        """What is either as before or as after."""
        return None

    def files(self):
        """All that the service has, certificates too."""
        return {path: path.read_bytes() for folder in self.folders for path in folder.rglob("*")
                if path.is_file() and path.name != ".certbot.lock"}

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

    def has(self, lineage):
        return any(bytes(lineage.live) in text for text in self.server.files().values())

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

    copies = True
    verbs = ("run", "renew", "rollback", "install")

    def __init__(self, *args):
        super().__init__(*args)
        self.server = Exim("split")

    def has(self, lineage):
        return lineage.read("cert") in (self.server.root / f"certbot-{self.name}.pem").read_bytes()


class OnHAProxy(Service):
    copies = True

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
    several, copies = False, True

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
