"""Machines of a fleet: configuration directories that know the same etcd and CA."""

import pytest

from lab.certbot import Certbot
from lab.etcd import Etcd
from lab.pebble import Pebble

NAME = "a.lab.test"


@pytest.fixture(scope="module")
def own_pebble(tmp_path_factory):
    """A CA that wants each order validated."""
    with Pebble(tmp_path_factory.mktemp("pebble"), nonce_reject=0, authz_reuse=0) as ca:
        yield ca


@pytest.fixture
def pebble(own_pebble):
    own_pebble.new_requests()
    return own_pebble


@pytest.fixture(scope="module")
def etcd():
    """One for all tests, each of which has a prefix of its own."""
    with Etcd() as member:
        yield member


class Fleet:
    """Makes machines that know the same etcd, prefix and CA."""

    def __init__(self, folder, etcd, ca, hook):
        self.folder, self.etcd, self.ca, self.hook = folder, etcd, ca, hook
        self.prefix = f"{folder.name}/"

    def machine(self, name):
        machine = Certbot(self.folder / name, self.ca)
        machine.config_dir.mkdir(parents=True)
        (machine.config_dir / "cli.ini").write_text(
            f"fleet-endpoints = {self.etcd.url}\nfleet-prefix = {self.prefix}\nfleet-node = {name}\n")
        machine.options = ["--config", machine.config_dir / "cli.ini", "--manual-auth-hook", self.hook]
        return machine

    def key(self, machine):
        return (machine.config_dir / "fleet/key").read_bytes()

    def member(self, name, like):
        """A machine that has joined with the key of another one."""
        machine = self.machine(name)
        folder = machine.config_dir / "fleet"
        folder.mkdir(mode=0o700)
        (folder / "key").touch(mode=0o600)
        (folder / "key").write_bytes(self.key(like))
        machine.run("fleet", "join", *machine.options)
        return machine


@pytest.fixture
def fleet(tmp_path, etcd, pebble, dns_hook):
    return Fleet(tmp_path, etcd, pebble, dns_hook)


@pytest.fixture
def first(fleet):
    """The first machine, which has shared a certificate."""
    machine = fleet.machine("first")
    machine.run("certonly", "-n", "--manual", "--preferred-challenges", "dns", "-d", NAME,
                *machine.options)
    machine.run("fleet", "init", *machine.options)
    machine.run("fleet", "adopt", NAME, *machine.options)
    return machine
