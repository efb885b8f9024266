"""Certificate signing requests that somebody made elsewhere, with a key that no certbot sees."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def request_of(*names, key=None, encoding=serialization.Encoding.PEM):
    """The bytes of a request for the names."""
    return x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False).sign(
            key or ec.generate_private_key(ec.SECP384R1()), hashes.SHA256()).public_bytes(encoding)
