"""What is true of each mail server: a night's renewals are one reload, and a kill breaks nothing."""

import pytest

from lab import trace
from lab.certbot import Certbot
from lab.mail import HOST, Dovecot, Exim, Postfix

OTHER = "other.lab.test"


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


def test_a_kill_leaves_a_server_that_starts(certbot, server):
    """Killed while it installs a second certificate: old or new, and the next run gets through."""
    server.install(certbot, HOST)
    certbot.certonly(OTHER)
    server.stop_server()
    command = ("install", "-n", *server.options(), "--cert-name", OTHER)
    # The state that is restored has the server's configuration in it.
    inside = certbot.folder / "server"
    server.root.rename(inside)
    server.root.symlink_to(inside)
    state, old = trace.State(certbot), server.files()
    points = trace.points(certbot, *command)
    allowed = old, server.files()
    assert allowed[0] != allowed[1]
    hits, tested = 0, []
    for point in trace.sample(points):
        state.restore()
        hits += trace.strike(certbot, point, "kill", *command, timeout=30).hit
        if server.files() not in tested:
            server.test()
            tested.append(server.files())
        certbot.run("renew")
        assert server.files() in allowed, point
        certbot.lineage(OTHER).verify(OTHER)
    assert hits
    certbot.run(*command)
    assert server.files() == allowed[1]
