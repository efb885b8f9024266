"""Verbs around existing certificates, installers as programs of their own, help."""

import json
import re
import shutil

import pytest

from lab.certbot import ROOT, Certbot
from lab.dialogue import Dialogue
from lab.installer_program import INSTALLER


@pytest.fixture
def installer(tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir()
    program = folder / "certbot-plugin-lab"
    program.write_text(INSTALLER)
    program.chmod(0o755)
    return folder


@pytest.fixture
def served(tmp_path, pebble, installer):
    certbot = Certbot(tmp_path / "certbot", pebble, env={"CERTBOT_PLUGIN_PATH": str(installer)})
    certbot.certonly("site.test")
    return certbot


def calls(certbot):
    path = certbot.work_dir / "calls"
    found = [json.loads(line)["call"] for line in path.read_text().splitlines()]
    path.unlink()
    return [call for call in found if call not in ("describe", "prepare")]


def test_install_deploys_tests_saves_and_reloads(served):
    result = served.run("install", "-n", "-i", "lab", "--cert-name", "site.test")
    assert "/srv/test.conf" in result.out
    made = calls(served)
    assert made[:4] == ["deploy", "config_test", "save", "reload"]
    assert made[4:] == ["enhance", "save", "config_test", "reload"]


def test_run_with_two_plugins(served, pebble):
    result = served.run("run", "-n", "-a", "standalone", "-i", "lab", "--http-01-port",
                        pebble.http_port, "-d", "both.test", "--no-redirect", "--no-autorenew")
    assert calls(served) == ["deploy", "config_test", "save", "reload"]
    deployed, steps = result.out.split("\nNEXT STEPS:\n- ")
    assert "\nDeploying certificate\n" in deployed and "enabled HTTPS on" in deployed
    assert len(steps.splitlines()) == 1
    conf = served.lineage("both.test").conf()
    assert "installer = lab" in conf and "authenticator = standalone" in conf
    served.run("renew", "--force-renewal", "--cert-name", "both.test")
    assert calls(served) == ["renewed", "reload"]


def test_only_enhancements_that_were_asked_for_are_missed(certbot, pebble):
    words = ["run", "-n", "-a", "standalone", "-i", "null", "-d", "a.test", "--http-01-port",
             pebble.http_port]
    assert "not supported" not in certbot.run(*words).text
    result = certbot.run(*words, "--redirect", "--force-renewal")
    assert "Option redirect is not supported by the selected installer." in result.err


def test_server_that_refuses_gets_its_configuration_back(served):
    served.run("install", "-n", "-i", "lab", "--cert-name", "site.test", "--no-redirect",
               "--plugin-option", "fail=config_test", check=1)
    made = calls(served)
    assert made[:3] == ["deploy", "config_test", "recover"]
    assert "save" not in made and "reload" not in made


def test_server_that_does_not_reload_gets_its_configuration_back(served):
    served.run("install", "-n", "-i", "lab", "--cert-name", "site.test", "--no-redirect",
               "--plugin-option", "fail=reload", check=1)
    assert calls(served)[:5] == ["deploy", "config_test", "save", "reload", "rollback"]


def test_failed_deployment_is_undone(served):
    result = served.run("install", "-n", "-i", "lab", "--cert-name", "site.test",
                        "--plugin-option", "fail=deploy", check=1)
    assert "it does not work" in result.err
    made = calls(served)
    assert made[0] == "deploy" and set(made[1:]) == {"recover"}


def test_enhance_and_rollback(served):
    served.run("enhance", "-n", "-i", "lab", "--cert-name", "site.test", "--redirect")
    assert calls(served) == ["enhance", "save", "config_test", "reload"]
    result = served.run("rollback", "-n", "-i", "lab", "--checkpoints", "2")
    assert calls(served) == ["rollback", "reload"]
    assert "only 1" in result.err
    assert "Undid 1 change of the server configuration.\n  lab: 1 change\n" in result.out
    result = served.run("rollback", "-n", "-i", "lab", "--plugin-option", "fail=reload", check=1)
    assert "not reloaded" in result.err and "reload it once that is mended" in result.err
    assert "  lab: 1 change\n" in result.out


def test_plugins_lists_programs(served):
    out = served.run("plugins").out
    assert "* lab\nDescription: A server for tests\nInterfaces: Authenticator, Installer" in out
    program = served.environment()["CERTBOT_PLUGIN_PATH"] + "/certbot-plugin-lab"
    for name, value in ("lab", program), ("dns-rfc2136", "built in"), ("nginx", "built in"):
        line = f"Entry point: EntryPoint(name='{name}', value='{value}', group='certbot.plugins')"
        assert line in out.splitlines()


@pytest.mark.parametrize("name, hint", [
    ("nowhere", "'certbot plugins' lists"), ("dns-nowhere", "--dns-acmesh runs a script"),
    ("ngimx", "did you mean nginx?"), ("standalon", "did you mean standalone?"),
    ("dns-cloudflair", "did you mean dns-cloudflare?"), ("dns-dnspod", "the built-in plugin dns-tencentcloud may"),
    ("dns-ns1", "the built-in plugin dns-nsone may"), ("dns-gandi-livedns", "the built-in plugin dns-gandi may"),
    ("dns-ovj", "did you mean dns-ovh?")])
def test_unknown_plugin(certbot, name, hint):
    result = certbot.run("certonly", "-n", "-a", name, "-d", "x.test", check=1)
    assert f"{name} plugin does not appear to be installed" in result.err and hint in result.err


def test_reconfigure_rehearses_and_saves(certbot, pebble):
    certbot.certonly("conf.test")
    result = certbot.run("reconfigure", "-n", "--cert-name", "conf.test", "--post-hook", "true",
                         "--http-01-port", pebble.http_port)
    assert "Successfully updated configuration." in result.out
    assert "post_hook = true" in certbot.lineage("conf.test").conf()
    assert certbot.lineage("conf.test").version() == 1
    before = certbot.lineage("conf.test").conf()
    certbot.run("reconfigure", "-n", "--cert-name", "conf.test", "--http-01-port", "9", check=1)
    assert certbot.lineage("conf.test").conf() == before
    certbot.run("reconfigure", "-n", "--cert-name", "conf.test", "-d", "x.test", check=1)
    certbot.run("reconfigure", "-n", "--cert-name", "conf.test", "--server",
                "https://other.test/dir", check=1)


def test_moved_archive(certbot):
    """The guide: move files, edit archive_dir, update_symlinks."""
    certbot.certonly("move.test")
    lineage = certbot.lineage("move.test")
    moved = certbot.folder / "elsewhere"
    shutil.move(lineage.archive, moved)
    lineage.conf_path.write_text(lineage.conf().replace(
        f"archive_dir = {lineage.archive}", f"archive_dir = {moved}"))
    certbot.run("update_symlinks")
    assert (lineage.live / "cert.pem").resolve().parent == moved.resolve()
    assert "move.test" in certbot.run("certificates").out


def test_delete_refuses_while_a_server_names_the_files(certbot, tmp_path):
    certbot.certonly("used.test")
    root = tmp_path / "nginx"
    root.mkdir()
    (root / "nginx.conf").write_text(
        f"# x\nssl_certificate {certbot.lineage('used.test').live}/fullchain.pem;\n")
    result = certbot.run("delete", "-n", "--cert-name", "used.test", "--nginx-server-root", root,
                         check=1)
    assert f"{root}/nginx.conf:2" in result.err
    assert certbot.lineage("used.test").exists()
    certbot.run("delete", "-n", "--cert-name", "used.test", "--nginx-server-root", root, "--force")
    assert not certbot.lineage("used.test").exists()


def test_revoke_by_name_and_reason(certbot, pebble):
    certbot.certonly("gone.test")
    serial = certbot.lineage("gone.test").serial()
    # No --server: the lineage knows its CA.
    certbot.run("revoke", "-n", "--cert-name", "gone.test", "--reason", "keycompromise",
                server=False)
    status = pebble.certificate_status(serial)
    assert status["Status"] == "Revoked" and status["Reason"] == 1
    assert not certbot.lineage("gone.test").exists()


@pytest.mark.parametrize("place", ["live/gone.test/cert.pem", "archive/gone.test/fullchain1.pem"])
def test_revoke_by_path_finds_the_ca_of_the_lineage(certbot, pebble, place):
    certbot.certonly("gone.test")
    serial = certbot.lineage("gone.test").serial()
    certbot.run("revoke", "-n", "--cert-path", certbot.config_dir / place, server=False)
    assert pebble.certificate_status(serial)["Status"] == "Revoked"
    assert not certbot.lineage("gone.test").exists()


def test_revoke_of_an_old_version_keeps_the_lineage(certbot, pebble):
    certbot.certonly("kept.test")
    old = certbot.lineage("kept.test").serial()
    certbot.run("renew", "--force-renewal")
    for options in ([], ["--delete-after-revoke"]):
        result = certbot.run("revoke", "-n", "--cert-path",
                             certbot.config_dir / "archive/kept.test/cert1.pem", *options,
                             server=False)
        assert "nothing was deleted" in result.out
    assert pebble.certificate_status(old)["Status"] == "Revoked"
    assert certbot.lineage("kept.test").verify("kept.test").version() == 2
    assert "Certificate not yet due for renewal" in certbot.run("renew").out


def test_a_certificate_that_was_revoked_and_kept_is_renewed(certbot):
    certbot.certonly("kept.test")
    certbot.run("renew")  # what the CA says of the certificate is known now, for hours
    certbot.run("revoke", "-n", "--cert-name", "kept.test", "--no-delete-after-revoke",
                server=False)
    assert "INVALID: REVOKED" in certbot.run("certificates").out
    certbot.run("renew")
    assert certbot.lineage("kept.test").version() == 2
    assert "Certificate not yet due for renewal" in certbot.run("renew").out


def test_revoke_goes_on_where_an_earlier_one_was_stopped(certbot):
    certbot.certonly("gone.test")
    certbot.run("revoke", "-n", "--cert-name", "gone.test", "--no-delete-after-revoke",
                server=False)
    result = certbot.run("revoke", "-n", "--cert-name", "gone.test", "--delete-after-revoke",
                         server=False)
    assert "had been revoked before" in result.out
    assert not certbot.lineage("gone.test").exists()


def test_revoke_keeps_to_the_ca_that_is_named(certbot, pebble):
    certbot.certonly("kept.test")
    serial = certbot.lineage("kept.test").serial()
    certbot.run("revoke", "-n", "--cert-path", certbot.lineage("kept.test").live / "cert.pem",
                "--server", "https://acme.lab.example:1/dir", check=1)
    assert pebble.certificate_status(serial)["Status"] == "Valid"
    assert certbot.lineage("kept.test").exists()


def test_staging_guard(tmp_path, pebble, certbot):
    """A CA with "staging" in its address does not replace a certificate of another."""
    certbot.certonly("real.test")
    account = next(certbot.config_dir.glob("accounts/*/*/*"))
    staging = certbot.config_dir / "accounts/acme.lab.example:1/staging"
    staging.mkdir(parents=True)
    shutil.copytree(account, staging / account.name)
    result = certbot.run("certonly", "-n", "--standalone", "-d", "real.test", "--force-renewal",
                         "--server", "https://acme.lab.example:1/staging", check=1)
    assert "--break-my-certs" in result.err
    assert certbot.lineage("real.test").version() == 1


def test_names_in_other_scripts(certbot):
    certbot.certonly("bücher.test", options=["--cert-name", "buch"])
    certbot.lineage("buch").verify("xn--bcher-kva.test")


@pytest.mark.parametrize("topic", ["", "all", "certonly", "renew", "security", "paths", "automation",
                                   "testing", "manage", "commands", "plugins", "webroot", "manual"])
def test_help(certbot, topic):
    result = certbot.run("--help", *([topic] if topic else []), server=False)
    assert result.out.startswith("usage:") and result.err == ""


def test_help_on_an_unknown_topic_is_the_overview_as_with_certbot(certbot):
    result = certbot.run("--help", "no-such-topic", server=False)
    overview = certbot.run("--help", server=False).out
    assert result.out.startswith("There is no help on 'no-such-topic'; ") and result.err == ""
    assert result.out.endswith(overview)


def test_version_is_one_that_callers_take_for_a_present_certbot(certbot):
    """Callers compare it by its parts (`sort -V`, Puppet facts). It comes from meson.build alone."""
    declared = re.search(r"version: '([\d.]+)'", (ROOT / "meson.build").read_text())[1]
    result = certbot.run("--version", server=False)
    assert result.out == f"certbot {declared}\n" and result.err == ""
    assert tuple(int(part) for part in declared.split(".")) >= (6, 0, 0)


def test_logs_are_rotated(certbot):
    for _ in range(4):
        certbot.run("certificates", "--max-log-backups", "2")
    names = sorted(path.name for path in certbot.logs_dir.glob("letsencrypt.log*"))
    assert names == ["letsencrypt.log", "letsencrypt.log.1", "letsencrypt.log.2"]


@pytest.mark.parametrize("backups", [0, 5])
def test_log_is_not_written_through_a_link(certbot, tmp_path, backups):
    """Whoever may write to the directory of logs must not choose a file for root to write to."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    certbot.logs_dir.mkdir(exist_ok=True)
    (certbot.logs_dir / "letsencrypt.log").symlink_to(victim)
    run = certbot.run("certificates", "--max-log-backups", backups, check=False)
    assert victim.read_text() == "untouched"
    assert (run.rc == 0) == (backups > 0)  # kept as a link, as the one before
    assert backups or "letsencrypt.log" in run.text


def test_log_begins_with_the_invocation(certbot):
    """The four lines with which Certbot's log begins, without what must not be read there."""
    certbot.run("certificates", "--cert-name", "a.test", "--eab-kid", "kid", "--eab-hmac-key",
                "secret")
    lines = [line.split("certbot.cli.main:", 1)[1] for line in certbot.log().splitlines()[:4]]
    assert lines[0].startswith("certbot version: ")
    assert lines[1] == f"Location of certbot entry point: {certbot.program}"
    assert lines[2].startswith("Arguments: ['certificates', '--cert-name', 'a.test', '--eab-kid', "
                               "'kid', '--eab-hmac-key', '***', '--config-dir', ")
    assert {"standalone", "manual", "nginx", "apache", "dns-rfc2136"} <= \
        set(lines[3].removeprefix("Discovered plugins: ").split(","))
    assert "secret" not in certbot.log()


def test_log_has_what_a_quiet_run_did_not_say(certbot, pebble):
    """Why a name failed: as the person would have read it, and as the CA wrote it."""
    pebble.dns.set_servfail("broken.test")
    certbot.certonly("broken.test", options=["-q"], check=1)
    log = certbot.log()
    assert "DEBUG:certbot.cli.logging:Notifying user: \nCertbot failed to authenticate" in log
    assert re.search(r"\n  Identifier: broken.test\n  Type:   \w+\n  Detail: .*broken.test", log)
    assert re.search(r"HTTP status 200: .*urn:ietf:params:acme:error:\w+", log)
    assert re.search(r"request \d+ to '[^']*': .*\"broken.test\"", log)


def test_long_work_is_shown_on_a_terminal(certbot):
    """One line that comes after two seconds and goes when the work is done."""
    hook = certbot.folder / "slow"
    hook.write_text("#!/bin/sh\nsleep 3\n")
    hook.chmod(0o755)
    with Dialogue(certbot, "certonly", "--standalone", "-d", "slow.test", "--http-01-port",
                  certbot.ca.http_port, "--pre-hook", hook, term="xterm") as talk:
        talk.expect("Running Hook 'pre-hook'")
        assert talk.end() == 0
    assert "Successfully received certificate." in talk.text


@pytest.mark.parametrize("term, option", [(None, ()), ("dumb", ()), ("xterm", ("-q",))])
def test_no_progress_without_a_terminal_or_when_quiet(certbot, term, option):
    hook = certbot.folder / "slow"
    hook.write_text("#!/bin/sh\nsleep 3\n")
    hook.chmod(0o755)
    command = ["certonly", "--standalone", "-d", "slow.test", "--http-01-port",
               certbot.ca.http_port, "--pre-hook", hook, *option]
    if term:
        with Dialogue(certbot, *command, term=term) as talk:
            assert talk.end() == 0
        shown = talk.text
    else:
        shown = certbot.run(*command, "-n").text
    assert "Running" not in shown
