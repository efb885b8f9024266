"""All of it: the network, name servers, the CA, and what a client starts out with."""

import shutil
import subprocess
from pathlib import Path

from lab.authority import cert_pem
from lab.certbot import OUR_PROGRAM
from lab.pebble import FOLDER as LAB_PROGRAMS

from .api import Providers, hosts
from .authority import V1, AuthorityOfV1, CertificateAuthority
from .client import SYSTEM, Client
from .machine import Machine, Network
from .names import NameServer

# Last numbers of addresses.
TEMPLATE, CLIENT, CA, CA_TOO, CA_V1, API, DNS = 9, 10, 20, 21, 22, 30, 53


class World:
    """Everything lies in `folder`, which others must be able to enter. ca_options are those of the
    production CA (lab.pebble)."""

    def __init__(self, folder, **ca_options):
        self.network = Network(folder)
        self.dns = NameServer(self.network, DNS, CA, CLIENT,
                              {V1: CA_V1, **dict.fromkeys(hosts(), API)})
        self.ca = CertificateAuthority(self.network, CA, self.dns.machine.address, CA_TOO,
                                       ca_options)
        self.ca_v1 = AuthorityOfV1(self.network, CA_V1, self.dns.machine.address, self.ca.root)
        self.providers = Providers(self.network, API, self.dns)
        self.layer = folder / "layer"

    def start(self):
        self.network.start()
        self.dns.start()
        self.ca.start()
        self.ca_v1.start()
        self.providers.start(self.ca.root)
        self._make_layer()
        return self

    def stop(self):
        self.providers.stop()
        self.ca_v1.stop()
        self.ca.stop()
        self.dns.stop()
        self.network.stop()

    def _make_layer(self):
        """What the clients have over the real root: the program, and the CA's root among the roots that
        the system trusts, put there as Debian wants it."""
        with Machine(self.network, "template", TEMPLATE, system=SYSTEM) as template:
            template.write("/usr/local/share/ca-certificates/world.crt",
                           cert_pem(self.ca.root.cert).decode())
            template.run("update-ca-certificates")
            for part in ("etc/ssl/certs", "usr/local/share/ca-certificates"):
                (self.layer / part).parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-a", template.path(part), self.layer / part], check=True)
        if SYSTEM == "/":
            # Modules of name services that this system may lack (scripts/bootstrap).
            shutil.copytree(LAB_PROGRAMS.parent / "nss/usr", self.layer / "usr", dirs_exist_ok=True)
        program = self.layer / "usr/local/bin/certbot"
        program.parent.mkdir(parents=True)
        (self.layer / "usr/local/lib").mkdir()
        program.write_bytes(Path(OUR_PROGRAM).read_bytes())
        program.chmod(0o755)
        shutil.copy(Path(__file__).with_name("launch.py"), self.layer / "usr/local/lib")

    def client(self, **options):
        return Client(self, CLIENT, **options)
