"""Each kind of authenticator at a CA that speaks ACME v1 only, alone and with an installer: what is issued
is renewed by what its conf remembers, and revoked."""

import contextlib
import shutil
import tempfile
from pathlib import Path

import pytest

from lab.acme_v1 import AcmeV1
from lab.apache import Apache
from lab.bind import Bind
from lab.certbot import Certbot
from lab.nginx import Nginx
from lab.process import free_port, wait_for

NAME = "a.example.test"
HOOK = """#!/bin/sh
mkdir -p {root}/.well-known/acme-challenge
printf %s "$CERTBOT_VALIDATION" > {root}/.well-known/acme-challenge/"$CERTBOT_TOKEN"
"""


@pytest.fixture
def folder():
    """One that a server's user may enter; pytest's own are closed to it."""
    path = Path(tempfile.mkdtemp(prefix="certbot-v1-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


class NginxSite:
    """A server with the site, whose documents are in `webroot`, and what certbot must be told of it."""

    def __init__(self, folder, http_port, https_port):
        self.server = Nginx(folder, http_port)
        self.server.https_port = https_port
        self.server.site(NAME, f"server {{\n    listen {{http}};\n    server_name {NAME};\n"
                               "    root {www};\n}\n")
        self.webroot, self.env = folder / "www", {}
        self.options = self.server.options()[:4]

    def texts(self):
        return self.server.texts()


class ApacheSite:
    """The same with httpd."""

    def __init__(self, folder, http_port, https_port):
        self.server = Apache(folder, http_port, https_port).lay_out()
        self.server.plain_site("a", NAME)
        self.webroot, self.env = self.server.root / "www", self.server.environment
        options = self.server.options()
        self.options = options[:options.index("--http-01-port")]

    def texts(self):
        return self.server.snapshot()


SITES = {"nginx": NginxSite, "apache": ApacheSite}


def as_standalone(folder, site):
    return ["-a", "standalone"]


def as_webroot(folder, site):
    return ["-a", "webroot", "-w", site.webroot]


def as_manual(folder, site):
    hook = folder / "hook"
    hook.write_text(HOOK.format(root=site.webroot))
    hook.chmod(0o755)
    return ["-a", "manual", "--manual-auth-hook", hook]


def as_nginx(folder, site):
    return ["-a", "nginx"]


def as_apache(folder, site):
    return ["-a", "apache"]


AUTHENTICATORS = {"standalone": as_standalone, "webroot": as_webroot, "manual": as_manual,
                  "nginx": as_nginx, "apache": as_apache}


@contextlib.contextmanager
def running(folder, ca, authenticator, server):
    """A web server where the CA looks for challenges; elsewhere if standalone answers them."""
    ports = (free_port(), free_port()) if authenticator == "standalone" else \
        (ca.http_port, ca.tls_port)
    site = SITES[server](folder / server, *ports)
    with site.server:
        yield site


def ports_of(site, ca):
    return ["--http-01-port", ca.http_port, "--tls-sni-01-port", ca.tls_port,
            "--https-port", site.server.https_port]


def used(ca):
    """The type of challenge of each authorization, in turn."""
    return [challenge["type"] for found in ca.authorizations for challenge in found["challenges"]
            if challenge["status"] == "valid"]


def go_through_its_life(certbot, ca, *options, verb="certonly", seen=lambda serial: None):
    """Issues, renews and revokes it; seen(serial) is called with what is there after each change."""
    certbot.run(verb, "-n", "-d", NAME, *options)
    first = certbot.lineage(NAME).verify(NAME)
    assert first.version() == 1
    seen(first.serial())
    certbot.run("renew", "--force-renewal")
    second = certbot.lineage(NAME).verify(NAME)
    assert second.version() == 2
    seen(second.serial())
    certbot.run("revoke", "-n", "--cert-name", NAME, "--reason", "cessationofoperation",
                "--no-delete-after-revoke")
    assert ca.revoked == {second.serial(): 5}


CERTONLY = [("standalone", "nginx", "http-01"), ("standalone", "nginx", "tls-sni-01"),
            ("webroot", "nginx", "http-01"), ("manual", "nginx", "http-01"),
            ("nginx", "nginx", "http-01"), ("apache", "apache", "http-01"),
            ("nginx", "nginx", "tls-sni-01"), ("apache", "apache", "tls-sni-01")]
RUN = [*CERTONLY, ("standalone", "apache", "http-01"), ("standalone", "apache", "tls-sni-01"),
       ("webroot", "apache", "http-01"), ("manual", "apache", "http-01")]


@pytest.mark.parametrize("authenticator, server, kind", CERTONLY)
def test_certonly(folder, acme_v1, authenticator, server, kind):
    """The server's configuration is what it was."""
    ca = acme_v1(challenges=(kind,), reuse=False)
    with running(folder, ca, authenticator, server) as site:
        before = site.texts()
        webroot = sorted(site.webroot.rglob("*"))
        certbot = Certbot(folder / "certbot", ca, env=site.env)
        go_through_its_life(certbot, ca, *AUTHENTICATORS[authenticator](folder, site),
                            *ports_of(site, ca), *site.options)
        if authenticator not in ("webroot", "manual"):
            assert site.texts() == before
        if authenticator == "webroot":
            assert sorted(site.webroot.rglob("*")) == webroot
    assert used(ca) == [kind] * 2


@pytest.mark.parametrize("authenticator, server, kind", RUN)
def test_run(folder, acme_v1, authenticator, server, kind):
    """The server shows what was issued, and what it was renewed to."""
    ca = acme_v1(challenges=(kind,), reuse=False)
    with running(folder, ca, authenticator, server) as site:
        def seen(serial):
            wait_for(lambda: site.server.leaf(NAME).serial_number == serial, "the certificate")

        certbot = Certbot(folder / "certbot", ca, env=site.env)
        go_through_its_life(certbot, ca, *AUTHENTICATORS[authenticator](folder, site),
                            "-i", server, "--no-redirect", *ports_of(site, ca), *site.options,
                            verb="run", seen=seen)
    assert used(ca) == [kind] * 2


def test_a_dns_plugin(folder):
    with Bind(folder / "bind", ("example.test",)) as bind, \
            AcmeV1(folder / "ca", challenges=("dns-01",), reuse=False, dns=bind.dns_address) as ca:
        credentials = bind.credentials(folder / "rfc2136.ini")
        go_through_its_life(Certbot(folder / "certbot", ca,
                                    env={"CERTBOT_DNS_TEST_PORT": str(bind.port)}), ca,
                            "--dns-rfc2136", "--dns-rfc2136-credentials", credentials,
                            "--dns-resolver", bind.dns_address)
        assert bind.txt(f"_acme-challenge.{NAME}") == []
    assert used(ca) == ["dns-01"] * 2
