"""What may stand between the program and any provider's API: proxies that want a password, and servers that
do not answer as they should, over HTTP/1.1 and HTTP/2. DuckDNS has the smallest API: one request, and "OK"."""

import os
import subprocess
import time
from base64 import b64encode
from gzip import compress
from pathlib import Path

import pytest

from lab import http2_api
from lab.http2_api import Http2Api
from lab.loopback_api import HostHandler, HostsApi
from lab.pebble import FOLDER as PEBBLE_FOLDER

ROOT = Path(__file__).resolve().parents[2]
TOOL = os.environ.get("DNS_TOOL", ROOT / "build/tests/unit/dns/dns_tool")
LATER_CURL = PEBBLE_FOLDER.parent / "curl/usr/lib/x86_64-linux-gnu"


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
        api = self.server.api
        api.calls += 1
        if api.calls <= api.lost:
            self.close_connection = True
            return
        fields, body = api.answer
        self.send_response(200)
        for name, value in {"Content-Length": str(len(body)), **fields}.items():
            self.send_header(name, value)
        self.end_headers()
        for byte in body if api.pause else ():
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(api.pause)
        if not api.pause:
            self.wfile.write(body)


class Api(HostsApi):
    """`lost`: so many requests are taken and not answered; `pause`: seconds after each byte."""

    handler = Handler

    def __init__(self, password=None, name=None, answer=({}, b"OK"), lost=0, pause=0):
        super().__init__()
        self.password, self.name, self.answer, self.lost, self.pause = password, name, answer, lost, pause
        self.proofs, self.calls = [], 0


def attempt(api, user="", token="0123456789", options=(), **variables):
    """What the tool prints, and how long that took."""
    with api:
        proxy = f"http://{user}127.0.0.1:{api.server.server_port}"
        started = time.monotonic()
        run = subprocess.run([TOOL, *options, "-s", f"dns_duckdns_token={token}", "dns-duckdns",
                              "a.duckdns.org=value"],
                             capture_output=True, text=True, timeout=60, env={
                                 **api.environment, "https_proxy": proxy, "PATH": "/usr/bin:/bin", **variables})
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


@pytest.mark.parametrize("lost, calls", [(1, 3), (100, 12)], ids=["once", "always"])
def test_connection_closed_after_the_request(lost, calls):
    """The next attempt may do; in the end the message names the host."""
    api = Api(lost=lost)
    shown, _ = attempt(api)
    assert api.calls == calls and ("cleanup ok" in shown) == (lost == 1)
    if lost > 1:
        assert "present _acme-challenge.a.duckdns.org cannot set the value at DuckDNS: 'www.duckdns.org:443' " \
               "closed the connection without an answer" in shown


@pytest.mark.parametrize("page", [
    b"<!DOCTYPE html><title>OK</title>", b"<html>OK</html>", b"\xef\xbb\xbf\n<!doctype HTML>OK",
    b'<?xml version="1.0"?>\n<!-- <OK> -->\n<html xmlns="http://www.w3.org/1999/xhtml">OK</html>',
], ids=["html5", "bare", "byte-order-mark", "xhtml"])
def test_web_page_in_the_place_of_an_answer(page):
    api = Api(answer=({"Content-Type": "text/html"}, page))
    shown, _ = attempt(api)
    assert "cannot set the value at DuckDNS: cannot understand the answer: it is a web page " \
           "[hint: this looks like a web page, perhaps of a captive portal" in shown
    assert api.calls == 2, "asking again does not help"


def test_answer_that_comes_a_byte_at_a_time():
    """Time runs 45 times as fast: the limits are a second for each attempt, and none begins after a minute. The
    clean-up does not wait as long again."""
    api = Api(answer=({}, b"OK" * 50), pause=0.1)
    shown, seconds = attempt(api, options=("-x", "45"))
    assert "cannot set the value at DuckDNS: no complete answer from 'www.duckdns.org:443' within 1 s [hint: " in shown
    assert "cleanup cannot remove the value at DuckDNS: no complete answer from" in shown
    assert (api.calls, shown.count("Waiting to ask")) == (3, 1) and seconds < 10


# What happens to the first request and to those after it; how many requests that makes, how many waits for
# another attempt, and words about it. One request sets the value and one removes it. What a server says it has not
# looked at is sent again at once, six times, by libcurl.
HTTP2 = [
    ("good", "good", 2, 0, "cleanup ok"),
    ("reset", "good", 3, 1, "cleanup ok"),
    ("reset", "reset", 12, 10, "'www.duckdns.org:443': HTTP/2 stream"),
    ("refuse", "good", 3, 0, "cleanup ok"),
    ("refuse", "refuse", 72, 10, "lost the connection to 'www.duckdns.org:443'"),
    ("go_away", "good", 3, 1, "cleanup ok"),
    ("go_away", "go_away", 12, 10, "lost the connection to 'www.duckdns.org:443'"),
    ("go_away_unseen", "good", 3, 0, "cleanup ok"),
    ("go_away_after", "go_away_after", 2, 0, "cleanup ok"),
    ("leave", "good", 3, 1, "cleanup ok"),
    ("leave", "leave", 12, 10, "lost the connection to 'www.duckdns.org:443'"),
]


@pytest.mark.parametrize("first, others, calls, waits, said", HTTP2, ids=["-".join(row[:2]) for row in HTTP2])
def test_http2_that_breaks_off(first, others, calls, waits, said):
    assert (LATER_CURL / "libcurl.so.4").exists(), "scripts/bootstrap has not fetched the later libcurl"
    api = Http2Api(getattr(http2_api, first), getattr(http2_api, others))
    shown, seconds = attempt(api, LD_LIBRARY_PATH=str(LATER_CURL))
    assert said in shown and seconds < 10
    assert (api.calls, shown.count("Waiting to ask")) == (calls, waits)
