"""Heroku's Platform API at its own name, and an app that answers challenges, as

    https://devcenter.heroku.com/articles/platform-api-reference (Domain, SNI Endpoint, App, Ranges)

shows them. The app's own address is that of the plugin certbot-heroku: POST and DELETE of a JSON object with
`Authorization: Token ...`."""

import json
import re
import threading
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization

from .lineage import certificates
from .loopback_api import HostHandler, HostsApi, QuietHandler, Server
from .process import Part

TOKEN, APP_TOKEN = "HRKU-0123456789abcdef", "the app's own"
ENDPOINT = "https://my-app.herokuapp.com/acme"


class Handler(HostHandler):
    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, answer = self.server.api.answer(
            self.command, self.url, self.headers, json.loads(body) if body else None)
        payload = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _serve


class Heroku(HostsApi):
    """`domains`: app -> {name: id of its endpoint or None}; `endpoints`: id -> its certificate."""

    handler = Handler

    def __init__(self, **domains):
        super().__init__()
        self.domains = {app.replace("_", "-"): dict.fromkeys(names) for app, names in domains.items()}
        self.acm, self.endpoints, self.answers, self.calls = set(), {}, {}, []
        self.chains, self.down, self.ties = {}, False, True
        self.refusals = []  # what the next calls are answered: status, header fields, body

    @property
    def environment(self):
        return {**super().environment, "HEROKU_API_KEY": TOKEN}

    def answer(self, method, url, headers, body):
        with self.lock:
            if url == ENDPOINT:
                return self._app(method, headers, body)
            assert urlsplit(url).netloc == "api.heroku.com", url
            assert headers["Accept"] == "application/vnd.heroku+json; version=3"
            if headers["Authorization"] != f"Bearer {TOKEN}":
                return 401, {}, {"id": "unauthorized", "message": "Invalid credentials provided."}
            if self.refusals:
                return self.refusals.pop(0)
            path = urlsplit(url).path.split("/")[1:]
            self.calls.append(f"{method} {'/'.join(path[2:])}")
            if path[1] not in self.domains:
                return 404, {}, {"id": "not_found", "message": "Couldn't find that app."}
            if self.down and method != "GET":
                return 422, {}, {"id": "invalid_params", "message": "not today"}
            return self._api(method, path[1], path[2:], headers, body)

    def _app(self, method, headers, body):
        if headers["Authorization"] != f"Token {APP_TOKEN}":
            return 403, {}, {}
        self.calls.append(f"{method} app")
        if method == "POST":
            self.answers[body["domain"]] = body["secret"]
        else:
            self.answers.pop(body["domain"], None)
        return 200, {}, {}

    def _api(self, method, app, path, headers, body):
        names = self.domains[app]
        if not path:
            return 200, {}, {"name": app, "acm": app in self.acm}
        if path == ["domains"]:
            rows = [{"hostname": name, "kind": "custom", "cname": "x.herokudns.com",
                     "sni_endpoint": endpoint and {"id": endpoint, "name": f"name-{endpoint}"}}
                    for name, endpoint in names.items()]
            # Two on a page.
            first = int(re.fullmatch(r"id (?:\](\d+))?\.\.; max=1000", headers["Range"])[1] or 0)
            more = {"Next-Range": f"id ]{first + 2}..; max=1000"} if len(rows) > first + 2 else {}
            return 206 if more else 200, more, rows[first:first + 2]
        if path[0] == "domains":
            assert method == "PATCH" and body["sni_endpoint"] in self.endpoints
            if not self.ties:
                return 422, {}, {"id": "invalid_params", "message": "no ties today"}
            names[path[1]] = body["sni_endpoint"]
            return 200, {}, {}
        assert path[0] == "sni-endpoints"
        if method == "GET":
            return 200, {}, [{"id": one, "name": f"name-{one}", "certificate_chain": self.chains[one]}
                             for one in self.endpoints]
        return self._endpoint(method, path, body)

    def _endpoint(self, method, path, body):
        leaf = certificates(body["certificate_chain"].encode())[0]
        key = serialization.load_pem_private_key(body["private_key"].encode(), None)
        assert key.public_key().public_numbers() == leaf.public_key().public_numbers()
        one = path[1] if method == "PATCH" else f"e{len(self.endpoints)}"
        assert (one in self.endpoints) == (method == "PATCH")
        self.endpoints[one], self.chains[one] = leaf, body["certificate_chain"]
        return 200, {}, {"id": one, "name": f"name-{one}"}

    def served(self, app, name):
        """The certificate that visitors of the name see."""
        return self.endpoints[self.domains[app][name]]


class AppHandler(QuietHandler):
    def do_GET(self):
        body = self.server.api.answers.get(self.headers["Host"].split(":")[0], "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class App(Part):
    """What the CA asks: the app, which answers what it was given."""

    def __init__(self, heroku, port):
        self.heroku, self.port = heroku, port

    def start(self):
        self.server = Server(("127.0.0.1", self.port), AppHandler)
        self.server.api = self.heroku
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
