"""A stand-in for the API of a DNS provider: answers the calls of a fixture, in their order. Where a
case has several challenges, their zones may be worked on at the same time: the calls may then come in
any order.

What every provider goes through is made by provider_cases from tests/fixtures/dns/<provider>.py. Other
cases are a JSON file each, tests/fixtures/dns/<provider>/<case>.json, of the same form:

    {"documented": "https://provider.example/docs/...",
     "credentials": {"dns_x_token": "..."},          written as the credentials file; @HOME@: $HOME
     "settings": {"dns_x_project": "..."},           further options, by dest
     "environment": {"X_TOKEN": "..."},              for the program under test
     "files": {".aws/credentials": "..."},           below $HOME
     "challenges": ["a.example=value"],
     "calls": [
       {"request": {"method": "GET", "url": "https://api.x.example/v1/zones?name=a.example",
                    "headers": {"Authorization": "Bearer ..."},
                    "json": {...}, "body": "..."},
        "response": {"status": 200, "headers": {...}, "json": {...}, "body": "..."}}],
     "output": ["present _acme-challenge.a.example ok", "cleanup ok"],
     "secrets": ["..."]}

In a request, headers not mentioned do not matter; a text "re:..." is a regular expression for the
whole text; "json" is compared as a value; "verify" is a function that raises AssertionError. A response "break": true
closes the connection half-way, "hang_up": true when the request has been read. "output" has lines (or their "re:" patterns) that the program must print in that order, and
none of the words of "secrets" (by default all credentials) may appear in its output.
"""

import json
import re
from urllib.parse import parse_qsl, urlsplit

from .loopback_api import HostHandler, HostsApi, Server


def matches(wanted, got):
    """Whether a text is the wanted one or fits its pattern; for JSON, whether values fit."""
    if isinstance(wanted, str) and isinstance(got, str) and wanted.startswith("re:"):
        return re.fullmatch(wanted[3:], got, re.DOTALL) is not None
    if isinstance(wanted, dict) and isinstance(got, dict):
        return wanted.keys() == got.keys() and all(matches(wanted[k], got[k]) for k in wanted)
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(matches, wanted, got))
    return type(wanted) is type(got) and wanted == got


def same_url(wanted, got):
    """URLs are equal when their parts are; the order of query members does not matter."""
    if wanted.startswith("re:"):
        return matches(wanted, got)
    one, other = urlsplit(wanted), urlsplit(got)
    return one[:3] == other[:3] and \
        sorted(parse_qsl(one.query, True)) == sorted(parse_qsl(other.query, True))


class Request:
    """A request that arrived: what the provider would have seen."""

    def __init__(self, method, url, headers, body):
        self.method, self.url, self.headers, self.body = method, url, headers, body

    def __repr__(self):
        return f"{self.method} {self.url} {self.body.decode(errors='replace')}"


def complaint(wanted, request):
    """What is wrong with a request, or None."""
    if request.method != wanted["method"] or not same_url(wanted["url"], request.url):
        return f"expected {wanted['method']} {wanted['url']}, got {request!r}"
    for name, value in wanted.get("headers", {}).items():
        got = request.headers.get(name)
        if got is None or not matches(value, got):
            return f"{request!r}: header {name} is {got!r}, expected {value!r}"
    if "json" in wanted:
        try:
            got = json.loads(request.body)
        except ValueError:
            return f"{request!r}: the body is not JSON"
        if not matches(wanted["json"], got):
            return f"{request!r}: expected {json.dumps(wanted['json'])}"
    if "body" in wanted and not matches(wanted["body"], request.body.decode()):
        return f"{request!r}: expected the body {wanted['body']!r}"
    if "verify" in wanted:
        try:
            wanted["verify"](request)
        except AssertionError as error:
            return f"{request!r}: {error}"
    return None


class Handler(HostHandler):
    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.url, self.headers, body)
        response = self.server.api.answer(request)
        if response.get("hang_up"):
            self.close_connection = True
            return
        if response.get("break"):
            # Half an answer: a client may ask again by itself when there is none at all.
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"{")
            self.close_connection = True
            return
        payload = response.get("body", "").encode()
        if "json" in response:
            payload = json.dumps(response["json"]).encode()
        self.send_response(response.get("status", 200))
        headers = {"Content-Type": "application/json", **response.get("headers", {})}
        for name, value in headers.items():
            self.send_header(name, value)
        if response.get("status") != 204:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD" and response.get("status") != 204:
            self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve


class BreakingServer(Server):
    def handle_error(self, request, client_address):
        """A connection that the double broke on purpose."""


class ProviderDouble(HostsApi):
    """Serves the calls on loopback. `environment` makes the program ask it; `requests` is what came,
    `complaints` what was wrong with that."""

    handler = Handler
    server_class = BreakingServer

    def __init__(self, calls, any_order=False):
        super().__init__()
        self.calls = list(calls)
        self.any_order = any_order
        self.requests, self.complaints = [], []

    def answer(self, request):
        """The response to the next call; 418 for a request that the fixture does not have."""
        with self.lock:
            number = len(self.requests)
            self.requests.append(request)
            if number >= len(self.calls):
                self.complaints.append(f"one call too many: {request!r}")
                return {"status": 418}
            if self.any_order:
                self._bring_forward(number, request)
            call = self.calls[number]
            wrong = complaint(call["request"], request)
            if wrong:
                self.complaints.append(f"call {number}: {wrong}")
                return {"status": 418}
            return call["response"]

    def _bring_forward(self, number, request):
        """Makes the first of the open calls that fits the request the next one."""
        for index in range(number, len(self.calls)):
            if not complaint(self.calls[index]["request"], request):
                self.calls.insert(number, self.calls.pop(index))
                return

    def verify(self):
        """Raises unless exactly the calls of the fixture were made."""
        missing = self.calls[len(self.requests):]
        if missing:
            first = missing[0]["request"]
            self.complaints.append(f"{len(missing)} calls were not made, the first: "
                                   f"{first['method']} {first['url']}")
        assert not self.complaints, "\n".join(self.complaints)
