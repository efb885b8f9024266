"""What the ACME servers of our own have in common: HTTPS, resources, nonces, signatures. Of which
version of ACME they are, and what they do, is up to the subclasses.
"""

import secrets
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .authority import ServerIdentity
from .hosts import NAME
from .jose import open_jws
from .process import Part, free_port
from .reply import Reply, problem


class Exchange:
    """One request and what it is about. `resources` as in AcmeServer."""

    def __init__(self, handler, resources):
        self.method = handler.command
        self.path = handler.path
        self.headers = handler.headers
        self.body = handler.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.resource, self.number = self._route(resources)
        self.tail = self.path.rsplit("/", 1)[-1]
        self.protected = self.payload = self.key = None

    def _route(self, resources):
        for resource, (prefix, _) in resources.items():
            if self.path == prefix:
                return resource, None
            tail = self.path[len(prefix):]
            if prefix.endswith("/") and self.path.startswith(prefix):
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
        ca = self.server.ca
        ca.answer(Exchange(self, ca.RESOURCES)).send(self)

    do_GET = do_HEAD = do_POST = _serve

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """A client that hangs up in the middle is what most faults are about."""


class AcmeServer(Part):
    """RESOURCES: {resource: (path, methods)}; a path that ends with "/" is followed by a number. The
    method _resource of the subclass, with _ for -, makes the reply. `requests` has the method and
    resource of every request."""

    RESOURCES = {}
    # Of signed requests.
    CONTENT_TYPES = ("application/jose+json",)
    # How a problem document is made: (type, detail, status).
    problem = staticmethod(problem)
    # What reads the requests.
    HANDLER = Handler
    newest_tls = ssl.TLSVersion.TLSv1_3

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.identity = ServerIdentity(self.folder)
        self.address = "127.0.0.1"
        self.http_port = free_port()
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.requests = []
        self.nonces = set()
        self.server = None

    # --- life ---

    def start(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.identity.cert_path, self.identity.key_path)
        context.maximum_version = self.newest_tls
        self.server = Server(("127.0.0.1", 0), self.HANDLER, bind_and_activate=False)
        self.server.socket.close()
        self.server.socket = self.listening_socket()
        self.server.server_port = self.server.socket.getsockname()[1]
        self.server.ca = self
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def address_of(self, name):
        """Where a name is, for validation."""
        return self.address

    def listening_socket(self):
        """Where it is reached."""
        return socket.create_server(("127.0.0.1", 0), backlog=5)

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
        return self.origin + self.RESOURCES[resource][0] + ("" if number is None else str(number))

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
            return self.changed(exchange, self._answer(exchange))

    def changed(self, exchange, reply):
        """The reply that is sent instead of the one that would be right."""
        return reply

    def _answer(self, exchange):
        if exchange.resource is None or \
                exchange.method not in self.RESOURCES[exchange.resource][1]:
            return self.problem("malformed", f"no {exchange.method} {exchange.path}", 404)
        if exchange.method == "POST":
            trouble = self._open(exchange)
            if trouble:
                return trouble.with_header("Replay-Nonce", self._fresh_nonce())
        try:
            reply = getattr(self, "_" + exchange.resource.replace("-", "_"))(exchange)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            reply = self.problem("malformed", f"not understood: {error!r}", 400)
        if self.brings_nonce(exchange):
            reply.with_header("Replay-Nonce", self._fresh_nonce())
        return reply.with_header("Link", f'<{self.directory}>;rel="index"')

    def brings_nonce(self, exchange):
        return exchange.method == "POST"

    def _open(self, exchange):
        """Checks and reads the signed message; a reply if it is refused."""
        if exchange.headers.get("Content-Type") not in self.CONTENT_TYPES:
            return self.problem("malformed", "wrong content type", 415)
        try:
            exchange.protected, exchange.payload, exchange.key = open_jws(
                exchange.body, self.key_of_account)
        except (ValueError, IndexError) as error:
            return self.problem("malformed", str(error), 400)
        trouble = self.check_header(exchange)
        if trouble:
            return trouble
        if exchange.protected.get("nonce") not in self.nonces:
            return self.problem("badNonce", "unknown nonce", 400)
        self.nonces.remove(exchange.protected["nonce"])
        return None

    def key_of_account(self, url):
        """The key of an account that signs with its URL; ValueError when there is none."""
        raise ValueError(f"no account {url}")

    def check_header(self, exchange):
        """A reply if the protected header is not as this version of ACME has it."""
        raise NotImplementedError

    def _fresh_nonce(self):
        nonce = secrets.token_urlsafe(16)
        self.nonces.add(nonce)
        return nonce
