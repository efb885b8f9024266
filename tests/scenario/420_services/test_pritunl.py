"""Pritunl gets the certificate by its program, and each renewal."""

import json

import pytest

from lab.pritunl import HOST, Pritunl

OTHER = "other.lab.test"
KEY_LINE = "PRIVATE KEY"


@pytest.fixture
def pritunl(certbot, tmp_path):
    return Pritunl(tmp_path, certbot)


def test_it_gets_the_certificate_and_each_renewal(pritunl):
    pritunl.install()
    assert pritunl.has() and pritunl.sets() == ["app.server_key", "app.server_cert"]
    pritunl.renew()
    assert pritunl.certbot.lineage(HOST).version() == 2
    assert pritunl.has() and pritunl.sets() == ["app.server_key", "app.server_cert"]


def test_the_key_that_the_program_prints_is_nowhere(pritunl):
    result = pritunl.install()
    assert KEY_LINE not in result.text + pritunl.certbot.log()
    pritunl.programs.add("pritunl", 'echo "$5" >&2; exit 1')
    result = pritunl.renew(check=1)
    assert "set app.server_key' ended with status 1" in result.err
    assert KEY_LINE not in result.text + pritunl.certbot.log()


def test_a_refused_setting_is_owed(pritunl):
    pritunl.install()
    before = [pritunl.path(name).read_text().strip() for name in ("server_key", "server_cert")]
    pritunl.programs.fail("pritunl", f"--conf {pritunl.conf} set app.server_cert")
    result = pritunl.renew(check=1)
    assert "it wrote: pritunl refuses" in result.err
    # The pair that it had is whole.
    assert [pritunl.path(name).read_text().strip() for name in ("server_key", "server_cert")] == before
    pritunl.programs.fail("pritunl")
    pritunl.certbot.run("renew")
    assert pritunl.has()


@pytest.mark.parametrize("setting, value, words", [
    ("acme_domain", "vpn.lab.test", "obtains certificates itself"),
    ("reverse_proxy", "true", "a reverse proxy has the certificate"),
    ("server_ssl", "false", "does not use TLS"),
])
def test_what_makes_it_useless_is_said(pritunl, setting, value, words):
    pritunl.path(setting).write_text(value)
    result = pritunl.install()
    assert f"Pritunl's app.{setting} is {value}" in result.err and words in result.err


def test_usual_settings_are_no_reason_to_warn(pritunl):
    for setting, value in (("reverse_proxy", "false"), ("server_ssl", "true"),
                           ("server_auto_restart", "true"), ("acme_domain", "null")):
        pritunl.path(setting).write_text(value)
    assert "Pritunl's" not in pritunl.install().err


@pytest.mark.parametrize("form", [str, json.dumps])
def test_a_renewal_does_not_replace_the_certificate_of_another(pritunl, form):
    pritunl.install()
    pritunl.install(OTHER)
    present = form(pritunl.path("server_cert").read_text())
    pritunl.path("server_cert").write_text(present)
    pritunl.sets()
    result = pritunl.renew("--cert-name", HOST)
    assert f"has a certificate for {OTHER}, which stays" in result.err and not pritunl.sets()


def test_a_conf_of_the_old_plugin_renews(pritunl):
    pritunl.install()
    conf = pritunl.certbot.config_dir / "renewal" / f"{HOST}.conf"
    conf.write_text(conf.read_text().replace("= pritunl", "= letsencrypt-pritunl:pritunl")
                    .replace("pritunl_conf_path", "letsencrypt_pritunl:pritunl_conf_path"))
    pritunl.renew()
    assert pritunl.has()


def test_without_pritunl_nothing_is_ordered(pritunl, pebble):
    pritunl.conf.unlink()
    pebble.new_requests()
    assert "--pritunl-conf-path" in pritunl.install(check=1).err
    (pritunl.programs.folder / "pritunl").unlink()
    assert "Pritunl is not installed" in pritunl.install(check=1).err
    assert not pebble.new_requests()
