"""tls-sni-01 by hand, by hooks, by a handler and by a plugin of somebody's: each finds the certificate,
its key and the name, and puts them into a TLS server."""

import re
import shutil

import pytest

from lab.certbot import Certbot
from lab.dialogue import Dialogue
from lab.sni_server import SniServer

HOOK = """#!/bin/sh
set -e
env | sort > {folder}/$1-$CERTBOT_DOMAIN.env
case $1 in
auth) cp "$CERTBOT_CERT_PATH" {folder}/"$CERTBOT_SNI_DOMAIN".crt
      cp "$CERTBOT_KEY_PATH" {folder}/"$CERTBOT_SNI_DOMAIN".pem
      echo "$CERTBOT_SNI_DOMAIN" ;;
cleanup) rm {folder}/"$CERTBOT_AUTH_OUTPUT".crt {folder}/"$CERTBOT_AUTH_OUTPUT".pem ;;
esac
"""
HANDLER = """#!/bin/sh
set -e
case $1 in
perform) env | sort > {folder}/perform.env
         cp "$cert_path" {folder}/"$z_domain".crt
         cp "$key_path" {folder}/"$z_domain".pem ;;
cleanup) rm {folder}/"$z_domain".crt {folder}/"$z_domain".pem ;;
esac
"""
PLUGIN = """#!/usr/bin/python3
import json, os, shutil, sys
request, answer = json.load(sys.stdin), dict()
call = request["call"]
if call == "describe":
    answer = dict(description="Shows certificates.", challenges=["tls-sni-01"])
for challenge in request.get("challenges", []):
    for source, suffix in (("cert", ".crt"), ("key", ".pem")):
        path = "{folder}/" + challenge["sni_name"] + suffix
        if call == "present":
            shutil.copy(challenge[source], path)
        elif call == "cleanup" and os.path.exists(path):
            os.remove(path)
print(json.dumps(answer))
"""


@pytest.fixture
def ca(draft_ca):
    return draft_ca(challenges=("tls-sni-01",))


@pytest.fixture
def certbot(tmp_path, ca):
    return Certbot(tmp_path / "certbot", ca)


@pytest.fixture
def server(tmp_path, ca):
    with SniServer(tmp_path / "shown", ca.tls_port) as server:
        yield server


@pytest.fixture
def write(tmp_path, server):
    def write_program(text, name="program"):
        path = tmp_path / name
        path.write_text(text.replace("{folder}", str(server.folder)))
        path.chmod(0o755)
        return path
    return write_program


def variables(path):
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def assert_clean(certbot, server):
    assert not (certbot.work_dir / "tls-sni-01").exists()
    assert not list(server.folder.glob("*.invalid.*"))


def test_hooks_find_the_three_variables(certbot, ca, server, write):
    hook = write(HOOK)
    certbot.extra_env.update(CERTBOT_VALIDATION="stale", CERTBOT_TOKEN="stale")
    certbot.run("certonly", "-n", "--manual", "--preferred-challenges", "tls-sni", "--manual-auth-hook",
                f"{hook} auth", "--manual-cleanup-hook", f"{hook} cleanup", "-d", "a.example,b.example")
    assert sorted(ca.validated) == [("tls-sni-01", "a.example"), ("tls-sni-01", "b.example")]
    for kind in ("auth", "cleanup"):
        found = variables(server.folder / f"{kind}-a.example.env")
        assert re.fullmatch(r"[0-9a-f]{32}\.[0-9a-f]{32}\.acme\.invalid", found["CERTBOT_SNI_DOMAIN"])
        assert found["CERTBOT_CERT_PATH"].endswith(".crt") and found["CERTBOT_KEY_PATH"].endswith(".pem")
        assert not {"CERTBOT_VALIDATION", "CERTBOT_TOKEN", "CERTBOT_RECORD_NAME"} & found.keys()
    assert_clean(certbot, server)
    conf = certbot.lineage("a.example").conf()
    assert "pref_challs" not in conf and "preferred_challenges = tls-sni-01,\n" in conf
    certbot.run("renew", "--force-renewal")
    assert len(ca.validated) == 4


def test_other_challenges_have_none_of_them(certbot, draft_ca, server, write):
    certbot.ca = draft_ca(challenges=("http-01",))
    hook = write('#!/bin/sh\nenv | sort > {folder}/http.env\n')
    certbot.extra_env.update(CERTBOT_CERT_PATH="stale", CERTBOT_KEY_PATH="stale",
                             CERTBOT_SNI_DOMAIN="stale")
    certbot.run("certonly", "-n", "--manual", "--manual-auth-hook", hook, "-d", "a.example", check=1)
    found = variables(server.folder / "http.env")
    assert "CERTBOT_VALIDATION" in found
    assert not {"CERTBOT_CERT_PATH", "CERTBOT_KEY_PATH", "CERTBOT_SNI_DOMAIN"} & found.keys()


def test_a_person_is_told_files_and_name(certbot, ca, server):
    args = ["certonly", "--manual", "--preferred-challenges", "tls-sni", "-d", "a.example",
            "--tls-sni-01-port", ca.tls_port, "--agree-tos", "--register-unsafely-without-email"]
    with Dialogue(certbot, *args) as talk:
        talk.expect("Press Enter")
        assert f"on port {ca.tls_port} of a.example" in talk.text
        name = re.search(r"\S+\.acme\.invalid", talk.text).group()
        for suffix in ("crt", "pem"):
            path = re.search(rf"/\S+\.{suffix}\b", talk.text).group()
            shutil.copy(path, server.folder / f"{name}.{suffix}")
        talk.answer("")
        assert talk.end() == 0, talk.text
    assert ca.validated == [("tls-sni-01", "a.example")]
    assert not (certbot.work_dir / "tls-sni-01").exists()


def test_files_of_a_killed_run_go_with_the_next(certbot, ca):
    certbot.run("certonly", "-n", "--manual", "-d", "a.example", "--manual-auth-hook", "kill -9 $PPID",
                check=-9)
    left = certbot.work_dir / "tls-sni-01"
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in left.iterdir()}
    assert modes == {".crt": 0o644, ".pem": 0o400}
    certbot.run("certificates")
    assert left.exists()
    certbot.run("renew")
    assert not left.exists()


def test_a_handler_has_its_old_variables(certbot, ca, server, write):
    handler = write(HANDLER)
    certbot.run("certonly", "-n", "--external", "--external-handler", handler, "-d", "a.example",
                "--tls-sni-01-port", ca.tls_port)
    found = variables(server.folder / "perform.env")
    assert (found["domain"], found["challenge"], found["port"]) == \
        ("a.example", "tls-sni-01", str(ca.tls_port))
    assert ca.validated == [("tls-sni-01", "a.example")]
    assert_clean(certbot, server)


def test_an_external_plugin_gets_name_and_files(certbot, ca, server, write, tmp_path):
    write(PLUGIN, "certbot-plugin-shower")
    certbot.extra_env["CERTBOT_PLUGIN_PATH"] = str(tmp_path)
    certbot.run("certonly", "-n", "-a", "shower", "-d", "a.example,b.example")
    assert len(ca.validated) == 2
    assert_clean(certbot, server)
    certbot.run("plugins", "--check", "shower")
