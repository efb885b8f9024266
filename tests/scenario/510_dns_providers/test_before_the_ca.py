"""What can be known of a provider's account is said before the CA is asked: there is none here."""

import pytest

from lab.certbot import Certbot

CA = "https://127.0.0.1:9/directory"

# Plugin, its credentials file (None: it has none), names, and what is said.
WRONG = (
    ("route53", None, ["a.test"], "no credentials were found"),
    ("cloudflare", "api_key = k", ["a.test"], "dns_cloudflare_email is needed"),
    ("cpanel", "url = https://a.test\nusername = joe", ["a.test"], "either dns_cpanel_token or dns_cpanel_password"),
    ("oci", "user = u\ntenancy = t\nfingerprint = f\nregion = eu-1\nkey_file = /nowhere", ["a.test"], "/nowhere"),
    ("transip", "username = joe\nkey_file = /nowhere", ["a.test"], "/nowhere"),
    ("porkbun", "key = k", ["a.test"], '"dns_porkbun_secret" not found'),
    ("inwx", "username = joe\npassword = p\nshared_secret = nota1", ["a.test"], "is not base32"),
    ("duckdns", "token = t", ["a.duckdns.org", "*.a.duckdns.org"], "DuckDNS keeps one"),
)


def obtain(folder, plugin, credentials, names, *options):
    """Runs certonly where only the credentials are there, without keys or roles of a cloud."""
    certbot = Certbot(folder / "certbot", env={"AWS_EC2_METADATA_DISABLED": "true"})
    args = ["certonly", "-n", "--agree-tos", "--register-unsafely-without-email", "--server", CA, f"--dns-{plugin}"]
    if credentials is not None:
        path = folder / "credentials.ini"
        path.touch(mode=0o600)
        path.write_text("".join(f"dns_{plugin}_{line}\n" for line in credentials.splitlines()))
        args += [f"--dns-{plugin}-credentials", path]
    return certbot.run(*args, *options, *(arg for name in names for arg in ("-d", name)), server=False, check=1)


@pytest.mark.parametrize("plugin, credentials, names, said", WRONG, ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_said_first(plugin, credentials, names, said, tmp_path):
    run = obtain(tmp_path, plugin, credentials, names)
    assert said in run.err and "127.0.0.1" not in run.text


def test_a_pre_hook_may_bring_the_credentials(tmp_path):
    hook = f"echo 'dns_porkbun_secret = s' >> {tmp_path}/credentials.ini"
    run = obtain(tmp_path, "porkbun", "key = k", ["a.test"], "--pre-hook", hook)
    assert "127.0.0.1:9" in run.err and "not found" not in run.err


@pytest.mark.parametrize("mode, found", ((0o755, True), (0o644, False)))
def test_a_hook_of_the_directory_may_bring_the_credentials(tmp_path, mode, found):
    """One that is not executable is not a hook."""
    hook = tmp_path / "certbot/config/renewal-hooks/pre/unlock"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\necho 'dns_porkbun_secret = s' >> {tmp_path}/credentials.ini\n")
    hook.chmod(mode)
    run = obtain(tmp_path, "porkbun", "key = k", ["a.test"])
    assert ("127.0.0.1:9" in run.err, "not found" in run.err) == (found, not found)
    # What cannot run puts nothing off.
    run = obtain(tmp_path, "inwx", "username = joe", ["a.test"], "--no-directory-hooks")
    assert '"dns_inwx_password" not found' in run.err
