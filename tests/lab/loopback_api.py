"""An HTTP server on loopback, the base of the providers' doubles and twins and of the OCSP responder."""

import ssl
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .authority import Authority, cert_pem, key_pem, new_key
from .hosts import NAME
from .process import Part


class QuietHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # head and body in one packet: two would wait for each other's acknowledgement

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class LoopbackApi(Part):
    """Serves by `handler`, whose requests find this object as `self.server.api`."""

    handler = QuietHandler
    server_class = Server

    def __init__(self):
        self.lock = threading.Lock()
        self.server = None

    def start(self):
        self.server = self.server_class(("127.0.0.1", 0), self.handler)
        self.server.api = self
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


class HostHandler(QuietHandler):
    """`url` is what was asked for, whichever way it came."""

    base = ""  # scheme and host, behind a CONNECT

    @property
    def url(self):
        return self.base + self.path

    def do_CONNECT(self):
        host, _, port = self.path.rpartition(":")
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        self.connection = self.tls_context(host).wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.base = f"https://{host}" + ("" if port == "443" else f":{port}")
        self.close_connection = False

    def tls_context(self, host):
        return context_of(host)

    def finish(self):
        super().finish()
        self.connection.close()


_folder = tempfile.TemporaryDirectory(prefix="hosts-")
_authority = Authority("Lab Hosts CA")
_contexts = {}
_lock = threading.Lock()
BUNDLE = Path(_folder.name) / "ca.pem"
BUNDLE.write_bytes(cert_pem(_authority.cert))


def context_of(host):
    """Proves to be the host."""
    with _lock:
        if host not in _contexts:
            key, path = new_key(), Path(_folder.name) / "host.pem"
            path.write_bytes(key_pem(key) + cert_pem(_authority.issue([host], key.public_key())))
            _contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            _contexts[host].load_cert_chain(path)
        return _contexts[host]


class HostsApi(LoopbackApi):
    """Takes the place of every host, by their real names and behind TLS: it is the proxy that the program
    is told to use, and the CA of its certificates is trusted by `environment`, as an administrator would
    do it."""

    handler = HostHandler

    @property
    def environment(self):
        proxy = f"http://127.0.0.1:{self.server.server_port}"
        return {"https_proxy": proxy, "http_proxy": proxy, "no_proxy": f"localhost,{NAME}",
                "REQUESTS_CA_BUNDLE": str(BUNDLE)}

    def environment_with(self, ca_bundle, folder):
        """The environment of a program that trusts another CA too."""
        both = Path(folder) / "both-ca.pem"
        both.write_bytes(BUNDLE.read_bytes() + Path(ca_bundle).read_bytes())
        return {**self.environment, "REQUESTS_CA_BUNDLE": str(both)}
