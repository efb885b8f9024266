"""What the CA itself can serve: the requests of an issuance, with nothing done in between.

A client of a few lines that keeps its connection and has its key and CSRs ready, so that its time is
the CA's. Several of them at once show the CA's ceiling.
"""

import base64
import contextlib
import http.client
import json
import multiprocessing
import socket
import ssl
import time
import urllib.parse
from email.utils import parsedate_to_datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from .bench import Failed

POLLS = 1000
# Seconds. Pebble may lock up for good with no newOrder under way, too.
PATIENCE = 30


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def make_csr(name):
    key = ec.generate_private_key(ec.SECP256R1())
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name)]), False).sign(key, hashes.SHA256())
    return base64url(csr.public_bytes(serialization.Encoding.DER))


class Client:
    """One connection, one account.

    round_trips is the time between the requests' first and the replies' last bytes, that of the
    connection included; waits is what the CA's Retry-After fields ask for. `turn` is held while an
    order is made: Pebble can lock up when two are made at once.
    """

    def __init__(self, pebble, turn=contextlib.nullcontext()):
        self.turn = turn
        self.round_trips = self.waits = 0.0
        self.address = urllib.parse.urlsplit(pebble.directory)
        self.context = ssl.create_default_context(cafile=pebble.ca_bundle)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.connect()
        numbers = self.key.public_key().public_numbers()
        self.identity = {"jwk": {"crv": "P-256", "kty": "EC",
                                 "x": base64url(numbers.x.to_bytes(32, "big")),
                                 "y": base64url(numbers.y.to_bytes(32, "big"))}}
        headers, _ = self.post(self.directory["newAccount"], {"termsOfServiceAgreed": True})
        self.identity = {"kid": headers["Location"]}

    def connect(self):
        """A connection of its own, the directory, and the first nonce."""
        self.connection = http.client.HTTPSConnection(
            self.address.hostname, self.address.port, context=self.context, timeout=PATIENCE)
        started = time.perf_counter()
        self.connection.connect()
        self.round_trips += time.perf_counter() - started
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.directory = json.loads(self.request("GET", self.address.geturl())[1])
        self.nonce = self.request("HEAD", self.directory["newNonce"])[0]["Replay-Nonce"]

    def request(self, method, url, body=None):
        headers = {"User-Agent": "certbot-bench"}
        if body:
            headers["Content-Type"] = "application/jose+json"
        started = time.perf_counter()
        self.connection.request(method, urllib.parse.urlsplit(url).path, body, headers)
        reply = self.connection.getresponse()
        text = reply.read()
        self.round_trips += time.perf_counter() - started
        if reply.status >= 400:
            raise Failed(f"{method} {url}: {reply.status} {text[:500]}")
        return reply.headers, text

    def post(self, url, payload=None):
        protected = base64url(compact({"alg": "ES256", **self.identity, "nonce": self.nonce,
                                       "url": url}))
        payload = "" if payload is None else base64url(compact(payload))
        r, s = decode_dss_signature(self.key.sign(f"{protected}.{payload}".encode(),
                                                  ec.ECDSA(hashes.SHA256())))
        headers, text = self.request("POST", url, compact({
            "protected": protected, "payload": payload,
            "signature": base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}))
        self.nonce = headers["Replay-Nonce"]
        return headers, text

    def _wait_if_asked(self, headers):
        asked = headers.get("Retry-After", "0")
        if asked.isdigit():
            seconds = float(asked)
        else:
            seconds = max(0, parsedate_to_datetime(asked).timestamp() - time.time())
        self.waits += seconds
        time.sleep(seconds)

    def _poll(self, url, wanted):
        for _ in range(POLLS):
            headers, text = self.post(url)
            order = json.loads(text)
            if order["status"] in wanted:
                return order
            self._wait_if_asked(headers)
            time.sleep(0.005)
        raise Failed(f"order stays {order['status']}")

    def obtain(self, name, csr):
        with self.turn:
            headers, text = self.post(self.directory["newOrder"],
                                      {"identifiers": [{"type": "dns", "value": name}]})
        order, url = json.loads(text), headers["Location"]
        for authorization in order["authorizations"]:
            for challenge in json.loads(self.post(authorization)[1])["challenges"]:
                if challenge["type"] == "http-01":
                    self.post(challenge["url"], {})
        self._poll(url, ("ready",))
        self._wait_if_asked(self.post(order["finalize"], {"csr": csr})[0])
        self.post(self._poll(url, ("valid",))["certificate"])


def times_of_one(pebble, name):
    """(seconds in round trips, seconds of Retry-After) of an issuance by an account that exists."""
    client, csr = Client(pebble), make_csr(name)
    client.round_trips = client.waits = 0.0
    client.connect()
    client.obtain(name, csr)
    return client.round_trips, client.waits


def _work(pebble, names, turn, ready, start, results):
    try:
        client = Client(pebble, turn)
        csrs = [make_csr(name) for name in names]
        ready.release()
        start.wait()
        for name, csr in zip(names, csrs):
            client.obtain(name, csr)
        results.put(None)
    except BaseException as error:  # the parent waits for an answer
        ready.release()
        results.put(repr(error))


def seconds_for_many(pebble, names, clients=4):
    """The same for all names, by several clients at once."""
    forked = multiprocessing.get_context("fork")
    turn, ready = forked.Lock(), forked.Semaphore(0)
    start, results = forked.Event(), forked.SimpleQueue()
    children = [forked.Process(target=_work, daemon=True,
                               args=(pebble, names[number::clients], turn, ready, start, results))
                for number in range(clients)]
    for child in children:
        child.start()
    for _ in children:
        ready.acquire()
    started = time.perf_counter()
    start.set()
    errors = [results.get() for _ in children]
    seconds = time.perf_counter() - started
    if any(errors):
        raise Failed(f"a load client failed: {[error for error in errors if error]}")
    return seconds
