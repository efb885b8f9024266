"""BIND and a test CA that resolves by it."""

import pytest

from lab.bind import Bind
from lab.certbot import Certbot


@pytest.fixture
def start(tmp_path, start_pebble):
    """start(zones, ...) gives BIND, and our certbot at a test CA that resolves by it."""
    started = []

    def start(zones=("example.test",), **options):
        bind = Bind(tmp_path / "bind", zones, **options).start()
        started.append(bind)
        pebble = start_pebble(dns=bind.dns_address, authz_reuse=0)
        certbot = Certbot(tmp_path / "certbot", pebble,
                          env={"CERTBOT_DNS_TEST_PORT": str(bind.port)})
        return bind, certbot

    yield start
    for bind in started:
        bind.stop()
