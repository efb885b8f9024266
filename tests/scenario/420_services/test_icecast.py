"""Icecast gets a certificate, shows each renewal, and goes back to the configuration it had."""

import http.client
import stat

import pytest

from lab.icecast import GROUP, Icecast
from lab.process import accepts

HOST, OTHER = "radio.lab.test", "other.lab.test"


@pytest.fixture
def icecast(certbot):
    with Icecast() as icecast:
        certbot.extra_env.update(icecast.environment)
        yield icecast


def install(certbot, icecast, name=HOST, options=(), **run_options):
    return certbot.run("run", "-n", "-a", "standalone", "--http-01-port", certbot.ca.http_port,
                       *icecast.options(), "-d", name, *options, **run_options)


def test_the_certificate_is_shown_and_so_is_each_renewal(certbot, icecast):
    before = icecast.conf.read_text()
    install(certbot, icecast)
    assert icecast.leaf() == certbot.leaf(HOST) and icecast.restarts() == 1
    pem = icecast.folder / "etc" / f"{HOST}.pem"
    assert stat.S_IMODE(pem.stat().st_mode) == 0o640 and pem.group() == GROUP
    added = [line.strip() for line in icecast.conf.read_text().splitlines()
             if line not in before.splitlines()]
    assert added == [f"<port>{icecast.tls}</port>", "<ssl>1</ssl>",
                     f"<ssl-certificate>{pem}</ssl-certificate>"]
    first = certbot.leaf(HOST)
    result = certbot.run("renew", "--force-renewal")
    assert certbot.leaf(HOST) != first and "is in use:" not in result.err
    assert icecast.leaf() == certbot.leaf(HOST) and icecast.restarts() == 2


def test_a_second_one_replaces_the_first_and_rollback_gives_the_file_back(certbot, icecast):
    before = icecast.conf.read_bytes(), icecast.conf.stat().st_mode
    install(certbot, icecast)
    install(certbot, icecast, OTHER)
    assert icecast.leaf() == certbot.leaf(OTHER)
    certbot.run("rollback", "--checkpoints", "2", *icecast.options())
    assert (icecast.conf.read_bytes(), icecast.conf.stat().st_mode) == before
    assert icecast.conf.group() == GROUP
    assert accepts(icecast.plain) and not accepts(icecast.tls)


def test_a_socket_with_tls_stays_the_only_one(certbot, icecast):
    icecast.write(icecast.conf.read_text().replace(
        "    <!-- <listen", f"    <listen-socket><port>{icecast.tls}</port><ssl>1</ssl>"
        "</listen-socket>\n    <!-- <listen"))
    sockets = icecast.conf.read_text().count("<listen-socket>")
    install(certbot, icecast)
    assert icecast.conf.read_text().count("<listen-socket>") == sockets
    assert icecast.leaf() == certbot.leaf(HOST)


def test_a_key_of_another_certificate_prevents_the_restart(certbot, icecast):
    install(certbot, icecast)
    shown = icecast.leaf()
    pem, own = icecast.folder / "etc" / f"{HOST}.pem", icecast.folder / "etc/own.pem"
    certbot.certonly(OTHER)
    # The administrator made a file of his own, and a mistake.
    own.write_bytes(certbot.lineage(HOST).read("privkey") + certbot.lineage(OTHER).read("cert"))
    icecast.write(icecast.conf.read_text().replace(str(pem), str(own)))
    result = certbot.run("renew", "--cert-name", HOST, "--force-renewal", check=1)
    assert f"the key in '{own}' is not that of the certificate" in result.err
    assert icecast.restarts() == 1 and icecast.leaf() == shown


def test_plain_http_on_the_tls_port_is_noticed(certbot, icecast):
    # Icecast's user cannot read the file.
    result = install(certbot, icecast, options=("--icecast-group", "root"))
    assert f"Cannot see that the certificate of {HOST} is in use: " in result.err
    plain = http.client.HTTPConnection("127.0.0.1", icecast.tls, timeout=10)
    plain.request("GET", "/")
    assert plain.getresponse().status == 404
    plain.close()


def test_an_install_that_cannot_restart_leaves_the_old_configuration(certbot, icecast):
    before = icecast.conf.read_bytes()
    (icecast.folder / "refuses").touch()
    result = install(certbot, icecast, check=1)
    assert "cannot restart" in result.err
    assert icecast.conf.read_bytes() == before


def test_a_stopped_icecast_is_configured_and_not_started(certbot, icecast):
    icecast.stop_server()
    result = install(certbot, icecast)
    assert "not running" in result.err and icecast.restarts() == 0
    icecast.start_server()
    assert icecast.leaf() == certbot.leaf(HOST)


def test_a_conf_of_the_old_plugin_renews(certbot, icecast):
    icecast.stop_server()
    install(certbot, icecast, options=("--icecast-cert-and-key-file", "icecast_cert_key.pem"))
    conf = certbot.config_dir / "renewal" / f"{HOST}.conf"
    text = conf.read_text().replace("installer = icecast",
                                    "installer = letsencrypt-icecast:icecast")
    text = text.replace("\nicecast_", "\nletsencrypt_icecast:icecast_")
    conf.write_text(text.replace("[renewalparams]\n", "[renewalparams]\n"
                                 "letsencrypt_icecast:icecast_create_ssl_socket = True\n"))
    first = certbot.leaf(HOST)
    certbot.run("renew", "--force-renewal")
    assert certbot.leaf(HOST) != first
    icecast.start_server()
    assert icecast.leaf() == certbot.leaf(HOST)


@pytest.mark.parametrize("text, words", [
    ("<icecast><paths></icecast>", "mismatched tag"),
    ("<icecast><port>8000</port></icecast>", "has no <listen-socket>"),
    ("<icecast><listen-socket/><security><chroot>1</chroot></security></icecast>", "<chroot>"),
    (None, "cannot find"),
])
def test_what_cannot_be_edited_is_found_before_the_ca_is_asked(certbot, icecast, pebble, text, words):
    if text:
        icecast.write(text)
    else:
        icecast.conf.unlink()
    pebble.new_requests()
    result = install(certbot, icecast, check=1)
    assert words in result.err and not pebble.new_requests()


def test_the_certificate_in_use_is_not_deleted(certbot, icecast):
    install(certbot, icecast)
    result = certbot.run("delete", "-n", "--cert-name", HOST, check=1)
    assert f"its files are still used in\n  {icecast.conf}:" in result.err
    certbot.run("delete", "-n", "--cert-name", HOST, "--force")
