"""What is true of each mail server: a night's renewals are one reload."""

import pytest

from lab.certbot import Certbot
from lab.mail import HOST, Dovecot, Exim, Postfix


@pytest.fixture
def certbot(tmp_path, start_pebble):
    """At a CA that looks at nothing."""
    return Certbot(tmp_path / "certbot", start_pebble(nonce_reject=0, always_valid=True))


@pytest.fixture(params=((Postfix,), (Dovecot,), (Exim, "split")), ids=lambda kind: kind[0].__name__)
def server(request):
    kind, *options = request.param
    with kind(*options) as server:
        yield server


def test_fifty_renewals_are_one_reload_and_each_name_is_shown_its_own(certbot, server):
    names = [f"n{number}.lab.test" for number in range(50)]
    server.install_many(certbot, names)
    before = server.reloads()
    assert "is in use:" not in certbot.run("renew", "--force-renewal").err
    assert server.reloads() == before + 1
    for name in (names[0], names[24], names[-1]):
        assert certbot.lineage(name).version() == 2
        assert server.shows(certbot.leaf(name), name)


def test_a_certificate_in_use_is_not_deleted(certbot, server):
    """Its renewal conf says where the server has its configuration."""
    server.install(certbot, HOST)
    result = certbot.run("delete", "-n", "--cert-name", HOST, check=1)
    assert f"its files are still used in\n  {server.root}/" in result.err
    assert certbot.lineage(HOST).live.exists()
    certbot.run("rollback", *server.options(), "-i", type(server).__name__.lower())
    certbot.run("delete", "-n", "--cert-name", HOST)
