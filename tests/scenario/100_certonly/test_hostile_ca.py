"""A CA that does everything wrong that one can: a clear end in time, and nothing on disk is harmed."""

import pytest

from lab.authority import public_bytes
from lab.certbot import Certbot
from lab.faults import FAULTS, Fault
from lab.hostile import HostileCA
from lab.lineage import differences, snapshot
from lab.reply import Late, problem

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
