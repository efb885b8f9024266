"""Kinds of certificate keys, requests of one's own, profiles."""

import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = "a.lab.test"
RSA_SIZES = (2048, 3072, 4096, 8192)
CURVES = ("secp256r1", "secp384r1", "secp521r1")
STAPLING = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.24")


def assert_pair(lineage):
    lineage.verify(NAME)
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert lineage.key.public_key().public_bytes(*spki) == \
        lineage.cert.public_key().public_bytes(*spki)
    path = lineage.live / "privkey.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("size", [
    pytest.param(size, marks=pytest.mark.slow if size > 4096 else pytest.mark.asan)
    for size in RSA_SIZES])
def test_rsa(certbot, debian_certbot, size):
    certbot.certonly(NAME, options=["--key-type", "rsa", "--rsa-key-size", size], timeout=240)
    assert certbot.lineage(NAME).key.key_size == size
    assert_pair(certbot.lineage(NAME))
    assert f"Certificate Name: {NAME}" in debian_certbot.run("certificates").out


@pytest.mark.asan
@pytest.mark.parametrize("curve", CURVES)
def test_curves(certbot, debian_certbot, curve):
    certbot.certonly(NAME, options=["--elliptic-curve", curve])
    assert certbot.lineage(NAME).key.curve.name == curve
    assert_pair(certbot.lineage(NAME))
    assert f"Certificate Name: {NAME}" in debian_certbot.run("certificates").out


def test_kind_is_changed_when_confirmed(certbot):
    certbot.certonly(NAME)
    refused = certbot.certonly(NAME, options=["--key-type", "rsa", "--force-renewal"], check=1)
    assert "Please provide both --cert-name and --key-type" in refused.err
    certbot.certonly(NAME, options=["--key-type", "rsa", "--cert-name", NAME, "--force-renewal"])
    assert certbot.lineage(NAME).key.key_size == 2048


def test_must_staple_is_asked_for_and_kept(certbot):
    certbot.certonly(NAME, options=["--must-staple"])
    assert "must_staple = True" in certbot.lineage(NAME).conf()
    assert certbot.lineage(NAME).cert.extensions.get_extension_for_oid(STAPLING)


# --- requests made by others ---

@pytest.fixture(params=["PEM", "DER"])
def request_file(request, tmp_path):
    """(path of a CSR for NAME, its key)"""
    key = ec.generate_private_key(ec.SECP384R1())
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("b.lab.test")]),
        critical=False).sign(key, hashes.SHA256())
    path = tmp_path / "request"
    path.write_bytes(csr.public_bytes(getattr(serialization.Encoding, request.param)))
    return path, key


@pytest.mark.asan
def test_certificate_for_a_request(certbot, request_file, tmp_path):
    path, key = request_file
    place = tmp_path / "here"
    place.mkdir()
    certbot.certonly(options=["--csr", path], cwd=place)
    cert = x509.load_pem_x509_certificate((place / "0000_cert.pem").read_bytes())
    assert cert.public_key().public_numbers() == key.public_key().public_numbers()
    assert (place / "0001_chain.pem").read_bytes() == \
        (place / "0000_cert.pem").read_bytes() + (place / "0000_chain.pem").read_bytes()
    assert certbot.lineage_names() == []
    certbot.certonly(options=["--csr", path], cwd=place)
    assert (place / "0001_cert.pem").exists(), "what is there is not written over"


def test_paths_for_the_parts(certbot, request_file, tmp_path):
    paths = {name: tmp_path / f"my-{name}.pem" for name in ("cert", "chain", "fullchain")}
    options = ["--csr", request_file[0]]
    for name, path in paths.items():
        options += [f"--{name}-path", path]
    certbot.certonly(options=options)
    assert all(path.read_text().startswith("-----BEGIN CERTIFICATE") for path in paths.values())


def test_names_that_the_request_lacks(certbot, request_file):
    result = certbot.certonly("other.lab.test", options=["--csr", request_file[0]], check=1)
    assert "other.lab.test" in result.err


@pytest.mark.parametrize("name", ["192.0.2.1", "a..lab.test", "a b.lab.test"])
def test_names_of_a_request_are_checked_as_those_of_d(certbot, tmp_path, name):
    path = tmp_path / "request"
    path.write_bytes(x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(
            ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    by_request = certbot.certonly(options=["--csr", path], check=1)
    assert "cannot use the CSR" in by_request.err and f"'{name}'" in by_request.err


# --- profiles ---

def test_profiles(certbot):
    refused = certbot.certonly(NAME, options=["--required-profile", "nonsense"], check=1)
    assert "nonsense" in refused.err and "default" in refused.err
    assert certbot.lineage_names() == []
    certbot.certonly(NAME, options=["--preferred-profile", "nonsense"])
    assert_pair(certbot.lineage(NAME))
