"""A CA for runs that renew tens of thousands of certificates, where a careful one would take most of
the time, and Pebble's memory grows.

It speaks ACME as HostileCA does and issues real certificates, but believes every signature, accepts
every `replaces`, and forgets an order when its certificate has been fetched.
"""

import json

from .acme_server import Handler
from .authority import cert_pem
from .hostile import HostileCA
from .jose import unbase64


class QuickHandler(Handler):
    """Knows the few fields that an ACME client sends."""

    # A reply is one write.
    wbufsize = 0

    def parse_request(self):
        self.close_connection = False
        self.command, self.path, _ = self.raw_requestline.decode("latin-1").split()
        self.headers = {}
        for line in iter(self.rfile.readline, b"\r\n"):
            name, _, value = line.decode("latin-1").partition(":")
            self.headers[name.title()] = value.strip()
        return True


class QuickCA(HostileCA):
    HANDLER = QuickHandler

    def __init__(self, folder):
        super().__init__(folder)
        self.chain = cert_pem(self.intermediate.cert)

    def _open(self, exchange):
        message = json.loads(exchange.body)
        exchange.protected = json.loads(unbase64(message["protected"]))
        payload = unbase64(message["payload"])
        exchange.payload = json.loads(payload) if payload else None
        nonce = exchange.protected["nonce"]
        if nonce not in self.nonces:
            return self.problem("badNonce", "unknown nonce", 400)
        self.nonces.remove(nonce)
        return self.check_header(exchange)

    def _replacement_trouble(self, replaces):
        return None

    def sign(self, public_key, names, **options):
        return cert_pem(self.intermediate.issue(names, public_key, **options)) + self.chain

    def _certificate(self, exchange):
        reply = super()._certificate(exchange)
        self.orders[exchange.number] = None
        self.placed.clear()
        self.requests.clear()
        return reply
