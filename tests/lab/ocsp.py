"""An OCSP responder on a loopback port, for certificates of a lab Authority."""

import datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from .loopback_api import LoopbackApi, QuietHandler


class Handler(QuietHandler):
    def do_POST(self):
        body = self.server.api.answer(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "application/ocsp-response")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class OCSPResponder(LoopbackApi):
    """Answers for the authority about these certificates (a list that may grow). `revoked` has serial
    numbers; `asked` those that were asked about. `signer` may be another authority."""

    handler = Handler

    def __init__(self, authority, certificates):
        super().__init__()
        self.authority = self.signer = authority
        self.certificates = certificates
        self.revoked, self.asked = set(), []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/"

    def answer(self, request_der):
        serial = ocsp.load_der_ocsp_request(request_der).serial_number
        self.asked.append(serial)
        cert = next(cert for cert in self.certificates if cert.serial_number == serial)
        now = datetime.datetime.utcnow()
        status, since = (ocsp.OCSPCertStatus.REVOKED, now) if serial in self.revoked else \
            (ocsp.OCSPCertStatus.GOOD, None)
        return ocsp.OCSPResponseBuilder().add_response(
            cert, self.authority.cert, hashes.SHA1(), status, now - datetime.timedelta(hours=1),
            now + datetime.timedelta(days=1), since, None) \
            .responder_id(ocsp.OCSPResponderEncoding.NAME, self.signer.cert) \
            .sign(self.signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
