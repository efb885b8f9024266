"""The world, made once for each process that runs tests; each test gets a new client."""

import os
import subprocess
from pathlib import Path

import pytest

from lab.authority import cert_pem
from lab.certbot import OUR_PROGRAM

from . import machine
from .authority import CertificateAuthority
from .client import Client
from .names import NameServer

# Last numbers of addresses.
TEMPLATE, CLIENT, CA, CA_TOO, DNS = 9, 10, 20, 21, 53


class World:
    def __init__(self, folder):
        self.network = machine.Network(folder)
        self.dns = NameServer(self.network, DNS, CA, CLIENT)
        self.ca = CertificateAuthority(self.network, CA, self.dns.machine.address, CA_TOO)
        self.layer = folder / "layer"

    def start(self):
        self.network.start()
        self.dns.start()
        self.ca.start()
        self._make_layer()
        return self

    def stop(self):
        self.ca.stop()
        self.dns.stop()
        self.network.stop()

    def _make_layer(self):
        """What the clients have over the real root: the program, and the CA's root among the roots that
        the system trusts, put there as Debian wants it."""
        with machine.Machine(self.network, "template", TEMPLATE) as template:
            template.write("/usr/local/share/ca-certificates/world.crt",
                           cert_pem(self.ca.root.cert).decode())
            template.run("update-ca-certificates")
            for part in ("etc/ssl/certs", "usr/local/share/ca-certificates"):
                (self.layer / part).parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-a", template.path(part), self.layer / part], check=True)
        program = self.layer / "usr/local/bin/certbot"
        program.parent.mkdir(parents=True)
        program.write_bytes(Path(OUR_PROGRAM).read_bytes())
        program.chmod(0o755)

    def client(self, **options):
        return Client(self, CLIENT, **options)


@pytest.fixture(scope="session")
def the_world(tmp_path_factory):
    lacking = machine.missing()
    if lacking:
        pytest.fail(lacking)
    folder = tmp_path_factory.mktemp("world")
    for parent in (folder, *folder.parents[:2]):
        os.chmod(parent, 0o755)
    world = World(folder)
    try:
        yield world.start()
    finally:
        world.stop()


@pytest.fixture
def world(the_world):
    """The world, its CA known to run; ca.requests() counts from the start of the test."""
    the_world.ca.production.check()
    the_world.ca.staging.check()
    the_world.ca.requests()
    return the_world


@pytest.fixture
def client(world):
    """A machine as Debian installs it, with our certbot and nothing that listens."""
    with world.client() as client:
        yield client
