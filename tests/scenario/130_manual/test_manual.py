"""The manual plugin: what its hooks are told, DNS, and the instructions for a person."""

import json
import re

import pytest

from lab.dialogue import Dialogue
from lab.web import Site

PATH = ".well-known/acme-challenge"
# Writes a line of JSON for each call: which hook, and its variables.
RECORD = """#!/usr/bin/python3
import json, os, sys
found = {name: value for name, value in os.environ.items() if name.startswith("CERTBOT_")}
with open("%s", "a") as file:
    file.write(json.dumps([sys.argv[1], found]) + "\\n")
"""
HTTP_AUTH = """
with open("%s/" + found["CERTBOT_TOKEN"], "w") as file:
    file.write(found["CERTBOT_VALIDATION"])
print("  made", found["CERTBOT_DOMAIN"], " ")
print("to the log", file=sys.stderr)
"""
DNS = """
import urllib.request
name = "_acme-challenge." + found["CERTBOT_DOMAIN"] + "."
verb = {"auth": "set-txt", "cleanup": "clear-txt"}[sys.argv[1]]
body = json.dumps({"host": name, "value": found["CERTBOT_VALIDATION"]}).encode()
urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:%d/" + verb, body, method="POST"))
"""


class Hook:
    """A program that records how it was called."""

    def __init__(self, folder, more=""):
        self.record = folder / "calls"
        self.path = folder / "hook"
        self.path.write_text(RECORD % self.record + more)
        self.path.chmod(0o755)

    def options(self, *kinds):
        return [word for kind in kinds for word in (f"--manual-{kind}-hook", f"{self.path} {kind}")]

    def calls(self, kind):
        lines = [json.loads(line) for line in self.record.read_text().splitlines()]
        return [found for what, found in lines if what == kind]


def manual(certbot, *args, **options):
    return certbot.run("certonly", "-n", "--manual", *args, **options)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "srv"
    (path / PATH).mkdir(parents=True)
    return path


def test_variables_of_http(certbot, pebble, tmp_path, folder):
    hook = Hook(tmp_path, HTTP_AUTH % (folder / PATH))
    names = ["a.example", "b.example", "c.example"]
    contents = {}
    certbot.extra_env.update(CERTBOT_AUTH_OUTPUT="stale", CERTBOT_TOKEN="stale")

    def note(root, path):
        contents[path.rpartition("/")[2]] = (root / path.lstrip("/")).read_text()

    with Site(pebble.http_port, dict.fromkeys(names, folder), note):
        result = manual(certbot, *hook.options("auth", "cleanup"), "--preferred-challenges", "http",
                        *(word for name in names for word in ("-d", name)))
    auth, cleanup = hook.calls("auth"), hook.calls("cleanup")
    assert sorted(call["CERTBOT_DOMAIN"] for call in auth) == names
    assert [call["CERTBOT_REMAINING_CHALLENGES"] for call in auth] == ["2", "1", "0"]
    for call in auth:
        assert "CERTBOT_AUTH_OUTPUT" not in call
        assert sorted(call["CERTBOT_ALL_DOMAINS"].split(",")) == names
        assert call["CERTBOT_ALL_IDENTIFIERS"] == call["CERTBOT_ALL_DOMAINS"]
        assert call["CERTBOT_IDENTIFIER"] == call["CERTBOT_DOMAIN"]
        assert contents[call["CERTBOT_TOKEN"]] == call["CERTBOT_VALIDATION"]
        assert call["CERTBOT_VALIDATION"].startswith(call["CERTBOT_TOKEN"] + ".")
    by_token = {call["CERTBOT_TOKEN"]: call for call in auth}
    assert len(cleanup) == 3
    for call in cleanup:
        assert call.pop("CERTBOT_AUTH_OUTPUT") == f"made {call['CERTBOT_DOMAIN']}"
        assert call == by_token[call["CERTBOT_TOKEN"]]
    for name in names:
        assert f"Hook '--manual-auth-hook' for {name} ran with output:" in result.text
    assert "to the log" in result.text


def test_dns_of_a_name_and_its_wildcard(certbot, pebble, tmp_path):
    """Two values under one name; both hooks run for each."""
    hook = Hook(tmp_path, DNS % pebble.dns.management_port)
    certbot.extra_env["CERTBOT_TOKEN"] = "stale"
    manual(certbot, *hook.options("auth", "cleanup"), "--preferred-challenges", "dns",
           "-d", "a.example", "-d", "*.a.example")
    certbot.lineage("a.example").verify("a.example", "*.a.example")
    auth = hook.calls("auth")
    assert [call["CERTBOT_DOMAIN"] for call in auth] == ["a.example"] * 2
    assert len({call["CERTBOT_VALIDATION"] for call in auth}) == 2
    assert {call["CERTBOT_ALL_DOMAINS"] for call in auth} == {"a.example,a.example"}
    assert all(re.fullmatch("[A-Za-z0-9_-]{43}", call["CERTBOT_VALIDATION"]) and
               "CERTBOT_TOKEN" not in call for call in auth)
    assert len(hook.calls("cleanup")) == 2


def test_the_record_of_an_account_is_named_to_the_hooks(certbot, pebble, tmp_path):
    """dns-account-01 has a label of the account in front; dns-01 is named in the same way."""
    named = DNS.replace('"_acme-challenge." + found["CERTBOT_DOMAIN"]', 'found["CERTBOT_RECORD_NAME"]')
    hook = Hook(tmp_path, named % pebble.dns.management_port)
    for kind, name, label in (("dns-account", "c.example", r"_[a-z2-7]{16}\."), ("dns", "d.example", "")):
        manual(certbot, *hook.options("auth", "cleanup"), "--preferred-challenges", kind,
               "-d", name, "-d", f"*.{name}")
        calls = hook.calls("auth")[-2:] + hook.calls("cleanup")[-2:]
        assert all(re.fullmatch(rf"{label}_acme-challenge\.{name}", call["CERTBOT_RECORD_NAME"])
                   for call in calls)


def test_renewal_runs_the_hooks_again(certbot, pebble, tmp_path):
    hook = Hook(tmp_path, DNS % pebble.dns.management_port)
    manual(certbot, *hook.options("auth", "cleanup"), "--preferred-challenges", "dns",
           "-d", "*.b.example")
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage("b.example").version() == 2
    assert len(hook.calls("auth")) == len(hook.calls("cleanup")) in (1, 2)


def test_a_hook_that_fails_is_reported_and_cleaned_up_after(certbot, tmp_path):
    hook = Hook(tmp_path, "\nprint('of the hook', file=sys.stderr)\nsys.exit(3)\n")
    result = manual(certbot, *hook.options("auth", "cleanup"), "--preferred-challenges", "http",
                    "-d", "a.example", check=1)
    assert "reported error code 3" in result.text and "of the hook" in result.text
    assert "a.example" in result.err
    assert len(hook.calls("cleanup")) == 1
    assert certbot.lineage_names() == []


def test_a_hook_that_does_not_exist_is_named(certbot, pebble):
    pebble.new_requests()
    result = manual(certbot, "--manual-auth-hook", "/nonexistent/hook", "-d", "a.example", check=1)
    assert "/nonexistent/hook" in result.err
    assert not [path for _, path in pebble.new_requests() if "order" in path]


def test_a_hook_in_a_file_does_not_stop_those_who_do_not_run_it(certbot):
    config = certbot.folder / "cli.ini"
    config.write_text("manual-auth-hook = /nonexistent/hook\npre-hook = /nonexistent/hook\n")
    for verb in ("certificates", "plugins"):
        certbot.run(verb, "-c", config)
    assert "/nonexistent/hook" in certbot.run("renew", "-c", config, check=1).err


def test_without_a_person_a_hook_is_asked_for(certbot):
    result = manual(certbot, "-d", "a.example", check=1)
    assert "--manual-auth-hook" in result.err


def test_instructions_for_files(certbot, pebble, folder):
    args = ["certonly", "--manual", "--preferred-challenges", "http", "-d", "a.example",
            "--agree-tos", "--register-unsafely-without-email"]
    with Site(pebble.http_port, {"a.example": folder}), Dialogue(certbot, *args) as talk:
        talk.expect("Press Enter")
        data = re.search(r"just this data:\s+(\S+)", talk.text).group(1)
        url = re.search(rf"http://a\.example/({PATH}/\S+)", talk.text).group(1)
        (folder / url).write_text(data)
        talk.answer("")
        assert talk.end() == 0, talk.text
    certbot.lineage("a.example").verify("a.example")


def test_instructions_for_records(certbot, pebble):
    args = ["certonly", "--manual", "--preferred-challenges", "dns", "-d", "c.example",
            "-d", "*.c.example", "--agree-tos", "--register-unsafely-without-email"]
    values = []
    with Dialogue(certbot, *args) as talk:
        for _ in range(2):
            talk.expect("Press Enter")
            found = re.findall(r"(_acme-challenge\.c\.example)\.\s+with the following\s+value:\s+"
                               r"([A-Za-z0-9_-]{43})\s", talk.text)[-1]
            values.append(found[1])
            pebble.dns.add_txt(*found)
            talk.answer("")
        assert talk.end() == 0, talk.text
    assert len(set(values)) == 2
    assert "in addition to the previous" in " ".join(talk.text.split())
    certbot.lineage("c.example").verify("c.example", "*.c.example")


@pytest.mark.parametrize("verbose", [False, True])
def test_debug_challenges(certbot, pebble, tmp_path, folder, verbose):
    """The pause comes once everything is published; -v says what can be looked at."""
    hook = Hook(tmp_path, HTTP_AUTH % (folder / PATH))
    args = ["certonly", "--manual", *hook.options("auth"), "-d", "a.example", "--agree-tos",
            "--register-unsafely-without-email", "--debug-challenges", *["-v"] * verbose]
    with Site(pebble.http_port, {"a.example": folder}), Dialogue(certbot, *args) as talk:
        talk.expect("Challenges loaded.").expect("Press Enter")
        call, = hook.calls("auth")
        for part in (f"http://a.example/{PATH}/{call['CERTBOT_TOKEN']}", call["CERTBOT_VALIDATION"]):
            assert (part in talk.text) == verbose
        talk.answer("")
        assert talk.end() == 0, talk.text


def test_debug_challenges_does_not_wait_for_nobody(certbot):
    certbot.certonly("a.example", options=("--debug-challenges",))
