"""A mail server on the standard ports, as another machine sees it."""

import pytest

from lab.mail import shown_leaf

from .client import EMAIL, TERMS, talk
from .machine import Machine

HOST, OTHER, CORRESPONDENT = "mail.example.com", "mx.example.com", 70
# Port: protocol of its STARTTLS, or None for TLS from the first byte.
PORTS = {25: "smtp", 587: "smtp", 143: "imap", 993: None}


@pytest.fixture
def mail(client):
    """A client with Postfix and Dovecot as Debian installs them, and the port for submission. Dovecot's
    first certificate, which Debian makes, is missing on a system without the package ssl-cert."""
    client.run("postconf", "-e", f"myhostname = {HOST}", "inet_interfaces = all",
               "smtpd_tls_security_level = may")
    client.run("postconf", "-M", "submission/inet = submission inet n - y - - smtpd")
    client.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=own", "-keyout",
               "/etc/dovecot/private/dovecot.key", "-out", "/etc/dovecot/private/dovecot.pem")
    for server in ("postfix", "dovecot"):  # the latter keeps what it was given for its errors
        client.run("sh", "-c", f"service {server} start >/tmp/{server} 2>&1")
    return client


@pytest.fixture
def correspondent(world):
    with Machine(world.network, "correspondent", CORRESPONDENT) as machine:
        yield world.network.join(machine)


def seen_from(machine, client, name):
    with machine.network_of():
        return {port: shown_leaf(port, name, protocol, client.address)
                for port, protocol in PORTS.items()}


def test_each_name_has_its_certificate_at_postfix_and_dovecot_and_its_renewals(mail, correspondent):
    """The correspondent names the server that it wants (SNI), by STARTTLS on 25, 587 and 143, too."""
    talk(mail, f"certbot run -a standalone -i postfix,dovecot -d {HOST}", EMAIL, TERMS)
    mail.type(f"certbot run -n -a standalone -i postfix,dovecot -d {OTHER}")
    former = set()
    for command in (None, "certbot renew --force-renewal"):
        if command:
            mail.type(command)
        leaves = {name: mail.lineage(name).verify(name).cert for name in (HOST, OTHER)}
        for name, leaf in leaves.items():
            assert seen_from(correspondent, mail, name) == dict.fromkeys(PORTS, leaf), name
        # Who names nothing gets that of the host's name.
        assert seen_from(correspondent, mail, None) == dict.fromkeys(PORTS, leaves[HOST])
        assert not former & set(leaves.values())
        former |= set(leaves.values())
