"""Certificates of a CA of ACME v1 and of one of v2, renewed in one run by one standalone server."""

import pytest

from lab.certbot import Certbot


@pytest.fixture
def both(tmp_path, acme_v1, start_pebble):
    """A certbot that trusts both CAs, which look for challenges at the same ports."""
    v2 = start_pebble(nonce_reject=0, authz_reuse=0)
    v1 = acme_v1(challenges=("http-01", "tls-sni-01"), reuse=False)
    v1.http_port, v1.tls_port = v2.http_port, v2.tls_port
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(v1.ca_bundle.read_bytes() + v2.ca_bundle.read_bytes())
    return Certbot(tmp_path / "certbot", v2, env={"REQUESTS_CA_BUNDLE": str(bundle)}), v1, v2


@pytest.mark.parametrize("count", [1, 10])
@pytest.mark.parametrize("kind", ["http", "tls-sni"])
def test_renewal_of_both_by_standalone(both, count, kind):
    certbot, v1, v2 = both
    names = {v1: [f"old-{number}.test" for number in range(count)],
             v2: [f"new-{number}.test" for number in range(count)]}
    for ca, its_names in names.items():
        for name in its_names:
            certbot.run("certonly", "-n", "--standalone", "-d", name, "--server", ca.directory,
                        "--http-01-port", v2.http_port, "--tls-sni-01-port", v2.tls_port,
                        "--preferred-challenges", kind if ca is v1 else "http",
                        "--agree-tos", "-m", "a@example.com")
    before = len(v1.authorizations)
    result = certbot.run("renew", "--force-renewal")
    for ca, its_names in names.items():
        for name in its_names:
            assert certbot.lineage(name).verify(name).version() == 2, result.text
    assert len(v1.authorizations) == before + count


@pytest.mark.parametrize("failing", ["v1", "v2"])
def test_a_ca_that_is_gone_does_not_keep_the_other_from_it(both, failing):
    certbot, v1, v2 = both
    for name, ca in ("old.test", v1), ("new.test", v2):
        certbot.run("certonly", "-n", "--standalone", "-d", name, "--server", ca.directory,
                    "--http-01-port", v2.http_port, "--preferred-challenges", "http",
                    "--agree-tos", "-m", "a@example.com")
    (v1 if failing == "v1" else v2).stop()
    certbot.run("renew", "--force-renewal", check=1)
    renewed, kept = ("new.test", "old.test") if failing == "v1" else ("old.test", "new.test")
    assert certbot.lineage(renewed).verify(renewed).version() == 2
    assert certbot.lineage(kept).version() == 1
