"""What the guide says of tls-sni-01, on a machine as Debian installs it and with a CA that still speaks
ACME v1: each authenticator obtains a certificate, which is renewed by what its conf remembers, and revoked.
"""

import pytest

from .authority import V1

NGINX = """server {
    listen 80;
    listen [::]:80;
    server_name example.com;
    root /var/www/html;
}
"""
APACHE = """<VirtualHost *:80>
    ServerName example.com
    DocumentRoot /var/www/html
</VirtualHost>
"""
# As the guide has it for http-01.
WEB_HOOK = """#!/bin/sh
mkdir -p /var/www/html/.well-known/acme-challenge
echo $CERTBOT_VALIDATION > /var/www/html/.well-known/acme-challenge/$CERTBOT_TOKEN
"""
# The certificate goes where a server of the person's own finds it by the name that is asked for.
SNI_HOOK = """#!/bin/sh
openssl s_server -quiet -accept 443 -cert "$CERTBOT_CERT_PATH" -key "$CERTBOT_KEY_PATH" \\
    -servername "$CERTBOT_SNI_DOMAIN" -cert2 "$CERTBOT_CERT_PATH" -key2 "$CERTBOT_KEY_PATH" \\
    </dev/zero >/dev/null 2>&1 &
echo $! >/run/shown.pid
while ! openssl s_client -connect 127.0.0.1:443 </dev/null >/dev/null 2>&1; do sleep 0.1; done
"""
SNI_CLEANUP = """#!/bin/sh
kill "$(cat /run/shown.pid)"
"""


def nginx(client):
    client.path("/var/www/html").mkdir(parents=True, exist_ok=True)
    client.write("/etc/nginx/sites-enabled/example.com", NGINX)
    client.run("service", "nginx", "start")


def apache(client):
    client.write("/etc/apache2/sites-enabled/example.com.conf", APACHE)
    client.run("service", "apache2", "start")


def nothing(client):
    pass


def web_hook(client):
    nginx(client)
    client.write("/root/auth.sh", WEB_HOOK, mode=0o755)


def sni_hook(client):
    client.write("/root/auth.sh", SNI_HOOK, mode=0o755)
    client.write("/root/cleanup.sh", SNI_CLEANUP, mode=0o755)


@pytest.mark.parametrize("prepare, command, kind", [
    (nothing, "certonly --standalone --preferred-challenges tls-sni", "tls-sni-01"),
    (nothing, "certonly --standalone --preferred-challenges http", "http-01"),
    (nginx, "certonly --nginx --preferred-challenges tls-sni", "tls-sni-01"),
    (nginx, "run --nginx --preferred-challenges tls-sni", "tls-sni-01"),
    (nginx, "run --nginx --preferred-challenges http", "http-01"),
    (nginx, "run -a webroot -w /var/www/html -i nginx", "http-01"),
    (apache, "certonly --apache --preferred-challenges tls-sni", "tls-sni-01"),
    (apache, "run --apache --preferred-challenges tls-sni", "tls-sni-01"),
    (apache, "run -a webroot -w /var/www/html -i apache", "http-01"),
    (web_hook, "certonly --manual --manual-auth-hook /root/auth.sh --preferred-challenges http",
     "http-01"),
    (sni_hook, "certonly --manual --manual-auth-hook /root/auth.sh --manual-cleanup-hook "
               "/root/cleanup.sh --preferred-challenges tls-sni", "tls-sni-01"),
])
def test_life_of_a_certificate(client, world, prepare, command, kind):
    ca = world.ca_v1.begin_again()
    prepare(client)
    client.type(f"certbot {command} -n -d example.com -m a@example.com --agree-tos "
                f"--server https://{V1}/directory")
    first = client.lineage("example.com").verify("example.com").serial()
    client.type("certbot renew --force-renewal --no-random-sleep-on-renew")
    second = client.lineage("example.com").verify("example.com")
    assert second.version() == 2 and second.serial() != first
    assert ca.used() == [kind] * 2
    client.type("certbot revoke -n --cert-name example.com --no-delete-after-revoke")
    assert list(ca.revoked) == [second.serial()]
