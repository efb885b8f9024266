"""--key-uri tpm2: the key is made by a TPM and never leaves it."""

import os
import signal
import socket
import ssl
import subprocess
import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lab.lineage import certificates
from lab.process import Child, free_port
from lab.tpm import OPENSSL_CONF, PROVIDERS, Tpm


@pytest.fixture(scope="module")
def tpm(tmp_path_factory):
    with Tpm(tmp_path_factory.mktemp("tpm")) as tpm:
        yield tpm


@pytest.fixture
def certbot(certbot, tpm):
    certbot.extra_env.update(tpm.environment)
    return certbot


def public_of(pem_path, tpm, certbot):
    """The public half, as a program without us gets it from the TPM."""
    return subprocess.run(["openssl", "pkey", *PROVIDERS, "-in", pem_path, "-pubout"], check=True,
                          env=certbot.environment(tpm.environment), capture_output=True).stdout


def check_pair(lineage, tpm, certbot):
    cert, = certificates(lineage.read("cert"))
    key = lineage.live / "privkey.pem"
    assert b"TSS2 PRIVATE KEY" in key.read_bytes() and key.stat().st_mode & 0o77 == 0
    public = cert.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert public == public_of(key, tpm, certbot)
    return public


@pytest.mark.parametrize("options, label", [
    ((), "ECDSA"),
    (("--key-type", "rsa", "--rsa-key-size", "2048"), "RSA"),
])
def test_certonly_renew_and_list(certbot, tpm, options, label):
    certbot.certonly("a.example", options=["--key-uri", "tpm2:", *options])
    lineage = certbot.lineage("a.example")
    first = check_pair(lineage, tpm, certbot)
    assert "key_uri = tpm2:" in lineage.conf_path.read_text()
    listed = certbot.run("certificates").out
    assert f"Key Type: {label}\n" in listed and "    Private Key In: tpm2: (a token" in listed
    assert certbot.json("certificates")["certificates"][0]["key_uri"] == "tpm2:"
    certbot.run("renew", "--force-renewal")
    second = check_pair(lineage, tpm, certbot)
    assert lineage.version() == 2 and first != second


def test_a_server_uses_it(certbot, tmp_path):
    """privkey.pem is enough for a server whose openssl.cnf has the provider."""
    with Tpm(tmp_path / "tpm") as tpm:  # what is killed leaves its key in the TPM
        certbot.extra_env.update(tpm.environment)
        certbot.certonly("a.example", options=["--key-uri", "tpm2:"])
        shown = shown_by_server(certbot, tpm)
    assert certificates(shown.encode()) == certificates(certbot.lineage("a.example").read("cert"))


def shown_by_server(certbot, tpm):
    live, port = certbot.lineage("a.example").live, free_port()
    conf = tpm.folder / "openssl.cnf"
    conf.write_text(OPENSSL_CONF)
    server = Child(["openssl", "s_server", "-cert", live / "cert.pem", "-key",
                    live / "privkey.pem", "-port", str(port), "-www"],
                   certbot.folder / "server.log",
                   env=certbot.environment({**tpm.environment, "OPENSSL_CONF": str(conf)}))
    try:
        server.await_true(lambda: "ACCEPT" in server.log(), "that it listens")
        return ssl.get_server_certificate(("127.0.0.1", port))
    finally:
        server.stop()


def test_one_that_does_not_answer_holds_up_no_other(certbot, tmp_path):
    """It has half a minute once; a signal ends the wait for it."""
    with Tpm(tmp_path / "tpm") as tpm:
        certbot.extra_env.update(tpm.environment)
        certbot.certonly("a.example", options=["--key-uri", "tpm2:"])
        certbot.certonly("b.example", options=["--key-uri", "tpm2:"])
        certbot.certonly("c.example")
        os.kill(tpm.child.pid, signal.SIGSTOP)
        try:
            failed = certbot.run("renew", "--force-renewal", check=1)
            waiting = Child(certbot.command("renew", "--force-renewal", "--cert-name", "a.example"),
                            tmp_path / "waiting.log", env=certbot.environment())
            waiting.await_true(lambda: "a.example" in waiting.log(), "that it is at work")
            time.sleep(1)
            os.kill(waiting.pid, signal.SIGTERM)
            assert waiting.process.wait(5) != 0
        finally:
            os.kill(tpm.child.pid, signal.SIGCONT)
    assert failed.err.count("the token of provider 'tpm2' does not answer") >= 2
    assert [certbot.lineage(f"{name}.example").version() for name in "abc"] == [1, 1, 2]


def test_two_types_are_refused_before_anything_is_asked(certbot, pebble):
    pebble.new_requests()
    refused = certbot.certonly("a.example", check=1, options=[
        "--key-uri", "tpm2:", "--key-type", "ecdsa,rsa"])
    assert "--key-uri is for a certificate with one key" in refused.err
    assert "Requesting" not in refused.out and not pebble.new_requests()


NGINX = """daemon off;
user www-data;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/tmp;
    proxy_temp_path {folder}/tmp;
    fastcgi_temp_path {folder}/tmp;
    uwsgi_temp_path {folder}/tmp;
    scgi_temp_path {folder}/tmp;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {live}/fullchain.pem;
        ssl_certificate_key {live}/privkey.pem;
    }}
}}
"""


def shown_to(port, version):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, \
            context.wrap_socket(plain, server_hostname="a.example") as connection:
        return connection.getpeercert(True)


@pytest.mark.parametrize("options, versions", [
    ((), [ssl.TLSVersion.TLSv1_3]),
    (("--key-type", "rsa", "--rsa-key-size", "2048"), [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])])
def test_nginx_uses_it(certbot, tmp_path, options, versions):
    """With the versions of TLS that docs/ promises for each type of key. The workers are not root."""
    with Tpm(tmp_path / "tpm") as tpm:
        certbot.extra_env.update(tpm.environment)
        certbot.certonly("a.example", options=["--key-uri", "tpm2:", *options])
        lineage, port = certbot.lineage("a.example"), free_port()
        conf, openssl_conf = tmp_path / "nginx.conf", tmp_path / "openssl.cnf"
        conf.write_text(NGINX.format(folder=tmp_path, port=port, live=lineage.live))
        openssl_conf.write_text(OPENSSL_CONF)
        nginx = Child(["/usr/sbin/nginx", "-c", conf], tmp_path / "nginx.log",
                      env=certbot.environment({**tpm.environment, "OPENSSL_CONF": str(openssl_conf)}))
        try:
            nginx.await_port(port)
            cert, = certificates(lineage.read("cert"))
            assert [shown_to(port, version) for version in versions] == \
                [cert.public_bytes(Encoding.DER)] * len(versions)
        finally:
            nginx.stop()


def test_listed_without_the_tpm(certbot):
    """The public half is in the file: a question needs no TPM."""
    certbot.certonly("a.example", options=["--key-uri", "tpm2:"])
    result = certbot.run("certificates", env={"TPM2OPENSSL_TCTI": "swtpm:port=1"})
    assert "VALID: " in result.out and "INVALID" not in result.out


def test_no_tpm_is_known_before_the_ca_is_asked(certbot, pebble):
    result = certbot.certonly("a.example", options=["--key-uri", "tpm2:"], check=1,
                              env={"TPM2OPENSSL_TCTI": "swtpm:port=1"})
    assert "cannot load OpenSSL's provider 'tpm2'" in result.err and "/dev/tpmrm0" in result.err
    assert not [request for request in pebble.new_requests() if "order" in request.path]
    assert not certbot.lineage("a.example").exists()


def test_a_tpm_that_is_away_at_renewal_loses_nothing(certbot, tpm):
    certbot.certonly("a.example", options=["--key-uri", "tpm2:"])
    lineage = certbot.lineage("a.example")
    before = {kind: lineage.read(kind) for kind in ("cert", "privkey", "chain", "fullchain")}
    result = certbot.run("renew", "--force-renewal", check=1,
                         env={"TPM2OPENSSL_TCTI": "swtpm:port=1"})
    assert "cannot load OpenSSL's provider 'tpm2'" in result.err
    assert before == {kind: lineage.read(kind) for kind in before}
    certbot.run("renew", "--force-renewal")
    check_pair(lineage, tpm, certbot)


def test_the_same_key_and_back_to_a_file(certbot, tpm):
    certbot.certonly("a.example", options=["--key-uri", "tpm2:", "--reuse-key"])
    lineage = certbot.lineage("a.example")
    first = check_pair(lineage, tpm, certbot)
    certbot.run("renew", "--force-renewal")
    assert check_pair(lineage, tpm, certbot) == first
    refused = certbot.certonly("a.example", check=1, options=[
        "--key-uri", "file:", "--reuse-key", "--force-renewal"])
    assert "Unable to change the --key-uri of this certificate" in refused.err
    certbot.certonly("a.example", options=["--key-uri", "file:", "--force-renewal"])
    lineage.verify("a.example")
    assert b"BEGIN PRIVATE KEY" in lineage.read("privkey")


def test_revoked_by_its_own_key(certbot, tpm):
    certbot.certonly("a.example", options=["--key-uri", "tpm2:"])
    live = certbot.lineage("a.example").live
    certbot.run("revoke", "-n", "--cert-path", live / "cert.pem", "--key-path",
                live / "privkey.pem", "--no-delete-after-revoke")


def test_certbot_renews_it_with_a_key_of_its_own(certbot, debian_certbot, tpm):
    """It does not list the lineage, as the page says, but renews it, and drops the option."""
    certbot.certonly("a.example", options=["--key-uri", "tpm2:"])
    debian_certbot.run("renew", "--force-renewal")
    lineage = certbot.lineage("a.example")
    lineage.verify("a.example")
    certbot.certonly("a.example", options=["--key-uri", "tpm2:", "--force-renewal"])
    check_pair(lineage, tpm, certbot)


@pytest.mark.parametrize("uri, words", [
    ("pkcs11:token=a;object=b?pin-value=1234", "pin-source=file:"),
    ("tpm2:0x81000001", "expected tpm2:"),
    ("pkcs11:", "pkcs11:token=NAME;object=NAME"),
    ("engine:x", "expected tpm2:"),
])
def test_refused(certbot, uri, words):
    result = certbot.certonly("a.example", options=["--key-uri", uri], check=1)
    assert words in result.err and "1234" not in certbot.log().split("Arguments")[0]
    assert not certbot.lineage("a.example").exists()


def test_pkcs12_needs_the_key_itself(certbot, tmp_path):
    password = tmp_path / "password"
    password.touch(0o600)
    password.write_text("secret\n")
    result = certbot.certonly("a.example", check=False, options=[
        "--key-uri", "tpm2:", "--output", f"pfx:{tmp_path}/a.pfx,password-file={password}"])
    assert result.rc == 1 and "needs the private key itself" in result.err
