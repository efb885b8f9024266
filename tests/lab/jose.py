"""Just enough of JWS (RFC 7515) and JWK to check what an ACME client signs."""

import base64
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(text):
    return int.from_bytes(unbase64(text), "big")


def public_key(jwk):
    """The key that a JWK describes: RSA or P-256."""
    if jwk["kty"] == "RSA":
        return rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key()
    return ec.EllipticCurvePublicNumbers(
        _number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()).public_key()


def _verify(key, signature, signed):
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        return
    half = len(signature) // 2
    encoded = encode_dss_signature(int.from_bytes(signature[:half], "big"),
                                   int.from_bytes(signature[half:], "big"))
    key.verify(encoded, signed, ec.ECDSA(hashes.SHA256()))


def open_jws(body, key_of_kid):
    """Checks a flattened JWS and returns (protected header, payload or None for POST-as-GET, key).
    key_of_kid: finds the key of an account URL. ValueError: the message is not acceptable."""
    try:
        message = json.loads(body)
        protected = json.loads(unbase64(message["protected"]))
        key = public_key(protected["jwk"]) if "jwk" in protected else key_of_kid(protected["kid"])
        signed = f"{message['protected']}.{message['payload']}".encode()
        _verify(key, unbase64(message["signature"]), signed)
        payload = unbase64(message["payload"])
        return protected, json.loads(payload) if payload else None, key
    except (KeyError, TypeError, InvalidSignature, json.JSONDecodeError) as error:
        raise ValueError(f"bad JWS: {error!r}") from error
