"""nginx with a server root, ports and control program of its own, and clients for it."""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path

from cryptography import x509

from .pebble import FOLDER as PEBBLE_FOLDER
from .process import Child, LabError, Part, free_port, require_program, wait_for

PROGRAM = "/usr/sbin/nginx"
# Of a later Debian, unpacked by scripts/bootstrap.
LATER_PROGRAM = str(PEBBLE_FOLDER.parent / "nginx/nginx")

MAIN = """user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;

events {{
    worker_connections 768;
}}

http {{
    access_log off;
    client_body_temp_path {folder}/tmp;
    proxy_temp_path {folder}/tmp;
    fastcgi_temp_path {folder}/tmp;
    uwsgi_temp_path {folder}/tmp;
    scgi_temp_path {folder}/tmp;
    include conf.d/*.conf;
    include sites-enabled/*;
}}
"""

# Notes each call, so that tests can count tests and reloads.
CONTROL = """#!/bin/sh
echo "$*" >> {folder}/control.log
exec {program} "$@"
"""


class Answer:
    """What a client got over HTTP."""

    def __init__(self, reply):
        self.status = reply.status
        self.headers = reply.headers
        self.body = reply.read().decode(errors="replace")


class Nginx(Part):
    """Debian's nginx. Sites are files of conf.d or sites-available; `{http}` and `{https}` in their
    text become the ports. under: a command line that runs it, such as nsenter's."""

    def __init__(self, folder, http_port=None, under=(), program=PROGRAM):
        require_program(program)
        self.folder = Path(folder)
        self.under = under
        self.program = program
        self.root = self.folder / "etc"
        self.http_port = http_port or free_port()
        self.https_port = free_port()
        self.control = self.folder / "nginx-control"
        for name in ("conf.d", "sites-available", "sites-enabled"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        (self.folder / "www").mkdir(exist_ok=True)
        self.control.write_text(CONTROL.format(folder=self.folder, program=program))
        self.control.chmod(0o755)
        self.write("nginx.conf", MAIN.format(folder=self.folder))

    # --- configuration ---

    def write(self, path, text):
        """Writes a file below the server root as it stands; returns its path."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            target.write_bytes(text)
        else:
            target.write_text(text)
        return target

    def fill(self, text):
        return (text.replace("{http}", str(self.http_port))
                .replace("{https}", str(self.https_port))
                .replace("{root}", str(self.root)).replace("{www}", str(self.folder / "www")))

    def site(self, name, text):
        """A file of conf.d."""
        return self.write(f"conf.d/{name}.conf", self.fill(text))

    def plain_site(self, *names, file=None, body=None):
        """A block that listens on the plain port and answers with a text of its own."""
        return self.site(file or names[0], f"""server {{
    listen {{http}};
    listen [::]:{{http}};
    server_name {" ".join(names)};
    location / {{
        return 200 "{body or names[0]}";
    }}
}}
""")

    def enabled_site(self, name, text):
        """A file of sites-available, enabled by a link; returns both paths."""
        available = self.write(f"sites-available/{name}", self.fill(text))
        link = self.root / "sites-enabled" / name
        link.symlink_to(os.path.relpath(available, link.parent))
        return available, link

    def texts(self):
        """All files below the server root: path: bytes, or the target of a link."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            if path.is_symlink():
                found[str(path.relative_to(self.root))] = os.readlink(path)
            elif path.is_file() and path.name != ".certbot.lock":
                found[str(path.relative_to(self.root))] = path.read_bytes()
        return found

    # --- life ---

    def start(self):
        self.test()
        (self.folder / "nginx.pid").unlink(missing_ok=True)
        self.child = Child([*self.under, self.program, "-c", self.root / "nginx.conf", "-g", "daemon off;"],
                           self.folder / "nginx.log")
        self.child.await_true(lambda: (self.folder / "nginx.pid").exists() and
                              (self.folder / "nginx.pid").read_text().strip(), "pid file")
        return self

    def reload(self):
        """As `nginx -s reload`, past the control program that counts."""
        os.kill(int((self.folder / "nginx.pid").read_text()), signal.SIGHUP)

    def test(self):
        """nginx -t; raises with its message."""
        done = self.try_test()
        if done.returncode:
            raise LabError(f"nginx -t: {done.stderr}")

    def try_test(self):
        return subprocess.run([*self.under, self.program, "-t", "-c", self.root / "nginx.conf"],
                              capture_output=True, text=True)

    def calls(self, *words):
        """Calls of the control program so far that have all the words."""
        log = self.folder / "control.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if all(word in line.split() for word in words)]

    def forget_calls(self):
        (self.folder / "control.log").unlink(missing_ok=True)

    def options(self):
        """For certbot's command line."""
        return ["--nginx-server-root", self.root, "--nginx-ctl", self.control,
                "--http-01-port", self.http_port, "--https-port", self.https_port]

    # --- clients ---

    def get(self, name, path="/", address="127.0.0.1", tls=None, port=None):
        """A request for the name; tls: roots as PEM, or True to trust everything."""
        if tls is None:
            connection = http.client.HTTPConnection(address, port or self.http_port, timeout=5)
        else:
            connection = http.client.HTTPConnection(address, port or self.https_port, timeout=5)
            connection.sock = self.tls_socket(name, address, port, roots=tls)
        connection.request("GET", path, headers={"Host": name})
        try:
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def tls_socket(self, name, address="127.0.0.1", port=None, roots=True):
        context = ssl.create_default_context()
        if roots is True:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context = ssl.create_default_context(cadata=roots)
        plain = socket.create_connection((address, port or self.https_port), timeout=5)
        return context.wrap_socket(plain, server_hostname=name)

    def leaf(self, name, address="127.0.0.1", port=None, roots=True):
        """The certificate that a client gets which asks for the name."""
        with self.tls_socket(name, address, port, roots) as connection:
            return x509.load_der_x509_certificate(connection.getpeercert(binary_form=True))

    def await_leaf(self, name, serial, **options):
        """Waits until the name is served with the certificate of that serial number."""
        def served():
            try:
                return self.leaf(name, **options).serial_number == serial
            except OSError:
                return False
        wait_for(served, f"{name} with serial {serial:x}")


def copy_of(nginx, folder):
    """Another nginx with the same configuration, its own folder and ports."""
    twin = Nginx(folder)
    shutil.rmtree(twin.root)
    shutil.copytree(nginx.root, twin.root, symlinks=True)
    for path in twin.root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes().replace(str(nginx.folder).encode(), str(twin.folder).encode())
            path.write_bytes(data)
    return twin
