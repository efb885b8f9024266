"""The account verbs: register, show_account, update_account, unregister; binding; key types."""

import base64
import json

import pytest

from lab.certbot import Certbot


def account_folders(certbot):
    return list(certbot.config_dir.glob("accounts/*/*/*"))


NOWHERE = "/nonexistent/credentials"


@pytest.mark.parametrize("options, said", (
    (("--dns-cloudflare", "--dns-cloudflare-credentials", NOWHERE), NOWHERE),
    (("--dns-rfc2136",), "--dns-rfc2136-credentials"),
    (("--dns-google", "--dns-google-credentials", NOWHERE), NOWHERE),
    (("--manual",), "--manual-auth-hook"),
    (("-a", "s3front", "--s3front-bucket", "b"), "is not the name of a bucket"),
    (("-a", "standalone", "-i", "s3front", "--s3front-distribution", "EDFDVBD632BHDS5"), "log in to AWS"),
    (("--webroot",), "webroot"),
    (("--standalone", "-d", "*.a.test"), "wildcard"),
), ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_what_can_be_known_before_is_known_before_there_is_an_account(certbot, options, said):
    verb = "run" if "-i" in options else "certonly"
    result = certbot.run(verb, "-n", *options, "-d", "a.test", check=1,
                         env={"HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"})
    assert said in result.err
    assert account_folders(certbot) == []


def test_life_of_an_account(certbot):
    certbot.run("register", "-n", "-m", "a@life.test,b@life.test", "--agree-tos", check=True)
    assert len(account_folders(certbot)) == 1
    result = certbot.run("show_account")
    assert "  Email contacts: a@life.test, b@life.test" in result.out
    assert "  Account Thumbprint: " in result.out
    result = certbot.run("register", "-n", "--agree-tos", check=1)
    assert "existing account" in result.err
    result = certbot.run("update_account", "-n", "-m", "c@life.test")
    assert "Your e-mail address was updated to c@life.test." in result.out
    assert "  Email contact: c@life.test" in certbot.run("show_account").out
    certbot.run("unregister", "-n")
    assert account_folders(certbot) == []
    assert certbot.run("show_account", check=1).out == ""


def test_update_without_an_address_changes_nothing(certbot):
    certbot.run("register", "-n", "-m", "a@stay.test", "--agree-tos")
    result = certbot.run("update_account", "-n", check=1)
    assert "--email" in result.err and "--register-unsafely-without-email" in result.err
    assert "a@stay.test" in certbot.run("show_account").out
    certbot.run("update_account", "-n", "--register-unsafely-without-email")
    assert "Email contact: none" in certbot.run("show_account").out


def test_old_form_of_update(certbot):
    certbot.run("register", "-n", "-m", "a@old.test", "--agree-tos")
    certbot.run("register", "-n", "--update-registration", "-m", "b@old.test", "--agree-tos")
    assert "b@old.test" in certbot.run("show_account").out


@pytest.mark.parametrize("kind, member", [("ecdsa", "crv"), ("rsa", "n")])
def test_kind_of_the_account_key(certbot, kind, member):
    certbot.run("register", "-n", "--account-key-type", kind)
    key = json.loads((account_folders(certbot)[0] / "private_key.json").read_text())
    assert member in key
    certbot.certonly("kind.test")


def test_new_account_key(certbot):
    certbot.certonly("roll.test")
    before = account_folders(certbot)[0].name
    certbot.run("update_account", "-n", "--new-account-key")
    assert [path.name for path in account_folders(certbot)] != [before]
    certbot.certonly("rolled.test")


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_external_account_binding(tmp_path, start_pebble, algorithm):
    key = base64.urlsafe_b64encode(bytes(range(64))).decode().rstrip("=")
    pebble = start_pebble(eab_keys={"kid-1": key})
    certbot = Certbot(tmp_path / "certbot", pebble)
    result = certbot.run("register", "-n", check=1)
    assert "--eab-kid" in result.err
    result = certbot.run("register", "-n", "--eab-kid", "kid-1", check=1)
    assert "--eab-hmac-key" in result.err
    certbot.run("register", "-n", "--eab-kid", "kid-1", "--eab-hmac-key", key, "--eab-hmac-alg",
                algorithm)
    assert key not in certbot.log() and '"protected"' not in certbot.log()
