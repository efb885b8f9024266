"""What somebody does first, with the default CA: get a certificate, look at it, renew it."""

CONSENT = "-n --agree-tos -m admin@example.com"


def test_certificate_from_the_default_ca(client, world):
    client.type(f"certbot certonly --standalone {CONSENT} -d www.example.com -d example.com")
    lineage = client.lineage("www.example.com").verify("www.example.com", "example.com")
    assert "server = https://acme-v02.api.letsencrypt.org/directory" in lineage.conf()
    assert world.ca.status(lineage.serial())["Status"] == "Valid"
    client.type("certbot renew --force-renewal")
    assert client.lineage("www.example.com").version() == 2
