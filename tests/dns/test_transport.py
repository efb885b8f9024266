"""What may stand between the program and any provider's API: proxies that want a password, and servers that
do not answer as they should. DuckDNS has the smallest API: one request, and "OK"."""

import os
import subprocess
import time
from base64 import b64encode
from gzip import compress
from pathlib import Path

import pytest

from lab.loopback_api import HostHandler, HostsApi

ROOT = Path(__file__).resolve().parents[2]
TOOL = os.environ.get("DNS_TOOL", ROOT / "build/tests/unit/dns/dns_tool")


class Handler(HostHandler):
    """A proxy, and behind it the API; `self.server.api` says how they behave."""

    def do_CONNECT(self):
        api = self.server.api
        api.proofs.append(self.headers.get("Proxy-Authorization"))
        if api.password and api.proofs[-1] != "Basic " + b64encode(api.password.encode()).decode():
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if api.name:
            self.path = f"{api.name}:443"
        super().do_CONNECT()

    def do_GET(self):
        self.server.api.calls += 1
        fields, body = self.server.api.answer
        self.send_response(200)
        for name, value in {"Content-Length": str(len(body)), **fields}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Api(HostsApi):
    handler = Handler

    def __init__(self, password=None, name=None, answer=({}, b"OK")):
        super().__init__()
        self.password, self.name, self.answer = password, name, answer
        self.proofs, self.calls = [], 0


def attempt(api, user="", token="0123456789"):
    """What the tool prints, and how long that took."""
    with api:
        proxy = f"http://{user}127.0.0.1:{api.server.server_port}"
        started = time.monotonic()
        run = subprocess.run([TOOL, "-s", f"dns_duckdns_token={token}", "dns-duckdns", "a.duckdns.org=value"],
                             capture_output=True, text=True, timeout=60, env={
                                 **api.environment, "https_proxy": proxy, "PATH": "/usr/bin:/bin"})
    assert run.returncode == 0, run.stdout + run.stderr
    assert "0123456789" not in run.stdout + run.stderr
    return run.stdout, time.monotonic() - started


def test_proxy_with_a_password():
    api = Api(password="joe:p@ss word")
    shown, _ = attempt(api, "joe:p%40ss%20word@")
    assert "present _acme-challenge.a.duckdns.org ok" in shown and "cleanup ok" in shown and api.calls == 2


@pytest.mark.parametrize("user", ["", "joe:wrong-one@"])
def test_proxy_with_another_password(user):
    api = Api(password="joe:right")
    shown, _ = attempt(api, user)
    assert not api.calls and "the proxy '127.0.0.1:" in shown and "http://user:password@proxy:port" in shown
    assert "wrong-one" not in shown


def test_certificate_of_somebody_else():
    api = Api(name="www.example.org")
    shown, _ = attempt(api)
    assert not api.calls and "www.duckdns.org" in shown and "certificate" in shown
    assert "wait" not in shown, "it will be the same the next time"


@pytest.mark.parametrize("fields, body", [
    ({"Content-Encoding": "gzip"}, compress(b"OK")),
    ({f"X-Field-{number}": "x" * 1000 for number in range(1000)}, b"OK"),
    ({"X-Field": "x" * 1_000_000}, b"OK"),
], ids=["gzip-that-nobody-asked-for", "a-thousand-fields", "one-long-field"])
def test_answer_that_is_no_answer(fields, body):
    shown, seconds = attempt(Api(answer=(fields, body)))
    assert "present _acme-challenge.a.duckdns.org cannot set the value at DuckDNS" in shown
    assert seconds < 10


def test_secret_in_a_url_is_hidden_in_either_form():
    shown, _ = attempt(Api(answer=({}, b"what is a%20b%2Bc45 or a b+c45?")), token="a b+c45")
    assert "what is *** or ***?" in shown
    assert "a b+c45" not in shown and "a%20b%2Bc45" not in shown
