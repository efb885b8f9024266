"""A small CA that speaks ACME v1, the protocol before RFC 8555, as Boulder did and drafts -01 and -02 of
the ACME working group had it. It validates for real, and has no faults unless it is told some.

    with AcmeV1(folder, challenges=("tls-sni-01",)) as ca:
        Certbot(tmp, ca).certonly("a.test")

Options:
    challenges     the types it offers; all by default
    combinations   what else than one of them satisfies it: lists of indexes, or None for no such member
    dns            "address:port" of the name server for dns-01
    chain_length   how many intermediates there are: each is linked from the one below it
    terms          False: it has no terms of service. "header": the directory does not tell them
    reuse          valid authorizations are given back for new ones
    late           a certificate is not in the reply to new-cert, but at its URL some polls later

All names are at `address` (address_of()); `http_port` and `tls_port` are where it looks for challenges.
"""

import base64
import contextlib
import hashlib
import http.client
import json
import secrets
import socket
import ssl
import subprocess
import threading
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from .acme_server import AcmeServer
from .authority import Authority
from .jose import unbase64
from .lineage import names_of
from .process import free_port
from .reply import Reply, Reset

TYPES = ("http-01", "tls-sni-01", "dns-01")
DAYS_TO_COME = "2099-01-01T00:00:00Z"


class Refused(Exception):
    """Why a validation failed: type of the problem, and text."""


def problem_v1(kind, detail, status):
    return Reply.json({"type": f"urn:acme:error:{kind}", "detail": detail, "status": status},
                      status, "application/problem+json")


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _der(cert):
    return cert.public_bytes(serialization.Encoding.DER)


def jwk_of(protected):
    """The members of a key that its thumbprint is made of."""
    jwk = protected["jwk"]
    members = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y")}[jwk["kty"]]
    return {name: jwk[name] for name in members}


def thumbprint(jwk):
    text = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    return _base64(hashlib.sha256(text.encode()).digest())


def sni_name(key_authorization):
    """The name that a client of tls-sni-01 asks for."""
    z = hashlib.sha256(key_authorization.encode()).hexdigest()
    return f"{z[:32]}.{z[32:]}.acme.invalid"


def dns_names(cert):
    with contextlib.suppress(x509.ExtensionNotFound):
        return names_of(cert)
    return []


# --- validation: each raises Refused ---

def _fetch(ca, url):
    """The reply to a GET of the URL, whose ports are those where the CA looks."""
    parts = urllib.parse.urlsplit(url)
    address = ca.address_of(parts.hostname)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(address, ca.tls_port, timeout=5)
        plain = socket.create_connection((address, ca.tls_port), timeout=5)
        connection.sock = _trusting_everybody().wrap_socket(plain, server_hostname=parts.hostname)
    else:
        connection = http.client.HTTPConnection(address, ca.http_port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", parts.path, headers={"Host": parts.netloc})
        reply = connection.getresponse()
        return reply.status, reply.headers.get("Location"), reply.read(1000).decode(errors="replace")


def _trusting_everybody():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _validate_http(ca, name, token, expected):
    """Redirects are followed, to HTTPS as well, as Boulder follows them."""
    url = f"http://{name}:{ca.http_port}/.well-known/acme-challenge/{token}"
    for _ in range(10):
        status, location, body = _fetch(ca, url)
        if status not in (301, 302, 303, 307, 308) or not location:
            break
        url = urllib.parse.urljoin(url, location)
    if status != 200:
        raise Refused("unauthorized", f"Invalid response from {name}: {status}")
    if body.rstrip() != expected:
        raise Refused("unauthorized", f"{name} has {body!r} instead of {expected!r}")


def _validate_sni(ca, name, token, expected):
    wanted = sni_name(expected)
    with socket.create_connection((ca.address_of(name), ca.tls_port), timeout=5) as plain, \
            _trusting_everybody().wrap_socket(plain, server_hostname=wanted) as tls:
        cert = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))
    shown = dns_names(cert)
    if wanted not in shown:
        raise Refused("unauthorized", f"{name} shows a certificate for {', '.join(shown) or 'no name'} "
                                      f"instead of {wanted}")


def _validate_dns(ca, name, token, expected):
    address, port = ca.dns.split(":")
    answer = subprocess.run(
        ["dig", "+short", "+time=2", "-p", port, f"@{address}", "TXT", f"_acme-challenge.{name}"],
        capture_output=True, text=True, timeout=10, check=False).stdout
    if _base64(hashlib.sha256(expected.encode()).digest()) not in answer.replace('"', "").split():
        raise Refused("unauthorized", f"no such TXT record at _acme-challenge.{name}: {answer}")


VALIDATORS = {"http-01": _validate_http, "tls-sni-01": _validate_sni, "dns-01": _validate_dns}


class AcmeV1(AcmeServer):
    """The CA. May be changed at any time: `bad_nonces`, so many good nonces are refused; `terms_version`,
    a new one must be agreed to; `cut`, {resource: times} what is done, but gets no reply; `refuse`,
    {resource: reply} what is not done. `conversation` has what was said, for JSON."""

    RESOURCES = {
        "directory": ("/directory", ("GET", "HEAD")),
        "new-reg": ("/acme/new-reg", ("POST", "HEAD")),
        "new-authz": ("/acme/new-authz", ("POST", "HEAD")),
        "new-cert": ("/acme/new-cert", ("POST", "HEAD")),
        "revoke-cert": ("/acme/revoke-cert", ("POST", "HEAD")),
        "reg": ("/acme/reg/", ("POST", "HEAD")),
        "authz": ("/acme/authz/", ("GET", "POST", "HEAD")),
        "challenge": ("/acme/challenge/", ("GET", "POST", "HEAD")),
        "cert": ("/acme/cert/", ("GET",)),
        "issuer": ("/acme/issuer-cert/", ("GET",)),
        "terms": ("/terms/", ("GET",)),
    }
    # python-acme names none with new-cert.
    CONTENT_TYPES = ("application/jose+json", None)
    problem = staticmethod(problem_v1)

    def __init__(self, folder, challenges=TYPES, combinations="any", dns=None, chain_length=1,
                 terms=True, reuse=True, late=False):
        super().__init__(folder)
        self.challenges, self.combinations, self.dns = challenges, combinations, dns
        self.terms, self.reuse, self.late = terms, reuse, late
        self.tls_port = free_port()
        self.issuers = [Authority("V1 Root")]
        for number in range(chain_length):
            self.issuers.append(Authority(f"V1 Intermediate {number}", self.issuers[-1]))
        self.registrations, self.authorizations, self.certificates = [], [], []
        self.revoked = {}  # serial number: reason
        self.terms_version, self.bad_nonces = 1, 0
        self.cut, self.refuse = {}, {}
        self.conversation = []

    # --- use ---

    @property
    def terms_url(self):
        return self.url("terms", self.terms_version) if self.terms else None

    def root_pem(self):
        return self.issuers[0].cert.public_bytes(serialization.Encoding.PEM)

    # --- protocol ---

    def brings_nonce(self, exchange):
        return exchange.resource not in ("terms", "issuer")

    def check_header(self, exchange):
        if "kid" in exchange.protected or "jwk" not in exchange.protected:
            return self.problem("malformed", "a message of ACME v1 has the key in its header", 400)
        if self.bad_nonces:
            self.bad_nonces -= 1
            return self.problem("badNonce", "JWS has invalid anti-replay nonce", 400)
        if not isinstance(exchange.payload, dict) or \
                exchange.payload.get("resource") != exchange.resource:
            return self.problem("malformed", "the resource in the payload is another", 400)
        return None

    def _answer(self, exchange):
        if exchange.method == "HEAD":
            # As Boulder: not allowed at most of the resources, and good for a nonce.
            return Reply(200 if exchange.resource == "directory" else 405) \
                .with_header("Replay-Nonce", self._fresh_nonce())
        if exchange.resource in self.refuse:
            return self.refuse[exchange.resource].with_header("Replay-Nonce", self._fresh_nonce())
        return super()._answer(exchange)

    def changed(self, exchange, reply):
        self.conversation.append({
            "method": exchange.method, "path": exchange.path, "protected": exchange.protected,
            "payload": exchange.payload, "accept": exchange.headers.get("Accept"),
            "status": reply.status, "headers": reply.headers, "body": _base64(reply.body)})
        if self.cut.get(exchange.resource):
            self.cut[exchange.resource] -= 1
            return Reset(0)
        return reply

    def _directory(self, _):
        meta = {"terms-of-service": self.terms_url} if self.terms is True else {}
        return Reply.json({
            "new-reg": self.url("new-reg"), "new-authz": self.url("new-authz"),
            "new-cert": self.url("new-cert"), "revoke-cert": self.url("revoke-cert"),
            "meta": meta})

    def _terms(self, exchange):
        return Reply(200, b"Be nice.\n", "text/plain")

    # --- accounts ---

    def _find_registration(self, exchange):
        jwk = jwk_of(exchange.protected)
        return next((number for number, found in enumerate(self.registrations)
                     if found["key"] == jwk), None)

    def _with_terms(self, reply):
        reply.with_header("Link", f'<{self.url("new-authz")}>;rel="next"')
        if self.terms:
            reply.with_header("Link", f'<{self.terms_url}>;rel="terms-of-service"')
        return reply

    def _registration_reply(self, number, status):
        return self._with_terms(Reply.json(self.registrations[number], status))

    def _agreement_trouble(self, payload):
        agreement = payload.get("agreement")
        if agreement in (None, self.terms_url):
            return None
        return self.problem("malformed", f"Provided agreement URL [{agreement}] does not match "
                                         f"current agreement URL [{self.terms_url}]", 400)

    def _new_reg(self, exchange):
        known = self._find_registration(exchange)
        if known is not None:
            return self.problem("malformed", "Registration key is already in use", 409) \
                .with_header("Location", self.url("reg", known))
        trouble = self._agreement_trouble(exchange.payload)
        if trouble:
            return trouble
        self.registrations.append({
            "id": len(self.registrations), "key": jwk_of(exchange.protected), "status": "valid",
            "contact": exchange.payload.get("contact", []),
            **{name: exchange.payload[name] for name in ("agreement",) if name in exchange.payload}})
        number = len(self.registrations) - 1
        return self._registration_reply(number, 201).with_header("Location", self.url("reg", number))

    def _own_registration(self, exchange):
        """The registration of who signed, or a reply that refuses him."""
        number = self._find_registration(exchange)
        if number is None:
            return None, self.problem("unauthorized", "No registration exists matching provided key",
                                      403)
        if self.registrations[number]["status"] != "valid":
            return None, self.problem("unauthorized", "Account is not valid, has status "
                                                      '"deactivated"', 403)
        return number, None

    def _reg(self, exchange):
        number, trouble = self._own_registration(exchange)
        if trouble:
            return trouble
        if number != exchange.number:
            return self.problem("unauthorized", "Request signing key did not match registration key",
                                403)
        trouble = self._agreement_trouble(exchange.payload)
        if trouble:
            return trouble
        for name in ("contact", "agreement", "status"):
            if name in exchange.payload:
                self.registrations[number][name] = exchange.payload[name]
        return self._registration_reply(number, 202)

    def _agreed(self, exchange):
        """Like _own_registration(), for those who have agreed to the terms only."""
        number, trouble = self._own_registration(exchange)
        if trouble or not self.terms:
            return number, trouble
        agreement = self.registrations[number].get("agreement")
        if not agreement:
            return None, self._with_terms(self.problem(
                "unauthorized", "Must agree to subscriber agreement before any further actions", 403))
        if agreement != self.terms_url:
            return None, self._with_terms(self.problem(
                "agreementRequired", "The terms of service have changed", 403))
        return number, None

    # --- authorizations ---

    def _new_authz(self, exchange):
        owner, trouble = self._agreed(exchange)
        if trouble:
            return trouble
        identifier = exchange.payload["identifier"]
        if identifier["type"] != "dns" or identifier["value"].startswith("*."):
            return self.problem("malformed", "Wildcard names not supported", 400)
        number = self._valid_authorization(owner, identifier["value"]) if self.reuse else None
        if number is None:
            number = self._make_authorization(owner, identifier)
        return self._authz_reply(number, 201).with_header("Location", self.url("authz", number))

    def _valid_authorization(self, owner, name):
        return next((number for number, known in enumerate(self.authorizations)
                     if known["owner"] == owner and known["status"] == "valid" and
                     known["identifier"]["value"] == name), None)

    def _make_authorization(self, owner, identifier):
        number = len(self.authorizations)
        self.authorizations.append({
            "owner": owner, "identifier": identifier, "status": "pending",
            "challenges": [
                {"type": kind, "status": "pending", "token": secrets.token_urlsafe(32),
                 "uri": self.url("challenge", number * 100 + index)}
                for index, kind in enumerate(self.challenges)]})
        return number

    def _combinations(self):
        if self.combinations == "any":
            return [[index] for index in range(len(self.challenges))]
        return self.combinations

    def _authz_reply(self, number, status=200):
        found = self.authorizations[number]
        state = {name: found[name] for name in ("identifier", "status", "challenges")}
        if self._combinations() is not None:
            state["combinations"] = self._combinations()
        return Reply.json({**state, "expires": DAYS_TO_COME}, status) \
            .with_header("Link", f'<{self.url("new-cert")}>;rel="next"')

    def _authz(self, exchange):
        if exchange.method == "POST":
            owner, trouble = self._own_registration(exchange)
            if trouble:
                return trouble
            found = self.authorizations[exchange.number]
            if owner != found["owner"] or exchange.payload.get("status") != "deactivated":
                return self.problem("unauthorized", "only its owner may deactivate it", 403)
            found["status"] = "deactivated"
        return self._authz_reply(exchange.number)

    def _challenge(self, exchange):
        found = self.authorizations[exchange.number // 100]
        challenge = found["challenges"][exchange.number % 100]
        if exchange.method == "POST":
            owner, trouble = self._agreed(exchange)
            if trouble:
                return trouble
            expected = f"{challenge['token']}.{thumbprint(jwk_of(exchange.protected))}"
            # Boulder stopped asking for it, and python-acme stopped sending it.
            if owner != found["owner"] or \
                    exchange.payload.get("keyAuthorization", expected) != expected:
                return self.problem("unauthorized", "wrong key authorization", 403)
            if found["status"] != "pending":
                return self.problem("malformed", "Authorization is finalized", 400)
            challenge["keyAuthorization"] = expected
            threading.Thread(target=self._validate, args=(found, challenge), daemon=True).start()
        return Reply.json(challenge, 202) \
            .with_header("Link", f'<{self.url("authz", exchange.number // 100)}>;rel="up"')

    def _validate(self, found, challenge):
        trouble = None
        try:
            VALIDATORS[challenge["type"]](self, found["identifier"]["value"], challenge["token"],
                                          challenge["keyAuthorization"])
        except Refused as refused:
            trouble = refused.args
        except (OSError, http.client.HTTPException) as error:
            trouble = "connection", f"Could not connect to {found['identifier']['value']}: {error}"
        with self.lock:
            self._settle(found, challenge, trouble)

    def _settle(self, found, challenge, trouble):
        if trouble:
            challenge["status"] = found["status"] = "invalid"
            challenge["error"] = {"type": f"urn:acme:error:{trouble[0]}", "detail": trouble[1],
                                  "status": 403}
            return
        challenge["status"] = "valid"
        alternatives = self._combinations()
        if alternatives is None:
            alternatives = [[index] for index in range(len(found["challenges"]))]
        if any(all(found["challenges"][index]["status"] == "valid" for index in combination)
               for combination in alternatives):
            found["status"] = "valid"

    # --- certificates ---

    def _new_cert(self, exchange):
        owner, trouble = self._agreed(exchange)
        if trouble:
            return trouble
        csr = x509.load_der_x509_csr(unbase64(exchange.payload["csr"]))
        missing = [name for name in names_of(csr) if self._valid_authorization(owner, name) is None]
        if missing:
            return self.problem("unauthorized", "Authorizations for these names not found or "
                                                f"expired: {', '.join(missing)}", 403)
        cert = self.issuers[-1].issue(names_of(csr), csr.public_key())
        self.certificates.append({"cert": cert, "owner": owner, "polls": 2 if self.late else 0})
        number = len(self.certificates) - 1
        reply = Reply(201) if self.late else self._cert_reply(number, 201)
        return reply.with_header("Location", self.url("cert", number))

    def _cert_reply(self, number, status=200):
        return self._up(Reply(status, _der(self.certificates[number]["cert"]),
                              "application/pkix-cert"), len(self.issuers) - 1)

    def _up(self, reply, number):
        """Links to an intermediate, to all but the lowest by path alone, as Boulder did; nothing is
        above the first of them."""
        url = self.url("issuer", number)
        if number < len(self.issuers) - 1:
            url = urllib.parse.urlsplit(url).path
        return reply.with_header("Link", f'<{url}>;rel="up"') if number > 0 else reply

    def _cert(self, exchange):
        made = self.certificates[exchange.number]
        if made["polls"]:
            made["polls"] -= 1
            return Reply(202).with_header("Retry-After", "1")
        return self._cert_reply(exchange.number)

    def _issuer(self, exchange):
        if not exchange.number:
            raise ValueError("the root is not linked to")
        return self._up(Reply(200, _der(self.issuers[exchange.number].cert),
                              "application/pkix-cert"), exchange.number - 1)

    def _revoke_cert(self, exchange):
        cert = x509.load_der_x509_certificate(unbase64(exchange.payload["certificate"]))
        known = next((made for made in self.certificates if made["cert"] == cert), None)
        if known is None:
            return self.problem("malformed", "No such certificate", 404)
        own = exchange.key.public_numbers() == cert.public_key().public_numbers()
        if not own and self._find_registration(exchange) != known["owner"]:
            return self.problem("unauthorized", "Revocation request must be signed by private key of "
                                                "cert or by the account that issued it", 403)
        if cert.serial_number in self.revoked:
            return self.problem("malformed", "Certificate already revoked", 409)
        self.revoked[cert.serial_number] = exchange.payload.get("reason", 0)
        return Reply(200)
