"""What the hostile server can do wrong, by name.

A fault changes the replies of one resource (or all): change(ca, exchange, reply) gets the reply that
would be right and returns the one that is sent. `outcome` is what a good client makes of it:

    error    ends with an error, keeps the state on disk as it was
    success  gets its certificate all the same
    any      either, but soon and in order
"""

import datetime
import gzip
import itertools

from .authority import Authority, cert_pem, new_key
from .reply import Lasting, Raw, Reply, Reset, Silence, problem, redirect

FAULTS = {}
YEAR = 365 * 24 * 3600
ESCAPES = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b31m \r\nnot a line of yours\x00\x08\u202etxt"
MEBIBYTE = bytes(range(32, 96)) * (2**20 // 64)


class Fault:
    """One misbehaviour. slow: a client may take more than a few seconds to give up."""

    def __init__(self, name, resource, change, outcome, slow):
        self.name = name
        self.resource = resource
        self.change = change
        self.outcome = outcome
        self.slow = slow

    def applies(self, exchange):
        return exchange.resource != "elsewhere" and self.resource in (exchange.resource, "any")

    def __repr__(self):
        return f"{self.name} ({self.outcome})"


def _add(name, resource, change, outcome="error", slow=False):
    assert name not in FAULTS, name
    FAULTS[name] = Fault(name, resource, change, outcome, slow)


def fault(name, resource, **options):
    """Decorator: registers change(ca, exchange, reply)."""
    def register(change):
        _add(name, resource, change, **options)
        return change
    return register


def body_fault(name, resource, edit, **options):
    """Registers an edit of the JSON body."""
    _add(name, resource, lambda ca, exchange, reply: reply.edit(edit), **options)


# --- ways to send, at each resource ---

def _big_body(ca, exchange, reply):
    return Lasting(reply, itertools.repeat(MEBIBYTE, 100), length=100 * 2**20,
                   stopping=ca.stopping)


def _endless_body(ca, exchange, reply):
    chunk = b"%x\r\n%s\r\n" % (len(MEBIBYTE), MEBIBYTE)
    return Lasting(reply.with_header("Transfer-Encoding", "chunked"), itertools.repeat(chunk),
                   stopping=ca.stopping)


def _truncated(ca, exchange, reply):
    return Lasting(reply, [reply.body[:len(reply.body) // 2]], length=len(reply.body) + 10,
                   stopping=ca.stopping)


def _huge_headers(ca, exchange, reply):
    return Raw(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * (16 * 2**20) + b"\r\n\r\n")


def _many_headers(ca, exchange, reply):
    for number in range(100000):
        reply.with_header(f"X-Filler-{number}", "x" * 64)
    return reply


WAYS = {
    "reset": lambda ca, exchange, reply: Reset(200),
    "truncated": _truncated,
    "100-mb": _big_body,
    "endless": _endless_body,
    "huge-header": _huge_headers,
    "many-headers": _many_headers,
    "not-http": lambda ca, exchange, reply: Raw(b"220 mail.example.test ESMTP\r\n"),
    "redirect-loop": lambda ca, exchange, reply: redirect(ca.origin + exchange.path),
    "status-500": lambda ca, exchange, reply: problem("serverInternal", "out of order", 500),
    "status-404-html": lambda ca, exchange, reply: Reply(404, b"<html>Not here</html>",
                                                         "text/html"),
}
BODIES = {
    "empty": b"",
    "not-json": b"this is no JSON",
    "half-json": b'{"status": "valid", ',
    "array": b"[]",
    "null": b"null",
    "nested": b"[" * 200000 + b"]" * 200000,
    "nul-bytes": b'{"status": "valid\x00", "a": "\\u0000"}',
    "bad-utf-8": b'{"status": "\xff\xfe\xc0\xaf"}',
}
JSON_RESOURCES = ("directory", "new-account", "new-order", "authz", "challenge", "order",
                  "finalize")


def _body(text):
    def change(ca, exchange, reply):
        reply.body = text
        return reply
    return change


# A client need not read what these say: the status of the response is enough.
_UNREAD = ("new-account", "challenge")
# A lost answer to these is asked for again, or looked up.
_LOOKED_UP = ("challenge", "order", "finalize")

for _resource in JSON_RESOURCES:
    for _way, _change in WAYS.items():
        _add(f"{_resource}-{_way}", _resource, _change,
             outcome="any" if _resource in _LOOKED_UP else "error")
    for _kind, _text in BODIES.items():
        _add(f"{_resource}-{_kind}", _resource, _body(_text),
             outcome="any" if _resource in _UNREAD + _LOOKED_UP else "error")
for _resource in ("new-nonce", "certificate"):
    for _way, _change in WAYS.items():
        # A nonce may also come with the reply to something else.
        _add(f"{_resource}-{_way}", _resource, _change,
             outcome="any" if _resource == "new-nonce" else "error")


@fault("directory-stall", "directory", slow=True)
@fault("order-stall", "finalize", outcome="any", slow=True)
def _stall(ca, exchange, reply):
    return Silence(ca.stopping)


@fault("directory-trickle", "directory", slow=True)
@fault("certificate-trickle", "certificate", slow=True)
def _trickle(ca, exchange, reply):
    pieces = (reply.body[i:i + 1] for i in range(len(reply.body)))
    return Lasting(reply, pieces, length=len(reply.body), pause=1.0, stopping=ca.stopping)


@fault("directory-in-gzip", "directory")
@fault("order-in-gzip", "new-order")
def _compressed(ca, exchange, reply):
    """Nobody has asked for it."""
    reply.body = gzip.compress(reply.body)
    return reply.with_header("Content-Encoding", "gzip")


@fault("certificate-with-500-links", "certificate")
def _many_links(ca, exchange, reply):
    """More fields than an answer may have, which is a hundred."""
    for number in range(500):
        reply.with_header("Link", f'<{ca.url("certificate", number)}>;rel="alternate"')
    return reply


# --- redirects ---

@fault("directory-redirected", "directory", outcome="success")
def _redirect_2(ca, exchange, reply):
    return redirect(ca.url("elsewhere", 1))


@fault("directory-5-redirects", "directory")
def _redirect_5(ca, exchange, reply):
    return redirect(ca.url("elsewhere", 4))


@fault("directory-redirect-to-http", "directory")
def _redirect_http(ca, exchange, reply):
    return redirect(ca.url("elsewhere", 0).replace("https:", "http:"))


@fault("directory-redirect-to-file", "directory")
def _redirect_file(ca, exchange, reply):
    return redirect("file:///etc/passwd")


@fault("new-order-redirected", "new-order")
def _redirect_post(ca, exchange, reply):
    return redirect(ca.url("elsewhere", 0), 307)


# --- members that are missing, of another type, or not what they should be ---

def _remove(name):
    return lambda value: value.pop(name, None) and None


def _replace(name, new):
    def edit(value):
        value[name] = new
    return edit


def _in_challenge(edit):
    def change(value):
        for challenge in value["challenges"]:
            edit(challenge)
    return change


# (resource, member, outcome without it, outcome with a wrong type)
MEMBERS = (
    ("directory", "newNonce", "error", "error"),
    ("directory", "newAccount", "error", "error"),
    ("directory", "newOrder", "error", "error"),
    ("directory", "revokeCert", "any", "any"),
    ("directory", "meta", "success", "any"),
    ("new-order", "status", "any", "any"),
    ("new-order", "identifiers", "any", "any"),
    ("new-order", "authorizations", "error", "error"),
    ("new-order", "finalize", "error", "error"),
    ("new-order", "expires", "success", "any"),
    ("authz", "status", "error", "error"),
    ("authz", "identifier", "error", "error"),
    ("authz", "challenges", "error", "error"),
    ("order", "status", "any", "any"),
    ("finalize", "status", "any", "any"),
    ("finalize", "certificate", "any", "any"),
)
for _resource, _member, _missing, _mistyped in MEMBERS:
    body_fault(f"{_resource}-without-{_member}", _resource, _remove(_member), outcome=_missing)
    for _kind, _value in (("number", 7), ("null", None), ("list", [[]]), ("object", {"a": {}})):
        body_fault(f"{_resource}-{_member}-is-{_kind}", _resource, _replace(_member, _value),
                   outcome="any" if _kind == "null" else _mistyped)
for _member in ("type", "url", "token", "status"):
    _outcome = "any" if _member == "status" else "error"
    body_fault(f"challenge-without-{_member}", "authz", _in_challenge(_remove(_member)),
               outcome=_outcome)
    body_fault(f"challenge-{_member}-is-number", "authz", _in_challenge(_replace(_member, 7)),
               outcome=_outcome)

TOKENS = {
    "dots": "../../../../etc/cron.d/owned",
    "slash": "a/b",
    "spaces": "a b c",
    "newline": "abc\r\nSet-Cookie: a=b",
    "escapes": "abc" + ESCAPES,
    "empty": "",
    "long": "a" * 100000,
    "shell": "$(touch owned)`touch owned`;'\"",
    "percent": "%2e%2e%2fetc",
    "not-ascii": "töken",
}
for _kind, _value in TOKENS.items():
    body_fault(f"token-{_kind}", "authz", _in_challenge(_replace("token", _value)))

body_fault("authz-no-challenges", "authz", _replace("challenges", []))
body_fault("authz-10000-challenges", "authz", lambda value: value.update(
    challenges=value["challenges"] * 10000), outcome="any")
body_fault("authz-unknown-challenges", "authz", _in_challenge(_replace("type", "magic-01")))
body_fault("authz-other-identifier", "authz", _replace(
    "identifier", {"type": "dns", "value": "other.lab.test"}))
body_fault("authz-invalid", "authz", _replace("status", "invalid"))
body_fault("authz-unknown-status", "authz", _replace("status", "splendid"))
body_fault("order-10000-authorizations", "new-order", lambda value: value.update(
    authorizations=value["authorizations"] * 10000), outcome="any")
body_fault("order-other-identifiers", "new-order", _replace(
    "identifiers", [{"type": "dns", "value": "other.lab.test"}]), outcome="any")


# --- URLs ---

URLS = {
    "http": lambda url: url.replace("https:", "http:"),
    "relative": lambda url: "/" + url.split("/", 3)[3],
    "file": lambda url: "file:///etc/passwd",
    "long": lambda url: url + "?" + "x" * 100000,
    "blank": lambda url: url + " x",
    "newline": lambda url: url + "\r\nX-Owned: 1",
    "userinfo": lambda url: url.replace("https://", "https://user:secret@"),
}


def _edit_url(member, change):
    def edit(value):
        old = value[member]
        value[member] = [change(url) for url in old] if isinstance(old, list) else change(old)
    return edit


for _resource, _member in (("directory", "newOrder"), ("new-order", "finalize"),
                           ("new-order", "authorizations")):
    for _kind, _change in URLS.items():
        body_fault(f"{_resource}-{_member}-{_kind}-url", _resource, _edit_url(_member, _change),
                   outcome="any" if _kind == "userinfo" else "error")
for _kind in ("http", "file"):
    body_fault(f"challenge-{_kind}-url", "authz", _in_challenge(_edit_url("url", URLS[_kind])))


@fault("certificate-http-url", "any")
def _certificate_http(ca, exchange, reply):
    if exchange.resource not in ("finalize", "order"):
        return reply
    return reply.edit(lambda value: value.update(
        certificate=ca.url("certificate", 0).replace("https:", "http:")))


@fault("account-without-location", "new-account")
@fault("order-without-location", "new-order")
def _no_location(ca, exchange, reply):
    return reply.without_header("Location")


@fault("account-http-location", "new-account")
@fault("order-http-location", "new-order")
def _http_location(ca, exchange, reply):
    location = dict(reply.headers)["Location"].replace("https:", "http:")
    return reply.without_header("Location").with_header("Location", location)


# --- nonces ---

@fault("new-nonce-without-nonce", "new-nonce")
def _no_nonce(ca, exchange, reply):
    return reply.without_header("Replay-Nonce")


@fault("no-nonce-but-by-new-nonce", "any", outcome="success")
def _only_new_nonce(ca, exchange, reply):
    return reply if exchange.resource == "new-nonce" else reply.without_header("Replay-Nonce")


@fault("nonce-not-base64url", "any")
def _bad_nonce_text(ca, exchange, reply):
    reply.without_header("Replay-Nonce")
    return reply.with_header("Replay-Nonce", 'a"b c;d')


@fault("bad-nonce-always", "new-order")
def _bad_nonce(ca, exchange, reply):
    refusal = problem("badNonce", "never good enough", 400)
    return refusal.with_header("Replay-Nonce", dict(reply.headers)["Replay-Nonce"])


@fault("bad-nonce-twice", "any", outcome="success")
def _bad_nonce_twice(ca, exchange, reply):
    if exchange.resource != "new-order" or ca.seen["new-order"] > 2:
        return reply
    return _bad_nonce(ca, exchange, reply)


@fault("nonce-of-10-kilobytes", "any", outcome="any")
def _long_nonce(ca, exchange, reply):
    nonce = "A" * 10240
    ca.nonces.add(nonce)
    return reply.without_header("Replay-Nonce").with_header("Replay-Nonce", nonce)


# --- refusals ---

def _refusal(status, kind, retry_after):
    def change(ca, exchange, reply):
        refused = problem(kind, "come back later", status)
        if retry_after is not None:
            refused.with_header("Retry-After", retry_after)
        return refused.with_header("Replay-Nonce", dict(reply.headers).get("Replay-Nonce", "x"))
    return change


def _http_date(seconds):
    moment = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


_add("429-retry-after-a-day", "new-order", _refusal(429, "rateLimited", "86400"))
_add("429-retry-after-a-year", "new-order", _refusal(429, "rateLimited", str(YEAR)))
_add("429-without-retry-after", "new-order", _refusal(429, "rateLimited", None))
_add("503-retry-after-a-day", "directory", _refusal(503, "serverInternal", _http_date(86400)))


@fault("503-once", "new-order", outcome="success")
@fault("429-once", "new-order", outcome="success")
def _busy_once(ca, exchange, reply):
    if ca.seen["new-order"] > 1:
        return reply
    return _refusal(503, "serverInternal", "1")(ca, exchange, reply)


@fault("problem-with-escapes", "new-order")
def _escapes(ca, exchange, reply):
    return problem("rejectedIdentifier", "detail " + ESCAPES, 403, subproblems=[
        {"type": "urn:ietf:params:acme:error:" + ESCAPES, "detail": "sub " + ESCAPES,
         "identifier": {"type": "dns", "value": "evil" + ESCAPES}}])


@fault("problem-of-a-megabyte", "new-order")
def _long_problem(ca, exchange, reply):
    return problem("malformed", "x" * 1000000, 400)


@fault("problem-of-wrong-types", "new-order")
def _odd_problem(ca, exchange, reply):
    return Reply.json({"type": [], "detail": {"a": 1}, "status": "x", "subproblems": 5}, 400,
                      "application/problem+json")


# --- orders that take their time ---

@fault("order-stays-processing", "any", slow=True)
def _processing(ca, exchange, reply):
    if exchange.resource not in ("finalize", "order") or not ca.count("finalize"):
        return reply
    return reply.edit(lambda value: value.update(status="processing", certificate=None) or
                      {k: v for k, v in value.items() if v is not None})


@fault("order-stays-pending", "any", slow=True)
def _pending(ca, exchange, reply):
    if exchange.resource == "order":
        reply.edit(_replace("status", "pending"))
    return reply


@fault("order-becomes-invalid", "any")
def _invalid(ca, exchange, reply):
    if exchange.resource not in ("finalize", "order"):
        return reply
    return reply.edit(lambda value: value.update(
        status="invalid", error={"type": "urn:ietf:params:acme:error:caa",
                                 "detail": "CAA says no " + ESCAPES}))


def _processing_once(retry_after):
    """One poll says processing; the next, whenever the client makes it, says valid."""
    def change(ca, exchange, reply):
        if exchange.resource != "finalize":
            return reply
        reply.edit(lambda value: {k: ("processing" if k == "status" else v)
                                  for k, v in value.items() if k != "certificate"})
        return reply.with_header("Retry-After", retry_after() if callable(retry_after)
                                 else retry_after)
    return change


_add("retry-after-a-year", "any", _processing_once(str(YEAR)), slow=True)
_add("retry-after-a-year-as-date", "any", _processing_once(lambda: _http_date(YEAR)), slow=True)
_add("retry-after-in-the-past", "any", _processing_once("Mon, 01 Jan 2001 00:00:00 GMT"),
     outcome="success")
_add("retry-after-garbage", "any", _processing_once("soon \x01"), outcome="success")
_add("retry-after-negative", "any", _processing_once("-5"), outcome="success")
_add("retry-after-overflow", "any", _processing_once("9" * 60), outcome="any", slow=True)


@fault("reset-after-finalize", "finalize", outcome="success")
def _lost_finalize(ca, exchange, reply):
    return Reset(200)


@fault("reset-after-first-new-order", "new-order", outcome="success")
def _lost_new_order(ca, exchange, reply):
    return Reset(200) if ca.seen["new-order"] == 1 else reply


@fault("reset-after-first-certificate", "certificate", outcome="success")
def _lost_certificate(ca, exchange, reply):
    return Reset(200) if ca.seen["certificate"] == 1 else reply


# --- certificates ---

def certificate_fault(name, **options):
    """Decorator: make(ca, csr, names, right) returns the PEM to send."""
    def register(make):
        def change(ca, exchange, reply):
            if reply.status != 200:
                return reply
            order = ca.orders[exchange.number]
            names = [entry["value"] for entry in order["identifiers"]]
            reply.body = make(ca, order["csr"], names, reply.body)
            return reply
        _add(name, "certificate", change, **options)
        return make
    return register


@certificate_fault("certificate-for-another-key")
def _other_key(ca, csr, names, right):
    return ca.sign(new_key().public_key(), names)


@certificate_fault("certificate-of-wrong-names")
def _wrong_names(ca, csr, names, right):
    return ca.sign(csr.public_key(), ["wrong.lab.test"])


@certificate_fault("certificate-of-too-few-names")
def _few_names(ca, csr, names, right):
    return ca.sign(csr.public_key(), names[:-1] or ["wrong.lab.test"])


@certificate_fault("certificate-expired", outcome="success")
def _expired(ca, csr, names, right):
    return ca.sign(csr.public_key(), names, start=datetime.datetime(2020, 1, 1),
                   lifetime=datetime.timedelta(days=90))


@certificate_fault("certificate-chain-unordered", outcome="success")
def _unordered(ca, csr, names, right):
    leaf = cert_pem(ca.certificates[-1])
    return leaf + cert_pem(ca.root.cert) + cert_pem(ca.intermediate.cert)


@certificate_fault("certificate-leaf-last", outcome="success")
def _leaf_last(ca, csr, names, right):
    return cert_pem(ca.intermediate.cert) + cert_pem(ca.certificates[-1])


@certificate_fault("certificate-without-chain", outcome="success")
def _no_chain(ca, csr, names, right):
    return cert_pem(ca.certificates[-1])


@certificate_fault("certificate-chain-of-1000", outcome="success")
def _long_chain(ca, csr, names, right):
    return right + cert_pem(ca.intermediate.cert) * 1000


@certificate_fault("certificate-under-30-others", outcome="success")
def _high_chain(ca, csr, names, right):
    above = [ca.root]
    for number in range(30):
        above.append(Authority(f"Intermediate {number}", above[-1]))
    cert = above[-1].issue(names, csr.public_key())
    return b"".join(map(cert_pem, [cert, *(authority.cert for authority in reversed(above))]))


@certificate_fault("certificate-with-an-impostor", outcome="success")
def _impostor(ca, csr, names, right):
    """A CA of the right name, whose key has signed nothing."""
    return cert_pem(ca.certificates[-1]) + cert_pem(Authority("Hostile Intermediate", ca.root).cert)


@certificate_fault("certificate-with-a-foreign-ca", outcome="success")
def _foreign_ca(ca, csr, names, right):
    return cert_pem(Authority("Foreign CA").cert) + right


@certificate_fault("certificate-leaf-twice", outcome="success")
def _leaf_twice(ca, csr, names, right):
    return cert_pem(ca.certificates[-1]) + right


@certificate_fault("certificate-empty")
def _empty(ca, csr, names, right):
    return b""


@certificate_fault("certificate-garbage")
def _garbage(ca, csr, names, right):
    return b"-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"


@certificate_fault("certificate-cut-short")
def _cut(ca, csr, names, right):
    return right[:len(right) // 4]


@certificate_fault("certificate-with-private-key", outcome="success")
def _with_key(ca, csr, names, right):
    return right + b"-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n"


@certificate_fault("certificate-with-text", outcome="success")
def _with_text(ca, csr, names, right):
    return b"A text\x1b[2J before\n" + right + b"and #!/bin/sh behind\n"


@certificate_fault("certificate-crlf", outcome="success")
def _crlf(ca, csr, names, right):
    return right.replace(b"\n", b"\r\n")
