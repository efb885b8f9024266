"""What is true of each mail server: a night's renewals are one reload, and `undo` gives back what
its configuration was."""

import re

import pytest

from lab.certbot import Certbot
from lab.changes import changes
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


def undo(certbot, server):
    """Takes back the last change to the server's configuration, which it then uses."""
    name = type(server).__name__.lower()
    number = next(change["number"] for change in changes(certbot) if change["plugin"] == name)
    assert f"{number}  " in certbot.run("log").out
    before = server.reloads()
    # Without a word about the server: the record has the options.
    certbot.run("undo", "-n", str(number))
    assert server.reloads() == before + 1
    server.test()


def test_installations_are_undone_byte_for_byte_and_that_undone(certbot, server):
    """The first is of the host's name, the second one of another name, for which there are tables."""
    states = [server.files()]
    for name in (HOST, "other.lab.test"):
        server.install(certbot, name)
        states.append(server.files())
    both = certbot.leaf("other.lab.test")
    undo(certbot, server)
    assert server.files() == states[1]
    assert server.shows(certbot.leaf(HOST), "other.lab.test")
    undo(certbot, server)
    assert server.files() == states[2]
    assert server.shows(both, "other.lab.test") and server.shows(certbot.leaf(HOST), HOST)
    numbers = [change["number"] for change in changes(certbot)
               if change["plugin"] and not change["undoes"]]
    for number in numbers:
        certbot.run("undo", "-n", str(number))
    assert server.files() == states[0]
    server.test()


def test_an_installation_is_not_undone_over_an_edit(certbot, server):
    server.install(certbot, HOST)
    change = changes(certbot)[0]
    path = next(file["path"] for file in change["files"] if not file["path"].endswith(".pem"))
    with open(path, "a", encoding="utf-8") as text:
        text.write("# mine\n")
    kept, reloads = server.files(), server.reloads()
    result = certbot.run("undo", "-n", str(change["number"]), check=1)
    assert f"'{path}'" in result.err and "edited it since" in result.err, result
    assert (server.files(), server.reloads()) == (kept, reloads)


def test_a_rollback_over_an_edit_says_so_and_keeps_it(certbot, server):
    before = server.files()
    server.install(certbot, HOST)
    assert "edited" not in certbot.run("rollback", "-n", *server.options()).err
    server.install(certbot, HOST)
    path = next(file["path"] for change in changes(certbot) if change["plugin"]
                for file in change["files"])
    with open(path, "a", encoding="utf-8") as text:
        text.write("# mine\n")
    edited = server.files()
    result = certbot.run("rollback", "-n", *server.options())
    assert f"'{path}' had been edited by hand" in result.err and server.files() == before, result
    certbot.run("undo", "-n", re.search(r"'certbot undo (\d+)'", result.err)[1])
    assert server.files() == edited
    server.test()


def test_a_path_that_its_configuration_cannot_hold_is_refused_before_the_ca_is_asked(certbot, server):
    """None of them has quotes for a blank where it lists files."""
    before = server.files()
    certbot.ca.new_requests()
    result = server.install(certbot, HOST, options=("--cert-name", "my mail"), check=1)
    assert "my mail" in result.err and "--cert-name" in result.err and "cannot hold" in result.err
    assert not certbot.ca.new_requests() and server.files() == before
    certbot.certonly(HOST, options=("--cert-name", "my mail"))
    result = certbot.run("install", "-n", *server.options(), "--cert-name", "my mail", check=1)
    assert "cannot hold" in result.err and server.files() == before
