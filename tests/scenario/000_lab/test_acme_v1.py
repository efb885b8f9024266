"""The lab's CA of ACME v1 answers as one, and looks for tls-sni-01 with a TLS client."""

import contextlib
import hashlib
import json
import socket
import ssl
import threading
import urllib.error
import urllib.request

import pytest

from lab.acme_v1 import VALIDATORS, AcmeV1, Refused, sni_name
from lab.authority import Authority, cert_pem, key_pem, new_key


def test_its_problems_are_those_of_v1(tmp_path):
    with AcmeV1(tmp_path / "ca") as ca:
        context = ssl.create_default_context(cafile=ca.ca_bundle)
        with urllib.request.urlopen(ca.directory, context=context, timeout=5) as reply:
            assert json.load(reply)["meta"]["terms-of-service"] == ca.terms_url
        request = urllib.request.Request(
            ca.url("new-reg"), data=b'{"protected": "e30", "payload": "", "signature": ""}',
            headers={"Content-Type": "application/jose+json"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, context=context, timeout=5)
        assert json.load(refused.value)["type"] == "urn:acme:error:malformed"
        assert refused.value.headers["Replay-Nonce"] in ca.nonces


class Shown:
    """Shows one certificate to every TLS client, whatever name it asks for."""

    def __init__(self, folder, *names):
        key = new_key()
        (folder / "cert.pem").write_bytes(cert_pem(Authority().issue(names, key.public_key())))
        (folder / "key.pem").write_bytes(key_pem(key))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self.asked = []
        self.context.sni_callback = lambda tls, name, context: self.asked.append(name)
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self.listener.accept()
                with contextlib.suppress(OSError), \
                        self.context.wrap_socket(plain, server_side=True) as tls:
                    tls.recv(1)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)


def test_tls_sni_01_is_validated_by_a_tls_client(tmp_path):
    authorization = "token.thumbprint"
    digest = hashlib.sha256(authorization.encode()).hexdigest()
    name = f"{digest[:32]}.{digest[32:]}.acme.invalid"
    ca = AcmeV1(tmp_path / "ca")
    shown = Shown(tmp_path, "dummy", name)
    ca.tls_port = shown.port
    assert sni_name(authorization) == name
    VALIDATORS["tls-sni-01"](ca, "a.test", "token", authorization)
    assert shown.asked == [name]
    with pytest.raises(Refused, match="instead of"):
        VALIDATORS["tls-sni-01"](ca, "a.test", "token", "other.thumbprint")
    shown.stop()
