"""dns-exec: a program of the user's, called as lego calls it."""

import os
import subprocess
from pathlib import Path

TOOL = os.environ.get("DNS_TOOL", Path(__file__).resolve().parents[2] / "build/tests/unit/dns/dns_tool")


def run_tool(*args):
    run = subprocess.run([str(TOOL), *map(str, args)], capture_output=True, text=True, timeout=60,
                         env={"PATH": "/usr/bin:/bin"})
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def script(folder, body):
    path = folder / "change records"
    path.write_text("#!/bin/sh\n" + body)
    path.chmod(0o755)
    return path


def test_the_program_gets_verb_name_and_value(tmp_path):
    program = script(tmp_path, f'echo "$# $*" >>"{tmp_path}/calls"\n')
    output = run_tool("-s", f"dns_exec_program={program}", "dns-exec", "example.test=one; $(two)",
                      "www.example.test=-three")
    assert output.splitlines()[-1] == "cleanup ok"
    assert sorted((tmp_path / "calls").read_text().splitlines()) == [
        "3 cleanup _acme-challenge.example.test. one; $(two)",
        "3 cleanup _acme-challenge.www.example.test. -three",
        "3 present _acme-challenge.example.test. one; $(two)",
        "3 present _acme-challenge.www.example.test. -three"]


def test_one_failure_spoils_no_other_record_and_is_cleaned_up(tmp_path):
    program = script(tmp_path, f"""
echo "$1 $2" >>"{tmp_path}/calls"
case $1$2 in present*bad*) echo "no access to zone" >&2; exit 7 ;; esac
""")
    output = run_tool("-s", f"dns_exec_program={program}", "dns-exec", "bad.test=v", "good.test=w")
    assert (f"present _acme-challenge.bad.test cannot present '_acme-challenge.bad.test': '{program}' "
            "ended with status 7: no access to zone (plugin)") in output
    assert "present _acme-challenge.good.test ok" in output
    assert "cleanup _acme-challenge.bad.test." in (tmp_path / "calls").read_text()


def test_a_missing_program_or_option_is_named(tmp_path):
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    for name in ("none", "plain", "."):
        output = run_tool("-s", f"dns_exec_program={tmp_path}/{name}", "dns-exec", "a.test=v")
        assert f"cannot run '{tmp_path}/{name}' of --dns-exec-program" in output
        assert "(config)" in output and "present" not in output  # known when it is opened
    assert "dns-exec needs --dns-exec-program (config)" in run_tool("dns-exec", "a.test=v")
