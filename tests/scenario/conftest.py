"""Fixtures for scenarios: a test CA, our certbot and Debian's, each in the test's own folder."""

import contextlib
import secrets

import pytest

from lab.acme_v1 import AcmeV1
from lab.certbot import Certbot, DebianCertbot
from lab.draft_ca import DraftCA
from lab.pebble import Pebble


@pytest.fixture(scope="session")
def shared_pebble(tmp_path_factory):
    """A test CA for all tests of the run that need nothing special of it. It refuses no good nonce:
    Debian's certbot gives up on the second refusal."""
    with Pebble(tmp_path_factory.mktemp("pebble"), nonce_reject=0) as pebble:
        yield pebble


@pytest.fixture
def pebble(shared_pebble):
    """The shared test CA; new_requests() counts from the start of the test."""
    shared_pebble.check()
    shared_pebble.new_requests()
    return shared_pebble


@pytest.fixture
def start_pebble(tmp_path):
    """Starts a test CA of the test's own: start_pebble(nonce_reject=0, ...)."""
    started = []

    def start(**options):
        pebble = Pebble(tmp_path / f"pebble-{len(started)}", **options)
        started.append(pebble)
        return pebble.start()

    yield start
    for pebble in started:
        pebble.stop()


@pytest.fixture
def acme_v1(tmp_path):
    """Starts a CA that speaks ACME v1: acme_v1(challenges=("tls-sni-01",), ...)."""
    with contextlib.ExitStack() as started:
        yield lambda **options: started.enter_context(AcmeV1(
            tmp_path / f"v1-{secrets.token_hex(4)}", **options))


@pytest.fixture
def draft_ca(tmp_path):
    """Starts a CA that offers tls-sni-01 by the messages of v2: draft_ca(challenges=("tls-sni-01",))."""
    with contextlib.ExitStack() as started:
        yield lambda **options: started.enter_context(DraftCA(
            tmp_path / f"draft-{secrets.token_hex(4)}", **options))


@pytest.fixture
def certbot(tmp_path, pebble):
    """Our certbot at the shared test CA."""
    return Certbot(tmp_path / "certbot", pebble)


@pytest.fixture
def debian_certbot(tmp_path, pebble):
    """Debian's certbot at the shared test CA, in the same directories as ours."""
    return DebianCertbot(tmp_path / "certbot", pebble)


@pytest.fixture
def dns_hook(pebble, tmp_path):
    """A hook for manual that answers dns-01 through the test CA's name server."""
    hook = tmp_path / "hook"
    hook.write_text(f"""#!/usr/bin/python3
import json, os, urllib.request
urllib.request.urlopen("http://127.0.0.1:{pebble.dns.management_port}/set-txt", data=json.dumps(dict(
    host="_acme-challenge." + os.environ["CERTBOT_DOMAIN"] + ".",
    value=os.environ["CERTBOT_VALIDATION"])).encode())
""")
    hook.chmod(0o755)
    return hook
