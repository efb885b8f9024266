"""Fixtures of the apache scenarios: the server on the port at which the test CA looks."""

import shutil
import tempfile
from pathlib import Path

import pytest

from lab.apache import Apache
from lab.certbot import Certbot, DebianCertbot
from lab.pebble import Pebble


@pytest.fixture(scope="session")
def shared_pebble(tmp_path_factory):
    """A test CA that asks for a challenge each time."""
    with Pebble(tmp_path_factory.mktemp("pebble"), authz_reuse=0) as pebble:
        yield pebble


@pytest.fixture
def open_path():
    """A folder that the server's user may enter; pytest's own are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="certbot-apache-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def apache(open_path, pebble):
    """A server root with Debian's layout and no site; tests add sites and start it."""
    server = Apache(open_path / "httpd", http_port=pebble.http_port).lay_out()
    yield server
    server.stop()


@pytest.fixture
def certbot(open_path, pebble, apache):
    return Certbot(open_path / "certbot", pebble, env=apache.environment)


@pytest.fixture
def debian_certbot(open_path, pebble, apache):
    return DebianCertbot(open_path / "certbot", pebble, env=apache.environment)


CTL = """\
#!/bin/sh
echo "$*" >> {log}
{more}
exec apache2ctl "$@"
"""


class Control:
    """A control program that remembers what it was asked."""

    def __init__(self, apache):
        self.path = apache.folder / "ctl"
        self.log = apache.folder / "ctl.log"
        self.write()

    def write(self, more=""):
        self.path.write_text(CTL.format(log=self.log, more=more))
        self.path.chmod(0o755)

    def calls(self, what):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if what in line]


@pytest.fixture
def control(apache):
    return Control(apache)


@pytest.fixture
def options(apache, control):
    given = apache.options()
    given[given.index("--apache-ctl") + 1] = str(control.path)
    return given
