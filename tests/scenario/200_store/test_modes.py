"""No file that holds a key is ever open to others, not for an instant."""

import pytest

from lab.trace import ModeWatcher


def certonly(certbot, *options):
    return ["certonly", "-n", "--standalone", "--http-01-port", certbot.ca.http_port,
            "-d", "a.lab.test", "--agree-tos", "--register-unsafely-without-email", *options]


def assert_unexposed(watcher, *wanted):
    """Nothing was exposed, and the keys that were to be written were seen."""
    assert watcher.exposed() == []
    for name in wanted:
        assert any(path.endswith(name) for path in watcher.secrets), (name, watcher.secrets)


@pytest.mark.parametrize("options", [("--key-type", "ecdsa"), ("--key-type", "rsa")],
                         ids=lambda options: options[1])
def test_account_and_first_key(certbot, options):
    watcher = ModeWatcher.of_run(certbot, *certonly(certbot, *options))
    assert_unexposed(watcher, "privkey1.pem", "private_key.json")


@pytest.mark.parametrize("options", [(), ("--reuse-key",)], ids=["new-key", "reuse-key"])
def test_renewal(certbot, options):
    certbot.certonly("a.lab.test", options=options)
    watcher = ModeWatcher.of_run(certbot, "renew", "--force-renewal")
    assert_unexposed(watcher, "privkey2.pem")


def test_a_new_account_key(certbot):
    certbot.certonly("a.lab.test")
    watcher = ModeWatcher.of_run(certbot, "update_account", "-n", "--new-account-key",
                                 "--register-unsafely-without-email")
    assert_unexposed(watcher, "private_key.json")


def test_a_lax_umask_changes_nothing(certbot):
    watcher = ModeWatcher.of_run(certbot, *certonly(certbot))
    certbot.run("delete", "-n", "--cert-name", "a.lab.test")
    assert_unexposed(watcher, "privkey1.pem")
    script = certbot.folder / "with-umask-0"
    script.write_text('#!/bin/sh\numask 0\nexec "$@"\n')
    script.chmod(0o755)
    certbot.run(*certonly(certbot), under=[script])
    key = certbot.lineage("a.lab.test").archive / "privkey1.pem"
    assert key.stat().st_mode & 0o7777 == 0o600
