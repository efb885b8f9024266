"""The shell library under which dns-acmesh runs scripts: each function against what scripts expect of it,
in every shell that they meet."""

import base64
import hashlib
import hmac
import os
import subprocess
from pathlib import Path

import pytest

from lab.loopback_api import LoopbackApi, QuietHandler

LIBRARY = Path(__file__).resolve().parents[2] / "src/dns/providers/acmesh/library.sh"
SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"]}
ECHO = "dns_t_add() { %s\n}\ndns_t_rm() { :; }\n"


@pytest.fixture(params=SHELLS)
def shell(request):
    return SHELLS[request.param]


class Result:
    def __init__(self, run):
        self.status, self.raw, self.err = run.returncode, run.stdout, run.stderr.decode()

    @property
    def out(self):
        return self.raw.decode()


@pytest.fixture
def call(shell, tmp_path):
    """call(CODE) runs the code as the body of a script's function, as certbot would."""
    def call(code, text=ECHO, verb="add", **env):
        script = tmp_path / "dns_t.sh"
        script.write_text(text.replace("%s", code))
        argv = [*shell, "-c", LIBRARY.read_text(), "acmesh", tmp_path / "folder", script, "dns_t", verb,
                "_acme-challenge.example.test", "value"]
        run = subprocess.run([str(word) for word in argv], capture_output=True, timeout=30,
                             stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], **env})
        return Result(run)
    return call


PRINTED = {
    "info": ("_info one; _info name value", "one\nname='value'\n"),
    "info-backslash": (r"""_info 'a\nb'""", "a\\nb\n"),
    "arguments": ('_info "$1 $2"', "_acme-challenge.example.test value\n"),
    "egrep-o": ("printf 'a12b3\\n' | _egrep_o '[0-9]+'", "12\n3\n"),
    "egrep-o-dash": ("printf 'a-b\\n' | _egrep_o '-.'", "-b\n"),
    "head": ("printf 'a\\nb\\nc\\n' | _head_n 2", "a\nb\n"),
    "tail": ("printf 'a\\nb\\nc\\n' | _tail_n 1", "c\n"),
    "math": ("i=4; _math $i + 1; _math '(' 2 + 3 ')' '*' 4", "520"),
    "lower": ("printf 'AbÄ' | _lower_case", "abÄ"),
    "upper": ("printf 'aBä' | _upper_case", "ABä"),
    "normalize": ("""printf '{\\n  "a" : "b c",\\n  "d": [ 1 ],\\n "e" : {"f" :2}}' | _normalizeJson""",
                  '{"a":"b c","d":[ 1 ],"e":{"f" :2}}'),
    "json-decode": (r"""printf 'http:\\/\\/x\\/' | _json_decode""", "http://x/"),
    "base64": ("printf '%060d' 0 | _base64", base64.b64encode(b"0" * 60).decode()),
    "base64-wrapped": ("printf '%060d' 0 | _base64 any",
                       "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw\nMDAwMDAwMDAwMDAw\n"),
    "dbase64": ("printf 'aGVsbG8=\\n' | _dbase64", "hello"),
    "dbase64-wrapped": ("printf '%060d' 0 | _base64 any | _dbase64 any", "0" * 60),
    "url-encode": ("printf 'a b/Ü-_.~&' | _url_encode", "a%20b%2f%c3%9c-_.~%26"),
    "url-encode-upper": ("printf 'a b/Ü' | _url_encode upper-hex", "a%20b%2F%C3%9C"),
    "url-encode-long": ("printf '%0100d=' 0 | _url_encode", "0" * 100 + "%3d"),
    "url-replace": ("printf 'a+/b==' | _url_replace", "a-_b"),
    "hex-dump": ("printf 'a\\000\\377' | _hex_dump", " 61 00 ff"),
    "hex-dump-long": ("printf '%020d' 0 | _hex_dump", " 30" * 20),
    "digest": ("printf x | _digest sha256", base64.b64encode(hashlib.sha256(b"x").digest()).decode()),
    "digest-hex": ("printf x | _digest sha1 hex", hashlib.sha1(b"x").hexdigest()),
    "digest-md5": ("printf x | _digest md5 hex", hashlib.md5(b"x").hexdigest()),
    "digest-sha3": ("printf x | _digest sha3-256 hex", hashlib.sha3_256(b"x").hexdigest()),
    "hmac-sha256": ("printf x | _hmac sha256 6b6579 hex", hmac.new(b"key", b"x", "sha256").hexdigest()),
    "hmac-sha1": ("printf x | _hmac sha1 00ff80 hex", hmac.new(b"\0\xff\x80", b"x", "sha1").hexdigest()),
    "hmac-of-dump": ("printf x | _hmac sha256 \"$(printf key | _hex_dump | tr -d ' ')\" hex",
                     hmac.new(b"key", b"x", "sha256").hexdigest()),
    "hmac-long-key": ("printf x | _hmac sha256 \"$(printf '%0200d' 0 | _hex_dump | tr -d ' ')\" hex",
                      hmac.new(b"0" * 200, b"x", "sha256").hexdigest()),
    "hmac-no-key": ("printf x | _hmac sha256 '' hex", hmac.new(b"", b"x", "sha256").hexdigest()),
    "getfield": ("_getfield a,b,c 2; _getfield 'a b' 1 ' '", "ba"),
    "getfield-empty": ("_getfield a,,c 2", "a"),
    "getfield-none": ("_getfield ,,c 2; _getfield abc 3", ",,cabc"),
    "idn": ("_idn xn--a.test", "xn--a.test"),
    "colours": ("__green a; __red b", "ab"),
    "sed-i": ("f=$(_mktemp); echo a >\"$f\"; _sed_i s/a/b/ \"$f\"; cat \"$f\"", "b\n"),
    "mktemp": ('f=$(_mktemp); [ -f "$f" ] && [ ! -s "$f" ] && case $f in "$TMPDIR"/*) echo ok; esac', "ok\n"),
    "saved": ("""_saveaccountconf_mutable A "it's \\$(x) \\"y\\" \\\\z"; _readaccountconf_mutable A""",
              """it's $(x) "y" \\z"""),
    "saved-lines": ("_saveaccountconf_mutable A \"$(printf 'a\\nb')\" base64; _readaccountconf_mutable A", "a\nb"),
    "saved-plain": ("_saveaccountconf A x; _readaccountconf A; _readaccountconf_mutable A", "xx"),
    "saved-mutable-replaces": ("_saveaccountconf A x; _saveaccountconf_mutable A y; _readaccountconf A;"
                               "_readaccountconf SAVED_A", "y"),
    "cleared": ("_saveaccountconf_mutable A x; _clearaccountconf_mutable A; _readaccountconf_mutable A", ""),
    "cleared-plain": ("_saveaccountconf A x; _clearaccountconf A; _readaccountconf A", ""),
    "saved-domain": ("_savedomainconf A.b x; _readdomainconf A.b; _readaccountconf A.b; _cleardomainconf A.b;"
                     "_readdomainconf A.b", "x"),
    "never-saved": ("_readaccountconf_mutable B; _readdomainconf B; echo $?", "0\n"),
    "quiet": ("_debug a b; _debug2 a; _debug3 a; _secure_debug a b; _secure_debug2 a; _secure_debug3 a; _log a;"
              "_resethttp; echo $?", "0\n"),
    "surroundings": ('echo "$DEBUG_LEVEL_1$DEBUG_LEVEL_2$DEBUG_LEVEL_3"; [ -d "$LE_CONFIG_HOME" ] && umask',
                     "123\n0077\n"),
}


@pytest.mark.parametrize("code, expected", PRINTED.values(), ids=PRINTED)
def test_what_is_printed(call, code, expected):
    result = call(code)
    assert (result.out, result.err) == (expected, "")


STATUSES = {
    "contains": ("_contains abc b", 0),
    "contains-not": ("_contains abc d", 1),
    "contains-regex": ("_contains 'id: 42' 'id: [0-9]*$'", 0),
    "contains-quote": (r"""_contains '{"id":"x"}' '"id":"x"'""", 0),
    "contains-dash": ("_contains a-b -b", 0),
    "contains-line": ("_contains \"$(printf 'a\\nb')\" '^b'", 0),
    "startswith": ("_startswith abc a", 0),
    "startswith-not": ("_startswith abc b", 1),
    "endswith": ("_endswith abc c", 0),
    "endswith-not": ("_endswith abc b", 1),
    "egrep-o-none": ("echo abc | _egrep_o x", 1),
    "exists": ("_exists sed", 0),
    "exists-function": ("_exists _get", 0),
    "exists-not": ("_exists no-such-program", 1),
    "err": ("_err wrong", 1),
    "digest-unknown": ("echo x | _digest crc32", 1),
    "hmac-unknown": ("echo x | _hmac md5 00", 1),
    "save-elsewhere": ("_savedomainconf ../a x", 1),
    "status-of-the-function": ("return 42", 42),
    "exit-in-the-script": ("exit 41", 41),
    "sleep": ("_sleep 0", 0),
}


@pytest.mark.parametrize("code, status", STATUSES.values(), ids=STATUSES)
def test_statuses(call, code, status):
    assert call(code).status == status


def test_messages_go_to_the_error_output(call):
    assert call("_err bad; _err key value; _usage 'call it so'").err == "bad\nkey='value'\ncall it so\n"


def test_debugging_hides_what_is_secure(call):
    code = "_debug one; _debug2 two; _debug3 three; _secure_debug token s3cret; _secure_debug2 t s3cret"
    assert call(code, DEBUG="2").err == "one\ntwo\ntoken='***'\nt='***'\n"
    assert call(code, DEBUG="yes").err == "one\ntoken='***'\n"


def test_times(call):
    assert abs(int(call("_time").out) - int(subprocess.check_output(["date", "+%s"]))) < 60
    assert len(call("_utc_date").out) == len("2026-01-02 03:04:05\n")


def test_bytes_pass_unharmed(call):
    everything = bytes(range(256))
    assert call(f"printf %s {everything.hex().upper()} | _h2b").raw == everything
    assert call(f"printf %s {everything.hex()} | _h2b | _hex_dump | tr -d ' ' | _h2b").raw == everything
    assert call("printf x | _hmac sha256 6b6579").raw == hmac.new(b"key", b"x", "sha256").digest()


def test_signatures(call, tmp_path):
    (tmp_path / "text").write_bytes(b"text")

    def openssl(*args):
        return subprocess.run(["openssl", *map(str, args)], cwd=tmp_path, capture_output=True, check=True).stdout

    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa")
    openssl("pkey", "-in", "rsa", "-pubout", "-out", "rsa.pub")
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ec")
    (tmp_path / "signature").write_bytes(base64.b64decode(call(f"printf text | _sign {tmp_path}/rsa sha512").out))
    openssl("dgst", "-sha512", "-verify", "rsa.pub", "-signature", "signature", "text")
    pss = "sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1"
    (tmp_path / "signature").write_bytes(
        base64.b64decode(call(f"printf text | _sign {tmp_path}/rsa '{pss}'").out))
    openssl("dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-verify", "rsa.pub", "-signature",
            "signature", "text")
    assert len(base64.b64decode(call(f"printf text | _sign {tmp_path}/ec sha256").out)) == 64
    assert call(f"_isRSA {tmp_path}/rsa").status == 0 and call(f"_isRSA {tmp_path}/ec").status == 1


def test_a_script_without_functions_is_named(call, tmp_path):
    result = call("", text="dns_t_add() { :; }\n", verb="check")
    assert result.status == 1 and result.err == f"'{tmp_path}/dns_t.sh' has no function dns_t_rm\n"
    result = call("", text="dns_x_add() { :; }\n")
    assert result.status == 1 and result.err == f"'{tmp_path}/dns_t.sh' has no function dns_t_add\n"
    assert call(":", verb="check").status == 0


class Handler(QuietHandler):
    """Answers what it was asked, and remembers it."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.api.seen.append((self.command, self.path, dict(self.headers), body))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/target")
        else:
            self.send_response(404 if self.path == "/none" else 200)
            self.send_header("X-Kind", "double")
        text = b'{"a":"1\\n2"}' if self.path != "/dns?name=a.test&type=TXT" else \
            b'{"Answer":[{"name":"a.test","data":"10.0.0.1"},{"data" : "10.0.0.2"}]}'
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = answer


class Double(LoopbackApi):
    handler = Handler

    def start(self):
        super().start()
        self.seen, self.url = [], f"http://127.0.0.1:{self.server.server_port}"
        return self


@pytest.fixture
def server():
    with Double() as server:
        yield server


BODY = '{"a":"1\\n2"}'


def test_get(call, server):
    result = call(f"""export _H1='X-Token: "s3c\\ret" x' _H3='Accept: a/b'; _get '{server.url}/a?x=[1]{{2}}'""")
    assert (result.status, result.out, result.err) == (0, BODY, "")
    method, path, headers, body = server.seen[0]
    assert (method, path, body) == ("GET", "/a?x=[1]{2}", b"")
    assert headers["X-Token"] == '"s3c\\ret" x' and headers["Accept"] == "a/b"


def test_headers_of_an_answer(call, server):
    result = call(f'_get {server.url}/a yes 5; echo "- $(head -n 1 "$HTTP_HEADER")"')
    assert "X-Kind: double" in result.out and "- HTTP/1." in result.out and server.seen[0][0] == "HEAD"


def test_an_http_error_is_an_answer(call, server):
    result = call(f'_get {server.url}/none; echo " $?"; grep -c "404" "$HTTP_HEADER"')
    assert result.out == BODY + " 0\n1\n"


def test_no_connection_is_a_failure(call):
    result = call("_get http://127.0.0.1:1/")
    assert result.status == 7 and "curl" in result.err
    assert call("_post a http://127.0.0.1:1/ >/dev/null").status == 7
    assert call("_post a http://127.0.0.1:1/ yes >/dev/null").status == 7


def test_post(call, server):
    result = call(f"""_post '@a=b&c=1
2' {server.url}/p >/dev/null; printf '%s' "$response" """)
    assert result.out == BODY
    method, _, headers, body = server.seen[0]
    assert (method, body) == ("POST", b"@a=b&c=1\n2")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded" and "Expect" not in headers


def test_post_with_all_arguments(call, server):
    result = call(f"""_H2='Content-Type: text/x'; _post '{{}}' {server.url}/p 1 PUT application/json; _H2=
_post '' {server.url}/p '' DELETE >/dev/null; _H1='Content-Type: text/y'; _post b {server.url}/p >/dev/null
_post '' {server.url}/p '' HEAD >/dev/null""")
    assert base64.b64decode(result.out) == BODY.encode()
    assert [(seen[0], seen[3]) for seen in server.seen] == [("PUT", b"{}"), ("DELETE", b""), ("POST", b"b"),
                                                           ("HEAD", b"")]
    assert server.seen[2][2]["Content-Type"] == "text/y"


def test_a_body_after_an_empty_one_is_its_own(call, server):
    call(f"_post long-body {server.url}/p >/dev/null; _post '' {server.url}/p >/dev/null")
    assert [seen[3] for seen in server.seen] == [b"long-body", b""]


def test_redirects(call, server):
    result = call(f'_get {server.url}/moved >/dev/null; grep -c "^HTTP" "$HTTP_HEADER"')
    assert result.out == "2\n" and [seen[1] for seen in server.seen] == ["/moved", "/target"]
    call(f"ACME_HTTP_NO_REDIRECTS=1; _resethttp; _get {server.url}/moved")
    assert [seen[1] for seen in server.seen[2:]] == ["/moved"]


def test_other_schemes_are_refused(call, tmp_path):
    (tmp_path / "file").write_text("secret")
    result = call(f"_get file://{tmp_path}/file")
    assert result.status != 0 and result.out == ""


def test_dns_over_https(call, server):
    result = call("_H1='X-Token: x'; _ns_lookup a.test TXT; echo \"$_H1\"", DOH_URL=f"{server.url}/dns")
    assert result.out == "10.0.0.1\n10.0.0.2\nX-Token: x\n"
    assert "X-Token" not in server.seen[0][2]


def test_nothing_secret_is_an_argument(server, tmp_path):
    """Each program that is run notes its arguments."""
    folder, log = tmp_path / "bin", tmp_path / "arguments"
    folder.mkdir()
    for name in ("curl", "openssl", "sed", "tr", "awk", "grep", "cut"):
        real = subprocess.check_output(["sh", "-c", f"command -v {name}"], text=True).strip()
        (folder / name).write_text(f'#!/bin/sh\necho "$0 $*" >>{log}\nexec {real} "$@"\n')
        (folder / name).chmod(0o755)
    script = tmp_path / "dns_s.sh"
    script.write_text(f"""dns_s_add() {{ _H1='X-Token: s3cret'; _post 'key=s3cret' '{server.url}/?k=s3cret'
printf x | _hmac sha256 "$(printf s3cret | _hex_dump | tr -d ' ')" >/dev/null; }}""")
    subprocess.run(["sh", "-c", LIBRARY.read_text(), "acmesh", str(tmp_path / "f"), str(script), "dns_s", "add",
                    "n", "v"], check=True, timeout=30, env={"PATH": f"{folder}:{os.environ['PATH']}"})
    said = log.read_text()
    assert "curl -q --config -" in said and "openssl dgst" in said
    assert "s3cret" not in said and b"s3cret".hex() not in said
    assert server.seen[-1][3] == b"key=s3cret" and server.seen[-1][2]["X-Token"] == "s3cret"


def test_the_library_passes_shellcheck():
    run = subprocess.run(["shellcheck", str(LIBRARY)], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout
