"""Mail servers with many certificates: a night's renewals are one reload, and each name is shown its own."""

import pytest

from lab.certbot import Certbot
from lab.mail import Dovecot, Exim, Postfix


@pytest.fixture
def certbot(tmp_path, start_pebble):
    """At a CA that looks at nothing."""
    return Certbot(tmp_path / "certbot", start_pebble(nonce_reject=0, always_valid=True))


@pytest.mark.parametrize("kind, options", ((Postfix, ()), (Dovecot, ()), (Exim, ("split",))))
def test_fifty_renewals_are_one_reload(certbot, kind, options):
    names = [f"n{number}.lab.test" for number in range(50)]
    with kind(*options) as server:
        server.install_many(certbot, names)
        before = server.reloads()
        assert "does not serve" not in certbot.run("renew", "--force-renewal").err
        assert server.reloads() == before + 1
        for name in (names[0], names[24], names[-1]):
            assert certbot.lineage(name).version() == 2
            assert server.shows(certbot.leaf(name), name)
