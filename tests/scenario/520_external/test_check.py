"""`plugins --check NAME`: the samples hold, and each way of not holding is found."""

import pytest

from lab.certbot import ROOT, Certbot

SAMPLES = ROOT / "contrib/plugins"


@pytest.fixture
def check(tmp_path):
    """Checks the sample installer with a part of its text replaced."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "copies").mkdir()
    certbot = Certbot(tmp_path / "certbot", env={"CERTBOT_PLUGIN_PATH": str(tmp_path / "plugins")})

    def check(old="", new="", rc=1):
        text = (SAMPLES / "certbot-plugin-copy").read_text()
        assert old in text
        program = tmp_path / "plugins/certbot-plugin-copy"
        program.write_text(text.replace(old, new))
        program.chmod(0o755)
        return certbot.run("plugins", "--check", "copy", "--copy-dir", tmp_path / "copies",
                           check=rc)

    return check


@pytest.mark.asan
def test_sample_installer_holds_and_leaves_nothing(check, tmp_path):
    result = check(rc=0)
    assert "All 9 checks of the copy plugin succeeded.\n" in result.out
    assert list((tmp_path / "copies").iterdir()) == []


FAULTS = {
    "an unknown call": ('if request["call"] in CALLS else {}', 'if 1 else {}'),
    "recover succeeds without changes": (
        "        self.new.undo()\n        return {}",
        "        self.new.journal.read_text()\n        return {}"),
    "rollback without checkpoints": ('{"undone": len(undone)}', '{"undone": self.request["count"]}'),
    "recover undoes deploy": ("        self.new.undo()\n", "        shutil.rmtree(self.new.folder, 1)\n"),
    "rollback undoes deploy": ("            Changes(folder).undo()\n", "            shutil.rmtree(folder)\n"),
    "renewed succeeds": ("    def renewed(self):\n", "    def renewed(self):\n        sys.exit(3)\n"),
    "a missing certificate": ("except (OSError, ValueError) as error:\n                answer",
                              "except (OSError, ValueError) as error:\n                0 and answer"),
}


@pytest.mark.parametrize("row", FAULTS)
def test_fault_is_found_in_its_row(row, check):
    result = check(*FAULTS[row])
    assert f"\nFAILED  {row}" in "\n" + result.out
    assert "checks of the copy plugin failed" in result.err


def test_sample_authenticator_holds(tmp_path, pebble):
    certbot = Certbot(tmp_path / "certbot", env={"CERTBOT_PLUGIN_PATH": str(SAMPLES)})
    url = f"http://127.0.0.1:{pebble.dns.management_port}"
    result = certbot.run("plugins", "--check", "dns-webhook", "--dns-webhook-url", url)
    assert "All 5 checks of the dns-webhook plugin succeeded.\n" in result.out
    result = certbot.run("plugins", "--check", "dns-webhook", "--dns-webhook-url",
                         "http://127.0.0.1:1", check=1)
    assert "FAILED  present puts a challenge in place: " in result.out


def test_what_is_built_in_is_not_checked(certbot):
    assert "is built in" in certbot.run("plugins", "--check", "nginx", check=1).err
    assert "not appear to be installed" in certbot.run("plugins", "--check", "nowhere", check=1).err


# What cannot be run: (mode, text) of the program, and what the error and its hint say.
NOT_RUN = [
    (0o644, "#!/bin/sh\n", ["certbot-plugin-noexec' is not executable", "Hint: chmod +x "]),
    (0o757, "#!/bin/sh\n", ["every user may change", "Hint: take that right away: chmod o-w "]),
    (0o755, "#!/nonexistent/shell\n", ["No such file", "Hint: a script begins with"]),
    (0o755, "", ["Exec format error", "Hint: a script begins with"]),
]


@pytest.mark.parametrize("mode, text, words", NOT_RUN)
def test_program_that_cannot_be_run_is_not_called_missing(mode, text, words, tmp_path):
    program = tmp_path / "certbot-plugin-noexec"
    program.write_text(text)
    program.chmod(mode)
    certbot = Certbot(tmp_path / "certbot", env={"CERTBOT_PLUGIN_PATH": str(tmp_path)})
    result = certbot.run("plugins", "--check", "noexec", check=1)
    assert all(word in result.err for word in words), result.err
    assert "does not appear" not in result.err and "dns-exec" not in result.err


def test_missing_program_is_said_with_the_places_searched(tmp_path):
    result = Certbot(tmp_path / "certbot").run("plugins", "--check", "noexec", check=1)
    assert "no program certbot-plugin-noexec in CERTBOT_PLUGIN_PATH, " in result.err
