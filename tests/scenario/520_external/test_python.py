"""Plugins of Certbot for Python behind contrib/python/certbot-plugin-python: what Debian's certbot
obtained with a plugin that is not built in is renewed by ours, with the same conf."""

import pytest

from lab.bind import Bind
from lab.certbot import ROOT, Certbot, DebianCertbot
from lab.nginx import Nginx
from lab.process import wait_for

BRIDGE = ROOT / "contrib/python"
# Plugins that Debian has, by names that are not built in.
ENTRY_POINTS = """[certbot.plugins]
dns-memory = memory_plugin:Authenticator
dns-lab = certbot_dns_rfc2136._internal.dns_rfc2136:Authenticator
weblab = certbot_nginx._internal.configurator:NginxConfigurator
"""


# As many plugins do, it knows only in memory what it has made.
MEMORY = """import json, os, urllib.request
from certbot.plugins import dns_common

class Authenticator(dns_common.DNSAuthenticator):
    description = "for tests"

    @classmethod
    def add_parser_arguments(cls, add, default_propagation_seconds=0):
        super().add_parser_arguments(add, default_propagation_seconds=0)
        add("credentials", help="INI file")

    def more_info(self):
        return ""

    def _setup_credentials(self):
        self.made = {}
        self.credentials = self._configure_credentials("credentials", "INI file", {
            "port": "port of the name server's interface", "api_token": "token", "pid": "file"})

    def _tell(self, path, **values):
        url = f"http://127.0.0.1:{self.credentials.conf('port')}/{path}"
        urllib.request.urlopen(url, data=json.dumps(values).encode())

    def _perform(self, domain, name, value):
        if domain == "refused.test":
            raise RuntimeError("refused with " + self.credentials.conf("api_token"))
        self._tell("set-txt", host=name + ".", value=value)
        self.made[name] = value
        if domain == "killed.test":
            with open(self.credentials.conf("pid")) as pid:
                os.kill(int(pid.read()), 9)

    def _cleanup(self, domain, name, value):
        assert self.made.pop(name) == value
        self._tell("clear-txt", host=name + ".")
        with open(self.credentials.conf("pid"), "w") as file:
            file.write("cleaned up")
"""


@pytest.fixture
def python_path(tmp_path):
    """A directory that declares the plugins to Python."""
    info = tmp_path / "python" / "certbot_lab-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: certbot-lab\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    (info.parent / "memory_plugin.py").write_text(MEMORY)
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


@pytest.fixture
def memory(tmp_path, pebble):
    """Options for the plugin that remembers."""
    ini = tmp_path / "memory.ini"
    ini.write_text(f"dns_memory_port = {pebble.dns.management_port}\n"
                   f"dns_memory_api_token = hush-1234\ndns_memory_pid = {tmp_path}/pid\n")
    ini.chmod(0o600)
    return ["-n", "-a", "dns-memory", "--dns-memory-credentials", ini]


def test_a_plugin_remembers_until_it_has_cleaned_up(tmp_path, pebble, python_path, memory):
    certbot = Certbot(tmp_path / "certbot", pebble, env=environment(python_path))
    result = certbot.run("certonly", *memory, "-d", "a.memory.test,b.memory.test")
    assert "clean up" not in result.err
    wait_for(lambda: not [*certbot.work_dir.glob("plugin-python/*/keeper-*")], "end of the process")


def test_what_a_plugin_fails_with_is_shown_without_secrets(tmp_path, pebble, python_path, memory):
    certbot = Certbot(tmp_path / "certbot", pebble, env=environment(python_path))
    result = certbot.run("certonly", *memory, "-d", "refused.test", check=1)
    assert "refused with ****" in result.err and "clean up" not in result.err
    assert "hush-1234" not in certbot.log()


def test_a_plugin_cleans_up_after_a_killed_certbot(tmp_path, pebble, python_path, memory):
    certbot = Certbot(tmp_path / "certbot", pebble, env=environment(python_path))
    certbot.run("certonly", *memory, "-d", "killed.test", check=-9,
                under=["sh", "-c", f'echo $$ > {tmp_path}/pid; exec "$@"', "sh"])
    wait_for(lambda: (tmp_path / "pid").read_text() == "cleaned up", "cleanup")


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
    result = certbot.run("plugins", "--check", "python")
    assert "it only runs other plugins" in result.out and "FAILED" not in result.out
    assert "--dns-lab-credentials" in certbot.run("--help", "dns-lab").out
