"""`renew`: many at once, failures that stay in their lineage, what is remembered between runs."""

import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from lab.certbot import Certbot
from lab.due import plant
from lab.forge import DAY, Forge, only_account
from lab.hostile import HostileCA, renewal_id
from lab.lineage import snapshot
from lab.ocsp import OCSPResponder
from lab.reply import problem

MANY, FAILING = 200, 4


def copies(certbot, name, names):
    """Lineages like one that exists, as if each had been obtained with the same options."""
    lineage = certbot.lineage(name)
    conf = lineage.conf()
    for copy in names:
        archive, live = lineage.archive.parent / copy, lineage.live.parent / copy
        archive.mkdir()
        live.mkdir()
        for kind in ("cert", "privkey", "chain", "fullchain"):
            shutil.copy(lineage.archive / f"{kind}1.pem", archive)
            os.symlink(f"../../archive/{copy}/{kind}1.pem", live / f"{kind}.pem")
        text = conf.replace(f"/live/{name}/", f"/live/{copy}/")
        text = text.replace(f"/archive/{name}\n", f"/archive/{copy}\n")
        (lineage.conf_path.parent / f"{copy}.conf").write_text(text)


def set_top_level(certbot, name, line):
    path = certbot.lineage(name).conf_path
    path.write_text(line + "\n" + path.read_text())


def make_due(certbot, name):
    set_top_level(certbot, name, "renew_before_expiry = 400 days")


def script(certbot, name, text):
    path = certbot.folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def test_nothing_due_asks_nobody(certbot, pebble):
    certbot.certonly("idle.test")
    certbot.run("renew")
    pebble.new_requests()
    result = certbot.run("renew")
    assert "idle.test/fullchain.pem expires on" in result.out
    assert "(skipped)" in result.out and "No renewals were attempted." in result.out
    assert pebble.new_requests() == []


def test_failures_stay_in_their_lineage(tmp_path, start_pebble):
    """200 due, of which 4 fail validation: 196 are renewed, the 4 keep their files, exit status 1."""
    pebble = start_pebble(nonce_reject=0, authz_reuse=0)
    certbot = Certbot(tmp_path / "certbot", pebble)
    bad = [f"bad{i}.test" for i in range(FAILING)]
    certbot.certonly("many.test", options=["--cert-name", "good"])
    # Not from the CA: an authorization of theirs that it knew as valid might be used again.
    plant(certbot, "good", bad)
    for name in bad:
        pebble.dns.set_servfail(name)
    copies(certbot, "good", [f"good{i:03}" for i in range(MANY - FAILING - 1)])
    before = {name: snapshot(certbot.lineage(name).archive, certbot.lineage(name).live)
              for name in bad}
    pebble.new_requests()
    result = certbot.run("renew", "--force-renewal", check=1, timeout=120)
    requests = pebble.new_requests()
    assert result.out.count("(success)") == MANY - FAILING
    assert result.text.count("(failure)") == FAILING
    assert f"{FAILING} renew failure(s), 0 parse failure(s)" in result.err
    for name in certbot.lineage_names():
        if name in bad:
            lineage = certbot.lineage(name)
            assert snapshot(lineage.archive, lineage.live) == before[name]
        else:
            assert certbot.lineage(name).verify().version() == 2
    # The good ones are copies of one certificate, which the CA lets be replaced once: the other
    # orders are refused, and made again without "replaces".
    made_again = requests.count(("POST", "/order-plz")) - MANY
    assert len(requests) - made_again <= 9 * (MANY - FAILING)


def test_broken_conf_is_counted_and_passed_over(certbot):
    certbot.certonly("fine.test")
    (certbot.config_dir / "renewal/broken.conf").write_text("nonsense\n")
    result = certbot.run("renew", "--force-renewal", check=1)
    assert "broken.conf (parsefail)" in result.out and "(success)" in result.out
    assert "0 renew failure(s), 1 parse failure(s)" in result.err


def test_quiet_run_shows_failures_only(certbot):
    certbot.certonly("fine.test")
    result = certbot.run("renew", "-q", "--force-renewal")
    assert result.out == "" and result.err == ""
    conf = certbot.lineage("fine.test").conf_path
    conf.write_text(conf.read_text().replace("authenticator = standalone", "authenticator = none"))
    result = certbot.run("renew", "-q", "--force-renewal", check=1)
    assert result.out == "" and "fine.test/fullchain.pem (failure)" in result.err


def test_quiet_run_tells_of_failed_hooks(certbot):
    """Cron mails what is written; the exit status is that of the renewals."""
    certbot.certonly("hooked.test")
    hooks = ["--pre-hook", "echo early >&2; exit 3",
             "--deploy-hook", "echo reason; echo late >&2; exit 4",
             "--post-hook", "echo fine; echo fine >&2"]
    result = certbot.run("renew", "-q", "--force-renewal", *hooks)
    assert result.out == "" and "fine" not in result.err
    for line in ("Hook 'pre-hook' reported error code 3", " early",
                 "Hook 'deploy-hook' ran with output:", " reason",
                 "Hook 'deploy-hook' reported error code 4", " late",
                 "The deploy hooks of hooked.test will be run again by the next 'certbot renew'."):
        assert line in result.err.splitlines()


def test_failed_renewal_waits_and_is_tried_when_named(certbot, pebble):
    certbot.certonly("wait.test")
    make_due(certbot, "wait.test")
    conf = certbot.lineage("wait.test").conf_path
    good = conf.read_text()
    conf.write_text(good.replace("authenticator = standalone", "authenticator = none"))
    certbot.run("renew", check=1)
    assert "failures = 1" in conf.read_text() and "next_try = " in conf.read_text()
    conf.write_text(conf.read_text().replace("authenticator = none", "authenticator = standalone"))
    pebble.new_requests()
    result = certbot.run("renew")
    assert "next try" in result.out and "(success)" not in result.out
    assert "/order-plz" not in [path for _, path in pebble.new_requests()]
    certbot.run("renew", "--cert-name", "wait.test")
    assert certbot.lineage("wait.test").verify("wait.test").version() == 2
    assert "next_try" not in conf.read_text()


def test_failed_deploy_hook_runs_again_until_it_succeeds(certbot):
    hook = script(certbot, "hook", f'echo "$RENEWED_LINEAGE $RENEWED_DOMAINS" >>{certbot.folder}/calls'
                                   f'\ntest -e {certbot.folder}/works\n')
    certbot.certonly("hook.test", "www.hook.test", options=["--deploy-hook", hook])
    calls = certbot.folder / "calls"
    live = certbot.lineage("hook.test").live
    assert calls.read_text() == f"{live} hook.test www.hook.test\n"
    result = certbot.run("renew")
    assert "deploy hooks of hook.test, which have not succeeded yet" in result.out
    assert len(calls.read_text().splitlines()) == 2
    (certbot.folder / "works").touch()
    certbot.run("renew")
    assert len(calls.read_text().splitlines()) == 3
    certbot.run("renew")
    assert len(calls.read_text().splitlines()) == 3


def test_hook_that_takes_too_long_is_stopped(certbot):
    begin = time.monotonic()
    result = certbot.certonly("slow.test", options=["--deploy-hook", "sleep 100", "--hook-timeout",
                                                    "1"])
    assert time.monotonic() - begin < 30
    assert "--hook-timeout" in result.err


PAST = ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")


def test_revocation_day(tmp_path, start_pebble):
    """The CA moves all windows into the past: one `renew` replaces all, and says what it replaces."""
    pebble = start_pebble(nonce_reject=0)
    certbot = Certbot(tmp_path / "certbot", pebble)
    names = [f"day{i}.test" for i in range(5)]
    for name in names:
        certbot.certonly(name)
        pebble.set_renewal_info(certbot.lineage(name).read("cert"), json.dumps(
            {"suggestedWindow": dict(zip(("start", "end"), PAST))}))
    shutil.copytree(certbot.config_dir, tmp_path / "before", symlinks=True)
    pebble.new_requests()
    result = certbot.run("renew")
    assert result.out.count("(success)") == len(names)
    for name in names:
        assert certbot.lineage(name).verify(name).version() == 2
    # An order whose `replaces` is refused would be placed a second time.
    assert pebble.new_requests().count(("POST", "/order-plz")) == len(names)
    # Pebble has taken notice: it does not let the same certificates be replaced again.
    shutil.rmtree(certbot.config_dir)
    shutil.copytree(tmp_path / "before", certbot.config_dir, symlinks=True)
    result = certbot.run("renew")
    assert result.out.count("(success)") == len(names)
    assert pebble.new_requests().count(("POST", "/order-plz")) == 2 * len(names)


@pytest.fixture
def recording_ca(tmp_path):
    with HostileCA(tmp_path / "ca") as ca:
        yield ca


def test_orders_name_the_certificate_they_replace(tmp_path, recording_ca):
    certbot = Certbot(tmp_path / "certbot", recording_ca)
    names = [f"day{i}.test" for i in range(5)]
    for name in names:
        certbot.certonly(name)
    assert not any("replaces" in order for order in recording_ca.placed)
    ids = {name: renewal_id(certbot.lineage(name).cert) for name in names}
    recording_ca.placed.clear()
    assert "No renewals were attempted." in certbot.run("renew").out
    recording_ca.window = PAST
    for name in names:
        path = certbot.lineage(name).conf_path
        path.write_text(re.sub(r"(?m)^ari_retry_after = .*$",
                               "ari_retry_after = 2020-01-01T00:00:00", path.read_text()))
    assert certbot.run("renew").out.count("(success)") == len(names)
    assert {order["identifiers"][0]["value"]: order["replaces"] for order in recording_ca.placed} \
        == ids
    assert len(recording_ca.placed) == len(names)


@pytest.mark.parametrize("status, kind", [(409, "alreadyReplaced"), (400, "malformed"),
                                          (403, "unauthorized")])
def test_refused_replacement_is_ordered_once_more_without_it(tmp_path, recording_ca, status, kind):
    certbot = Certbot(tmp_path / "certbot", recording_ca)
    certbot.certonly("again.test")
    replaced = renewal_id(certbot.lineage("again.test").cert)
    recording_ca.placed.clear()
    recording_ca.refuse_replacing = lambda: problem(kind, "not that one", status)
    certbot.run("renew", "--force-renewal")
    assert [order.get("replaces") for order in recording_ca.placed] == [replaced, None]
    assert certbot.lineage("again.test").version() == 2


def test_replacement_that_comes_too_soon_is_not_ordered_again(tmp_path, recording_ca):
    certbot = Certbot(tmp_path / "certbot", recording_ca)
    certbot.certonly("again.test")
    recording_ca.placed.clear()
    recording_ca.refuse_replacing = lambda: problem("rateLimited", "later", 429) \
        .with_header("Retry-After", "86400")
    certbot.run("renew", "--force-renewal", check=1)
    assert ["replaces" in order for order in recording_ca.placed] == [True]
    assert certbot.lineage("again.test").version() == 1


def test_dry_runs_and_other_cas_replace_nothing(tmp_path, recording_ca):
    certbot = Certbot(tmp_path / "certbot", recording_ca)
    certbot.certonly("again.test")
    recording_ca.placed.clear()
    certbot.run("renew", "--dry-run", "--server", recording_ca.directory)
    assert [order.get("replaces") for order in recording_ca.placed] == [None]
    with HostileCA(tmp_path / "other") as other:
        elsewhere = Certbot(tmp_path / "certbot", other)
        elsewhere.certonly("again.test", options=["--force-renewal"])
        assert [order.get("replaces") for order in other.placed] == [None]


@pytest.fixture
def ocsp(recording_ca):
    """The responder of the CA. Its answers are asked for twice a day at most; see ask_again()."""
    with OCSPResponder(recording_ca.intermediate, recording_ca.certificates) as responder:
        recording_ca.ocsp_url = responder.url
        yield responder


def ask_again(certbot, name):
    path = certbot.lineage(name).conf_path
    path.write_text(re.sub(r"(?m)^ocsp_next_check = .*\n", "", path.read_text()))


def test_what_the_ca_has_revoked_is_replaced(tmp_path, recording_ca, ocsp):
    certbot = Certbot(tmp_path / "certbot", recording_ca)
    for name in ("good.test", "revoked.test"):
        certbot.certonly(name)
    serials = [certbot.lineage(name).serial() for name in ("good.test", "revoked.test")]
    assert "No renewals were attempted." in certbot.run("renew").out
    assert sorted(ocsp.asked) == sorted(serials)
    ocsp.revoked.add(serials[1])
    assert "No renewals were attempted." in certbot.run("renew").out
    assert len(ocsp.asked) == 2
    assert "(INVALID: REVOKED)" in certbot.run("certificates", "--cert-name", "revoked.test").out
    for name in ("good.test", "revoked.test"):
        ask_again(certbot, name)
    certbot.run("renew")
    assert certbot.lineage("good.test").version() == 1
    assert certbot.lineage("revoked.test").verify("revoked.test").version() == 2


BOTH = ("--key-type", "ecdsa,rsa")


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_one_of_two_keys_that_the_ca_has_revoked_is_enough(tmp_path, recording_ca, ocsp, kind):
    certbot = Certbot(tmp_path / "certbot", recording_ca)
    certbot.certonly("two.test", options=BOTH)
    lineage = certbot.lineage("two.test")
    serials = {"ecdsa": lineage.serial(), "rsa": lineage.second().serial()}
    assert "No renewals were attempted." in certbot.run("renew").out
    assert sorted(ocsp.asked) == sorted(serials.values())
    ocsp.revoked.add(serials[kind])
    assert "No renewals were attempted." in certbot.run("renew").out and len(ocsp.asked) == 2
    listed = certbot.run("certificates").out
    assert ("(INVALID: REVOKED)" in listed, "(revoked)" in listed) == (kind == "ecdsa", kind == "rsa")
    ask_again(certbot, "two.test")
    certbot.run("renew")
    assert lineage.verify("two.test").version() == lineage.second().verify("two.test").version() == 2
    ask_again(certbot, "two.test")
    assert "No renewals were attempted." in certbot.run("renew").out


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_the_window_of_one_of_two_keys_is_enough(tmp_path, start_pebble, kind):
    pebble = start_pebble(nonce_reject=0)
    certbot = Certbot(tmp_path / "certbot", pebble)
    certbot.certonly("two.test", options=BOTH)
    lineage = certbot.lineage("two.test")
    assert "No renewals were attempted." in certbot.run("renew").out
    assert {"ari_time = ", "ari_time-rsa = "} <= set(re.findall(r"(?m)^ari_time\S* = ", lineage.conf()))
    pebble.set_renewal_info((lineage if kind == "ecdsa" else lineage.second()).read("cert"), json.dumps(
        {"suggestedWindow": dict(zip(("start", "end"), PAST))}))
    lineage.conf_path.write_text(re.sub(r"(?m)^ari_retry_after = .*$",
                                        "ari_retry_after = 2020-01-01T00:00:00", lineage.conf()))
    certbot.run("renew")
    assert lineage.verify("two.test").version() == lineage.second().verify("two.test").version() == 2
    assert "ari_" not in lineage.conf()
    assert "No renewals were attempted." in certbot.run("renew").out


def test_responder_that_cannot_be_believed_counts_for_nothing(tmp_path, recording_ca, ocsp):
    """Signed by a stranger, or not reached: a word in the log, and the certificate stays."""
    certbot = Certbot(tmp_path / "certbot", recording_ca)
    certbot.certonly("kept.test")
    ocsp.revoked.add(certbot.lineage("kept.test").serial())
    ocsp.signer = recording_ca.root
    assert "cannot check whether kept.test was revoked" in certbot.run("renew").err
    ocsp.stop()
    ask_again(certbot, "kept.test")
    assert "cannot check whether kept.test was revoked" in certbot.run("renew").err
    assert certbot.lineage("kept.test").version() == 1


def test_wanted_names_are_tried_again(tmp_path, start_pebble):
    pebble = start_pebble(nonce_reject=0, authz_reuse=0)
    certbot = Certbot(tmp_path / "certbot", pebble)
    pebble.dns.set_servfail("later.test")
    result = certbot.certonly("now.test", "later.test", options=["--allow-subset-of-names"],
                              timeout=120)
    assert "later.test" in result.out and "Retrying without" in result.out
    assert certbot.lineage("now.test").names() == ["now.test"]
    pebble.dns.clear_servfail("later.test")
    result = certbot.run("renew", "--force-renewal", timeout=120)
    assert "trying all names again" in result.out
    certbot.lineage("now.test").verify("now.test", "later.test")


def test_limit_takes_the_rest_at_the_next_run(certbot):
    for name in ("one.test", "two.test", "three.test"):
        certbot.certonly(name)
        make_due(certbot, name)
    result = certbot.run("renew", "--limit", "2")
    assert result.out.count("(success)") == 2
    assert "1 more certificate due for renewal was left to the next run by --limit" in result.out
    versions = sorted(certbot.lineage(name).version() for name in certbot.lineage_names())
    assert versions == [1, 2, 2]
    summary = certbot.json("renew", "--limit", "1")["summary"]
    assert (summary["renewed"], summary["left_over"]) == (1, 2), "those of make_due() stay due"


def test_a_window_spreads_what_was_obtained_together(certbot, start_pebble):
    """Thirty that are all due in five days: in the middle of a window of ten days about half had
    their turn, and no other has it by asking again."""
    pebble = certbot.ca = start_pebble(nonce_reject=0, authz_reuse=0, always_valid=True)
    certbot.run("register", "-n")
    Forge(certbot.config_dir, pebble.directory, only_account(certbot.config_dir)[0],
          [f"http01_port = {pebble.http_port}"], age=55 * DAY).make(30)
    assert "(success)" not in certbot.run("renew").out
    window = ["renew", "--renew-window", "10"]
    assert 5 <= certbot.run(*window).out.count("(success)") <= 25
    assert "(success)" not in certbot.run(*window).out


@pytest.mark.parametrize("number, status", [(signal.SIGTERM, -15), (signal.SIGHUP, -1),
                                            (signal.SIGINT, 1)])
def test_signal_in_the_middle_cleans_up(certbot, number, status):
    """The auth hook hangs; the signal ends it, the post-hook runs, nothing is stored."""
    auth = script(certbot, "auth", f"touch {certbot.folder}/presenting\nexec sleep 60\n")
    argv = certbot.command("certonly", "-n", "--manual", "--manual-auth-hook", auth, "-d",
                           "signal.test", "--pre-hook", f"touch {certbot.folder}/pre",
                           "--post-hook", f"touch {certbot.folder}/post")
    with subprocess.Popen(argv, env=certbot.environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True) as process:
        deadline = time.monotonic() + 20
        while not (certbot.folder / "presenting").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        process.communicate(timeout=20)
    assert process.returncode == status
    assert (certbot.folder / "pre").exists() and (certbot.folder / "post").exists()
    assert not certbot.lineage("signal.test").exists()
    assert not list(certbot.folder.rglob(".certbot.lock"))


def test_busy_lock_names_its_holder(certbot):
    certbot.certonly("lock.test")
    hook = script(certbot, "hold", f"touch {certbot.folder}/held\nexec sleep 5\n")
    argv = certbot.command("renew", "--force-renewal", "--deploy-hook", hook)
    with subprocess.Popen(argv, env=certbot.environment(), stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as holder:
        deadline = time.monotonic() + 20
        while not (certbot.folder / "held").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        result = certbot.run("renew", check=1)
        assert str(holder.pid) in result.err
        certbot.run("renew", "--lock-timeout", "30")
        holder.wait(30)
