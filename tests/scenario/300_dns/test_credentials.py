"""What is said about the credentials file, and that nothing of it is."""

import base64

import pytest


def command(bind, *options):
    return ["certonly", "-n", "--dns-rfc2136", *options, "--dns-resolver", bind.dns_address,
            "-d", "a.example.test"]


def test_a_missing_option_is_named_with_what_it_wants(start):
    bind, certbot = start()
    run = certbot.run(*command(bind), check=1)
    assert "Hint: you can set this with the --dns-rfc2136-credentials flag" in run.err
    assert "path to your name server credentials INI file" in run.err
    assert certbot.lineage_names() == [] and bind.serial("example.test") == 1


def test_a_missing_file_is_named(start, tmp_path):
    bind, certbot = start()
    path = tmp_path / "nowhere.ini"
    run = certbot.run(*command(bind, "--dns-rfc2136-credentials", path), check=1)
    assert str(path) in run.err and "--dns-rfc2136-credentials" in run.err


@pytest.mark.parametrize("mode, warns", ((0o600, False), (0o640, False), (0o644, True)), ids=oct)
def test_a_file_that_others_can_read_is_warned_about(start, tmp_path, mode, warns):
    bind, certbot = start()
    path = bind.credentials(tmp_path / "bind.ini")
    path.chmod(mode)
    run = certbot.run(*command(bind, "--dns-rfc2136-credentials", path))
    warning = f"Unsafe permissions on credentials configuration file: {path}"
    assert run.text.count(warning) == warns
    assert path.stat().st_mode & 0o777 == mode


def test_the_secret_is_never_shown(start, tmp_path):
    bind, certbot = start()
    path = bind.credentials(tmp_path / "bind.ini")
    run = certbot.run(*command(bind, "--dns-rfc2136-credentials", path, "-vvv"))
    conf = (certbot.config_dir / "renewal/a.example.test.conf").read_text()
    secret = bind.keys[0].secret
    for text in (run.text, certbot.log(), conf):
        assert secret not in text and base64.b64decode(secret).hex() not in text
