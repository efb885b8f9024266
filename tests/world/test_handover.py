"""Debian's Certbot as its package installs it, and ours next to it: `handover` and `handback` on the
machine's own units and cron lines."""

import pytest

from .client import SYSTEM

LISTING = ("find /etc /usr/lib/systemd /usr/local/lib /var/spool ! -type d ! -path '/etc/letsencrypt/*' "
           "-printf '%p %y %m %U %G %T@ %l ' ! -type l -exec sha256sum {} ';' -o ! -type d "
           "! -path '/etc/letsencrypt/*' -printf '\\n'")


def listing(client):
    return sorted(client.run("sh", "-c", LISTING).out.splitlines())


@pytest.mark.parametrize("has_systemd", [True, False])
def test_the_machine_is_as_before(client, has_systemd):
    if not client.path("/usr/bin/certbot").exists():
        pytest.fail(f"{SYSTEM} has no Certbot: run scripts/bootstrap")
    client.type("certbot certonly --standalone -n --agree-tos -m admin@example.com -d www.example.com")
    if has_systemd:
        client.path("/run/systemd/system").mkdir(parents=True)
        client.write("/usr/local/bin/systemctl", "#!/bin/sh\n", mode=0o755)
    client.write("/var/spool/cron/crontabs/root", "7 7 * * * certbot renew\n", mode=0o600)
    client.type("certbot shadow --with /usr/bin/certbot")
    before = listing(client)
    assert any("certbot.timer l" in line for line in before)
    said = client.type("certbot handover")
    assert "Disabled certbot.timer" in said and "Disabled /etc/cron.d/certbot, line" in said
    added = "certbot-handover.timer" if has_systemd else "/etc/cron.d/certbot-handover"
    assert "Disabled /var/spool/cron/crontabs/root, line 1" in said and f"Enabled {added}" in said
    assert any("handover" in line for line in listing(client))
    client.type("certbot renew")
    client.type("certbot handback")
    assert listing(client) == before
