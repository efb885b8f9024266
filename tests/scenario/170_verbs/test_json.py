"""--json on every subcommand: one document of a known form, of success and of failure. Certbot.run()
checks each against its schema in docs/json."""

import json
import re

import pytest

from lab.certbot import ROOT, Certbot
from lab.due import make_due
from lab.installer_program import INSTALLER
from lab.json_forms import FORMS

VERBS = re.findall(r'^\t\{\.name = "([a-z_-]+)"', (ROOT / "src/cli/verbs.c").read_text(), re.MULTILINE)


@pytest.fixture
def certbot(tmp_path, pebble):
    program = tmp_path / "plugins/certbot-plugin-lab"
    program.parent.mkdir()
    program.write_text(INSTALLER)
    program.chmod(0o755)
    return Certbot(tmp_path / "certbot", pebble, env={"CERTBOT_PLUGIN_PATH": str(program.parent)})


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_form_and_one_error(verb, tmp_path):
    schema = json.loads((FORMS / f"{verb}.schema.json").read_text())
    assert schema["properties"]["command"] == {"const": verb}
    # --work-dir below a file: there is no place for state, and verbs that need none go on.
    (tmp_path / "file").write_text("")
    certbot = Certbot(tmp_path / "certbot")
    certbot.work_dir = tmp_path / "file/work"
    words = verb.split("-", 2) if verb.startswith("fleet") else [verb]
    document = certbot.json(*words, "-n", "--server", "https://127.0.0.1:1/dir", check=False)
    assert document["command"] == verb


def test_version_and_help_are_documents_too(tmp_path):
    """The options of a page are those of its text, and nothing is opened for it."""
    certbot = Certbot(tmp_path / "certbot")

    def told(*words):
        run = certbot.run(*words, "--json", server=False)
        assert run.err == ""
        return json.loads(run.out)
    version = told("--version")
    assert (version["command"], "certbot " + version["program_version"] + "\n") == (
        "version", certbot.run("--version", server=False).out)
    overview = told("--help")
    names = {verb["name"] for section in overview["sections"] for verb in section["subcommands"]}
    assert overview["topic"] is None and {"renew", "certificates"} <= names <= set(VERBS)
    assert {"all", "security", "nginx"} <= set(overview["topics"])
    assert told("--help", "no-such-topic")["topic"] is None
    for topic in *overview["topics"], *names:
        page = told("--help", topic)
        text = certbot.run("--help", topic, server=False).out
        assert page["topic"] == topic and page["usage"] in text
        listed = [", ".join(option["names"]) for section in page["sections"] for option in section["options"]]
        shown = re.findall(r"^  (-[^ ,\n]+(?:, -[^ ,\n]+)*)", text.split("more help:")[0], re.MULTILINE)
        assert set(listed) <= set(shown), topic
    renew, = told("renew", "--help")["sections"]
    options = {name: option for option in renew["options"] for name in option["names"]}
    assert options["--force-renewal"]["value"] is None and options["--force-renewal"]["text"]
    assert options["--cert-name"]["value"] and not (tmp_path / "certbot/logs").exists()


def test_account_and_certificate_from_beginning_to_end(certbot, pebble):
    standalone = ["-a", "standalone", "--http-01-port", pebble.http_port]
    account = certbot.json("register")["account"]
    assert account["server"] == pebble.directory and account["url"].startswith("https://")
    assert certbot.json("show_account")["account"]["thumbprint"] == account["thumbprint"]
    assert certbot.json("update_account", "-m", "a@a.test")["account"]["contacts"] == ["a@a.test"]

    made = certbot.json("certonly", *standalone, "-d", "site.test")["certificate"]
    assert made["outcome"] == "obtained" and made["names"] == ["site.test"]
    kept = certbot.json("certonly", *standalone, "-d", "site.test")["certificate"]
    assert kept["outcome"] == "kept" and kept["serial"] == made["serial"]
    again = certbot.json("run", *standalone, "-i", "lab", "-d", "site.test", "--force-renewal",
                         "--no-redirect")["certificate"]
    assert again["outcome"] == "renewed" and again["serial"] != made["serial"]

    words = ["-i", "lab", "--cert-name", "site.test"]
    for verb in "install", "enhance":
        document = certbot.json(verb, *words, "--redirect")
        assert [document[key] for key in ("certificate", "names", "installers")] == [
            "site.test", ["site.test"], ["lab"]]
    assert certbot.json("rollback", "-i", "lab")["undone"] == 1
    assert certbot.json("config_changes")["changes"] == []
    assert certbot.json("update_symlinks")["certificates"] == ["site.test"]
    changed = certbot.json("reconfigure", "--cert-name", "site.test", "--preferred-profile", "x")
    assert changed["certificate"] == "site.test" and changed["changed"]
    assert certbot.json("log")["changes"][0]["verb"] == "reconfigure"
    undone = certbot.json("undo")
    assert undone["undoes"] == undone["change"] - 1
    assert certbot.json("certificates")["certificates"][0]["serial"] == again["serial"]
    assert certbot.json("status")["summary"]["well"]
    assert certbot.json("why")["well"]

    revoked = certbot.json("revoke", "--cert-name", "site.test", "--delete-after-revoke")
    assert (revoked["outcome"], revoked["deleted"]) == ("revoked", ["site.test"])
    assert certbot.json("unregister")["account"]["id"] == account["id"]


def test_renew_tells_what_became_of_each(certbot, pebble):
    for name in "due.test", "early.test", "gone.test":
        certbot.certonly(name)
    make_due(certbot, "due.test")
    make_due(certbot, "gone.test", "absent")
    (certbot.config_dir / "renewal/broken.test.conf").write_text("nothing")
    document = certbot.json("renew", check=1)
    told = {entry["name"]: entry for entry in document["certificates"]}
    assert {name: entry["outcome"] for name, entry in told.items()} == {
        "due.test": "renewed", "early.test": "skipped", "gone.test": "failed", None: "invalid"}
    assert told["due.test"]["serial"] == f"{certbot.lineage('due.test').serial():x}"
    assert told["gone.test"]["error"]["code"] == "config"
    assert document["summary"]["renewed"] == document["summary"]["failed"] == 1


def test_an_error_names_what_it_is_about(certbot, pebble):
    document = certbot.json("certonly", "--standalone", "--http-01-port", pebble.http_port + 1, "-d",
                            "a.test", check=1)
    assert document["certificate"] is None
    assert document["error"]["code"] == "challenge" and document["error"]["name"] == "a.test"
    assert document["failures"][0]["problem"] == document["error"]["problem"]
    assert certbot.json("delete", "--cert-name", "none.test", check=1)["error"]["name"] == "none.test"


def test_a_wrong_command_line_is_told_too(certbot):
    document = certbot.json("renew", "--no-such-option", check=2)
    assert document["error"]["code"] == "usage" and document["command"] is None
    assert certbot.json("certonly", "--force", check=2)["command"] == "certonly"


def test_no_question_and_no_message_gets_between(certbot, pebble):
    certbot.certonly("a.test")
    document = certbot.json("delete", "--cert-name", "a.test", input="n\n")
    assert document["deleted"] == ["a.test"]
    plain, quiet = (certbot.run("certificates", "--json", *option) for option in ((), ("-q",)))
    assert quiet.out == plain.out and json.loads(quiet.out)["certificates"] == []
    certbot.run("delete", "--json", "--force-interactive", check=1)
