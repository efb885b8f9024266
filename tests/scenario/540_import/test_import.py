"""`import` takes over what lego and dehydrated (the real programs) and acme.sh keep, leaves their files
as they are, and renews with their accounts and options."""

import json
import shutil

import pytest

from lab.certbot import Certbot
from lab.other_clients import AcmeSh, Dehydrated, Lego
from lab.web import Site

NEW_ACCOUNT = ("POST", "/sign-me-up")


def snapshot(folder):
    """Path, mode and contents of everything below a folder."""
    return {path.relative_to(folder): (path.lstat().st_mode,
                                       path.read_bytes() if path.is_file() else None)
            for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def lego_state(shared_pebble, tmp_path_factory):
    """Two certificates and an account of lego."""
    folder = tmp_path_factory.mktemp("lego") / ".lego"
    lego = Lego(folder, shared_pebble)
    lego.run("a.example.com", "b.example.com")
    lego.run("rsa.example.com", args=("--key-type", "rsa2048"))
    return folder


@pytest.fixture
def lego(lego_state, tmp_path):
    return shutil.copytree(lego_state, tmp_path / "lego")


def standalone(pebble):
    return ["--standalone", "--http-01-port", pebble.http_port, "--server", pebble.directory]


def renew_all(certbot, pebble, **options):
    """Renews by force, and asserts that no account was made for it."""
    pebble.new_requests()
    before = {name: certbot.leaf_serial(name) for name in certbot.lineage_names()}
    result = certbot.run("renew", "--force-renewal", **options)
    assert NEW_ACCOUNT not in pebble.new_requests()
    assert all(certbot.leaf_serial(name) != serial for name, serial in before.items())
    return result


def with_serials(certbot):
    certbot.leaf_serial = lambda name: certbot.lineage(name).verify().cert.serial_number
    return certbot


@pytest.fixture
def certbot(certbot):
    return with_serials(certbot)


class TestLego:
    def test_certificates_and_account_come_along(self, certbot, pebble, lego):
        before = snapshot(lego)
        result = certbot.run("import", "lego", lego, *standalone(pebble))
        assert "Imported a.example.com (a.example.com, b.example.com)" in result.out
        assert "renewed by standalone" in result.out
        assert certbot.lineage_names() == ["a.example.com", "rsa.example.com"]
        for name in certbot.lineage_names():
            ours = (certbot.config_dir / "live" / name / "fullchain.pem").read_text().split()
            assert ours == (lego / "certificates" / f"{name}.crt").read_text().split()
        renew_all(certbot, pebble)
        assert snapshot(lego) == before

    def test_the_key_type_stays(self, certbot, pebble, lego):
        certbot.run("import", "lego", lego, *standalone(pebble))
        conf = (certbot.config_dir / "renewal/rsa.example.com.conf").read_text()
        assert "key_type = rsa" in conf and "rsa_key_size = 2048" in conf
        assert "deploy_hook_pending" not in conf

    def test_a_second_time_it_changes_nothing(self, certbot, pebble, lego):
        certbot.run("import", "lego", lego, *standalone(pebble))
        before = snapshot(certbot.config_dir)
        result = certbot.run("import", "lego", lego, *standalone(pebble))
        assert "a.example.com.crt is here already, as a.example.com." in result.out
        assert snapshot(certbot.config_dir) == before

    def test_a_dry_run_writes_nothing(self, certbot, pebble, lego):
        certbot.run("certificates")
        before = snapshot(certbot.config_dir)
        result = certbot.run("import", "lego", lego, "--dry-run", *standalone(pebble))
        assert "Would import a.example.com" in result.out
        assert snapshot(certbot.config_dir) == before

    def test_json(self, certbot, pebble, lego):
        result = certbot.run("import", "--from-client", "lego", "--from-dir", lego, "--json",
                             *standalone(pebble))
        told = json.loads(result.out)
        assert told["version"] == 1
        assert [(cert["lineage"], cert["outcome"], cert["authenticator"], cert["error"])
                for cert in told["certificates"]] == [
            ("a.example.com", "imported", "standalone", None),
            ("rsa.example.com", "imported", "standalone", None)]

    def test_what_lego_does_not_know_has_to_be_given(self, certbot, pebble, lego):
        result = certbot.run("import", "lego", lego, "--server", pebble.directory, check=1)
        assert "not on record how it can be renewed" in result.out
        assert "2 of 2 certificates of lego could not be imported" in result.err
        result = certbot.run("import", "lego", lego, "--standalone", check=1)
        assert "not on record which CA" in result.out and "--server URL" in result.out
        assert not certbot.lineage_names()

    def test_the_others_are_imported_when_one_cannot_be(self, certbot, pebble, lego):
        shutil.copy(lego / "certificates/a.example.com.key", lego / "certificates/rsa.example.com.key")
        result = certbot.run("import", "lego", lego, *standalone(pebble), check=1)
        assert "is not that of the certificate" in result.out
        assert certbot.lineage_names() == ["a.example.com"]

    def test_a_name_that_is_taken(self, certbot, pebble, lego):
        certbot.certonly("a.example.com")
        before = certbot.leaf_serial("a.example.com")
        result = certbot.run("import", "lego", lego, *standalone(pebble), check=1)
        assert "there is another certificate named a.example.com here" in result.out
        assert certbot.leaf_serial("a.example.com") == before

    def test_it_can_go_on_with_debians_certbot(self, certbot, debian_certbot, pebble, lego):
        certbot.run("import", "lego", lego, *standalone(pebble))
        pebble.new_requests()
        debian_certbot.run("renew", "--force-renewal", timeout=120)
        assert NEW_ACCOUNT not in pebble.new_requests()


HOOK = """#!/bin/sh
echo "$*" >> {log}
[ "$1" = deploy_challenge ] && [ -n "$4" ] && [ "$CHALLENGETYPE" = dns-01 ] &&
    curl -s -d '{{"host":"_acme-challenge.'$2'.","value":"'$4'"}}' {dns}/set-txt
exit 0
"""


class TestDehydrated:
    def test_its_hook_is_called_as_before(self, start_pebble, tmp_path):
        pebble = start_pebble(authz_reuse=0, nonce_reject=0)
        certbot = with_serials(Certbot(tmp_path / "certbot", pebble))
        hook, log = tmp_path / "its hook", tmp_path / "calls"
        hook.write_text(HOOK.format(log=log, dns=f"http://127.0.0.1:{pebble.dns.management_port}"))
        hook.chmod(0o755)
        there = Dehydrated(tmp_path / "dehydrated", pebble, CHALLENGETYPE="dns-01", HOOK=hook)
        there.run("a.example.net b.example.net\n*.wild.example.net > wild\n")
        before = snapshot(there.folder)
        result = certbot.run("import", "dehydrated", there.folder)
        assert "Imported wild (*.wild.example.net)" in result.out
        log.write_text("")
        renew_all(certbot, pebble)
        calls = log.read_text().splitlines()
        assert {call.split()[0] for call in calls} == {"deploy_challenge", "clean_challenge",
                                                       "deploy_cert"}
        live = certbot.config_dir / "live/wild"
        assert any(call.startswith(f"deploy_cert *.wild.example.net {live}/privkey.pem "
                                   f"{live}/cert.pem {live}/fullchain.pem {live}/chain.pem ")
                   for call in calls)
        assert snapshot(there.folder) == before

    def test_its_folders_for_challenges(self, certbot, pebble, tmp_path):
        root, elsewhere = tmp_path / "root", tmp_path / "challenges"
        well_known = root / ".well-known/acme-challenge"
        well_known.mkdir(parents=True)
        elsewhere.mkdir()
        (tmp_path / "aliased/.well-known").mkdir(parents=True)
        (tmp_path / "aliased/.well-known/acme-challenge").symlink_to(elsewhere)
        there = Dehydrated(tmp_path / "dehydrated", pebble, WELLKNOWN=well_known)
        (there.folder / "certs/c.example.net").mkdir(parents=True)
        (there.folder / "certs/c.example.net/config").write_text(
            f"WELLKNOWN={elsewhere}\nKEY_ALGO=rsa\nKEYSIZE=2048\n")
        roots = {"a.example.net": root, "c.example.net": tmp_path / "aliased"}
        with Site(pebble.http_port, roots):
            there.run("a.example.net\nc.example.net\n")
            certbot.run("import", "dehydrated", there.folder)
            renew_all(certbot, pebble)
        confs = {name: (certbot.config_dir / f"renewal/{name}.conf").read_text()
                 for name in certbot.lineage_names()}
        assert "authenticator = webroot" in confs["a.example.net"]
        assert "authenticator = manual" in confs["c.example.net"]
        assert "key_type = rsa" in confs["c.example.net"]
        assert not any(elsewhere.iterdir())


@pytest.fixture
def acme_sh(tmp_path, pebble):
    """Certificates for a state of acme.sh, from a Certbot in other directories."""
    source = Certbot(tmp_path / "source", pebble)
    source.certonly("a.example.org", "b.example.org")
    source.certonly("dns.example.org")
    return AcmeSh(tmp_path / ".acme.sh", source, pebble)


SCRIPT = """#!/usr/bin/env sh
dns_lab_add() {{
    LAB_Url="${{LAB_Url:-$(_readaccountconf_mutable LAB_Url)}}"
    curl -s -d "{{\\"host\\":\\"$1.\\",\\"value\\":\\"$2\\"}}" "$LAB_Url/set-txt"
}}
dns_lab_rm() {{ return 0; }}
"""


class TestAcmeSh:
    def test_webroots_files_and_commands(self, certbot, pebble, acme_sh, tmp_path):
        first, second, told = tmp_path / "first", tmp_path / "second", tmp_path / "told"
        first.mkdir()
        second.mkdir()
        installed = tmp_path / "installed.pem"
        installed.write_text("old")
        installed.chmod(0o640)
        folder = acme_sh.add(
            "a.example.org", ["a.example.org", "b.example.org"], Le_Webroot=f"{first},{second}",
            Le_RealFullChainPath=installed,
            Le_ReloadCmd=acme_sh.encoded(f"echo \"$Le_Domain $CERT_KEY_PATH\" >> '{told}'"))
        installed.write_bytes((folder / "fullchain.cer").read_bytes())
        before = snapshot(acme_sh.folder)
        certbot.run("import", "acme.sh", acme_sh.folder)
        assert not told.exists()
        with Site(pebble.http_port, {"a.example.org": first, "b.example.org": second}):
            renew_all(certbot, pebble)
        live = certbot.config_dir / "live/a.example.org"
        assert told.read_text() == f"a.example.org {live}/privkey.pem\n"
        assert installed.read_text() == (live / "fullchain.pem").read_text()
        assert installed.stat().st_mode & 0o7777 == 0o640
        assert snapshot(acme_sh.folder) == before

    def test_a_dns_script_is_kept_with_its_variables(self, certbot, pebble, acme_sh):
        acme_sh.account_conf = {"SAVED_LAB_Url": f"http://127.0.0.1:{pebble.dns.management_port}",
                                "DEFAULT_ACME_SERVER": "https://elsewhere.example"}
        acme_sh.add("dns.example.org", ["dns.example.org"], Le_Webroot="dns_lab", Le_DNSSleep="0")
        (acme_sh.folder / "dnsapi").mkdir()
        (acme_sh.folder / "dnsapi/dns_lab.sh").write_text(SCRIPT.format())
        result = certbot.run("import", "acme.sh", acme_sh.folder)
        assert "renewed by dns-acmesh" in result.out
        kept = certbot.config_dir / "acmesh/dns.example.org.conf"
        assert kept.stat().st_mode & 0o7777 == 0o600
        assert "DEFAULT_ACME_SERVER" not in kept.read_text()
        shutil.rmtree(acme_sh.folder)
        renew_all(certbot, pebble)

    def test_ways_that_are_not_known_here_need_a_plugin(self, certbot, pebble, acme_sh):
        acme_sh.add("a.example.org", ["a.example.org", "b.example.org"],
                    Le_Webroot="dns_lab,/srv/www")
        result = certbot.run("import", "acme.sh", acme_sh.folder, check=1)
        assert "not on record how it can be renewed" in result.out
        assert "its names were proved in several ways (dns_lab,/srv/www)" in result.out
        certbot.run("import", "acme.sh", acme_sh.folder, *standalone(pebble))
        renew_all(certbot, pebble)

    def test_commands_that_others_can_write_are_refused(self, certbot, acme_sh):
        folder = acme_sh.add("a.example.org", ["a.example.org", "b.example.org"], Le_Webroot="no")
        (folder / "a.example.org.conf").chmod(0o664)
        result = certbot.run("import", "acme.sh", acme_sh.folder, check=1)
        assert "others may change" in result.out
        assert not certbot.lineage_names()


def test_a_wrong_folder_and_a_wrong_client(certbot, tmp_path):
    assert "acme.sh, dehydrated, lego" in certbot.run("import", "acmesh", tmp_path, check=2).err
    assert "needs the name of a client" in certbot.run("import", "lego", check=2).err
    for client in ("acme.sh", "dehydrated", "lego"):
        assert "Hint: name the folder" in certbot.run("import", client, tmp_path, check=1).err


def test_a_third_word_is_refused(certbot, tmp_path):
    result = certbot.run("import", "lego", tmp_path, "more", check=2)
    assert "unrecognized arguments: more" in result.err
