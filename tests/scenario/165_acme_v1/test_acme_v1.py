"""Certificates from a CA that speaks ACME v1 only: what its directory says decides, no option does."""

import json
import os
import shutil
import signal
import subprocess

import pytest

from lab.certbot import Certbot
from lab.dialogue import Dialogue
from lab.hostile import HostileCA
from lab.jose import public_key
from lab.process import die_with_parent
from lab.reply import Reset
from lab.web import Site


# Without tls-sni-01, which standalone would take; it has tests of its own.
PLAIN = ("http-01", "dns-01")


@pytest.fixture
def ca(acme_v1):
    return acme_v1(challenges=PLAIN)


@pytest.fixture
def certbot(tmp_path, ca):
    return Certbot(tmp_path / "certbot", ca)


def registration(certbot):
    path, = (certbot.config_dir / "accounts").rglob("regr.json")
    return json.loads(path.read_text())


def test_a_certificate_is_issued_renewed_and_revoked(tmp_path, acme_v1):
    ca = acme_v1(challenges=PLAIN, chain_length=2)
    certbot = Certbot(tmp_path / "certbot", ca)
    certbot.certonly("a.test", "b.test", options=("-m", "a@example.com", "--agree-tos"))
    lineage = certbot.lineage("a.test").verify("a.test", "b.test")
    assert (lineage.live / "fullchain.pem").read_text().count("BEGIN CERTIFICATE") == 3
    assert registration(certbot) == {"body": {}, "uri": ca.url("reg", 0),
                                     "new_authzr_uri": ca.url("new-authz")}
    assert ca.registrations[0]["contact"] == ["mailto:a@example.com"]
    assert ca.registrations[0]["agreement"] == ca.terms_url
    # directory, new-reg, agreement, two of each: new-authz, challenge, authz; new-cert, two issuers
    assert len(ca.requests) == 12 and ("HEAD", "new-reg") not in ca.requests
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage("a.test").verify("a.test", "b.test").version() == 2
    assert ca.count("challenge") == 2, "valid authorizations are used again"
    serial = certbot.lineage("a.test").verify().serial()
    certbot.run("revoke", "--cert-name", "a.test", "--reason", "superseded",
                "--no-delete-after-revoke", "-n")
    assert ca.revoked == {serial: 4}
    again = certbot.run("revoke", "--cert-name", "a.test", "--no-delete-after-revoke", "-n")
    assert "revoked before" in again.text


def test_the_key_of_the_certificate_revokes_it_too(certbot, ca):
    certbot.certonly("a.test")
    live = certbot.lineage("a.test").live
    shutil.rmtree(certbot.config_dir / "accounts")
    certbot.run("revoke", "--cert-path", live / "cert.pem", "--key-path", live / "privkey.pem",
                "--no-delete-after-revoke", "-n")
    assert len(ca.revoked) == 1 and len(ca.registrations) == 1


def test_an_account_is_shown_updated_and_deactivated(certbot, ca):
    certbot.run("register", "-n", "--agree-tos", "-m", "a@example.com")
    assert "a@example.com" in certbot.run("show_account").text
    certbot.run("update_account", "-n", "-m", "b@example.com,c@example.com")
    assert ca.registrations[0]["contact"] == ["mailto:b@example.com", "mailto:c@example.com"]
    assert registration(certbot)["new_authzr_uri"] == ca.url("new-authz")
    refused = certbot.run("update_account", "-n", "--new-account-key", check=1)
    assert "the CA speaks ACME v1" in refused.text
    certbot.run("unregister", "-n")
    assert ca.registrations[0]["status"] == "deactivated"


LACKING = [
    (("-d", "*.a.test"), "wildcard names"),
    (("--ip-address", "192.0.2.1"), "IP addresses"),
    (("--csr", "DNS:a.test,DNS:*.a.test"), "wildcard names"),
    (("--csr", "IP:192.0.2.1"), "IP addresses"),
    (("-d", "a.test", "--required-profile", "short"), "no profile 'short'"),
]
HOOK = ("--manual", "--manual-auth-hook", "true", "--preferred-challenges", "dns,http")


def with_csr(certbot, options):
    """The options, with a CSR in place of the names that follow --csr."""
    if options[0] != "--csr":
        return options
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/",
                    "-keyout", certbot.folder / "key.pem", "-out", certbot.folder / "csr.pem",
                    "-addext", f"subjectAltName={options[1]}"], check=True, capture_output=True)
    return ("--csr", certbot.folder / "csr.pem")


@pytest.mark.parametrize("options, what", [
    *LACKING,
    (("-d", "a.test", "--eab-kid", "k", "--eab-hmac-key", "aGVsbG8"), "external account binding"),
])
def test_what_v1_lacks_is_said_before_anything_is_asked(certbot, ca, options, what):
    refused = certbot.run("certonly", "-n", *HOOK, *with_csr(certbot, options), check=1)
    assert what in refused.text
    assert ca.requests == [("GET", "directory")]
    assert not list(certbot.config_dir.rglob("private_key.json"))


@pytest.mark.parametrize("options, what", LACKING)
def test_what_v1_lacks_is_said_to_an_account_too(certbot, ca, options, what):
    certbot.run("register", "-n", "--agree-tos", "-m", "a@example.com")
    ca.requests.clear()
    refused = certbot.run("certonly", "-n", *HOOK, *with_csr(certbot, options), check=1)
    assert what in refused.text
    assert ca.requests == [("GET", "directory")]


def test_what_v1_lacks_is_said_of_names_that_are_typed(certbot, ca):
    with Dialogue(certbot, "certonly", "--cert-name", "typed", *HOOK) as talk:
        talk.expect("domain name(s)").answer("a.test, *.a.test")
        assert talk.end() == 1
    assert "wildcard names" in talk.text
    assert ca.requests == [("GET", "directory")]
    with Dialogue(certbot, "certonly", "--standalone", "--http-01-port", ca.http_port) as talk:
        talk.expect("domain name(s)").answer("a.test")
        assert talk.end() == 0, talk.text
    assert talk.text.count("domain name(s)") == 1
    certbot.lineage("a.test").verify("a.test")


def test_what_v1_lacks_is_said_of_the_names_of_a_lineage(tmp_path, ca, pebble, dns_hook):
    """That of another CA, which is to be renewed at this one."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(ca.ca_bundle.read_bytes() + pebble.ca_bundle.read_bytes())
    certbot = Certbot(tmp_path / "certbot", pebble, env={"REQUESTS_CA_BUNDLE": str(bundle)})
    manual = ("certonly", "-n", "--manual", "--manual-auth-hook", dns_hook,
              "--preferred-challenges", "dns", "--cert-name", "w")
    certbot.run(*manual, "-d", "a.test", "-d", "*.a.test", "--agree-tos", "-m", "a@example.com")
    refused = certbot.run(*manual, "--server", ca.directory, "--force-renewal", check=1)
    assert "wildcard names" in refused.text
    assert ca.requests == [("GET", "directory")]


def test_profiles_in_a_directory_of_v1_are_none(certbot, ca):
    directory = ca._directory
    ca._directory = lambda exchange: directory(exchange).edit(
        lambda members: members["meta"].update(profiles={"short": "six days"}))
    refused = certbot.run("certonly", "-n", *HOOK, "-d", "a.test", "--required-profile", "short",
                          check=1)
    assert "no profile 'short'" in refused.text
    assert ca.requests == [("GET", "directory")]


def test_terms_that_the_directory_does_not_name(tmp_path, acme_v1):
    ca = acme_v1(challenges=PLAIN, terms="header")
    certbot = Certbot(tmp_path / "certbot", ca)
    refused = certbot.run("register", "-n", "--register-unsafely-without-email",
                          "--server", ca.directory, check=1)
    assert "--agree-tos" in refused.text
    certbot.run("register", "-n", "--register-unsafely-without-email", "--agree-tos",
                "--server", ca.directory)
    assert [found["agreement"] for found in ca.registrations] == [ca.terms_url]


def test_changed_terms_are_agreed_to_by_update_account(certbot, ca):
    certbot.certonly("a.test")
    ca.terms_version = 2
    refused = certbot.run("renew", "--force-renewal", check=1)
    assert "agreementRequired" in refused.text and "update_account --agree-tos" in refused.text
    assert ca.terms_url in refused.text
    certbot.run("update_account", "-n", "--agree-tos")
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage("a.test").verify().version() == 2


def test_nonces_are_refused(certbot, ca):
    ca.bad_nonces = 5
    certbot.certonly("a.test")
    assert ca.bad_nonces == 0


def test_a_name_fails_and_succeeds_the_next_time(certbot, ca):
    good, ca.http_port = ca.http_port, ca.tls_port
    failed = certbot.certonly("a.test", options=("--http-01-port", good), check=1)
    assert "Domain: a.test" in failed.text or "Identifier: a.test" in failed.text
    assert "Could not connect to a.test" in failed.text
    assert not certbot.lineage_names()
    ca.http_port = good
    certbot.certonly("a.test")


def test_a_certificate_comes_late(tmp_path, acme_v1):
    ca = acme_v1(challenges=PLAIN, late=True)
    certbot = Certbot(tmp_path / "certbot", ca)
    certbot.certonly("a.test")
    certbot.lineage("a.test").verify("a.test")
    assert ca.count("cert") == 3


def test_a_dry_run_leaves_no_valid_authorization(certbot, ca):
    certbot.certonly("a.test")
    certbot.run("renew", "--dry-run", "--server", ca.directory)
    assert {found["status"] for found in ca.authorizations} == {"deactivated"}
    assert ca.count("challenge") == 2


@pytest.mark.parametrize("resource", ["new-reg", "reg", "new-authz", "challenge", "authz",
                                      "new-cert", "issuer"])
def test_a_lost_reply_is_made_up_for(certbot, ca, resource):
    ca.cut[resource] = 1
    certbot.certonly("a.test")
    certbot.lineage("a.test").verify("a.test")
    assert len(ca.registrations) == 1 and ca.cut[resource] == 0


def kill_at(certbot, ca, resource, *args):
    """Runs the command and kills it when the CA has done what it asks of the resource."""
    answered = ca.changed

    def kill(exchange, reply):
        if exchange.resource == resource:
            os.killpg(first.pid, signal.SIGKILL)
        return answered(exchange, reply)

    ca.changed = kill
    first = subprocess.Popen(certbot.command(*args), env=certbot.environment(), cwd=certbot.folder,
                             start_new_session=True, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
    assert first.wait(60) == -signal.SIGKILL
    ca.changed = answered


@pytest.mark.parametrize("resource", ["new-reg", "reg", "new-cert"])
def test_killed_at_a_request_it_goes_on_the_next_time(certbot, ca, resource):
    kill_at(certbot, ca, resource, "certonly", "-n", "--standalone", "--http-01-port", ca.http_port,
            "-d", "a.test")
    certbot.certonly("a.test")
    certbot.lineage("a.test").verify("a.test")
    assert [found["agreement"] for found in ca.registrations] == [ca.terms_url]


REVOKE = ("revoke", "-n", "--cert-name", "a.test")


def lose_revocation(certbot, ca, how):
    """The CA revokes it, and certbot does not hear of it."""
    certbot.certonly("a.test")
    serial = certbot.lineage("a.test").serial()
    if how == "killed":
        kill_at(certbot, ca, "revoke-cert", *REVOKE)
    else:
        ca.cut["revoke-cert"] = 1000
        failed = certbot.run(*REVOKE, check=1)
        assert "may have been revoked all the same" in failed.text
        ca.cut.clear()
    assert serial in ca.revoked
    assert certbot.lineage("a.test").verify("a.test").serial() == serial, "nothing is deleted yet"
    return serial


@pytest.mark.parametrize("how", ["killed", "cut off"])
def test_a_revocation_that_was_not_heard_of_is_finished_by_the_same_command(certbot, ca, how):
    lose_revocation(certbot, ca, how)
    assert "revoked before" in certbot.run(*REVOKE).text
    assert not certbot.lineage("a.test").exists()
    assert len(ca.revoked) == 1


@pytest.mark.parametrize("how", ["killed", "cut off"])
def test_what_may_have_been_revoked_is_renewed(certbot, ca, how):
    serial = lose_revocation(certbot, ca, how)
    certbot.run("renew")
    lineage = certbot.lineage("a.test").verify("a.test")
    assert lineage.version() == 2 and lineage.serial() != serial
    assert "not yet due" in certbot.run("renew").text


def test_one_lost_reply_to_a_revocation_is_made_up_for(certbot, ca):
    certbot.certonly("a.test")
    ca.cut["revoke-cert"] = 1
    certbot.run(*REVOKE)
    assert ca.cut["revoke-cert"] == 0 and len(ca.revoked) == 1
    assert not certbot.lineage("a.test").exists()


@pytest.mark.parametrize("kind, status", [("unauthorized", 403), ("rateLimited", 429),
                                          ("serverInternal", 503), ("badNonce", 400)])
def test_a_revocation_that_the_ca_refuses_changes_nothing(certbot, ca, kind, status):
    certbot.certonly("a.test")
    conf = (certbot.config_dir / "renewal/a.test.conf").read_text()
    ca.refuse["revoke-cert"] = ca.problem(kind, "not today", status)
    refused = certbot.run(*REVOKE, check=1).text
    assert "not today" in refused and "all the same" not in refused
    assert (certbot.config_dir / "renewal/a.test.conf").read_text() == conf
    assert "not yet due" in certbot.run("renew").text


@pytest.mark.parametrize("how", ["killed", "cut off"])
def test_a_later_refusal_does_not_take_back_what_may_have_been_done(certbot, ca, how):
    serial = lose_revocation(certbot, ca, how)
    conf = (certbot.config_dir / "renewal/a.test.conf").read_text()
    ca.refuse["revoke-cert"] = ca.problem("unauthorized", "not today", 403)
    for _ in range(2):
        failed = certbot.run(*REVOKE, check=1).text
        assert "not today" in failed and "until then 'certbot renew' replaces it" in failed
    assert (certbot.config_dir / "renewal/a.test.conf").read_text() == conf
    certbot.run("renew")
    assert certbot.lineage("a.test").verify("a.test").serial() != serial


@pytest.mark.parametrize("how", ["500", "cut off"])
def test_a_repetition_that_is_refused_does_not_take_back_what_may_have_been_done(certbot, ca, how):
    """When a connection is cut off that was kept, libcurl sends the request again by itself."""
    certbot.certonly("a.test")
    serial, answered = certbot.lineage("a.test").serial(), ca.changed

    def stumble(exchange, reply):
        if exchange.resource != "revoke-cert":
            return answered(exchange, reply)
        ca.refuse["revoke-cert"] = ca.problem("unauthorized", "not twice", 403)
        ca.changed = answered
        return Reset(0) if how == "cut off" else ca.problem("serverInternal", "done, but", 500) \
            .with_header("Replay-Nonce", ca._fresh_nonce())

    ca.changed = stumble
    failed = certbot.run(*REVOKE, check=1).text
    assert "not twice" in failed and "may have been revoked all the same" in failed
    assert list(ca.revoked) == [serial]
    certbot.run("renew")
    assert certbot.lineage("a.test").verify("a.test").serial() != serial


def test_an_account_serves_both_directories_of_a_ca(tmp_path, ca):
    """As Let's Encrypt had them: the v1 URL of the account signs at the v2 server."""
    v1 = Certbot(tmp_path / "certbot", ca)
    v1.run("register", "-n", "--agree-tos", "-m", "a@example.com")
    with HostileCA(tmp_path / "v2") as v2:
        kids = []
        v2.key_of_account = lambda url: (kids.append(url), v2.shared)[1]
        v2.shared = public_key(ca.registrations[0]["key"])
        source = v1.config_dir / "accounts" / ca.directory.removeprefix("https://")
        target = v1.config_dir / "accounts" / v2.directory.removeprefix("https://")
        target.parent.mkdir(parents=True)
        target.symlink_to(source)
        certbot = Certbot(tmp_path / "certbot", v2)
        certbot.certonly("a.test")
        assert set(kids) == {ca.url("reg", 0)}
        assert v2.count("new-account") == 0


def test_webroot_and_manual(certbot, ca, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    hook = tmp_path / "hook"
    hook.write_text(f"""#!/bin/sh
echo "$CERTBOT_VALIDATION" > {root}/.well-known/acme-challenge/"$CERTBOT_TOKEN"
""")
    hook.chmod(0o755)
    with Site(ca.http_port, {"a.test": root, "b.test": root}):
        certbot.run("certonly", "-n", "--webroot", "-w", root, "-d", "a.test")
        (root / ".well-known/acme-challenge").mkdir(parents=True, exist_ok=True)
        certbot.run("certonly", "-n", "--manual", "--manual-auth-hook", hook, "-d", "b.test")
    certbot.lineage("a.test").verify("a.test")
    certbot.lineage("b.test").verify("b.test")


def test_a_combination_takes_both_challenges(tmp_path, acme_v1, pebble):
    """http-01 together with dns-01, of which the hook gets one after the other."""
    ca = acme_v1(combinations=[[0, 2]], dns=pebble.dns.dns_address)
    certbot = Certbot(tmp_path / "certbot", ca)
    root = tmp_path / "root"
    (root / ".well-known/acme-challenge").mkdir(parents=True)
    hook = tmp_path / "hook"
    hook.write_text(f"""#!/usr/bin/python3
import json, os, urllib.request
value = os.environ["CERTBOT_VALIDATION"]
if os.environ.get("CERTBOT_TOKEN"):
    open("{root}/.well-known/acme-challenge/" + os.environ["CERTBOT_TOKEN"], "w").write(value)
else:
    urllib.request.urlopen("http://127.0.0.1:{pebble.dns.management_port}/set-txt", json.dumps(dict(
        host="_acme-challenge." + os.environ["CERTBOT_DOMAIN"] + ".", value=value)).encode())
""")
    hook.chmod(0o755)
    with Site(ca.http_port, {"both.test": root}):
        certbot.run("certonly", "-n", "--manual", "--manual-auth-hook", hook,
                    "--preferred-challenges", "http,dns", "-d", "both.test")
    certbot.lineage("both.test").verify("both.test")
    assert [known["status"] for known in ca.authorizations[0]["challenges"]] == \
        ["valid", "pending", "valid"]
