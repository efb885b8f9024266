"""`status`: what is on record of all certificates, as text, JSON, metrics and a page."""

import datetime
import json
import os
import re
import shutil
import subprocess

import pytest

from lab.browser import look
from lab.forge import Forge
from lab.json_forms import check_form
from lab.screen import run_on_screen

FAILED = ("failures = 3", "failure_class = rate-limited", "failure = too many <b>orders</b> & more",
          "failure_problem = rateLimited", "failed_at = 2026-01-02T03:04:05Z",
          "failing_since = 2026-01-01T03:04:05Z")
OWED = ("deploy_hook_pending = True", "reload_pending = True", "proof_pending = True")


def conf_of(certbot, name):
    return certbot.config_dir / "renewal" / f"{name}.conf"


def state(certbot, name, *lines):
    """Adds to what is on record of a lineage."""
    path = conf_of(certbot, name)
    path.write_text(path.read_text() + "[renewal_state]\n" + "".join(f"{line}\n" for line in lines))


def soon(days):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def mixed(certbot):
    """A certificate in each state."""
    forge = Forge(certbot.config_dir)
    forge.make(1, "ok{}.test")
    forge.make(1, "owed{}.test")
    forge.make(1, "broken{}.test")
    forge.make(1, "off{}.test")
    old = Forge(certbot.config_dir, age=datetime.timedelta(days=100))
    old.make(1, "expired{}.test")
    late = Forge(certbot.config_dir, age=datetime.timedelta(days=80))
    late.make(1, "due{}.test")
    late.make(1, "failing{}.test")
    state(certbot, "failing0.test", *FAILED, f"next_try = {soon(1)}")
    state(certbot, "owed0.test", *OWED)
    path = conf_of(certbot, "off0.test")
    path.write_text(path.read_text().replace("[renewalparams]", "[renewalparams]\nautorenew = False"))
    shutil.copy(certbot.config_dir / "live/ok0.test/cert.pem",
                certbot.config_dir / "archive/broken0.test/cert1.pem")
    return certbot


def document(certbot, *words):
    shown = json.loads(certbot.run("status", "--json", *words).out)
    check_form("status", shown)
    return shown


def test_every_state_is_told(mixed):
    shown = document(mixed)
    by_name = {cert["name"]: cert for cert in shown["certificates"]}
    assert {name: cert["state"] for name, cert in by_name.items()} == {
        "broken0.test": "invalid", "due0.test": "due", "expired0.test": "expired",
        "failing0.test": "failing", "off0.test": "off", "ok0.test": "ok", "owed0.test": "owed"}
    assert shown["summary"]["well"] is False and shown["summary"]["counts"]["ok"] == 1
    failing = by_name["failing0.test"]
    assert failing["failure"]["class"] == "rate-limited" and failing["failure"]["count"] == 3
    assert failing["next_try"] == {"due": False, "when": failing["next_try"]["when"], "why": "failures"}
    assert by_name["owed0.test"]["owed"] == ["deploy-hook", "reload", "proof"]
    assert by_name["owed0.test"]["served"] == "no" and by_name["ok0.test"]["served"] == "unknown"
    assert by_name["due0.test"]["next_try"] == {"due": True, "when": None, "why": "lifetime"}
    assert by_name["off0.test"]["next_try"] == {"due": False, "when": None, "why": None}
    assert "does not match cert + chain" in by_name["broken0.test"]["fault"]


def test_text_has_the_worst_first_and_reasons(mixed):
    lines = mixed.run("status").out.splitlines()
    assert lines[0] == ("7 certificates: 1 invalid, 1 expired, 1 failing, 1 owed, 1 due, 1 off, 1 ok")
    states = [line.split()[0] for line in lines[1:] if not line.startswith(" ")]
    assert states == ["invalid", "expired", "failing", "owed", "due", "off", "ok"]
    assert any("3 renewals failed in a row since 2026-01-01 03:04" in line for line in lines)
    assert "    its deploy hooks have not succeeded yet" in lines


def test_a_question_changes_nothing_and_waits_for_nobody(mixed):
    def seen():
        return sorted((str(path), os.lstat(path).st_mtime_ns)
                      for path in mixed.folder.rglob("*") if "home" not in path.parts)

    before = seen()
    mixed.run("status")
    mixed.run("status", "--json")
    assert seen() == before and not mixed.logs_dir.exists()


def test_one_certificate(mixed):
    assert [cert["name"] for cert in document(mixed, "--cert-name", "ok0.test")["certificates"]] == ["ok0.test"]
    assert "no certificate named 'x.test'" in mixed.run("status", "--cert-name", "x.test", check=1).err


def test_nothing_here(certbot):
    assert certbot.run("status").out == "0 certificates\n"
    assert document(certbot)["certificates"] == []


def test_an_error_takes_the_place_of_faults(mixed):
    """A certificate that does not fit its key is a fault; a live file that is no link, too, is an error."""
    chain = mixed.config_dir / "live/broken0.test/chain.pem"
    text = chain.read_text()
    chain.unlink()
    chain.write_text(text)
    entry, = [cert for cert in document(mixed)["certificates"] if cert["name"] == "broken0.test"]
    assert entry["state"] == "invalid" and "chain.pem" in str(entry), entry
    assert entry["next_try"] == {"due": False, "when": None, "why": None}


def test_one_document_for_standard_output(certbot):
    assert "only one of --json" in certbot.run("status", "--json", "--metrics", "-", check=2).err


# ---- Metrics ----


def promtool(text):
    return subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)


def test_metrics(mixed, tmp_path):
    path = tmp_path / "certbot.prom"
    assert mixed.run("status", "--metrics", path).out == ""
    text = path.read_text()
    checked = promtool(text)
    assert checked.returncode == 0 and not checked.stderr and not checked.stdout
    assert path.stat().st_mode & 0o777 == 0o644
    assert 'certbot_certificates{state="failing"} 1\n' in text
    assert 'certbot_certificate_renewal_failures{name="failing0.test"} 3\n' in text
    assert ('certbot_certificate_last_failure_timestamp_seconds{name="failing0.test",'
            'class="rate-limited"} 1767323045\n') in text
    assert 'certbot_certificate_reload_owed{name="owed0.test"} 1\n' in text
    assert 'certbot_certificate_healthy{name="due0.test"} 1\n' in text
    assert 'certbot_certificate_not_after_timestamp_seconds{name="broken0.test"}' in text
    assert "certbot_renew_" not in text
    assert mixed.run("status", "--metrics", "-").out.count("# TYPE") == text.count("# TYPE")


def test_labels_are_escaped(certbot):
    Forge(certbot.config_dir, server='https://ca.test/"quoted"\\dir').make(1)
    text = certbot.run("status", "--metrics", "-").out
    assert promtool(text).returncode == 0
    assert 'server="https://ca.test/\\"quoted\\"\\\\dir"' in text


def test_renew_writes_metrics_of_its_run(certbot, tmp_path):
    forge = Forge(certbot.config_dir)
    forge.make(2)
    path = tmp_path / "certbot.prom"
    certbot.run("renew", "--metrics-file", path)
    text = path.read_text()
    assert promtool(text).returncode == 0
    assert "certbot_renew_success 1\n" in text
    assert 'certbot_renew_results{result="skipped"} 2\n' in text
    assert re.search(r"certbot_renew_finished_timestamp_seconds \d+\n", text)
    # A failure is told, too; a rehearsal is none of the monitoring's business.
    (certbot.config_dir / "renewal" / "bad.conf").write_text("nonsense\n")
    certbot.run("renew", "--metrics-file", path, check=1)
    text = path.read_text()
    assert "certbot_renew_success 0\n" in text and 'result="invalid"} 1\n' in text
    assert 'certbot_certificate_healthy{name="bad"} 0\n' in text
    path.unlink()
    certbot.run("renew", "--dry-run", "--metrics-file", path, check=False)
    assert not path.exists()


@pytest.mark.parametrize("words", (("--prove", "nonsense"), ("--cert-name", "missing.test")))
def test_a_renew_that_ends_early_is_no_success(certbot, tmp_path, words):
    Forge(certbot.config_dir).make(1)
    path = tmp_path / "certbot.prom"
    certbot.run("renew", "--metrics-file", path)
    assert certbot.run("renew", "--metrics-file", path, *words, check=False).rc
    text = path.read_text()
    assert "certbot_renew_success 0\n" in text and 'result="skipped"} 0\n' in text


def test_metrics_that_cannot_be_written_are_a_warning(certbot, tmp_path):
    Forge(certbot.config_dir).make(1)
    path = tmp_path / "missing" / "certbot.prom"
    result = certbot.run("renew", "--metrics-file", path)
    assert f"The metrics file '{path}' was not written: " in result.err
    assert str(path.parent) in certbot.run("status", "--metrics", path, check=1).err


# ---- Page ----


def test_page_escapes_what_comes_from_outside(mixed, tmp_path):
    path = tmp_path / "status.html"
    mixed.run("status", "--html", path)
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
    path.chmod(0o604)
    mixed.run("status", "--html", path)
    assert path.stat().st_mode & 0o777 == 0o604
    assert "too many &lt;b&gt;orders&lt;/b&gt; &amp; more" in text
    assert "<script" not in text and not re.search(r'(src|href)=|url\(|@import', text)
    rows = re.findall(r'<tr><td class="state (\w+)"', text)
    assert rows == ["invalid", "expired", "failing", "owed", "due", "off", "ok"]


@pytest.mark.parametrize("count, schemes", ((200, ("light", "dark")), (10000, ("light",))))
def test_page_in_a_browser(certbot, tmp_path, count, schemes):
    names = Forge(certbot.config_dir).make(count)
    state(certbot, names[7], *FAILED)
    state(certbot, names[8], *OWED)
    path = tmp_path / "status.html"
    certbot.run("status", "--html", path)
    for scheme in schemes:
        seen = look(path, scheme)
        assert seen["rows"] == count and seen["first"] == names[7]
        assert seen["bars"] >= 1 and not seen["faults"]
        assert seen["contrast"] >= 4.5, seen
        assert seen["overflow"] <= 0


# ---- On a terminal ----


@pytest.mark.parametrize("columns", (40, 60, 80, 132))
def test_no_line_is_wider_than_the_terminal(mixed, columns):
    Forge(mixed.config_dir).make(1, "a-rather-long-name-of-a-certificate{}.example.test")
    shown = run_on_screen(mixed, columns, "status")
    lines = re.sub(r"\033\[[0-9;]*m", "", shown).splitlines()
    wide = [line for line in lines if len(line) > columns and " " in line.strip()]
    assert not wide
    assert "\033[31" in shown and "✗" in shown


def test_a_name_gets_the_width_that_there_is(mixed):
    name, = Forge(mixed.config_dir).make(1, "a-very-" + "long-" * 15 + "name{}.test")
    assert name in run_on_screen(mixed, 200, "status") and name not in run_on_screen(mixed, 100, "status")


def test_status_and_why_agree_about_the_next_try(certbot):
    """Of a forced renewal that has failed: the pause is over before the certificate is due."""
    Forge(certbot.config_dir).make(1, "failing{}.test")
    state(certbot, "failing0.test", *FAILED, f"next_try = {soon(1)}")
    told, = certbot.json("status")["certificates"]
    assert told["next_try"]["why"] == "lifetime"
    assert f"certbot renew after {told['next_try']['when']}" in certbot.run("why", "failing0.test").out.replace("\n", " ")


@pytest.mark.parametrize("env", ({"NO_COLOR": "1"}, {"TERM": "dumb"}))
def test_colours_only_where_they_are_wanted(mixed, env):
    assert "\033" not in run_on_screen(mixed, 80, "status", **env)
    assert "✗" not in run_on_screen(mixed, 80, "status", LC_ALL="C")
    assert "\033" not in mixed.run("status").text and "✗" not in mixed.run("status").text


def test_why_is_as_wide_as_the_screen_and_has_colours(mixed):
    shown = run_on_screen(mixed, 44, "why", "failing0.test")
    assert "\033[31mfailing0.test\033[0m: " in shown and "\033[1mWhy\033[0m: " in shown
    lines = re.sub(r"\033\[[0-9;]*m", "", shown).splitlines()
    assert not [line for line in lines[1:] if len(line) > 44 and "certbot " not in line and " " in line.strip()]
    for env in {"NO_COLOR": "1"}, {"TERM": "dumb"}:
        assert "\033" not in run_on_screen(mixed, 80, "why", "failing0.test", **env)
    assert "\033" not in mixed.run("why", "failing0.test").text
