"""An HTTP server on loopback: what the doubles and twins of providers and the OCSP responder stand on."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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
    """Serves by `handler`, whose requests find this object as `self.server.api`. `environment` makes
    the program ask it."""

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

    @property
    def environment(self):
        return {"CERTBOT_DNS_API_DOUBLE": f"http://127.0.0.1:{self.server.server_port}"}
