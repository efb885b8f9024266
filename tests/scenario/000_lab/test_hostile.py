"""The hostile server without a fault is an ACME server like any other; its faults are faults."""

import ssl
import urllib.error
import urllib.request

import pytest

from lab.certbot import DebianCertbot
from lab.faults import FAULTS
from lab.hostile import HostileCA


def get(ca, path):
    context = ssl.create_default_context(cafile=ca.ca_bundle)
    with urllib.request.urlopen(ca.origin + path, context=context, timeout=5) as reply:
        return reply.read()


def test_without_a_fault_it_issues(tmp_path):
    with HostileCA(tmp_path / "ca") as ca:
        certbot = DebianCertbot(tmp_path / "certbot", ca)
        certbot.certonly("a.lab.test", "b.lab.test")
        certbot.lineage("a.lab.test").verify("a.lab.test", "b.lab.test")
        certbot.run("renew", "--force-renewal")
        assert certbot.lineage("a.lab.test").verify().version() == 2
        assert ca.count("new-account") == 1 and ca.count("new-order") == 2


def test_a_signature_that_is_wrong_is_refused(tmp_path):
    with HostileCA(tmp_path) as ca:
        request = urllib.request.Request(
            ca.url("new-account"), data=b'{"protected": "e30", "payload": "", "signature": ""}',
            headers={"Content-Type": "application/jose+json"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=5, context=ssl.create_default_context(
                cafile=ca.ca_bundle))
        assert refused.value.code == 400


def test_faults_show(tmp_path):
    with HostileCA(tmp_path / "1", "directory-not-json") as ca:
        assert get(ca, "/directory") == b"this is no JSON"
    with HostileCA(tmp_path / "2", "directory-reset") as ca, pytest.raises(OSError):
        get(ca, "/directory")
    with HostileCA(tmp_path / "3", "directory-without-newOrder") as ca:
        assert b"newOrder" not in get(ca, "/directory")
        assert b"newAccount" in get(ca, "/directory")
    with HostileCA(tmp_path / "4", "directory-redirected") as ca:
        assert b"newOrder" in get(ca, "/directory")


@pytest.mark.parametrize("name", ["certificate-garbage", "reset-after-finalize"])
def test_a_fault_far_down_is_reached(tmp_path, name):
    with HostileCA(tmp_path / "ca", name) as ca:
        DebianCertbot(tmp_path / "certbot", ca).certonly("a.lab.test", check=False)
        assert ca.count(FAULTS[name].resource) >= 1
