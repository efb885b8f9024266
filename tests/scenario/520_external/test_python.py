"""Plugins of Certbot for Python behind contrib/python/certbot-plugin-python: what Debian's certbot
obtained with a plugin that is not built in is renewed by ours, with the same conf."""

import pytest

from lab.bind import Bind
from lab.certbot import ROOT, Certbot, DebianCertbot
from lab.nginx import Nginx

BRIDGE = ROOT / "contrib/python"
# Plugins that Debian has, by names that are not built in.
ENTRY_POINTS = """[certbot.plugins]
dns-lab = certbot_dns_rfc2136._internal.dns_rfc2136:Authenticator
weblab = certbot_nginx._internal.configurator:NginxConfigurator
"""


@pytest.fixture
def python_path(tmp_path):
    """A directory that declares the plugins to Python."""
    info = tmp_path / "python" / "certbot_lab-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: certbot-lab\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return info.parent


@pytest.fixture
def bind(tmp_path):
    with Bind(tmp_path / "bind") as bind:
        yield bind


def environment(python_path):
    return {"PYTHONPATH": str(python_path), "CERTBOT_PLUGIN_PATH": str(BRIDGE)}


def test_conf_of_debians_certbot_is_renewed_unchanged(tmp_path, start_pebble, bind, python_path):
    pebble = start_pebble(dns=bind.dns_address, authz_reuse=0, nonce_reject=0)
    key = bind.keys[0]
    ini = tmp_path / "lab.ini"
    ini.write_text(f"dns_lab_server = 127.0.0.1\ndns_lab_port = {bind.port}\n"
                   f"dns_lab_name = {key.name}.\ndns_lab_secret = {key.secret}\n"
                   "dns_lab_algorithm = HMAC-SHA256\n")
    ini.chmod(0o600)
    theirs = DebianCertbot(tmp_path / "certbot", pebble, env={"PYTHONPATH": str(python_path)})
    theirs.run("certonly", "-n", "-a", "dns-lab", "--dns-lab-credentials", ini,
               "--dns-lab-propagation-seconds", "0", "-d", "example.test", "-d", "*.example.test")
    conf = theirs.lineage("example.test").conf()
    ours = Certbot(tmp_path / "certbot", pebble, env=environment(python_path))
    ours.run("renew", "--force-renewal")
    lineage = ours.lineage("example.test")
    assert lineage.version() == 2
    assert bind.txt("_acme-challenge.example.test") == []
    kept = [line for line in conf.splitlines() if line.startswith(("authenticator", "dns_lab_"))]
    assert len(kept) == 3 and set(kept) <= set(lineage.conf().splitlines())
    assert key.secret not in ours.log()
    theirs.run("renew", "--force-renewal")
    assert lineage.version() == 3


def test_without_the_bridge_a_conf_says_what_would_take_over(tmp_path, certbot):
    certbot.certonly("a.test")
    path = certbot.lineage("a.test").conf_path
    for name, word in [("dns-active24", "certbot-plugin-python runs it"),
                       ("dns-gandi-livedns", "built-in plugin dns-gandi")]:
        conf = path.read_text()
        path.write_text(conf.replace("authenticator = standalone", f"authenticator = {name}"))
        result = certbot.run("renew", "--force-renewal", check=1)
        hints = [line for line in result.err.splitlines() if word in line]
        assert len(hints) == 1, result
        path.write_text(conf)


def test_nginx_of_python_installs_renews_and_rolls_back(tmp_path, pebble, python_path):
    nginx = Nginx(tmp_path / "certbot" / "nginx", pebble.http_port)
    nginx.plain_site("a.nginx.test")
    nginx.start()
    before = nginx.texts()
    certbot = Certbot(tmp_path / "certbot", pebble, env=environment(python_path))
    options = ["--weblab-server-root", nginx.root, "--weblab-ctl", nginx.control,
               "--http-01-port", nginx.http_port, "--https-port", nginx.https_port]
    try:
        certbot.run("run", "-n", "-a", "weblab", "-i", "weblab", "-d", "a.nginx.test", "--hsts",
                    "--no-redirect",
                    *options)
        lineage = certbot.lineage("a.nginx.test")
        nginx.await_leaf("a.nginx.test", lineage.serial())
        certbot.run("renew", "--force-renewal")
        assert lineage.version() == 2
        nginx.await_leaf("a.nginx.test", lineage.serial())
        certbot.run("rollback", "-n", "-i", "weblab", "--checkpoints", "2", *options)
        assert nginx.texts() == before
    finally:
        nginx.stop()


def test_what_python_lacks_is_not_installed(tmp_path, pebble, python_path):
    certbot = Certbot(tmp_path / "certbot", pebble, env=environment(python_path))
    result = certbot.run("certonly", "-n", "-a", "dns-nowhere", "-d", "a.test", check=1)
    assert "dns-nowhere plugin does not appear to be installed" in result.err
    assert "has no Certbot plugin 'dns-nowhere'" in result.err
    assert "--dns-acmesh runs a script that acme.sh has for the same provider" in result.err
    assert "Runs Certbot plugins of this Python: " in certbot.run("plugins").out
    assert "--dns-lab-credentials" in certbot.run("--help", "dns-lab").out
