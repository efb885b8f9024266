"""dns-acmesh: scripts in the convention of acme.sh's dnsapi, against a real BIND, a real PowerDNS and a double."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from lab.bind import Bind
from lab.children import alive
from lab.loopback_api import LoopbackApi, QuietHandler
from lab.powerdns import PowerDNS

ROOT = Path(__file__).resolve().parents[2]
TOOL = os.environ.get("DNS_TOOL", ROOT / "build/tests/unit/dns/dns_tool")
SCRIPTS = Path(__file__).parent / "scripts"
NAME = "_acme-challenge.example.test"


@pytest.fixture
def run(tmp_path):
    """run(SCRIPT, CREDENTIALS, CHALLENGE...): what dns_tool says, with the script and this text as credentials."""
    def run(script, credentials, *challenges, options=(), check=True, **env):
        args = ["-s", f"dns_acmesh_script={script}", "-s", f"config_dir={tmp_path}/etc", "-s",
                f"work_dir={tmp_path}/work", "-s", "dns_acmesh_propagation_seconds=0", *options]
        (tmp_path / "etc").mkdir(exist_ok=True)
        if credentials is not None:
            file = tmp_path / "credentials.ini"
            file.touch(mode=0o600)
            file.write_text(credentials)
            args += ["-s", f"dns_acmesh_credentials={file}"]
        done = subprocess.run([str(TOOL), *args, "dns-acmesh", *challenges], capture_output=True, text=True,
                              timeout=60, env={"PATH": os.environ["PATH"], **env})
        assert done.returncode == 0, done.stdout + done.stderr
        assert not (tmp_path / "work/acmesh").exists()
        return done.stdout
    return run


def saved(tmp_path):
    """What scripts have saved, by account."""
    path = tmp_path / "etc/acmesh.json"
    assert path.stat().st_mode & 0o777 == 0o600
    return json.loads(path.read_text())


def script_of(tmp_path, add, rm=":", name="dns_own", shell="sh"):
    path = tmp_path / f"{name}.sh"
    path.write_text(f"#!/usr/bin/env {shell}\n{name}_add() {{\n{add}\n}}\n{name}_rm() {{\n{rm}\n}}\n")
    return path


@pytest.fixture(params=["dash", "bash", "busybox sh"])
def in_shell(request, tmp_path):
    """in_shell(NAME): a copy of the script of that name whose first line asks for the shell."""
    def in_shell(name):
        words = request.param.split()
        program = subprocess.check_output(["sh", "-c", f"command -v {words[0]}"], text=True).strip()
        text = (SCRIPTS / name).read_text().split("\n", 1)[1]
        (tmp_path / name).write_text("#!" + " ".join([program, *words[1:]]) + "\n" + text)
        return tmp_path / name
    return in_shell


def test_two_values_in_bind_by_nsupdate(in_shell, run, tmp_path):
    with Bind(tmp_path / "bind") as bind:
        key = bind.keys[0]
        output = run(in_shell("dns_update.sh"), f"""UPDATE_SERVER={bind.addresses[0]}
UPDATE_PORT = {bind.port}
export UPDATE_KEY="hmac-sha256:{key.name}:{key.secret}"
""", "example.test=apex", "example.test=star", "www.example.test=-www")
        assert output.count(" ok\n") == 4, output
        changes = [kind for _, _, kind in bind.updates()]
        assert changes.count("adding") == 3 and changes.count("deleting") == 3
        assert bind.txt(NAME) == [] and key.secret not in output


def test_values_of_others_stay_in_powerdns(in_shell, run, tmp_path):
    with PowerDNS(tmp_path / "pdns") as server:
        server.set_txt("example.test", NAME, "theirs")
        credentials = f"PDOUBLE_Url='{server.api_url}'\nPDOUBLE_Token={server.api_key}\n"
        output = run(in_shell("dns_pdouble.sh"), credentials, "example.test=one", "example.test=two")
        assert output.count(" ok\n") == 3, output
        assert server.txt(NAME) == ["theirs"]
        assert server.api_key not in output


def test_wrong_credentials_are_told_and_hidden(run, tmp_path):
    with PowerDNS(tmp_path / "pdns") as server:
        output = run(SCRIPTS / "dns_pdouble.sh",
                     f"PDOUBLE_Url={server.api_url}\nPDOUBLE_Token=wrong-token-123\n", "example.test=one")
    assert f"present {NAME} cannot add '{NAME}': '{SCRIPTS}/dns_pdouble.sh' ended with status 1: " \
           "the server refuses the token '***'" in output
    assert "wrong-token-123" not in output and not (tmp_path / "etc/acmesh.json").exists()


class LoginHandler(QuietHandler):
    """An API with a log-in: each gives a session that does not end."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.api.calls.append((self.path, body, self.headers.get("X-Session")))
        status, text = 200, '{"status":"ok"}'
        if self.path == "/login" and "password=pass%20word" in body:
            text = '{"session" : "session-0815"}'
        elif self.path == "/login" or self.headers.get("X-Session") != "session-0815":
            status, text = 403, '{"error":"who are you?"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


class Login(LoopbackApi):
    handler = LoginHandler

    def start(self):
        super().start()
        self.calls, self.url = [], f"http://127.0.0.1:{self.server.server_port}"
        return self


@pytest.fixture
def login():
    with Login() as server:
        yield server


def test_what_a_script_saves_is_there_the_next_time(in_shell, run, login, tmp_path):
    script = in_shell("dns_login.sh")
    credentials = f"LOGIN_Url={login.url}\nLOGIN_User=me\nLOGIN_Password='pass word'\n"
    assert run(script, credentials, "example.test=one").count(" ok\n") == 2
    output = run(script, credentials, "example.test=two")
    assert output.count(" ok\n") == 2 and "session-0815" not in output
    assert [path for path, _, _ in login.calls] == ["/login", "/add", "/remove", "/add", "/remove"]
    assert "value=two" in login.calls[3][1]
    assert saved(tmp_path) == {f"dns_login {tmp_path}/credentials.ini": {
        "account": {"SAVED_LOGIN_Session": "session-0815"},
        "domains": {"example.test": {"LOGIN_Name": NAME}}}}


def test_other_credentials_have_other_saved_values(run, login, tmp_path):
    credentials = f"LOGIN_Url={login.url}\nLOGIN_User=me\nLOGIN_Password='pass word'\n"
    run(SCRIPTS / "dns_login.sh", credentials, "example.test=one")
    other = tmp_path / "other.ini"
    other.touch(mode=0o600)
    other.write_text(credentials.replace("pass word", "else"))
    output = run(SCRIPTS / "dns_login.sh", None, "example.test=one",
                 options=["-s", f"dns_acmesh_credentials={other}"])
    assert "cannot log in: who are you?" in output


def test_values_of_a_failed_call_are_not_kept_nor_shown(run, tmp_path):
    script = script_of(tmp_path, '_saveaccountconf_mutable OWN_Token learned-token; _err "no: learned-token"')
    output = run(script, "", "example.test=one")
    assert "status 1: no: ***" in output and "learned-token" not in output
    assert not (tmp_path / "etc/acmesh.json").exists()


def test_saved_plain_values_are_variables_and_credentials_are_not_kept_twice(run, tmp_path):
    script = script_of(tmp_path, """
_saveaccountconf_mutable OWN_A "$OWN_A"
[ -n "$OWN_B" ] || _saveaccountconf OWN_B 'saved "b"'
echo "$OWN_A/$OWN_B/$SAVED_OWN_A" >>"$OWN_LOG" """)
    credentials = f"OWN_A=a#,%(b)s $'x\nOWN_LOG={tmp_path}/log\n"
    run(script, credentials, "example.test=one")
    run(script, credentials, "example.test=one")
    assert (tmp_path / "log").read_text() == "a#,%(b)s $'x//\na#,%(b)s $'x/saved \"b\"/\n"
    account, = saved(tmp_path).values()
    assert account["account"] == {"OWN_B": 'saved "b"'}


def test_the_lines_of_another_client_s_file_do(run, tmp_path):
    script = script_of(tmp_path, '[ "$(_readaccountconf_mutable OWN_A)" = "it is" ]')
    assert run(script, "\n# comment\nSAVED_OWN_A='it is'\r\n", "example.test=one").count(" ok\n") == 2


@pytest.mark.parametrize("text, line", [("A=1\nB\n", 2), ("A-B=1\n", 1), ("A='x\n", 1), ("[section]\n", 1)])
def test_a_bad_line_is_named(run, tmp_path, text, line):
    output = run(script_of(tmp_path, ":"), text, "example.test=one")
    assert f"{tmp_path}/credentials.ini: line {line} is not NAME=value" in output and "(config)" in output


def test_the_environment_is_clean(run, tmp_path):
    run(script_of(tmp_path, f"env >{tmp_path}/env; exec <&-; cat >{tmp_path}/input || :"), "OWN_A=1\n",
        "example.test=one", AWS_SECRET_ACCESS_KEY="secret", https_proxy="http://127.0.0.1:9", HOME="/home/own")
    found = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)
    assert "AWS_SECRET_ACCESS_KEY" not in found
    assert found["OWN_A"] == "1" and found["https_proxy"] == "http://127.0.0.1:9" and found["HOME"] == "/home/own"


def test_a_script_that_hangs_is_stopped_with_all_it_has_started(run, tmp_path):
    script = script_of(tmp_path, f"sleep 300 & echo $! >{tmp_path}/child; wait")
    began = time.monotonic()
    output = run(script, "", "example.test=one", options=["-s", "hook_timeout=1"])
    assert f"'{script}' did not end within 1 seconds (plugin)" in output
    assert time.monotonic() - began < 20
    assert not alive(int((tmp_path / "child").read_text()))


def test_a_failure_spoils_no_other_record_and_is_cleaned_up(run, tmp_path):
    script = script_of(tmp_path, 'case $1 in *bad*) _err "no such zone" ;; esac', f'echo "$1" >>{tmp_path}/removed')
    output = run(script, "", "bad.test=v", "good.test=w")
    assert "status 1: no such zone (plugin)" in output
    assert "present _acme-challenge.good.test ok" in output
    assert sorted((tmp_path / "removed").read_text().split()) == ["_acme-challenge.bad.test",
                                                                  "_acme-challenge.good.test"]


@pytest.mark.parametrize("text, complaint", [
    ("dns_own_add() { :; }\n", "has no function dns_own_rm"),
    ("dns_own_add() {\n", "dns_own.sh"),
    ("#!/no/such/shell\n", "/no/such/shell"),
])
def test_a_script_that_cannot_work_is_refused_first(run, tmp_path, text, complaint):
    (tmp_path / "dns_own.sh").write_text(text)
    output = run(tmp_path / "dns_own.sh", "", "example.test=one")
    assert "configure cannot use the script of --dns-acmesh-script" in output
    assert complaint in output and "(config)" in output and "present " not in output


def test_scripts_are_found_by_name(run, tmp_path):
    folder = tmp_path / "home/.acme.sh/dnsapi"
    folder.mkdir(parents=True)
    script_of(folder, f'echo "$1" >>{tmp_path}/calls')
    for name in ("own", "dns_own", "dns_own.sh"):
        assert run(name, None, "example.test=one", HOME=str(tmp_path / "home")).count(" ok\n") == 2
    assert (tmp_path / "calls").read_text() == f"{NAME}\n" * 3
    assert "there is no such script in " in run("none", None, "a.test=v", HOME=str(tmp_path / "home"))
    assert "must be an absolute path" in run("./own.sh", None, "a.test=v")
    assert "there is no such file (config)" in run("/no/own.sh", None, "a.test=v")
    odd = tmp_path / "dns-own.sh"
    odd.write_text(":\n")
    assert "must be named after its functions" in run(odd, None, "a.test=v")


def test_no_script_is_told(run):
    assert "dns-acmesh needs --dns-acmesh-script (config)" in run("", None, "a.test=v")


def test_damaged_saved_values_are_named(run, tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/acmesh.json").write_text("{")
    output = run(script_of(tmp_path, ":"), "", "a.test=v")
    assert re.search(r"acmesh\.json: .*\[hint: .* move it away", output) and "(config)" in output


def test_secret_that_was_cut_off_is_hidden(run, tmp_path):
    """Of what a script prints, the first 16 KiB are kept: a secret may stand across their end."""
    script = script_of(tmp_path, "printf '%16374s%s' '' \"$OWN_TOKEN\"")
    output = run(script, "OWN_TOKEN = hunter2-and-more\n", "example.test=one")
    assert "it wrote: ***" in output and "hunt" not in output
