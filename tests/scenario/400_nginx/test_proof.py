"""What certbot waits for after a reload: that a TLS client is shown what was installed, renewed or
rolled back to; and what it says when it is not."""

import socket
import ssl
import subprocess

import pytest
from cryptography import x509

NAME = "a.nginx.test"
WARNING = "does not serve the expected certificate"


def reload_by(nginx, command):
    """The control program reloads in its own way."""
    nginx.control.write_text(f"""#!/bin/sh
echo "$*" >> {nginx.folder}/control.log
case "$*" in *reload)
    {command}
    exit 0;;
esac
exec /usr/sbin/nginx "$@"
""")


LATE = '(sleep 1; exec /usr/sbin/nginx "$@") > /dev/null 2>&1 &'


def shown(nginx, name=NAME, **options):
    return nginx.leaf(name, **options).serial_number


def test_install_waits_for_a_late_reload(site_certbot, nginx, roots):
    nginx.plain_site(NAME)
    nginx.start()
    reload_by(nginx, LATE)
    result = site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect")
    assert shown(nginx, roots=roots) == site_certbot.lineage(NAME).serial()
    assert shown(nginx, address="::1") == site_certbot.lineage(NAME).serial()
    assert WARNING not in result.text


def test_renewal_waits_for_a_late_reload(site_certbot, nginx):
    nginx.plain_site(NAME)
    nginx.plain_site("b.nginx.test")
    nginx.start()
    for name in (NAME, "b.nginx.test"):
        site_certbot.nginx("run", "--nginx", "-d", name, "--no-redirect")
    reload_by(nginx, LATE)
    result = site_certbot.run("renew", "--force-renewal")
    for name in (NAME, "b.nginx.test"):
        assert shown(nginx, name) == site_certbot.lineage(name).serial()
    assert WARNING not in result.text


@pytest.mark.asan
def test_rollback_waits_for_a_late_reload(site_certbot, nginx):
    nginx.plain_site(NAME)
    nginx.start()
    for lineage in ("one", "two"):
        site_certbot.nginx("run", "--nginx", "-d", NAME, "--cert-name", lineage, "--no-redirect",
                           "--force-renewal")
    assert shown(nginx) == site_certbot.lineage("two").serial()
    reload_by(nginx, LATE)
    site_certbot.nginx("rollback", "--nginx")
    assert shown(nginx) == site_certbot.lineage("one").serial()
    result = site_certbot.nginx("rollback", "--nginx")
    with pytest.raises(OSError):
        shown(nginx)
    assert WARNING not in result.text


def test_old_certificate_is_told(site_certbot, nginx):
    """The reload is said to have been done, and was not."""
    nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect")
    first = shown(nginx)
    reload_by(nginx, f'if ! grep -q acme-challenge {nginx.root}/conf.d/{NAME}.conf; then exit 0; '
              'fi; exec /usr/sbin/nginx "$@"')
    result = site_certbot.run("renew", "--force-renewal")
    assert f"nginx {WARNING} after its reload: {NAME} at 127.0.0.1:" in result.text
    assert "shows another certificate" in result.text
    assert shown(nginx) == first


def test_sockets_with_proxy_protocol(site_certbot, nginx):
    nginx.site("a", f"""server {{
    listen {{http}};
    listen {{https}} ssl proxy_protocol;
    listen [::]:{{https}} ssl proxy_protocol;
    server_name {NAME};
    ssl_certificate {{root}}/old.pem;
    ssl_certificate_key {{root}}/old.key;
    return 200 "a";
}}
""")
    old = make_certificate(nginx)
    nginx.start()
    assert shown_by_proxy(nginx) == old
    reload_by(nginx, LATE)
    result = site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect")
    assert WARNING not in result.text
    assert shown_by_proxy(nginx) == site_certbot.lineage(NAME).serial()


def make_certificate(nginx):
    """A certificate of another CA; its serial number."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=old", "-days", "9",
                    "-keyout", nginx.root / "old.key", "-out", nginx.root / "old.pem"],
                   check=True, capture_output=True)
    return x509.load_pem_x509_certificate((nginx.root / "old.pem").read_bytes()).serial_number


def shown_by_proxy(nginx):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", nginx.https_port), timeout=5)
    plain.sendall(f"PROXY TCP4 192.0.2.1 127.0.0.1 4711 {nginx.https_port}\r\n".encode())
    with context.wrap_socket(plain, server_hostname=NAME) as connection:
        return x509.load_der_x509_certificate(connection.getpeercert(True)).serial_number


FRONT = """server {
    listen 127.0.0.1:{https} ssl;
    server_name front.test;
    ssl_certificate {root}/old.pem;
    ssl_certificate_key {root}/old.key;
}
"""


def test_another_address_in_front_is_not_mistaken(site_certbot, nginx):
    """A block on exactly the loopback address answers there for all names; what the block on all
    addresses shows cannot be seen from here, and is no reason to warn."""
    make_certificate(nginx)
    nginx.site("front", FRONT + FRONT.replace("127.0.0.1:{https}", "{https}"))
    nginx.plain_site(NAME)
    nginx.start()
    result = site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect")
    assert WARNING not in result.text
    assert shown(nginx, address="::1") == site_certbot.lineage(NAME).serial()


def test_socket_that_nginx_cannot_open(site_certbot, nginx):
    """nginx accepts a configuration that wants all addresses of a port while it has one of them
    open, cannot open the rest, and goes on with the old one: everything is undone."""
    make_certificate(nginx)
    nginx.site("front", FRONT)
    nginx.plain_site(NAME)
    nginx.start()
    before = nginx.texts()
    result = site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect", check=1)
    assert "does not use its new configuration" in result.text
    assert "Rolling back to previous server configuration" in result.text
    assert nginx.texts() == before
