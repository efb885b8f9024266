"""Lineages that are due, made without a CA: many at once, for runs that renew them."""

import datetime
import json
import re

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _certificate(key, subject, issuer_key, issuer, names, days):
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder()
               .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
               .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=80))
               .not_valid_after(now + datetime.timedelta(days=days)))
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def plant(certbot, template, names, days=10):
    """Makes one lineage for each name, after the pattern of an existing one, which a CA issued."""
    lineage = certbot.lineage(template)
    conf = lineage.conf_path.read_text()
    issuer_key = ec.generate_private_key(ec.SECP256R1())
    chain = _certificate(issuer_key, "Issuer", issuer_key, "Issuer", [], days + 1)
    for name in names:
        key = ec.generate_private_key(ec.SECP256R1())
        cert = _certificate(key, name, issuer_key, "Issuer", [name], days)
        texts = {"cert": cert, "chain": chain, "fullchain": cert + chain,
                 "privkey": key.private_bytes(serialization.Encoding.PEM,
                                              serialization.PrivateFormat.PKCS8,
                                              serialization.NoEncryption())}
        other = certbot.lineage(name)
        other.archive.mkdir(parents=True)
        other.live.mkdir(parents=True)
        for kind, text in texts.items():
            path = other.archive / f"{kind}1.pem"
            path.write_bytes(text)
            path.chmod(0o600 if kind == "privkey" else 0o644)
            (other.live / f"{kind}.pem").symlink_to(f"../../archive/{name}/{kind}1.pem")
        other.conf_path.write_text(re.sub(rf"(?<=/){re.escape(template)}(?=/|$)", name, conf,
                                          flags=re.MULTILINE))
        other.conf_path.chmod(0o600)


def make_hsts_steps_due(certbot, plugin):
    """Makes the last steps of --auto-hsts older than two days."""
    path = certbot.config_dir / ".pluginstorage.json"
    storage = json.loads(path.read_text())
    for entry in storage[plugin]["autohsts"].values():
        entry["timestamp"] -= 49 * 3600
    path.write_text(json.dumps(storage))


def hsts_steps(certbot, plugin):
    """The steps that the blocks have reached, in order."""
    storage = json.loads((certbot.config_dir / ".pluginstorage.json").read_text())
    return sorted(entry["laststep"] for entry in storage[plugin]["autohsts"].values())


def make_due(certbot, name, authenticator="standalone"):
    """Makes an existing certificate of standalone due, by that authenticator."""
    conf = certbot.lineage(name).conf_path
    conf.write_text("renew_before_expiry = 4000 days\n" + conf.read_text().replace(
        "authenticator = standalone", f"authenticator = {authenticator}"))
