"""The world, made once for each process that runs tests; each test gets a new client."""

import os

import pytest

from . import machine
from .world import World


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
