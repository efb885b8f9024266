"""A TLS server that somebody has set up for tls-sni-01: it shows the certificate of a folder that is
named for what the client asks for, NAME.crt with the key NAME.pem."""

import contextlib
import socketserver
import ssl
import threading
from pathlib import Path

from .authority import ServerIdentity
from .process import Part


class SniServer(Part):
    def __init__(self, folder, port):
        self.folder, self.port = Path(folder), port
        self.folder.mkdir()
        self.server = None

    def start(self):
        own = ServerIdentity(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own.cert_path, own.key_path)
        context.sni_callback = self._choose

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError), \
                        context.wrap_socket(self.request, server_side=True) as tls:
                    tls.recv(1)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def _choose(self, connection, name, _):
        cert = self.folder / f"{name}.crt"
        if cert.exists():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, cert.with_suffix(".pem"))
            connection.context = context
