"""nginx at the port at which the shared test CA looks."""

import pytest

from lab.certbot import Certbot
from lab.nginx import Nginx


@pytest.fixture
def nginx(tmp_path, pebble):
    server = Nginx(tmp_path / "certbot" / "nginx", pebble.http_port)
    yield server
    server.stop()


@pytest.fixture
def site_certbot(tmp_path, pebble, nginx):
    """Our certbot with the options that lead it to the nginx of the test."""
    certbot = Certbot(tmp_path / "certbot", pebble)
    certbot.nginx = lambda *args, **options: certbot.run(*args, "-n", *nginx.options(), **options)
    return certbot


@pytest.fixture
def roots(pebble):
    """Pebble's root certificate, for clients."""
    return pebble.root().decode() if isinstance(pebble.root(), bytes) else pebble.root()
