"""A small ACME server (RFC 8555) of our own, correct until it is told which fault to show.

    with HostileCA(folder, "order-stays-processing") as ca:
        Certbot(tmp, ca).certonly("a.test", check=1)

Validation always succeeds. The faults are in faults.py: each is a function that gets the reply that
would be right and returns the one that is sent.
"""

import base64
import json
import secrets
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .authority import Authority, ServerIdentity, cert_pem
from .faults import FAULTS
from .hosts import NAME
from .jose import open_jws, unbase64
from .lineage import names_of
from .process import Part, free_port
from .reply import Reply, problem, redirect

# resource: (path, methods)
RESOURCES = {
    "directory": ("/directory", ("GET",)),
    "new-nonce": ("/nonce", ("HEAD", "GET")),
    "new-account": ("/new-account", ("POST",)),
    "new-order": ("/new-order", ("POST",)),
    "revoke": ("/revoke", ("POST",)),
    "account": ("/account/", ("POST",)),
    "order": ("/order/", ("POST",)),
    "authz": ("/authz/", ("POST",)),
    "challenge": ("/challenge/", ("POST",)),
    "finalize": ("/finalize/", ("POST",)),
    "certificate": ("/certificate/", ("POST",)),
    "renewal-info": ("/renewal-info/", ("GET",)),
    "elsewhere": ("/elsewhere/", ("GET", "HEAD")),
}


class Exchange:
    """One request and what it is about."""

    def __init__(self, method, path, body, headers):
        self.method = method
        self.path = path
        self.body = body
        self.headers = headers
        self.resource, self.number = self._route(path)
        self.tail = path.rsplit("/", 1)[-1]
        self.payload = self.key = None

    @staticmethod
    def _route(path):
        for resource, (prefix, _) in RESOURCES.items():
            if path == prefix:
                return resource, None
            tail = path[len(prefix):]
            if prefix.endswith("/") and path.startswith(prefix):
                if tail.isdigit():
                    return resource, int(tail)
                if resource == "renewal-info":
                    return resource, None
        return None, None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self):
        super().setup()
        self.request.do_handshake()

    def _serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        exchange = Exchange(self.command, self.path, self.rfile.read(length), self.headers)
        self.server.ca.answer(exchange).send(self)

    do_GET = do_HEAD = do_POST = _serve

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """A client that hangs up in the middle is what most faults are about."""


def renewal_id(cert):
    """What RFC 9773 calls a certificate."""
    key_id = cert.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    serial = cert.serial_number
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (
        key_id.key_identifier, serial.to_bytes(serial.bit_length() // 8 + 1, "big")))


class HostileCA(Part):
    """The server. fault: a name of faults.FAULTS or None; `stopping` is an event that ends faults
    which last. `window` is the renewal window of all certificates, as two RFC 3339 times; `placed`
    has the payload of every order that was asked for, and `refuse_replacing` is a function that makes
    the reply to an order with `replaces`, or None. `ocsp_url` goes into certificates."""

    def __init__(self, folder, fault=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.fault = FAULTS[fault] if fault else None
        self.identity = ServerIdentity(self.folder)
        self.root = Authority("Hostile Root")
        self.intermediate = Authority("Hostile Intermediate", self.root)
        self.http_port = free_port()
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.requests = []
        self.seen = {}
        self.nonces = set()
        self.accounts, self.orders, self.certificates = [], [], []
        self.placed, self.replaced = [], set()
        self.window = ("2090-01-01T00:00:00Z", "2090-01-02T00:00:00Z")
        self.refuse_replacing = None
        self.ocsp_url = None
        self.server = None

    # --- life ---

    def start(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.identity.cert_path, self.identity.key_path)
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.ca = self
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        self.stopping.set()
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    # --- use ---

    @property
    def origin(self):
        return f"https://{NAME}:{self.server.server_port}"

    def url(self, resource, number=None):
        return self.origin + RESOURCES[resource][0] + ("" if number is None else str(number))

    @property
    def directory(self):
        return self.url("directory")

    @property
    def ca_bundle(self):
        return self.identity.bundle_path

    def count(self, resource):
        """How many requests a resource had so far."""
        return sum(1 for _, seen in self.requests if seen == resource)

    # --- protocol ---

    def answer(self, exchange):
        with self.lock:
            self.requests.append((exchange.method, exchange.resource))
            self.seen[exchange.resource] = self.seen.get(exchange.resource, 0) + 1
            reply = self._answer(exchange)
            if self.fault and self.fault.applies(exchange):
                reply = self.fault.change(self, exchange, reply)
            return reply

    def _answer(self, exchange):
        if exchange.resource is None or \
                exchange.method not in RESOURCES[exchange.resource][1]:
            return problem("malformed", f"no {exchange.method} {exchange.path}", 404)
        if exchange.method == "POST":
            trouble = self._open(exchange)
            if trouble:
                return trouble.with_header("Replay-Nonce", self._fresh_nonce())
        try:
            reply = getattr(self, "_" + exchange.resource.replace("-", "_"))(exchange)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            reply = problem("malformed", f"not understood: {error!r}", 400)
        if exchange.method == "POST" or exchange.resource == "new-nonce":
            reply.with_header("Replay-Nonce", self._fresh_nonce())
        return reply.with_header("Link", f'<{self.directory}>;rel="index"')

    def _open(self, exchange):
        """Checks and reads the signed message; a reply if it is refused."""
        if exchange.headers.get("Content-Type") != "application/jose+json":
            return problem("malformed", "wrong content type", 415)
        try:
            protected, exchange.payload, exchange.key = open_jws(
                exchange.body, lambda kid: self.accounts[self._account_number(kid)])
        except (ValueError, IndexError) as error:
            return problem("malformed", str(error), 400)
        if protected.get("url") != self.origin + exchange.path:
            return problem("unauthorized", f"signed for {protected.get('url')}", 401)
        if protected.get("nonce") not in self.nonces:
            return problem("badNonce", "unknown nonce", 400)
        self.nonces.remove(protected["nonce"])
        return None

    def _account_number(self, kid):
        prefix = self.url("account")
        if not kid.startswith(prefix):
            raise ValueError(f"no account {kid}")
        return int(kid[len(prefix):])

    def _fresh_nonce(self):
        nonce = secrets.token_urlsafe(16)
        self.nonces.add(nonce)
        return nonce

    def _directory(self, _):
        return Reply.json({
            "newNonce": self.url("new-nonce"), "newAccount": self.url("new-account"),
            "newOrder": self.url("new-order"), "revokeCert": self.url("revoke"),
            "keyChange": self.origin + "/key-change",
            "renewalInfo": self.origin + RESOURCES["renewal-info"][0].rstrip("/"),
            "meta": {"termsOfService": self.origin + "/terms", "website": self.origin}})

    def _new_nonce(self, exchange):
        return Reply(200 if exchange.method == "HEAD" else 204)

    def _new_account(self, exchange):
        self.accounts.append(exchange.key)
        location = self.url("account", len(self.accounts) - 1)
        return Reply.json({"status": "valid", "contact": exchange.payload.get("contact", []),
                           "orders": location + "/orders"}, 201).with_header("Location", location)

    def _account(self, exchange):
        payload = exchange.payload or {}
        return Reply.json({"status": payload.get("status", "valid"),
                           "contact": payload.get("contact", [])})

    def _renewal_info(self, exchange):
        if exchange.tail not in map(renewal_id, self.certificates):
            return problem("malformed", "no such certificate", 404)
        start, end = self.window
        return Reply.json({"suggestedWindow": {"start": start, "end": end}}) \
            .with_header("Retry-After", "21600")

    def _replacement_trouble(self, replaces):
        """RFC 9773 section 5."""
        if self.refuse_replacing:
            return self.refuse_replacing()
        if replaces not in map(renewal_id, self.certificates):
            return problem("malformed", "replaces no certificate of ours", 400)
        if replaces in self.replaced:
            return problem("alreadyReplaced", "it was replaced", 409)
        self.replaced.add(replaces)
        return None

    def _new_order(self, exchange):
        self.placed.append(exchange.payload)
        trouble = "replaces" in exchange.payload and \
            self._replacement_trouble(exchange.payload["replaces"])
        if trouble:
            return trouble
        identifiers = exchange.payload["identifiers"]
        self.orders.append({"identifiers": identifiers, "csr": None,
                            "valid": [False] * len(identifiers)})
        number = len(self.orders) - 1
        reply = self._order_reply(number)
        reply.status = 201
        return reply.with_header("Location", self.url("order", number))

    def _order(self, exchange):
        return self._order_reply(exchange.number)

    def _order_reply(self, number):
        order = self.orders[number]
        state = {"status": "pending", "expires": "2099-01-01T00:00:00Z",
                 "identifiers": order["identifiers"], "finalize": self.url("finalize", number),
                 "authorizations": [self.url("authz", number * 1000 + i)
                                    for i in range(len(order["identifiers"]))]}
        if all(order["valid"]):
            state["status"] = "ready"
        if order["csr"]:
            state["status"] = "valid"
            state["certificate"] = self.url("certificate", number)
        return Reply.json(state)

    def _authz(self, exchange):
        order, index = self.orders[exchange.number // 1000], exchange.number % 1000
        identifier = dict(order["identifiers"][index])
        state = {"status": "valid" if order["valid"][index] else "pending",
                 "expires": "2099-01-01T00:00:00Z", "identifier": identifier,
                 "challenges": [self._challenge_object(exchange.number)]}
        if identifier["value"].startswith("*."):
            identifier["value"] = identifier["value"][2:]
            state["wildcard"] = True
        return Reply.json(state)

    def _challenge_object(self, number):
        valid = self.orders[number // 1000]["valid"][number % 1000]
        return {"type": "http-01", "url": self.url("challenge", number),
                "status": "valid" if valid else "pending",
                "token": f"token-{number:032d}"}

    def _challenge(self, exchange):
        number = exchange.number
        if exchange.payload is not None:
            self.orders[number // 1000]["valid"][number % 1000] = True
        return Reply.json(self._challenge_object(number)) \
            .with_header("Link", f'<{self.url("authz", number)}>;rel="up"')

    def _finalize(self, exchange):
        order = self.orders[exchange.number]
        if not all(order["valid"]):
            return problem("orderNotReady", "not all authorizations are valid", 403)
        order["csr"] = x509.load_der_x509_csr(unbase64(exchange.payload["csr"]))
        return self._order_reply(exchange.number) \
            .with_header("Location", self.url("order", exchange.number))

    def _certificate(self, exchange):
        order = self.orders[exchange.number]
        if "pem" not in order:
            order["pem"] = self.sign(order["csr"].public_key(), names_of(order["csr"]))
        return Reply(200, order["pem"], "application/pem-certificate-chain")

    def sign(self, public_key, names, **options):
        """A chain as PEM: a new certificate, then the intermediate."""
        cert = self.intermediate.issue(names, public_key, ocsp_url=self.ocsp_url, **options)
        self.certificates.append(cert)
        return cert_pem(cert) + cert_pem(self.intermediate.cert)

    def _revoke(self, exchange):
        unbase64(exchange.payload["certificate"])
        return Reply(200)

    def _elsewhere(self, exchange):
        """Where faults redirect to: /elsewhere/3 is three redirects away from the directory."""
        if exchange.number == 0:
            return self._directory(exchange)
        return redirect(self.url("elsewhere", exchange.number - 1))

