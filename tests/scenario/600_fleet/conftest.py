"""One etcd and one CA for the machines of all tests, and the first machine of a fleet."""

import pytest

from lab.etcd import Etcd
from lab.fleet import Fleet
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
