"""Exim gets certificates, shows each by its name, and goes back to what it had."""

import subprocess

import pytest
from cryptography import x509

from lab.mail import Exim

HOST, OTHER = "mail.lab.test", "other.lab.test"


@pytest.fixture(params=("split", "monolithic", "plain"))
def exim(request):
    with Exim(request.param) as exim:
        yield exim


@pytest.fixture
def split():
    with Exim("split") as exim:
        yield exim


def leaf_for_any_name(exim, name):
    """The same for a name that is none; None when Exim refuses it."""
    shown = subprocess.run(["openssl", "s_client", "-starttls", "smtp", "-servername", name,
                            "-connect", f"127.0.0.1:{exim.ports['smtp']}"],
                           input="QUIT\r\n", capture_output=True, text=True).stdout
    begin = shown.find("-----BEGIN")
    return None if begin < 0 else x509.load_pem_x509_certificate(shown[begin:].encode())


def test_certificates_are_shown_by_name_renewed_and_rolled_back(certbot, exim):
    before, own = exim.files(), exim.leaf("smtp").subject
    assert "is in use:" not in exim.install(certbot, OTHER).err
    assert exim.shows(certbot.leaf(OTHER)) and exim.shows(certbot.leaf(OTHER), OTHER)
    single = exim.files()

    # The certificate for the host's own name becomes the default one.
    assert "is in use:" not in exim.install(certbot, HOST).err
    assert exim.shows(certbot.leaf(HOST)) and exim.shows(certbot.leaf(OTHER), OTHER)
    for name in ("unknown.lab.test", f"../etc/certbot-{OTHER}", "${primary_hostname}"):
        assert leaf_for_any_name(exim, name) in (certbot.leaf(HOST), None)
    copy = exim.root / f"certbot-{HOST}.pem"
    assert copy.stat().st_mode & 0o777 == 0o640 and copy.group() == "Debian-exim"

    old, before_renewal = certbot.leaf(OTHER), exim.reloads()
    assert "is in use:" not in certbot.run("renew", "--force-renewal").err
    assert certbot.leaf(OTHER) != old
    assert exim.reloads() - before_renewal == (exim.layout != "plain")
    assert exim.shows(certbot.leaf(HOST), HOST) and exim.shows(certbot.leaf(OTHER), OTHER)

    certbot.run("rollback", "--checkpoints", "1", *exim.options())
    assert exim.files() == single and exim.shows(certbot.leaf(OTHER), HOST)
    certbot.run("rollback", "--checkpoints", "1", *exim.options())
    assert exim.files() == before and exim.leaf("smtp").subject == own


def test_macros_of_the_administrator_are_kept_or_changed_in_place(certbot, split):
    cert, key = split.own_pair()
    local = split.root / "conf.d/main/00_localmacros"
    text = local.read_text()
    local.write_text(f"MAIN_TLS_ENABLE = true\nMAIN_TLS_CERTKEY = {key} # not\n{text}")
    result = split.install(certbot, HOST)
    assert "is in use:" not in result.err
    assert local.read_text() == (f"MAIN_TLS_ENABLE = true\nMAIN_TLS_CERTKEY = {split.root}/"
                                 f"certbot-{HOST}.pem\n{text}")
    assert not (split.root / "conf.d/main/00_certbot").exists()
    assert split.shows(certbot.leaf(HOST))


@pytest.mark.parametrize("exim", ("split", "plain"), indirect=True)
def test_a_configuration_that_exim_refuses_is_undone(certbot, exim):
    exim.install(certbot, HOST)
    certbot.certonly(OTHER)
    broken = exim.root / {"split": "conf.d/main/02_exim4-config_options",
                          "plain": "exim4.conf"}[exim.layout]
    broken.write_text("no_such_option = 1\n" + broken.read_text())
    before = exim.files()
    result = certbot.run("install", "-n", *exim.options(), "--cert-name", OTHER, check=1)
    assert "no_such_option" in result.err
    assert exim.files() == before
    assert exim.shows(certbot.leaf(HOST), OTHER)


def test_an_exim_that_is_stopped_is_configured_all_the_same(certbot, split):
    split.stop_server()
    result = split.install(certbot, HOST)
    assert "not running" in result.err
    split.start_server()
    assert split.shows(certbot.leaf(HOST))


def test_without_exim_nothing_is_ordered(certbot, tmp_path, pebble):
    pebble.new_requests()
    result = certbot.run("run", "-n", "--standalone", "--exim", "--exim-ctl", "/bin/true",
                         "--exim-config-dir", tmp_path, "-d", HOST, check=1)
    assert "cannot find" in result.err and "update-exim4.conf.conf" in result.err
    assert not pebble.new_requests()
