"""Each kind of authenticator at a CA that speaks ACME v1 only: issue, then renew."""

import shutil
import tempfile
from pathlib import Path

import pytest

from lab.acme_v1 import AcmeV1
from lab.apache import Apache
from lab.bind import Bind
from lab.certbot import Certbot
from lab.nginx import Nginx

NAME = "a.example.test"


@pytest.fixture
def folder():
    """One that a server's user may enter; pytest's own are closed to it."""
    path = Path(tempfile.mkdtemp(prefix="certbot-v1-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def issue_and_renew(certbot, *options, verb="certonly"):
    certbot.run(verb, "-n", "-d", NAME, *options)
    assert certbot.lineage(NAME).verify(NAME).version() == 1
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage(NAME).verify(NAME).version() == 2


def test_nginx(folder, acme_v1):
    ca = acme_v1(challenges=("http-01",), reuse=False)
    with Nginx(folder / "nginx", ca.http_port) as nginx:
        nginx.plain_site(NAME)
        nginx.reload()
        before = nginx.texts()
        issue_and_renew(Certbot(folder / "certbot", ca), "--nginx", *nginx.options())
        assert nginx.texts() == before
    assert ca.count("challenge") == 2


def test_apache(folder, acme_v1):
    ca = acme_v1(challenges=("http-01",), reuse=False)
    apache = Apache(folder / "httpd", http_port=ca.http_port).lay_out()
    apache.plain_site("a", NAME)
    with apache:
        issue_and_renew(Certbot(folder / "certbot", ca, env=apache.environment), "--apache",
                        *apache.options())
    assert ca.count("challenge") == 2


def test_a_dns_plugin(folder):
    with Bind(folder / "bind", ("example.test",)) as bind, \
            AcmeV1(folder / "ca", challenges=("dns-01",), reuse=False, dns=bind.dns_address) as ca:
        credentials = bind.credentials(folder / "rfc2136.ini")
        issue_and_renew(Certbot(folder / "certbot", ca,
                                env={"CERTBOT_DNS_TEST_PORT": str(bind.port)}),
                        "--dns-rfc2136", "--dns-rfc2136-credentials", credentials,
                        "--dns-resolver", bind.dns_address)
        assert bind.txt(f"_acme-challenge.{NAME}") == []
    assert ca.count("challenge") == 2
