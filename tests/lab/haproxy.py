"""HAProxy with a configuration, ports and sockets of its own, and what a client sees of it."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from .mail import shown_leaf
from .process import Child, Part, free_port, require_program, wait_for

PROGRAM = "/usr/sbin/haproxy"

GLOBAL = """global
    # The administrator's.
    maxconn 100
    stats socket {folder}/admin.sock mode 600 level {level}
    pidfile {folder}/pid
{more}

defaults"""
DEFAULTS = """
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
"""
PLAIN = """
frontend web
    bind 127.0.0.1:{http}
    acl is_a hdr(host) -i a.lab.test www.a.lab.test
    use_backend site if is_a
    default_backend site

backend site
    http-request return status 200 content-type text/plain string "site"
"""
TLS = PLAIN.replace("    acl", "    bind 127.0.0.1:{https} ssl crt {certs}\n    acl", 1)
# As the certbot-haproxy plugin wants it.
FORWARDING = """
frontend web
    bind 127.0.0.1:{http}
    acl is_certbot path_beg -i /.well-known/acme-challenge
    use_backend certbot if is_certbot
    default_backend site

backend certbot
    server certbot 127.0.0.1:{responder}

backend site
    http-request return status 200 content-type text/plain string "site"
"""


class HAProxy(Part):
    """Debian's HAProxy with a master. master_socket: reloads go by it, else by a signal. ready: whether
    the configuration is whole from the beginning; else start() is called later."""

    def __init__(self, http_port, text=PLAIN, level="admin", more="", master_socket=True, ready=True):
        self.ready = ready
        require_program(PROGRAM)
        self.folder = Path(tempfile.mkdtemp(prefix="haproxy-"))
        self.root = self.folder / "etc"
        self.certs = self.root / "certs"
        self.certs.mkdir(parents=True)
        self.http, self.https, self.responder = http_port, free_port(), free_port()
        self.master_socket = self.folder / "master.sock" if master_socket else None
        self.config = self.root / "haproxy.cfg"
        self.write(GLOBAL.format(folder=self.folder, level=level, more=more) + DEFAULTS + text)
        self.program = self.folder / "haproxy"
        self.program.write_text(f"#!/bin/sh\necho \"$*\" >> {self.folder}/calls\nexec {PROGRAM} \"$@\"\n")
        self.program.chmod(0o755)

    def write(self, text):
        for name, value in (("http", self.http), ("https", self.https), ("certs", self.certs),
                            ("responder", self.responder)):
            text = text.replace("{" + name + "}", str(value))
        self.config.write_text(text)

    def start(self, *more, mode="-W"):
        argv = [PROGRAM, mode, "-f", self.config, *more]
        if self.master_socket:
            argv += ["-S", self.master_socket]
        self.child = Child(argv, self.folder / "log")
        self.child.await_port(self.http)
        return self

    def __enter__(self):
        return self.start() if self.ready else self

    def stop_only(self):
        """Ends it, and leaves its files."""
        super().stop()

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def options(self):
        return ["--haproxy-config", self.config, "--haproxy-ctl", self.program,
                "--haproxy-crt-dir", self.certs, "--haproxy-http-01-port", self.responder,
                "--https-port", self.https, "--http-01-port", self.http,
                *(["--haproxy-master-socket", self.master_socket] if self.master_socket else ())]

    # --- what it does ---

    def ask(self, command):
        """The answer of the runtime interface."""
        with socket.socket(socket.AF_UNIX) as plain:
            plain.settimeout(10)
            plain.connect(str(self.folder / "admin.sock"))
            plain.sendall(command.encode() + b"\n")
            return plain.makefile("rb").read().decode()

    def worker(self):
        """The number of the process that serves: another one after each reload."""
        def number():
            # In a reload the socket is away for a moment.
            with contextlib.suppress(OSError):
                return next((int(line.split()[1]) for line in self.ask("show info").splitlines()
                             if line.startswith("Pid:")), None)
        return wait_for(number, "a process that answers")

    def reloads(self):
        """How many certbot made: each begins with a test of the configuration."""
        calls = self.folder / "calls"
        return calls.read_text().count("-c ") if calls.exists() else 0

    def reload(self):
        before = self.worker()
        os.kill(self.child.pid, signal.SIGUSR2)

        wait_for(lambda: self.worker() != before, "a new worker")
        # Until it has gone, the old one may still get connections.
        wait_for(lambda: not Path(f"/proc/{before}").exists(), "the end of the old worker")

    def leaf(self, name=None):
        return shown_leaf(self.https, name)

    def await_leaf(self, leaf, name=None):
        def is_shown():
            with contextlib.suppress(OSError):
                return self.leaf(name) == leaf
        wait_for(is_shown, f"the leaf of {name}")

    def get(self, path="/", host="a.lab.test"):
        """Status and body of a plain request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Host": host})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()

    def accepts_config(self):
        return subprocess.run([PROGRAM, "-c", "-q", "-f", self.config], capture_output=True).returncode == 0

    def own_pem(self, path, *names):
        """A self-signed pair in one file, as an administrator may have it."""
        cert, key = self.folder / "own.crt", self.folder / "own.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=own", "-days", "9",
                        "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names),
                        "-keyout", key, "-out", cert], check=True, capture_output=True)
        path.write_bytes(cert.read_bytes() + key.read_bytes())
        path.chmod(0o600)
        return path
