"""Options that a plugin program declares: flags with help, kept in the renewal conf, and secrets that
no conf, log or command line has. The plugin is contrib/plugins/certbot-plugin-dns-webhook."""

import subprocess

import pytest

from lab.certbot import ROOT, Certbot

TOKEN = "s3cret-t0ken"


@pytest.fixture
def hooked(tmp_path, pebble):
    """A certbot with the samples, and a file with a token."""
    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "token").chmod(0o600)
    certbot = Certbot(tmp_path / "certbot", pebble,
                      env={"CERTBOT_PLUGIN_PATH": str(ROOT / "contrib/plugins")})
    certbot.url = f"http://127.0.0.1:{pebble.dns.management_port}"
    return certbot


def certonly(certbot, *options, **run_options):
    return certbot.run("certonly", "-n", "-a", "dns-webhook", "-d", "a.test", *options,
                       **run_options)


@pytest.mark.asan
def test_flags_are_kept_for_renewals_and_the_secret_nowhere(hooked, tmp_path):
    certonly(hooked, "--dns-webhook-url", hooked.url, "--dns-webhook-token=../token",
             cwd=tmp_path / "certbot")
    conf = hooked.lineage("a.test").conf()
    assert f"dns_webhook_url = {hooked.url}\n" in conf
    assert f"dns_webhook_token = {tmp_path / 'token'}\n" in conf
    log = hooked.log()
    assert '"call":"present"' in log and '"token":"***"' in log
    assert TOKEN not in conf + log
    hooked.run("renew", "--force-renewal")
    assert hooked.lineage("a.test").version() == 2
    assert hooked.lineage("a.test").conf().count("dns_webhook_") == 2
    assert '"token":"***"' in hooked.log() and TOKEN not in hooked.log()


def test_a_secret_that_others_can_read_is_told_once(hooked, tmp_path):
    certonly(hooked, "--dns-webhook-url", hooked.url)
    (tmp_path / "token").chmod(0o644)
    for argv in (("reconfigure", "-n", "--cert-name", "a.test", "--dns-webhook-token", tmp_path / "token"),
                 ("renew", "--force-renewal")):
        warning = f"Unsafe permissions on credentials configuration file: {tmp_path}/token"
        assert hooked.run(*argv).text.count(warning) == 1


def test_short_secret_is_not_in_the_log(hooked, tmp_path):
    (tmp_path / "token").write_text("4z7\n")
    certonly(hooked, "--dns-webhook-url", hooked.url, "--dns-webhook-token", tmp_path / "token")
    assert '"call":"present"' in hooked.log() and "4z7" not in hooked.log()


def test_config_file_has_them_too(hooked, tmp_path):
    (tmp_path / "cli.ini").write_text(f"dns-webhook-url = {hooked.url}\n")
    certonly(hooked, "-c", tmp_path / "cli.ini")
    assert f"dns_webhook_url = {hooked.url}\n" in hooked.lineage("a.test").conf()


def test_command_line_of_renew_is_stronger(hooked):
    certonly(hooked, "--dns-webhook-url", hooked.url)
    hooked.run("renew", "--force-renewal", "--dns-webhook-url", hooked.url + "/")
    assert f'"url":"{hooked.url}/"' in hooked.log()
    assert f"dns_webhook_url = {hooked.url}/\n" in hooked.lineage("a.test").conf()


def test_missing_file_with_the_secret_is_named(hooked, tmp_path):
    result = certonly(hooked, "--dns-webhook-url", hooked.url, "--dns-webhook-token",
                      tmp_path / "nothing", check=1)
    assert "--dns-webhook-token" in result.err and str(tmp_path / "nothing") in result.err
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "empty").chmod(0o600)
    result = certonly(hooked, "--dns-webhook-url", hooked.url, "--dns-webhook-token",
                      tmp_path / "empty", check=1)
    assert f"--dns-webhook-token: the file '{tmp_path}/empty' is empty" in result.err


def test_help_and_what_is_mistyped(hooked):
    text = hooked.run("--help", "dns-webhook").out
    assert "--dns-webhook-url VALUE" in text and "Where the requests go" in text
    result = certonly(hooked, "--dns-webhook-ulr", "x", check=2)
    assert "unrecognized arguments: --dns-webhook-ulr" in result.err
    assert "--dns-webhook-url, --dns-webhook-token" in result.err
    result = certonly(hooked, "--nowhere-url", "x", check=2)
    assert "unrecognized arguments: --nowhere-url" in result.err


def test_completion_of_a_plugin_that_the_line_names(hooked):
    pages = hooked.program.parent / "certbot-pages"
    script = subprocess.run([pages, "bash"], capture_output=True, text=True, check=True).stdout
    script += f"""
COMP_WORDS=({hooked.program} certonly -a dns-webhook --dns-webhook-)
COMP_CWORD=4
_certbot
echo "${{COMPREPLY[*]}}"
"""
    out = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True,
                         env=hooked.environment()).stdout
    assert sorted(out.split()) == ["--dns-webhook-token", "--dns-webhook-url"]


def test_option_that_is_declared_twice_is_said_by_help_and_use(tmp_path):
    program = tmp_path / "certbot-plugin-twice"
    program.write_text("""#!/bin/sh
echo '{"description": "x", "roles": ["installer"], "options": [{"name": "a-b"}, {"name": "a_b"}]}'
""")
    program.chmod(0o755)
    certbot = Certbot(tmp_path / "certbot", env={"CERTBOT_PLUGIN_PATH": str(tmp_path)})
    said = "declares --twice-a_b twice (as --twice-a-b, too)"
    assert said in certbot.run("--help", "twice").err
    assert said in certbot.run("plugins", "--check", "twice", check=1).err
