"""An installer that is a program of its own and copies files (contrib/plugins/certbot-plugin-copy):
its copies are those of the newest certificate, whatever happens to a renewal."""

import pytest

from lab.certbot import ROOT, Certbot

SAMPLE = ROOT / "contrib/plugins/certbot-plugin-copy"


class Copies:
    """A certbot with the sample as plugin "copy" behind a script that can be told to fail once."""

    def __init__(self, tmp_path, pebble):
        self.plugins, self.copies = tmp_path / "plugins", tmp_path / "copies"
        self.plugins.mkdir()
        self.copies.mkdir()
        self.calls_file = tmp_path / "calls"
        self.pebble = pebble
        self.certbot = Certbot(tmp_path / "certbot", pebble,
                               env={"CERTBOT_PLUGIN_PATH": str(self.plugins)})
        self.upset("")

    def upset(self, instead):
        """What the shell does before a call is passed on; $line is the request."""
        program = self.plugins / "certbot-plugin-copy"
        program.write_text(f"""#!/bin/sh
read -r line
echo "$line" | sed 's/.*"call":"\\([a-z_]*\\)".*/\\1/' >>{self.calls_file}
case $line in *'"call":"renewed"'*) {instead} ;; esac
echo "$line" | {SAMPLE}
""")
        program.chmod(0o755)

    def obtain(self, name, *options):
        self.certbot.run("run", "-n", "-a", "standalone", "-i", "copy", "--http-01-port",
                         self.pebble.http_port, "-d", name, "--no-redirect", "--no-autorenew",
                         "--copy-dir", self.copies, *options)

    def calls(self):
        """Those since the last time that change something."""
        found = self.calls_file.read_text().split()
        self.calls_file.write_text("")
        return [call for call in found if call not in ("describe", "prepare")]

    def is_current(self, name):
        lineage = self.certbot.lineage(name)
        copy = self.copies / f"{name}.pem"
        assert copy.stat().st_mode & 0o777 == 0o600
        return copy.read_bytes() == lineage.read("privkey") + lineage.read("fullchain")

    def is_owed(self, name):
        return "reload_pending = True" in self.certbot.lineage(name).conf()


@pytest.fixture
def copies(tmp_path, pebble):
    return Copies(tmp_path, pebble)


@pytest.mark.asan
def test_renewal_updates_the_copies_in_one_call(copies):
    copies.obtain("a.test")
    copies.obtain("b.test")
    assert copies.is_current("a.test")
    copies.calls()
    copies.certbot.run("renew", "--force-renewal", "--disable-renew-updates", "--no-directory-hooks")
    assert copies.calls() == ["renewed", "reload"]
    for name in "a.test", "b.test":
        assert copies.certbot.lineage(name).version() == 2
        assert copies.is_current(name) and not copies.is_owed(name)
    copies.certbot.run("renew")
    assert copies.calls() == []


def test_renewal_has_the_options_of_each_lineage(copies, tmp_path):
    for name in "a.test", "b.test":
        copies.obtain(name, "--copy-reload", f"touch {tmp_path / name}")
        (tmp_path / name).unlink()
    copies.calls()
    copies.certbot.run("renew", "--force-renewal")
    assert copies.calls() == ["renewed", "reload", "renewed", "reload"]
    assert (tmp_path / "a.test").exists() and (tmp_path / "b.test").exists()


def test_rehearsal_tells_nobody(copies):
    copies.obtain("a.test")
    copies.calls()
    copies.certbot.run("renew", "--dry-run", server=True)
    assert copies.calls() == []


@pytest.mark.parametrize("pays", [["renew"], ["certonly", "-n", "-a", "standalone", "-d", "a.test"]],
                         ids=["renew", "certonly"])
def test_run_killed_before_the_copy_is_made_up_for(copies, pays):
    copies.obtain("a.test")
    copies.upset("kill -9 $PPID; exit 1")
    assert copies.certbot.run("renew", "--force-renewal", check=False).rc == -9
    assert copies.certbot.lineage("a.test").version() == 2
    assert copies.is_owed("a.test") and not copies.is_current("a.test")
    copies.upset("")
    copies.calls()
    copies.certbot.run(*pays)
    assert copies.calls() == ["renewed", "reload"]
    assert copies.is_current("a.test") and not copies.is_owed("a.test")


def test_failure_is_said_and_owed(copies):
    copies.obtain("a.test")
    copies.upset("""echo '{"error": "the disk is full"}'; exit 0""")
    copies.calls()
    result = copies.certbot.run("renew", "--force-renewal", check=1)
    assert "copy could not take over the new certificate of a.test: the disk is full\n" in result.err
    assert "a.test at copy (failure)" in result.err
    assert copies.calls() == ["renewed"]
    assert copies.is_owed("a.test")
    result = copies.certbot.run("renew", check=1)
    assert "the disk is full" in result.err and copies.is_owed("a.test")
    copies.upset("")
    copies.certbot.run("renew")
    assert copies.is_current("a.test") and not copies.is_owed("a.test")


@pytest.mark.parametrize("failed", (
    '[{"index": 1, "error": "the disk is full"}]', '[{"error": "the disk is full"}]', '[7]',
    '{"index": 0, "error": "the disk is full"}', 'true'))
def test_a_failure_of_nothing_in_particular_is_owed_too(copies, failed):
    copies.obtain("a.test")
    copies.upset(f"""echo '{{"failed": {failed}}}'; exit 0""")
    result = copies.certbot.run("renew", "--force-renewal", check=1)
    assert "copy could not take over the new certificate of a.test: " in result.err
    assert ("the disk is full" if failed[1:2] == "{" else "the plugin gave no reason") in result.err
    assert copies.is_owed("a.test")


def test_one_that_fails_leaves_the_others_alone(copies):
    copies.obtain("a.test")
    copies.obtain("b.test")
    (copies.copies / ".a.test.pem.new").mkdir()
    copies.calls()
    copies.certbot.run("renew", "--force-renewal", check=1)
    assert copies.calls() == ["renewed", "reload"]
    assert copies.is_owed("a.test") and not copies.is_owed("b.test")
    assert copies.is_current("b.test") and not copies.is_current("a.test")
    (copies.copies / ".a.test.pem.new").rmdir()
    copies.certbot.run("renew")
    assert copies.is_current("a.test") and not copies.is_owed("a.test")


def test_certonly_that_renews_tells_the_installer(copies):
    copies.obtain("a.test")
    copies.calls()
    copies.certbot.run("certonly", "-n", "-a", "standalone", "-i", "copy", "-d", "a.test",
                       "--http-01-port", copies.pebble.http_port, "--force-renewal",
                       "--plugin-option", f"dir={copies.copies}")  # the same by another way
    assert copies.calls() == ["renewed", "reload"]
    assert copies.is_current("a.test") and not copies.is_owed("a.test")


def test_another_directory_gets_its_copy_at_once(copies, tmp_path):
    copies.obtain("a.test")
    copies.copies = tmp_path / "other"
    in_its_place = copies.copies / "a.test.pem"
    in_its_place.mkdir(parents=True)
    copies.calls()
    # Owed while it cannot be made, as an installation.
    result = copies.certbot.run("reconfigure", "-n", "--cert-name", "a.test", "--copy-dir", copies.copies,
                                check=1)
    assert f"{copies.copies}/" in result.err and copies.is_owed("a.test"), result
    assert "deploy" in copies.calls()
    in_its_place.rmdir()
    copies.certbot.run("renew")
    assert "deploy" in copies.calls()
    assert copies.is_current("a.test") and not copies.is_owed("a.test")


def test_a_directory_that_cannot_be_written_is_refused_before_the_ca_is_asked(copies, tmp_path):
    missing = tmp_path / "missing"
    certonly = ("certonly", "-n", "-a", "standalone", "-i", "copy", "-d", "b.test", "--copy-dir", missing)
    copies.obtain("a.test")
    copies.pebble.new_requests()
    for words in (certonly, ("reconfigure", "-n", "--cert-name", "a.test", "--copy-dir", missing)):
        result = copies.certbot.run(*words, check=1)
        assert f"'{missing}" in result.err and not copies.pebble.new_requests(), result
    assert not copies.is_owed("a.test")


def test_rollback_takes_the_copy_away(copies):
    copies.obtain("a.test")
    copies.certbot.run("rollback", "-n", "-i", "copy")
    assert list(copies.copies.iterdir()) == []


def test_owed_to_a_plugin_that_is_not_an_installer(copies):
    """The conf was edited while a run had been stopped."""
    copies.obtain("a.test")
    path = copies.certbot.lineage("a.test").conf_path
    conf = path.read_text().replace("installer = copy", "installer = standalone")
    path.write_text(conf)
    copies.certbot.lineage("a.test").note("reload_pending = True")
    result = copies.certbot.run("renew", check=1)
    assert "the standalone plugin is not an installer" in result.err
    assert copies.is_owed("a.test")
