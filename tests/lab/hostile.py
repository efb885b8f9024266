"""A small ACME server (RFC 8555) of our own, correct until it is told which fault to show.

    with HostileCA(folder, "order-stays-processing") as ca:
        Certbot(tmp, ca).certonly("a.test", check=1)

Validation always succeeds. The faults are in faults.py: each is a function that gets the reply that
would be right and returns the one that is sent.
"""

import base64
import subprocess
import time

from cryptography import x509

from .acme_server import AcmeServer
from .authority import Authority, cert_pem
from .faults import FAULTS
from .jose import unbase64
from .lineage import names_of
from .process import die_with_parent
from .reply import Reply, problem, redirect


def signal_when_issued(ca, certbot, count, number, *args):
    """Sends a signal to a command once the CA has issued so many certificates, and waits for its end. The
    CA is to keep it waiting for the last of them."""
    process = subprocess.Popen(certbot.command(*args), env=certbot.environment(), cwd=certbot.folder,
                               preexec_fn=die_with_parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while len(ca.certificates) < count:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    return process.wait(30)


def renewal_id(cert):
    """What RFC 9773 calls a certificate."""
    key_id = cert.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    serial = cert.serial_number
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (
        key_id.key_identifier, serial.to_bytes(serial.bit_length() // 8 + 1, "big")))


class HostileCA(AcmeServer):
    """The server. fault: a name of faults.FAULTS or None; `stopping` is an event that ends faults
    which last. `window` is the renewal window of all certificates, as two RFC 3339 times; `placed`
    has the payload of every order that was asked for, and `refuse_replacing` is a function that makes
    the reply to an order with `replaces`, or None. `ocsp_url` goes into certificates."""

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

    def __init__(self, folder, fault=None):
        super().__init__(folder)
        self.fault = FAULTS[fault] if fault else None
        self.root = Authority("Hostile Root")
        self.intermediate = Authority("Hostile Intermediate", self.root)
        self.seen = {}
        self.accounts, self.orders, self.certificates = [], [], []
        self.placed, self.replaced = [], set()
        self.window = ("2090-01-01T00:00:00Z", "2090-01-02T00:00:00Z")
        self.refuse_replacing = None
        self.ocsp_url = None

    def changed(self, exchange, reply):
        self.seen[exchange.resource] = self.seen.get(exchange.resource, 0) + 1
        if self.fault and self.fault.applies(exchange):
            return self.fault.change(self, exchange, reply)
        return reply

    def brings_nonce(self, exchange):
        return exchange.method == "POST" or exchange.resource == "new-nonce"

    def check_header(self, exchange):
        if exchange.protected.get("url") != self.origin + exchange.path:
            return problem("unauthorized", f"signed for {exchange.protected.get('url')}", 401)
        return None

    def key_of_account(self, url):
        prefix = self.url("account")
        if not url.startswith(prefix):
            raise ValueError(f"no account {url}")
        return self.accounts[int(url[len(prefix):])]

    def _directory(self, _):
        return Reply.json({
            "newNonce": self.url("new-nonce"), "newAccount": self.url("new-account"),
            "newOrder": self.url("new-order"), "revokeCert": self.url("revoke"),
            "keyChange": self.origin + "/key-change",
            "renewalInfo": self.origin + self.RESOURCES["renewal-info"][0].rstrip("/"),
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

