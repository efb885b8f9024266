"""`--key-type ecdsa,rsa` on real nginx: a client that asks for each kind of key gets it."""

import re
import subprocess

import pytest
from cryptography import x509

BOTH = ("--key-type", "ecdsa,rsa")
NAME = "a.nginx.test"
ALGORITHMS = {"ecdsa": "ecdsa_secp256r1_sha256", "rsa": "rsa_pss_rsae_sha256:RSA+SHA256"}


def shown(port, kind):
    """The serial number of the certificate that a client gets which knows that kind of key alone."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME,
                           "-sigalgs", ALGORITHMS[kind]], input=b"", capture_output=True, timeout=20)
    pem = re.search(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.DOTALL)
    return x509.load_pem_x509_certificate(pem.group()).serial_number if pem else None


def serials(certbot):
    lineage = certbot.lineage(NAME).verify(NAME)
    return {"ecdsa": lineage.serial(), "rsa": lineage.second().verify(NAME).serial()}


def served(nginx):
    return {kind: shown(nginx.https_port, kind) for kind in ALGORITHMS}


def test_each_client_gets_the_kind_that_it_knows(site_certbot, nginx):
    path = nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME, *BOTH)
    assert served(nginx) == serials(site_certbot)
    text = path.read_text()
    assert text.count("ssl_certificate ") == text.count("ssl_certificate_key ") == 2
    site_certbot.nginx("install", "--nginx", "--cert-name", NAME)
    assert path.read_text() == text
    before = serials(site_certbot)
    site_certbot.nginx("renew", "--force-renewal")
    assert served(nginx) == serials(site_certbot)
    assert not set(before.values()) & set(serials(site_certbot).values())


@pytest.mark.parametrize("protocol", ["TLSv1.2", "TLSv1.3"])
def test_renewal_waits_until_both_kinds_are_served(site_certbot, nginx, protocol):
    """The server answers with its former configuration for a second after it was told."""
    path = nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME, *BOTH, "--no-redirect")
    text = re.sub(r"include \S*options-ssl-nginx.conf;", f"ssl_protocols {protocol};", path.read_text())
    assert f"ssl_protocols {protocol};" in text
    path.write_text(text)
    nginx.reload()
    nginx.control.write_text(f"""#!/bin/sh
case "$*" in *reload) (sleep 1; exec /usr/sbin/nginx "$@") > /dev/null 2>&1 & exit 0;; esac
exec /usr/sbin/nginx "$@"
""")
    result = site_certbot.nginx("renew", "--force-renewal")
    assert served(nginx) == serials(site_certbot)
    assert "is in use: " not in result.text and "proof_pending" not in site_certbot.lineage(NAME).conf()


def test_one_kind_becomes_two_and_one_again(site_certbot, nginx):
    path = nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect")
    alone = path.read_text()
    site_certbot.nginx("run", "--nginx", "-d", NAME, "--cert-name", NAME, *BOTH, "--no-redirect")
    assert served(nginx) == serials(site_certbot)
    second = serials(site_certbot)["rsa"]
    site_certbot.nginx("run", "--nginx", "-d", NAME, "--cert-name", NAME, "--key-type", "ecdsa",
                       "--no-redirect")
    assert path.read_text() == alone
    one = (site_certbot.lineage(NAME).serial(), None)
    assert (shown(nginx.https_port, "ecdsa"), shown(nginx.https_port, "rsa")) == one
    # Back to two lines, whose second file still has the former certificate, and to one again.
    for after in ((one[0], second), one):
        result = site_certbot.nginx("rollback", "--nginx")
        assert (shown(nginx.https_port, "ecdsa"), shown(nginx.https_port, "rsa")) == after
        assert "expected certificate" not in result.text


@pytest.mark.parametrize("kinds", ["rsa,ecdsa"])
def test_the_second_takes_the_place_of_another_of_its_kind(site_certbot, nginx, kinds):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-subj", "/CN=old", "-keyout", nginx.root / "ec.key", "-out",
                    nginx.root / "ec.pem"], check=True, capture_output=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=old",
                    "-keyout", nginx.root / "rsa.key", "-out", nginx.root / "rsa.pem"], check=True,
                   capture_output=True)
    path = nginx.site("a", """server {
    listen {https} ssl;
    listen {http};
    server_name a.nginx.test;
    ssl_certificate rsa.pem;
    ssl_certificate_key rsa.key;
    ssl_certificate ec.pem;
    ssl_certificate_key ec.key;
}
""")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME, "--key-type", kinds, "--no-redirect")
    text = path.read_text()
    assert text.count("ssl_certificate ") == 2 and "ec.pem" not in text and " rsa.pem" not in text
    lineage = site_certbot.lineage(NAME)
    assert served(nginx) == {"rsa": lineage.serial(), "ecdsa": lineage.second("ecdsa").serial()}
