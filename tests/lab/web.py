"""A web server on loopback that serves a directory per name, where the CA looks for http-01."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Handler(SimpleHTTPRequestHandler):
    """Serves from the root of the Host field."""

    def __init__(self, site, *args):
        self.site = site
        super().__init__(*args)

    def translate_path(self, path):
        name = self.headers.get("Host", "").rpartition(":")[0]
        root = self.site.roots.get(name)
        if root is None:
            return "/nonexistent"
        self.site.on_request(Path(root), path)
        return str(root) + path.partition("?")[0]

    def log_message(self, *_):
        pass


class Site:
    """`roots`: {name: directory}, may change at any time. on_request(root, path) is called before
    each answer."""

    def __init__(self, port, roots, on_request=lambda root, path: None):
        self.roots = roots
        self.on_request = on_request
        self.server = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(_Handler, self))

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
