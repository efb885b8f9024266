"""A CA that does everything wrong that one can: a clear end in time, and nothing on disk is harmed."""

import datetime
import ssl

import pytest

from lab.authority import DAY, Authority, cert_pem, key_pem, new_key, public_bytes
from lab.certbot import Certbot
from lab.faults import FAULTS, Fault
from lab.hostile import HostileCA
from lab.hosts import NAME
from lab.lineage import differences, snapshot
from lab.reply import Late, problem, redirect

SECONDS = 30
# The longest: validation that does not end is given up after 90 s.
SECONDS_IF_SLOW = 150


def clean(text):
    """Whether a terminal can show the text without being driven by it."""
    return not any(ord(c) < 32 and c not in "\n\t" or 127 <= ord(c) < 160 for c in text)


def test_a_refused_order_is_not_explained_by_the_plugin(tmp_path):
    """No challenge was tried, so nothing failed to reach a temporary server."""
    with HostileCA(tmp_path / "ca") as ca:
        detail = {"type": "urn:ietf:params:acme:error:rejectedIdentifier", "detail": "not this one",
                  "identifier": {"type": "dns", "value": "a.lab.test"}}
        ca.fault = Fault("refused-order", "new-order", lambda *_: problem(
            "rejectedIdentifier", "policy forbids it", 400, subproblems=[detail]), "error", False)
        result = Certbot(tmp_path / "certbot", ca).certonly("a.lab.test", check=1)
    assert "not this one" in result.text or "policy forbids it" in result.text
    assert "temporary" not in result.text and "failed to authenticate" not in result.text, result


@pytest.mark.asan
def test_replies_that_come_after_the_order_has_failed(tmp_path):
    """One authorization is refused while the others are still awaited. Their replies come when the
    cause of the failure is looked for, over the same connections."""
    def refuse_third(ca, exchange, reply):
        if ca.seen["authz"] == 3:
            return problem("unauthorized", "not this one", 403)
        return Late(reply, 0.5, ca.stopping)

    # With fewer names there would be nonces for one request at a time only.
    names = [f"n{number}.lab.test" for number in range(20)]
    with HostileCA(tmp_path / "ca") as ca:
        ca.fault = Fault("late-authorizations", "authz", refuse_third, "error", False)
        certbot = Certbot(tmp_path / "certbot", ca)
        result = certbot.certonly(*names, check=1)
        assert ca.seen["authz"] >= 3 and ca.seen["directory"] == 2, (ca.seen, result)
    assert "not this one" in result.text and clean(result.text), result


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_signed_request_does_not_follow_to_another_host(tmp_path, status):
    """What is signed for one CA is nothing for another."""
    with HostileCA(tmp_path / "ca") as ca, HostileCA(tmp_path / "other") as other:
        ca.fault = Fault("redirected", "new-order", lambda *_: redirect(
            other.url("new-order"), status), "error", False)
        result = Certbot(tmp_path / "certbot", ca).certonly("a.lab.test", check=1)
    assert other.requests == [] and clean(result.text), result
    assert str(status) in result.err, result


NOW = datetime.datetime.utcnow()
LONG_AGO = NOW - 4000 * DAY
# What a CA's web server shows: since when its root is valid, its certificate's options, words of the error.
SHOWN = {
    "expired": (None, {"start": NOW - 100 * DAY}, ["has expired", "check the clock"]),
    "of-tomorrow": (None, {"start": NOW + DAY}, ["not yet valid", "check the clock"]),
    "of-an-expired-root": (LONG_AGO, {}, ["has expired", "check the clock"]),
    "of-another-name": (None, {"names": ["other.lab.test"]}, ["another name: is the address right?"]),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_web_server_with_a_wrong_certificate(tmp_path, kind):
    start, options, words = SHOWN[kind]
    root, key = Authority("Web Root", start=start), new_key()
    ca = HostileCA(tmp_path / "ca")
    ca.identity.cert_path.write_bytes(cert_pem(root.issue(
        **{"names": [NAME], "public_key": key.public_key(), **options})))
    ca.identity.key_path.write_bytes(key_pem(key))
    ca.identity.bundle_path.write_bytes(cert_pem(root.cert))
    with ca:
        result = Certbot(tmp_path / "certbot", ca).certonly("a.lab.test", check=1)
    assert ca.requests == []
    assert "cannot verify the TLS certificate of" in result.err, result
    assert [word for word in words if word not in result.err] == [], result


def test_a_ca_without_tls_1_3(tmp_path):
    ca = HostileCA(tmp_path / "ca")
    ca.newest_tls = ssl.TLSVersion.TLSv1_2
    with ca:
        certbot = Certbot(tmp_path / "certbot", ca)
        certbot.certonly("a.lab.test")
        assert certbot.lineage("a.lab.test").names() == ["a.lab.test"]


def slow_ones_first():
    for name, fault in sorted(FAULTS.items(), key=lambda item: (not item[1].slow, item[0])):
        yield pytest.param(name, marks=pytest.mark.slow if fault.slow else pytest.mark.asan)


@pytest.mark.parametrize("name", slow_ones_first())
def test_fault(tmp_path, name):
    fault = FAULTS[name]
    with HostileCA(tmp_path / "ca", name) as ca:
        certbot = Certbot(tmp_path / "certbot", ca)
        certbot.run("certificates")
        # An account may be made; nothing else but the folders that lineages would have.
        for folder in ("archive", "live", "renewal"):
            (certbot.config_dir / folder).mkdir(mode=0o700)
        before = snapshot(certbot.config_dir, leave_out=("accounts",))
        result = certbot.certonly("a.lab.test", options=("--issuance-timeout", "5"), check=False,
                                  timeout=SECONDS_IF_SLOW if fault.slow else SECONDS)
    assert result.rc in (0, 1) and clean(result.text), result
    assert fault.outcome == "any" or (fault.outcome == "success") == (result.rc == 0), result
    if result.rc == 0:
        lineage = certbot.lineage("a.lab.test")
        assert lineage.names() == ["a.lab.test"] and public_bytes(lineage.key) == \
            public_bytes(lineage.cert)
        return
    assert result.err.strip()
    after = snapshot(certbot.config_dir, leave_out=("accounts",))
    assert differences(before, after) == []
