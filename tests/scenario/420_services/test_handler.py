"""The authenticator `external`: a handler program with the calls of letsencrypt-external."""

import pytest

from lab.certbot import Certbot
from lab.handler import PATH, Handler
from lab.web import Site


@pytest.fixture
def certbot(tmp_path, start_pebble):
    """At a CA that wants every name proved again at each order."""
    return Certbot(tmp_path / "certbot", start_pebble(authz_reuse=0))


@pytest.fixture
def handler(tmp_path):
    return Handler(tmp_path / "srv")


@pytest.fixture
def site(certbot, handler):
    roots = {name: handler.root for name in ("a.lab.test", "b.lab.test")}
    with Site(certbot.ca.http_port, roots) as site:
        yield site


def certonly(certbot, handler, *args, **options):
    return certbot.run("certonly", "-n", "--external", "--external-handler", handler.path, *args,
                       **options)


def test_the_calls_come_in_their_order_with_what_they_need(certbot, handler, site):
    certonly(certbot, handler, "-d", "a.lab.test,b.lab.test")
    calls = handler.calls()
    assert [what for what, _ in calls] == ["pre-perform", "perform", "perform", "post-perform",
                                           "pre-cleanup", "cleanup", "cleanup", "post-cleanup"]
    first = calls[1][1]
    assert first["domain"] == first["CERTBOT_DOMAIN"] == "a.lab.test"
    assert (first["challenge"], first["port"]) == ("http-01", "80")
    assert first["validation"].startswith(first["token"] + ".")
    assert first["CERTBOT_REMAINING_CHALLENGES"] == "1"
    assert not {"z_domain", "cert_path", "key_path"} & first.keys()
    assert not list((handler.root / PATH).iterdir())
    certbot.run("renew", "--force-renewal")
    assert len(handler.calls()) == 2 * len(calls)


def test_a_conf_of_the_old_plugin_renews_unchanged(certbot, handler, site):
    certonly(certbot, handler, "-d", "a.lab.test")
    conf = certbot.config_dir / "renewal" / "a.lab.test.conf"
    conf.write_text(conf.read_text()
                    .replace("authenticator = external", "authenticator = letsencrypt-external:external")
                    .replace("external_handler =", "letsencrypt_external:external_handler ="))
    certbot.run("renew", "--force-renewal")
    assert len(handler.calls()) == 12


def test_it_is_listed(certbot):
    assert "* external\n" in certbot.run("plugins", "--authenticators", server=False).out


def test_commands_that_it_does_not_implement_are_left_out(certbot, handler, site):
    handler.write(refused=("pre-perform", "post-perform", "pre-cleanup", "post-cleanup"))
    result = certonly(certbot, handler, "-d", "a.lab.test")
    assert "does not implement pre-perform" in result.err
    assert len(handler.calls()) == 6


@pytest.mark.parametrize("what", ("pre-perform", "perform", "post-perform"))
def test_a_command_that_fails_is_named_and_what_it_said_is_quoted(certbot, handler, site, what):
    handler.write(failing=(what,))
    result = certonly(certbot, handler, "-d", "a.lab.test", check=1)
    assert f"{handler.path} {what}' ended with status 4" in result.err
    assert "no luck" in result.err
    assert handler.calls()[-1][0] == "post-cleanup"


def test_a_handler_that_is_missing_or_that_others_may_change_is_refused(certbot, handler):
    handler.path.chmod(0o757)
    assert "chmod o-w" in certonly(certbot, handler, "-d", "a.lab.test", check=1).err
    handler.path.chmod(0o644)
    assert "executable" in certonly(certbot, handler, "-d", "a.lab.test", check=1).err
    handler.path.unlink()
    assert "cannot find the handler" in certonly(certbot, handler, "-d", "a.lab.test", check=1).err
    assert not certbot.ca.new_requests()
