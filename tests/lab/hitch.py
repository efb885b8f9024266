"""Hitch, which ends TLS in front of Varnish, with a directory of certificates of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .mail import shown_leaf
from .process import Child, Part, free_port, require_program

PROGRAM = "/usr/sbin/hitch"

CONFIG = """# The administrator's.
frontend = "[127.0.0.1]:{port}"
backend = "[127.0.0.1]:{backend}"
pem-dir = "{folder}/certs"
pem-dir-glob = "*.pem"
user = "nobody"
group = "nogroup"
workers = 1
daemon = off
"""


class Hitch(Part):
    """Debian's hitch, in front of a server on the port `backend`."""

    def __init__(self, backend):
        require_program(PROGRAM)
        self.backend = backend

    def start(self):
        self.folder = Path(tempfile.mkdtemp(prefix="hitch-"))
        self.port = free_port()
        certs = self.folder / "certs"
        certs.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=own", "-days", "9",
                        "-keyout", self.folder / "key", "-out", self.folder / "cert"],
                       check=True, capture_output=True)
        (certs / "own.pem").write_bytes((self.folder / "key").read_bytes()
                                        + (self.folder / "cert").read_bytes())
        config = self.folder / "hitch.conf"
        config.write_text(CONFIG.format(port=self.port, backend=self.backend, folder=self.folder))
        self.child = Child([PROGRAM, f"--config={config}"], self.folder / "log")
        try:
            self.child.await_port(self.port)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reload(self):
        os.kill(self.child.pid, signal.SIGHUP)

    def shown(self, name):
        """The certificate that a client gets."""
        return shown_leaf(self.port, name)
