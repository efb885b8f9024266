"""`--key-type ecdsa,rsa` on real httpd: a client that asks for each kind of key gets it."""

import re
import subprocess

from cryptography import x509

BOTH = ("--key-type", "ecdsa,rsa")
NAME = "one.example"
ALGORITHMS = {"ecdsa": "ecdsa_secp256r1_sha256", "rsa": "rsa_pss_rsae_sha256:RSA+SHA256"}


def shown(apache, kind):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{apache.https_port}", "-servername",
                           NAME, "-sigalgs", ALGORITHMS[kind]], input=b"", capture_output=True, timeout=20)
    pem = re.search(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.DOTALL)
    return x509.load_pem_x509_certificate(pem.group()).serial_number if pem else None


def run(certbot, apache, *args):
    return certbot.run(*args, "-n", *apache.options())


def lines(apache):
    """The directives of the host's twin that name certificates and keys, in order."""
    twin = next(apache.folder.rglob("*-le-ssl.conf"))
    return re.findall(r"^\s*SSLCertificate(?:Key)?File\s+\S*/(\S+)$", twin.resolve().read_text(), re.MULTILINE)


def test_both_are_served_renewed_and_one_is_taken_back(apache, certbot):
    apache.plain_site("one", NAME)
    lineage = certbot.lineage(NAME)
    with apache:
        run(certbot, apache, "run", "--apache", "-d", NAME, *BOTH)
        for _ in range(2):
            lineage.verify(NAME), lineage.second().verify(NAME)
            assert {kind: shown(apache, kind) for kind in ALGORITHMS} == \
                {"ecdsa": lineage.serial(), "rsa": lineage.second().serial()}
            run(certbot, apache, "renew", "--force-renewal")
        assert sorted(lines(apache)) == sorted(("fullchain.pem", "privkey.pem", "fullchain-rsa.pem",
                                                "privkey-rsa.pem"))
        assert lines(apache).index("fullchain.pem") < lines(apache).index("fullchain-rsa.pem")
        assert lines(apache).index("privkey.pem") < lines(apache).index("privkey-rsa.pem")
        before = lines(apache)
        run(certbot, apache, "install", "--apache", "--cert-name", NAME)
        assert lines(apache) == before
        run(certbot, apache, "run", "--apache", "-d", NAME, "--cert-name", NAME, "--key-type", "ecdsa")
        assert sorted(lines(apache)) == ["fullchain.pem", "privkey.pem"]
        assert (shown(apache, "ecdsa"), shown(apache, "rsa")) == (lineage.serial(), None)
    apache.configtest()
