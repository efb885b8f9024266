"""tls-sni-01 through the running httpd: hosts for the names that the CA asks for, and nothing else
changes for anybody."""

import pytest

from lab import trace
from lab.apache import Apache
from lab.authority import ServerIdentity
from lab.certbot import Certbot


def tls(*lines, address="*:{https}"):
    body = "".join(f"    {line}\n" for line in (
        *lines, "SSLEngine on", "SSLCertificateFile {root}/own.pem",
        "SSLCertificateKeyFile {root}/own-key.pem"))
    return f"<VirtualHost {address}>\n{body}</VirtualHost>\n"


SITES = {
    "no tls": "<VirtualHost *:{http}>\n    ServerName a.example\n</VirtualHost>\n",
    "all addresses": tls("ServerName a.example"),
    "default": tls("ServerName b.example", address="_default_:{https}"),
    "every port": tls("ServerName a.example", address="*:*"),
    "one address": tls("ServerName a.example", address="127.0.0.1:{https}"),
    "one address and all": tls("ServerName b.example") +
                           tls("ServerName a.example", address="127.0.0.1:{https}"),
    "client certificates": "SSLVerifyClient require\nSSLCACertificateFile {root}/own.pem\n" +
                           tls("ServerName a.example"),
    "wildcard": tls("ServerName b.example", "ServerAlias *"),
}


@pytest.fixture
def ca(draft_ca):
    return draft_ca(challenges=("http-01", "tls-sni-01"))


@pytest.fixture
def apache(open_path, ca, tmp_path):
    server = Apache(open_path / "httpd", http_port=ca.http_port, https_port=ca.tls_port).lay_out()
    own = ServerIdentity(tmp_path)
    (server.root / "own.pem").write_bytes(own.cert_path.read_bytes())
    (server.root / "own-key.pem").write_bytes(own.key_path.read_bytes())
    yield server
    server.stop()


@pytest.fixture
def certbot(open_path, ca, apache):
    return Certbot(open_path / "certbot", ca, env=apache.environment)


def enable_tls(apache):
    for name in ("ssl", "socache_shmcb"):
        (apache.root / "mods-enabled" / f"{name}.load").symlink_to(f"../mods-available/{name}.load")
    with open(apache.root / "ports.conf", "a") as ports:
        ports.write(f"Listen {apache.https_port}\n")


def leftovers(certbot, apache):
    return [path.name for pattern in ("*.crt", "*.pem", "temp_checkpoint", "reload-owed*")
            for path in certbot.work_dir.glob(pattern)] + \
        [path.name for path in apache.root.glob("le_*")]


@pytest.mark.parametrize("site", SITES)
def test_the_ca_is_answered_and_others_notice_nothing(site, apache, certbot, ca):
    """Whoever asks for another name gets what he got before. Without TLS, module and port are there
    for as long as it takes."""
    apache.site("a", SITES[site])
    if site != "no tls":
        enable_tls(apache)
    before, shown = apache.snapshot(), []
    with apache:
        if site != "no tls":
            own = apache.leaf("nobody.example").serial_number
            ca.meanwhile = lambda kind, name: shown.append(apache.leaf("nobody.example").serial_number)
        certbot.run("certonly", "-n", "--apache", "-d", "a.example,c.example", *apache.options())
        assert sorted(ca.validated) == [("tls-sni-01", "a.example"), ("tls-sni-01", "c.example")]
        assert site in ("no tls", "client certificates") or set(shown) == {own}
        assert apache.snapshot() == before
        assert leftovers(certbot, apache) == []
        apache.await_generation(3)


def test_both_kinds_of_challenges_in_one_reload(apache, certbot, ca):
    apache.site("a", SITES["all addresses"] + SITES["no tls"].replace("a.example", "b.example"))
    enable_tls(apache)
    before = apache.snapshot()
    with apache:
        certbot.run("certonly", "-n", "--apache", "--preferred-challenges", "http", "-d", "b.example",
                    *apache.options())
        certbot.run("certonly", "-n", "--apache", "-d", "a.example", *apache.options())
        apache.await_generation(5)
        ca.validated.clear()
        certbot.run("renew", "--force-renewal", *apache.options())
        assert sorted(ca.validated) == [("http-01", "b.example"), ("tls-sni-01", "a.example")]
        assert apache.snapshot() == before and leftovers(certbot, apache) == []
        apache.await_generation(7)


def test_the_main_server_is_not_displaced(apache, certbot, ca):
    """A host for all addresses would get what is for a main server that has TLS itself."""
    enable_tls(apache)
    with open(apache.root / "apache2.conf", "a") as main:
        main.write(f"SSLEngine on\nSSLCertificateFile {apache.root}/own.pem\n"
                   f"SSLCertificateKeyFile {apache.root}/own-key.pem\n")
    before = apache.snapshot()
    with apache:
        result = certbot.run("certonly", "-n", "--apache", "-d", "a.example", *apache.options(), check=1)
        assert "cannot answer tls-sni-01: a virtual host for all addresses" in result.err
        assert apache.snapshot() == before and leftovers(certbot, apache) == []


NEAR_CHALLENGE = ("temp_checkpoint", "le_tls_sni_01", "/httpd/apache2/", "reload-owed", ".crt", ".pem")


@pytest.mark.timeout(3600)
def test_kill_during_a_challenge(apache, certbot, ca):
    """Wherever the run is killed, httpd takes what is there, and the next run puts all back."""
    apache.site("a", SITES["all addresses"])
    enable_tls(apache)
    command = ("certonly", "-n", "--apache", "-d", "a.example", *apache.options())
    with apache:
        certbot.run("register", "-n")
        state, before = trace.State(certbot), apache.snapshot()
        points = [point for point in trace.points(certbot, *command)
                  if any(word in point.text for word in NEAR_CHALLENGE)]
        assert len(points) > 20
        for point in trace.sample(points):
            state.restore()
            assert trace.strike(certbot, point, "kill", *command).hit, point
            apache.configtest()
            certbot.run("renew")
            assert apache.snapshot() == before and leftovers(certbot, apache) == [], point
        certbot.run(*command)
