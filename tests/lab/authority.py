"""A small certification authority: certificates for the lab's own servers and for test data."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from .hosts import NAME

DAY = datetime.timedelta(days=1)


def new_key(kind="ecdsa"):
    if kind == "ecdsa":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def cert_pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM)


def public_bytes(key_or_cert):
    """The public key as DER: equal for a key and the certificate made for it."""
    return key_or_cert.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def subject(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """Signs with a key of its own. The parent signs its certificate; a root signs itself. Ten years
    from `start`, which is now, it expires."""

    def __init__(self, name="Lab Root", parent=None, start=None):
        self.key = new_key()
        self.name = subject(name)
        signer = parent or self
        builder = self._builder(self.name, self.key.public_key(), 3650 * DAY, signer.name, start)
        if parent:
            builder = builder.add_extension(self._issued_by(parent), critical=False)
        self.cert = builder \
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()),
                           critical=False) \
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True) \
            .add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False,
                                         False), critical=True) \
            .sign(signer.key, hashes.SHA256())

    @staticmethod
    def _issued_by(authority):
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())

    @staticmethod
    def _builder(name, public_key, lifetime, issuer, start=None):
        start = start or datetime.datetime.utcnow() - datetime.timedelta(hours=1)
        return x509.CertificateBuilder().subject_name(name).issuer_name(issuer) \
            .public_key(public_key).serial_number(x509.random_serial_number()) \
            .not_valid_before(start).not_valid_after(start + lifetime)

    def issue(self, names, public_key, lifetime=90 * DAY, start=None, ocsp_url=None):
        """A server certificate for the names, which may be IP addresses."""
        builder = self._builder(x509.Name([]), public_key, lifetime, self.name, start)
        if ocsp_url:
            builder = builder.add_extension(x509.AuthorityInformationAccess([
                x509.AccessDescription(AuthorityInformationAccessOID.OCSP,
                                       x509.UniformResourceIdentifier(ocsp_url))]), critical=False)
        return builder \
            .add_extension(x509.SubjectAlternativeName([general_name(name) for name in names]),
                           critical=True) \
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True) \
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
                           critical=False) \
            .add_extension(self._issued_by(self), critical=False) \
            .sign(self.key, hashes.SHA256())


class ServerIdentity:
    """Files with which a loopback server proves who it is: certificate, key, and the CA bundle."""

    def __init__(self, folder, names=(NAME, "localhost", "127.0.0.1", "::1")):
        authority = Authority("Lab Loopback CA")
        key = new_key()
        self.cert_path = folder / "server-cert.pem"
        self.key_path = folder / "server-key.pem"
        self.bundle_path = folder / "server-ca.pem"
        self.cert_path.write_bytes(cert_pem(authority.issue(names, key.public_key())))
        self.key_path.write_bytes(key_pem(key))
        self.bundle_path.write_bytes(cert_pem(authority.cert))
