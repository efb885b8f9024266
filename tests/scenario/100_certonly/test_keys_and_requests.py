"""Kinds of certificate keys, requests of one's own, profiles."""

import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lab.nginx import Nginx
from lab.requests_of_others import request_of

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
    path = tmp_path / "request"
    path.write_bytes(request_of(NAME, "b.lab.test", key=key,
                                encoding=getattr(serialization.Encoding, request.param)))
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
    path.write_bytes(request_of(name))
    by_request = certbot.certonly(options=["--csr", path], check=1)
    assert "cannot use the CSR" in by_request.err and f"'{name}'" in by_request.err


# --- certificates that are renewed from a request ---

OF_REQUEST = ("--cert-name", "device")


@pytest.fixture
def kept(certbot, tmp_path):
    """(path of a CSR in PEM, its key) from which the lineage `device` was made."""
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "device.csr"
    path.write_bytes(request_of(NAME, "b.lab.test", key=key))
    certbot.certonly(options=["--renew-csr", "device.csr", *OF_REQUEST, "--deploy-hook",
                              "echo $RENEWED_DOMAINS >> hooked", "--output",
                              f"fullchain:{tmp_path}/out.pem"], cwd=tmp_path)
    return path, key


def test_a_request_is_renewed(certbot, kept, tmp_path):
    path, _ = kept
    first = certbot.lineage("device").verify_request(path.read_bytes()).serial()
    assert f"renew_csr = {path}\n" in certbot.lineage("device").conf(), "absolute"
    certbot.run("renew", "--force-renewal")
    lineage = certbot.lineage("device").verify_request(path.read_bytes())
    assert (lineage.version(), sorted(lineage.names())) == (2, [NAME, "b.lab.test"])
    assert lineage.serial() != first
    assert (tmp_path / "out.pem").read_bytes() == lineage.read("fullchain")
    listing = certbot.run("certificates").out
    assert f"Renewed From CSR: {path}" in listing and "VALID" in listing
    assert "invalid" not in listing
    for command in (("status",), ("renew", "--dry-run"), ("why", "-n", *OF_REQUEST)):
        assert "private key cannot be used" not in certbot.run(*command, check=False).text
    certbot.run("reconfigure", "-n", *OF_REQUEST, "--deploy-hook", "true",
                "--http-01-port", certbot.ca.http_port)
    assert f"renew_csr = {path}\n" in certbot.lineage("device").conf()
    certbot.run("revoke", "-n", *OF_REQUEST, "--delete-after-revoke")
    assert certbot.lineage_names() == [] and path.exists()


def test_a_request_that_is_gone_or_another(certbot, pebble, kept):
    path, key = kept
    old = certbot.lineage("device").serial()
    request = path.read_bytes()
    pebble.new_requests()
    for text, reason in ((None, "cannot renew from the CSR"), (b"x", "cannot use the CSR"),
                         (request_of(NAME, "b.lab.test"), "has another key than the certificate"),
                         (request_of(NAME, key=key), "has other names than the certificate")):
        path.unlink(missing_ok=True)
        if text:
            path.write_bytes(text)
        result = certbot.run("renew", "--force-renewal", check=1)
        assert reason in result.text, result
        assert f"certonly --cert-name device --renew-csr {path}" in result.text
        why = certbot.run("why", "device", "--json", check=False).out
        assert ('"csr-missing"' in why) == (not text), why
        certbot.lineage("device").verify_request(request)
        assert certbot.lineage("device").serial() == old
    assert not [line for line in pebble.new_requests() if "order" in str(line)]
    new = request_of(NAME, "b.lab.test")
    path.write_bytes(new)
    certbot.certonly(options=["--renew-csr", path, *OF_REQUEST])
    certbot.lineage("device").verify_request(new)


def test_keys_and_requests_do_not_mix(certbot, kept, tmp_path):
    path, _ = kept
    for options in (["-d", NAME, *OF_REQUEST, "--force-renewal"],
                    ["-d", NAME, "-d", "b.lab.test", "--force-renewal"]):
        assert "has no key here" in certbot.certonly(options=options, check=1).text
    certbot.certonly("c.lab.test")
    refused = certbot.certonly(options=["--renew-csr", path, "--cert-name", "c.lab.test",
                                        "--force-renewal"], check=1)
    assert "has a key of its own" in refused.text
    secret = certbot.certonly(options=["--renew-csr", path, *OF_REQUEST, "--output",
                                       f"pem:{tmp_path}/all.pem"], check=1)
    assert "would hold the private key" in secret.text
    certbot.lineage("device").verify_request(path.read_bytes())


def test_a_web_server_only_answers_the_challenges_of_a_request(certbot, pebble, tmp_path):
    path = tmp_path / "device.csr"
    path.write_bytes(request_of(NAME))
    nginx = Nginx(tmp_path / "nginx", pebble.http_port)
    options = ["--renew-csr", path, *OF_REQUEST, *nginx.options()]
    refused = certbot.certonly(options=[*options, "--postfix"], check=1)
    assert "postfix cannot install a certificate of --renew-csr" in refused.text
    assert not pebble.new_requests()
    nginx.plain_site(NAME)
    nginx.start()
    try:
        result = certbot.run("certonly", "-n", "--nginx", *options, "--http-01-port", pebble.http_port)
        assert "Key is saved" not in result.out
        lineage = certbot.lineage("device").verify_request(path.read_bytes())
        assert "authenticator = nginx\ninstaller = None\n" in lineage.conf()
        assert "Reloading" not in certbot.run("renew", "--force-renewal").out
        assert lineage.version() == 2
    finally:
        nginx.stop()


def test_a_request_is_not_installed(certbot, pebble, kept):
    """The refusal is not counted as a failure, which would postpone the next renewal."""
    lineage = certbot.lineage("device")
    conf, serial = lineage.conf(), lineage.serial()
    pebble.new_requests()
    for command in (("install", "-i", "nginx"), ("reconfigure", "-n", "-i", "nginx"),
                    ("reconfigure", "-n", "--nginx"), ("renew", "--force-renewal", "-i", "nginx"),
                    ("renew", "--dry-run", "-i", "nginx")):
        refused = certbot.run(*command, *OF_REQUEST, check=1)
        assert "device is renewed from a CSR: no server can use it here" in refused.text, command
        assert (lineage.conf(), lineage.serial()) == (conf, serial), command
    assert not [line for line in pebble.new_requests() if "order" in str(line)]
    certbot.run("renew", "--force-renewal")
    assert lineage.version() == 2


def test_certbot_names_a_request_and_asks_for_nothing(certbot, debian_certbot, pebble, kept):
    """Its `renew` makes keys of its own, with which the owner of the request could do nothing."""
    path, _ = kept
    certbot.certonly("c.lab.test")
    listing = debian_certbot.run("certificates").out
    assert "Certificate Name: c.lab.test" in listing
    assert "were invalid" in listing and "device.conf" in listing, "it wants a key"
    pebble.new_requests()
    failed = debian_certbot.run("renew", "--force-renewal", "--cert-name", "device", check=1)
    assert "Failed to renew certificate device" in failed.text
    assert not [line for line in pebble.new_requests() if "order" in str(line)]
    certbot.lineage("device").verify_request(path.read_bytes())
    certbot.run("renew", "--force-renewal")


# --- profiles ---

def test_profiles(certbot):
    refused = certbot.certonly(NAME, options=["--required-profile", "nonsense"], check=1)
    assert "nonsense" in refused.err and "default" in refused.err
    assert certbot.lineage_names() == []
    certbot.certonly(NAME, options=["--preferred-profile", "nonsense"])
    assert_pair(certbot.lineage(NAME))
