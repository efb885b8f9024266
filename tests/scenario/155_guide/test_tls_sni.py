"""What the guide says of tls-sni-01, with a CA that speaks ACME v1, as one did when it was written. Each
certificate is renewed by what its conf remembers."""

import shutil
import tempfile
from pathlib import Path

import pytest

from lab.apache import Apache
from lab.certbot import Certbot
from lab.nginx import Nginx
from lab.sni_server import SniServer

HOOK = """#!/bin/sh
set -e
cp "$CERTBOT_CERT_PATH" {folder}/"$CERTBOT_SNI_DOMAIN".crt
cp "$CERTBOT_KEY_PATH" {folder}/"$CERTBOT_SNI_DOMAIN".pem
"""


@pytest.fixture
def ca(acme_v1):
    return acme_v1(challenges=("http-01", "tls-sni-01"), reuse=False)


@pytest.fixture
def certbot(tmp_path, ca):
    return Certbot(tmp_path / "certbot", ca)


def used(ca):
    """The type of challenge of each authorization, in turn."""
    return [next((challenge["type"] for challenge in found["challenges"]
                  if challenge["status"] == "valid"), None) for found in ca.authorizations]


def obtain(certbot, *options):
    certbot.run("certonly", "-n", "-d", "a.example", "--tls-sni-01-port", certbot.ca.tls_port,
                "--http-01-port", certbot.ca.http_port, *options)
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage("a.example").version() == 2


@pytest.mark.parametrize("preferred, kind", [(("--preferred-challenges", "http"), "http-01"),
                                             (("--preferred-challenges", "tls-sni"), "tls-sni-01"),
                                             ((), "tls-sni-01")])
def test_standalone_by_either_port(certbot, ca, preferred, kind):
    obtain(certbot, "--standalone", *preferred)
    assert used(ca) == [kind] * 2


def test_nginx_by_its_https_port(certbot, ca, tmp_path):
    nginx = Nginx(tmp_path / "certbot" / "nginx", ca.http_port)
    nginx.plain_site("a.example")
    with nginx:
        obtain(certbot, "--nginx", *nginx.options()[:4])
    assert used(ca) == ["tls-sni-01"] * 2


def test_apache_by_its_https_port(ca):
    folder = Path(tempfile.mkdtemp(prefix="certbot-apache-"))
    folder.chmod(0o755)
    apache = Apache(folder / "httpd", http_port=ca.http_port, https_port=ca.tls_port).lay_out()
    apache.plain_site("a", "a.example")
    options = apache.options()
    with apache:
        obtain(Certbot(folder / "certbot", ca, env=apache.environment), "--apache",
               *options[:options.index("--http-01-port")])
    assert used(ca) == ["tls-sni-01"] * 2
    shutil.rmtree(folder)


def test_manual_by_the_three_variables(certbot, ca, tmp_path):
    hook = tmp_path / "hook"
    with SniServer(tmp_path / "shown", ca.tls_port) as server:
        hook.write_text(HOOK.format(folder=server.folder))
        hook.chmod(0o755)
        obtain(certbot, "--manual", "--preferred-challenges", "tls-sni", "--manual-auth-hook", hook)
    assert used(ca) == ["tls-sni-01"] * 2


@pytest.mark.parametrize("version", ["acme_v1", "draft_ca"])
def test_a_ca_without_it_says_what_has_replaced_it(request, tmp_path, version):
    """Nothing is left pending at the CA."""
    ca = request.getfixturevalue(version)(challenges=("http-01", "dns-01"))
    result = Certbot(tmp_path / "certbot", ca).run(
        "certonly", "-n", "--standalone", "--preferred-challenges", "tls-sni", "-d", "a.example,b.example",
        check=1)
    assert "the CA offers http-01, dns-01" in result.err
    assert "tls-alpn-01 has replaced it" in result.err
    if version == "acme_v1":
        assert {found["status"] for found in ca.authorizations} == {"deactivated"}
    else:
        assert sorted(ca.deactivated) == [0, 1]
