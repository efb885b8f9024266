"""Dovecot gets certificates, shows each by its name, and goes back to what it had."""

import pytest

from lab.mail import Dovecot

HOST, OTHER, THIRD = "mail.lab.test", "other.lab.test", "third.lab.test"


@pytest.fixture
def dovecot():
    with Dovecot() as dovecot:
        yield dovecot


def test_the_certificate_is_shown_on_each_port_and_after_each_renewal(certbot, dovecot):
    result = dovecot.install(certbot, HOST)
    assert "is in use:" not in result.err
    first = certbot.leaf(HOST)
    assert dovecot.shows(first)
    certbot.run("renew", "--force-renewal")
    assert certbot.leaf(HOST) != first
    assert dovecot.shows(certbot.leaf(HOST), HOST)


def test_only_the_paths_change(certbot, dovecot):
    before = (dovecot.conf_d / "10-ssl.conf").read_text()
    dovecot.install(certbot, HOST)
    live = certbot.config_dir / "live" / HOST
    changed = (before.replace(f"{dovecot.root}/own.crt", f"{live}/fullchain.pem")
               .replace(f"{dovecot.root}/own.key", f"{live}/privkey.pem"))
    assert (dovecot.conf_d / "10-ssl.conf").read_text() == changed
    dovecot.install(certbot, HOST, options=["--keep"])
    assert (dovecot.conf_d / "10-ssl.conf").read_text() == changed
    assert not (dovecot.conf_d / "zz-certbot.conf").exists()


@pytest.mark.parametrize("order", ((HOST, OTHER), (OTHER, HOST)))
def test_the_host_name_is_the_default_and_other_names_go_by_sni(certbot, dovecot, order):
    for name in order:
        assert "is in use:" not in dovecot.install(certbot, name).err
    leaves = {name: certbot.leaf(name) for name in order}
    assert dovecot.shows(leaves[HOST]) and dovecot.shows(leaves[HOST], HOST)
    assert dovecot.shows(leaves[OTHER], OTHER)
    before = dovecot.reloads()
    certbot.run("renew", "--force-renewal")
    assert dovecot.reloads() == before + 1
    assert dovecot.shows(certbot.leaf(OTHER), OTHER) and dovecot.shows(certbot.leaf(HOST))


def test_rollback_gives_every_file_back(certbot, dovecot):
    before = dovecot.files()
    dovecot.install(certbot, HOST)
    dovecot.install(certbot, OTHER, THIRD)
    certbot.run("rollback", "--checkpoints", "2", *dovecot.options())
    assert dovecot.files() == before
    assert dovecot.leaf("imaps").subject.rfc4514_string() == "CN=own"


def test_blocks_follow_the_names_of_certificates(certbot, dovecot):
    """A name that another certificate gets leaves the block that it was in."""
    dovecot.install(certbot, HOST)
    dovecot.install(certbot, OTHER, THIRD)
    assert dovecot.shows(certbot.leaf(OTHER, THIRD), THIRD)
    dovecot.install(certbot, THIRD)
    assert dovecot.shows(certbot.leaf(THIRD), THIRD)
    assert dovecot.shows(certbot.leaf(OTHER, THIRD), OTHER)
    text = (dovecot.conf_d / "zz-certbot.conf").read_text()
    assert text.count("local_name") == 2 and text.count(THIRD + " {") == 1


def test_a_block_of_the_administrator_is_changed_in_place(certbot, dovecot):
    cert, key = dovecot.own_pair("block")
    local = dovecot.root / "local.conf"
    local.write_text(dovecot.form(
        f"local_name {OTHER} {{\n  ssl_cert = <{cert}\n  ssl_key = <{key} # own\n}}\n"))
    dovecot.install(certbot, HOST)
    assert "is in use:" not in dovecot.install(certbot, OTHER).err
    live = certbot.config_dir / "live" / OTHER
    assert local.read_text() == dovecot.form(
        f"local_name {OTHER} {{\n  ssl_cert = <{live}/fullchain.pem\n"
        f"  ssl_key = <{live}/privkey.pem # own\n}}\n")
    assert dovecot.shows(certbot.leaf(OTHER), OTHER)


@pytest.mark.parametrize("text, said", (
    ("ssl_alt_cert = <{0}\nssl_alt_key = <{1}\n", "sets ssl_alt_cert which clients might get"),
    ("protocol imap {{\n  ssl_cert = <{0}\n  ssl_key = <{1}\n}}\n", "sets ssl_cert in a block"),
    ("local 127.0.0.1 {{\n  ssl_cert = <{0}\n  ssl_key = <{1}\n}}\n", "sets ssl_cert in a block"),
    ("local_name {2} {{\n  protocol imap {{\n    ssl_key = <{1}\n  }}\n}}\n",
     "sets ssl_key in a block"),
    ("local_name \"{2} foreign.test\" {{\n  ssl_cert = <{0}\n  ssl_key = <{1}\n}}\n",
     "is for foreign.test, too"),
))
def test_what_would_be_mixed_up_is_refused(certbot, dovecot, text, said):
    if dovecot.is_24 and "foreign" in text:
        return  # a block has only one name there
    local = dovecot.root / "local.conf"
    local.write_text(dovecot.form(text.format(*dovecot.own_pair("second"), HOST)))
    before = dovecot.files()
    result = dovecot.install(certbot, HOST, check=1)
    assert dovecot.form(said) in result.err
    assert dovecot.files() == before


def test_a_file_that_includes_nothing_gets_the_blocks_itself(certbot, dovecot):
    whole = dovecot.main.read_text().replace("!include conf.d/*.conf\n", "".join(
        path.read_text() for path in sorted(dovecot.conf_d.iterdir())))
    dovecot.main.write_text(whole)
    dovecot.install(certbot, HOST)
    dovecot.install(certbot, OTHER)
    assert "local_name other.lab.test {" in dovecot.main.read_text()
    assert dovecot.shows(certbot.leaf(OTHER), OTHER) and dovecot.shows(certbot.leaf(HOST))


def test_a_configuration_that_dovecot_refuses_is_undone(certbot, dovecot):
    """The test reads the files that the configuration names; so would Dovecot."""
    dovecot.install(certbot, HOST)
    certbot.certonly(OTHER)
    with (dovecot.conf_d / "10-ssl.conf").open("a") as conf:
        conf.write(dovecot.form("ssl_ca = </nonexistent/ca.pem\n"))
    before = dovecot.files()
    result = certbot.run("install", "-n", *dovecot.options(), "--cert-name", OTHER, check=1)
    assert "/nonexistent/ca.pem" in result.err
    assert dovecot.files() == before
    assert dovecot.shows(certbot.leaf(HOST), OTHER)


def test_a_block_that_begins_their_names_is_read(certbot, dovecot):
    """ssl_server { cert_file = ... } is another way to write ssl_server_cert_file."""
    if not dovecot.is_24:
        return
    conf = dovecot.conf_d / "10-ssl.conf"
    conf.write_text(f"ssl_server {{\n  cert_file = {dovecot.root}/own.crt\n"
                    f"  key_file = {dovecot.root}/own.key\n}}\n")
    dovecot.install(certbot, HOST)
    live = certbot.config_dir / "live" / HOST
    assert conf.read_text() == (f"ssl_server {{\n  cert_file = {live}/fullchain.pem\n"
                                f"  key_file = {live}/privkey.pem\n}}\n")
    assert dovecot.shows(certbot.leaf(HOST))
    local = dovecot.root / "local.conf"
    local.write_text(f"local_name {OTHER} {{\n  ssl_server {{\n    cert_file = x\n  }}\n}}\n")
    assert "sets ssl_server_cert_file in a block" in dovecot.install(certbot, OTHER, check=1).err


def test_a_dovecot_that_is_stopped_is_configured_all_the_same(certbot, dovecot):
    dovecot.stop_server()
    result = dovecot.install(certbot, HOST)
    assert "not running" in result.err
    dovecot.start_server()
    assert dovecot.shows(certbot.leaf(HOST))


def test_without_dovecot_nothing_is_ordered(certbot, tmp_path, pebble):
    pebble.new_requests()
    result = certbot.run("run", "-n", "--standalone", "--dovecot", "--dovecot-config-dir", tmp_path,
                         "-d", HOST, check=1)
    assert "cannot find" in result.err and "dovecot.conf" in result.err
    assert not pebble.new_requests()
