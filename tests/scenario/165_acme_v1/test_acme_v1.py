"""Certificates from a CA that speaks ACME v1 only: what its directory says decides, no option does."""

import json

from lab.certbot import Certbot


def registration(certbot):
    path, = (certbot.config_dir / "accounts").rglob("regr.json")
    return json.loads(path.read_text())


def test_a_certificate_is_issued_renewed_and_revoked(tmp_path, acme_v1):
    ca = acme_v1(chain_length=2)
    certbot = Certbot(tmp_path / "certbot", ca)
    certbot.certonly("a.test", "b.test", options=("-m", "a@example.com", "--agree-tos"))
    chain = certbot.lineage("a.test").verify("a.test", "b.test")
    assert chain.version() == 1
    assert registration(certbot) == {"body": {}, "uri": ca.url("reg", 0),
                                     "new_authzr_uri": ca.url("new-authz")}
    assert ca.registrations[0]["contact"] == ["mailto:a@example.com"]
    assert ca.registrations[0]["agreement"] == ca.terms_url
