"""--key-uri pkcs11:...: a key that is in a token already."""

import pytest

from lab.lineage import certificates
from lab.softhsm import SoftHsm


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    token = SoftHsm(tmp_path_factory.mktemp("hsm") / "soft")
    token.make_key("ec", "EC:prime256v1", "01")
    token.make_key("rsa", "rsa:2048", "02")
    token.make_key("lonely", "EC:prime256v1")
    return token


@pytest.fixture
def certbot(certbot, token):
    certbot.extra_env.update(token.environment)
    return certbot


@pytest.mark.parametrize("name, label", [("ec", "ECDSA"), ("rsa", "RSA")])
def test_certonly_renew_and_list(certbot, token, name, label):
    certbot.certonly("a.example", options=["--key-uri", token.uri(name)])
    lineage = certbot.lineage("a.example")
    first, = certificates(lineage.read("cert"))
    assert b"PKCS#11 PROVIDER URI" in lineage.read("privkey")
    assert f"\nkey_type = {label.lower()}\n" in lineage.conf()
    assert f"Key Type: {label}\n" in certbot.run("certificates").out
    certbot.run("renew", "--force-renewal")
    second, = certificates(lineage.read("cert"))
    assert lineage.version() == 2
    assert first.public_key().public_numbers() == second.public_key().public_numbers()


@pytest.mark.parametrize("change, words", [
    (lambda uri: uri.replace("object=ec", "object=none"), "cannot find the private key"),
    (lambda uri: uri.replace("token=web", "token=none"), "cannot find the private key"),
    (lambda uri: uri.replace("object=ec", "object=lonely"), "under the same id"),
    (lambda uri: uri.split("?")[0], "pin-source=file:"),
])
def test_known_before_the_ca_is_asked(certbot, token, pebble, change, words):
    result = certbot.certonly("a.example", options=["--key-uri", change(token.uri("ec"))], check=1)
    assert words in result.err
    assert not [request for request in pebble.new_requests() if "order" in request.path]
    assert not certbot.lineage("a.example").exists()


def test_an_option_that_contradicts_the_key(certbot, token):
    result = certbot.certonly("a.example", check=1, options=[
        "--key-uri", token.uri("rsa"), "--key-type", "ecdsa"])
    assert "--key-type contradicts the key" in result.err


def test_a_token_that_is_away_loses_nothing(certbot, token):
    certbot.certonly("a.example", options=["--key-uri", token.uri("ec")])
    lineage = certbot.lineage("a.example")
    before = lineage.read("privkey"), lineage.read("fullchain")
    away = {"SOFTHSM2_CONF": "/nowhere"}
    result = certbot.run("renew", "--force-renewal", check=1, env=away)
    assert "cannot find the private key" in result.err
    assert before == (lineage.read("privkey"), lineage.read("fullchain"))
    certbot.run("renew", "--force-renewal")
    assert lineage.version() == 2
