"""Proxmox's web interfaces get copies of the certificate, and of each renewal. Doubles: systemctl,
pvenode (pve.proxmox.com/pve-docs/pvenode.1.html), and directories in place of /etc/pve/local (there
a file system that refuses to change rights) and /etc/proxmox-backup."""

import re
import stat

import pytest

from lab.proxmox import HOST, Node

OTHER = "other.lab.test"
RELOADS = ["is-active pveproxy", "reload pveproxy", "is-active spiceproxy", "reload spiceproxy"]


@pytest.fixture
def node(certbot, tmp_path):
    return Node(tmp_path, certbot)


def test_the_interface_gets_the_certificate_and_each_renewal(node):
    node.install()
    assert node.has_copies() and node.programs.calls("systemctl") == RELOADS
    node.renew()
    assert node.certbot.lineage(HOST).version() == 2
    assert node.has_copies() and node.programs.calls("systemctl") == RELOADS
    assert (node.pve / "pve-ssl.pem").read_text() == "the cluster's"
    assert sorted(path.name for path in node.pve.iterdir()) == [
        "pve-ssl.pem", "pveproxy-ssl.key", "pveproxy-ssl.pem"]


def test_no_rights_are_set_where_the_file_system_decides(node, tmp_path):
    log = tmp_path / "calls"
    node.install(under=("strace", "-f", "-y", "-o", log, "-e",
                        "trace=fchmod,chmod,fchmodat,fchown,chown,fchownat,link,linkat,symlinkat"))
    assert node.has_copies() and stat.S_IMODE((node.pve / "pveproxy-ssl.key").stat().st_mode) == 0o600
    assert not re.search(rf"{node.pve}/", log.read_text())


def test_a_backup_server_gets_its_own_form(node):
    node.backup.mkdir()
    node.install()
    assert node.has_copies() and node.has_copies(node.backup, "proxy.pem", "proxy.key")
    key = node.backup / "proxy.key"
    assert key.group() == "backup" and stat.S_IMODE(key.stat().st_mode) == 0o640
    assert node.programs.calls("systemctl") == RELOADS + [
        "is-active proxmox-backup-proxy", "reload proxmox-backup-proxy"]


def test_without_quorum_the_copies_are_owed(node):
    node.install()
    result = node.renew(read_only=[node.pve], check=1)
    assert "quorum" in result.err
    node.run("renew", "--force-renewal")
    assert node.has_copies()


def test_the_old_key_stays_if_the_certificate_cannot_be_written(node):
    (node.pve / "pveproxy-ssl.key").write_text("the old one")
    (node.pve / "pveproxy-ssl.pem").mkdir()
    result = node.install(check=1)
    assert "cannot give Proxmox VE its certificate" in result.err
    assert (node.pve / "pveproxy-ssl.key").read_text() == "the old one"


def test_without_quorum_nothing_is_ordered(node, pebble):
    pebble.new_requests()
    result = node.install(read_only=[node.pve], check=1)
    assert "quorum" in result.err and not pebble.new_requests()


def test_a_reload_that_fails_is_owed(node):
    node.install()
    node.programs.fail("systemctl", "reload spiceproxy")
    assert "systemctl refuses" in node.renew(check=1).err
    node.programs.fail("systemctl")
    node.programs.calls("systemctl")
    node.run("renew")
    assert node.has_copies() and node.programs.calls("systemctl") == RELOADS


def test_a_stopped_service_is_not_started(node):
    node.programs.fail("systemctl", "is-active spiceproxy")
    result = node.install()
    assert "'spiceproxy' is not running" in result.err
    assert "reload spiceproxy" not in node.programs.calls("systemctl")


def test_proxmox_own_acme_client_is_named(node):
    node.programs.add("pvenode", 'echo "acmedomain0: pve.lab.test,plugin=x"')
    assert "obtains certificates for this node itself" in node.install().err


def test_a_renewal_does_not_replace_the_certificate_of_another(node):
    node.install()
    node.install(OTHER)
    result = node.renew("--cert-name", HOST)
    assert f"has a certificate for {OTHER}, which stays" in result.err
    assert node.has_copies(name=OTHER)


def test_a_conf_of_the_old_plugin_renews(node):
    node.install()
    conf = node.certbot.config_dir / "renewal" / f"{HOST}.conf"
    conf.write_text(conf.read_text().replace("= proxmox", "= letsencrypt-proxmox:proxmox")
                    .replace("proxmox_location", "letsencrypt_proxmox:proxmox_location"))
    node.renew()
    assert node.has_copies()


def test_without_proxmox_nothing_is_ordered(node, pebble):
    (node.pve / "pve-ssl.pem").unlink()
    node.pve.rmdir()
    pebble.new_requests()
    assert "Proxmox is not installed" in node.install(check=1).err and not pebble.new_requests()
