"""What certbot waits for after a reload: that a TLS client is shown what was installed, renewed or
rolled back to; and what it says when it is not."""

import socket
import ssl
import subprocess

import pytest
from cryptography import x509

from lab.process import Child, free_port

NAME = "a.nginx.test"
WARNING = "is in use: "  # "Cannot see that the certificate of NAME is in use: WHY"
ROLLBACK_WARNING = "does not serve the expected certificate"


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


def forget_reloads(nginx):
    """It only says that it reloads, but for challenges."""
    reload_by(nginx, f'if ! grep -q acme-challenge {nginx.root}/conf.d/{NAME}.conf; then exit 0; '
              'fi; exec /usr/sbin/nginx "$@"')


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
    assert ROLLBACK_WARNING not in result.text


def test_a_former_certificate_is_a_failure_and_owed_until_it_is_gone(site_certbot, nginx,
                                                                     start_pebble):
    """The reload is said to have been done, and was not."""
    # The renewal needs no challenge, and so no reload for one.
    site_certbot.ca = start_pebble(nonce_reject=0, always_valid=True, authz_reuse=100)
    nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect")
    first = shown(nginx)
    forget_reloads(nginx)
    nginx.forget_calls()
    result = site_certbot.run("renew", "--force-renewal", check=1)
    assert f"The new certificate of {NAME} is not served: {NAME} at 127.0.0.1:" in result.err
    assert f"shows another certificate (for {NAME}; issued by" in result.err
    assert len(nginx.calls("reload")) == 2 and shown(nginx) == first
    lineage = site_certbot.lineage(NAME)
    assert "proof_pending = True" in lineage.conf() and "reload_pending" not in lineage.conf()
    conf = lineage.conf()
    listed = site_certbot.run("certificates", "--served", check=1)
    assert f"Served: {NAME} at 127.0.0.1:" in listed.out and "shows another cert" in listed.out
    assert lineage.conf() == conf and len(nginx.calls("reload")) == 2
    # A run that does not know of the installer has not looked.
    site_certbot.nginx("certonly", "-a", "nginx", "-d", NAME, "--keep")
    assert "proof_pending = True" in lineage.conf()
    nginx.reload()
    nginx.await_leaf(NAME, lineage.serial())
    site_certbot.run("renew")
    assert lineage.version() == 2 and "_pending" not in lineage.conf()
    listed = site_certbot.run("certificates", "--served")
    assert f"{NAME} at 127.0.0.1:{nginx.https_port}/tls: shown\n" in listed.out
    nginx.stop()
    assert "Served: not known" in site_certbot.run("certificates", "--served").out


def test_something_else_on_the_port_proves_nothing(site_certbot, nginx, start_pebble):
    """nginx was told of a port that it cannot have, and goes on with its former configuration."""
    # The challenges of the renewal are not answered.
    site_certbot.ca = start_pebble(nonce_reject=0, always_valid=True)
    nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect")
    with Front(make_pair(nginx)) as front:
        site = nginx.root / "conf.d" / f"{NAME}.conf"
        site.write_text("\n".join(line for line in site.read_text().replace(
            f"listen {nginx.https_port} ssl", f"listen {front.port} ssl").splitlines()
            if "[::]" not in line) + "\n")
        result = site_certbot.run("renew", "--force-renewal")
    lineage = site_certbot.lineage(NAME)
    assert lineage.version() == 2 and "_pending" not in lineage.conf()
    assert f"Cannot see that the certificate of {NAME} is in use: " in result.err


def test_nothing_is_looked_at_if_nobody_wants_it(site_certbot, nginx):
    nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME, "--no-redirect", "--prove", "none")
    forget_reloads(nginx)
    site_certbot.run("renew", "--force-renewal")
    assert "_pending" not in site_certbot.lineage(NAME).conf()


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


class Front:
    """A program of its own that speaks TLS on a port."""

    def __init__(self, pair):
        self.port = free_port()
        self.child = Child(["openssl", "s_server", "-quiet", "-accept", f"{self.port}", "-cert",
                            pair[0], "-key", pair[1]], pair[0].parent / "front.log")

    def __enter__(self):
        self.child.await_port(self.port)
        return self

    def __exit__(self, *failure):
        self.child.stop()


def make_pair(nginx):
    make_certificate(nginx)
    return nginx.root / "old.pem", nginx.root / "old.key"


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
