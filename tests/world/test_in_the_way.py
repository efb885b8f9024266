"""Obstacles between a client and the CA: proxies, portals, inspection, slow and long lines."""

import contextlib
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lab.authority import Authority, cert_pem

from .authority import PRODUCTION, STAGING, Identity
from .machine import Machine

CERTONLY = "certbot certonly --standalone -n --agree-tos -m admin@example.com -d www.example.com"
PROXY, MIDDLE = 40, 60
PASSWORD = "pass-word-7"


def verify(client, version=1):
    assert client.lineage("www.example.com").verify("www.example.com").version() == version


# --- proxies ---

class Proxy(Machine):
    """tinyproxy on a machine with a name that its clients' hosts files have."""

    def __init__(self, network, password=None):
        super().__init__(network, "proxy", PROXY)
        self.password = password

    def start(self):
        self.network.join(super().start())
        login = f"BasicAuth admin {self.password}\n" if self.password else ""
        self.write("/etc/resolv.conf", "nameserver 192.0.2.53\n")
        self.write("/etc/tinyproxy.conf", f"Port 8888\nListen {self.address}\nTimeout 60\n"
                   f"LogFile \"/run/tinyproxy.log\"\nLogLevel Connect\nConnectPort 443\n{login}")
        server = self.spawn("tinyproxy", "-d", "-c", "/etc/tinyproxy.conf")
        server.await_true(lambda: "Accepting" in self.log() or self._accepts(), "port 8888")
        return self

    def _accepts(self):
        try:
            self.connect(8888, self.address).close()
            return True
        except OSError:
            return False

    def log(self):
        path = self.path("/run/tinyproxy.log")
        return path.read_text() if path.exists() else ""


@pytest.fixture
def proxy(world):
    with Proxy(world.network) as machine:
        yield machine


@pytest.fixture
def login_proxy(world):
    with Proxy(world.network, PASSWORD) as machine:
        yield machine


@pytest.fixture
def inner(client, world):
    """A client that reaches the CA only by a proxy: no name server, no way to port 443."""
    client.write("/etc/resolv.conf", "")
    client.write("/etc/hosts", "127.0.0.1 localhost\n192.0.2.40 proxy.corp.example\n")
    client.drop(f"ip saddr {world.ca.machine.address} tcp sport 443")
    return client


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
def test_proxy(inner, proxy, variable):
    setting = f"{variable}=http://proxy.corp.example:8888"
    inner.type(f"{setting} {CERTONLY}")
    inner.type(f"{setting} certbot renew --force-renewal")
    verify(inner, 2)
    assert f"CONNECT {PRODUCTION}:443" in proxy.log()


def test_proxy_with_a_password(inner, login_proxy):
    shown = inner.type(f"https_proxy=http://admin:{PASSWORD}@proxy.corp.example:8888 {CERTONLY} -vv")
    verify(inner)
    assert PASSWORD not in shown + inner.read("/var/log/letsencrypt/letsencrypt.log")


def test_proxy_with_a_wrong_password(inner, login_proxy):
    shown = inner.type(f"https_proxy=http://admin:wrong-one-7@proxy.corp.example:8888 {CERTONLY}",
                       check=1)
    assert "the proxy 'proxy.corp.example:8888' refuses the user name or password" in shown
    assert "user:password@" in shown and login_proxy.log().count("CONNECT acme") == 1, login_proxy.log()
    assert "wrong-one-7" not in shown + inner.read("/var/log/letsencrypt/letsencrypt.log")
    assert inner.lineage_names() == []


def test_proxy_that_is_not_there(inner, world):
    inner.write("/etc/hosts", f"{world.ca.machine.address} proxy.corp.example\n")
    shown = inner.type(f"https_proxy=http://proxy.corp.example:8888 {CERTONLY}", check=1)
    assert "proxy" in shown.lower()


@pytest.mark.parametrize("names", [PRODUCTION, "example.com,.letsencrypt.org", "*"])
def test_names_that_the_proxy_is_not_for(client, proxy, names):
    client.write("/etc/hosts", "127.0.0.1 localhost\n192.0.2.40 proxy.corp.example\n")
    client.type(f"no_proxy='{names}' https_proxy=http://proxy.corp.example:8888 {CERTONLY}")
    verify(client)
    assert f"CONNECT {PRODUCTION}" not in proxy.log()


# --- who answers in the CA's place ---

PAGE = b"<html><title>Welcome to the hotel</title>Please log in.</html>"


class PortalHandler(BaseHTTPRequestHandler):
    def _serve(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Location", "http://login.hotel.example/")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    do_GET = do_POST = do_HEAD = _serve

    def log_message(self, *_):
        pass


class PortalServer(ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False

    def handle_error(self, *_):
        """A client that does not trust the portal."""


class Portal(Machine):
    """Answers every request with a page of its own. context: TLS, or None for none."""

    def __init__(self, network, context, status):
        super().__init__(network, "portal", MIDDLE)
        self.context, self.status = context, status

    def start(self):
        self.network.join(super().start())
        self.server = PortalServer(("", 0), PortalHandler, bind_and_activate=False)
        self.server.status = self.status
        self.server.socket = self.listen(443)
        if self.context:
            self.server.socket = self.context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        super().stop()


def tls_of(folder, root, stem):
    identity = Identity(folder, root, [PRODUCTION, STAGING], stem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.cert_path, identity.key_path)
    return context


@pytest.mark.parametrize("kind, status", [("strange-root", 200), ("plain", 200), ("trusted-root", 200),
                                          ("trusted-root", 302), ("trusted-root", 511)])
def test_captive_portal(client, world, tmp_path, kind, status):
    """Nothing is lost by asking in a hotel, and it goes on at home."""
    client.type(CERTONLY)
    root = Authority("Hotel Root")
    context = None if kind == "plain" else tls_of(world.network.folder, root, "hotel")
    if kind == "trusted-root":
        client.trust(cert_pem(root.cert))
    with Portal(world.network, context, status) as portal:
        client.send_elsewhere(443, portal)
        started = time.monotonic()
        shown = client.type("certbot renew --force-renewal", check=1)
        assert PRODUCTION in shown and "error:0A" not in shown
        assert kind == "strange-root" or "captive portal" in shown, shown
        if kind == "plain":
            assert f"'{PRODUCTION}:443' answers in plain text, without TLS" in shown
            assert time.monotonic() - started < 3  # it was tried again for 4 s
        client.type("certbot certonly --standalone -n -d other.example.com", check=1)
    verify(client)
    client.no_more_elsewhere()
    client.type("certbot renew --force-renewal")
    verify(client, 2)


INSPECTION = """
user root;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events {{ }}
http {{
    access_log /var/log/nginx/access.log;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    server {{
        listen 443 ssl default_server;
        listen [::]:443 ssl default_server;
        location / {{
            proxy_pass https://{ca};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_ssl_server_name on;
            proxy_ssl_name $host;
        }}
    }}
}}
"""


class Inspection(Machine):
    """A proxy that opens TLS, and passes on what is inside."""

    def __init__(self, world, root):
        super().__init__(world.network, "inspection", MIDDLE)
        self.world, self.root = world, root

    def start(self):
        self.network.join(super().start())
        identity = Identity(self.network.folder, self.root, [PRODUCTION, STAGING], "inspection")
        self.write("/etc/nginx/nginx.conf", INSPECTION.format(
            cert=identity.cert_path, key=identity.key_path, ca=self.world.ca.machine.address))
        server = self.spawn("nginx", "-g", "daemon off;")
        server.await_true(self.path("/run/nginx.pid").exists, "pid file")
        return self


def test_inspection_with_a_root_in_the_system_store(client, world):
    root = Authority("Corporate Root")
    client.trust(cert_pem(root.cert))
    with Inspection(world, root) as middle:
        client.send_elsewhere(443, middle)
        client.type(CERTONLY)
        client.type("certbot renew --force-renewal")
        assert "/directory" in middle.read("/var/log/nginx/access.log")
    verify(client, 2)


def test_inspection_with_a_root_that_nobody_knows(client, world):
    with Inspection(world, Authority("Corporate Root")) as middle:
        client.send_elsewhere(443, middle)
        shown = client.type(CERTONLY, check=1)
    assert "certificate" in shown and PRODUCTION in shown
    assert client.lineage_names() == []


# --- files of the system that are none ---

LIBRARIES_READ = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
                  "/etc/services", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/openssl.cnf")
NOT_NEEDED = ("/etc/passwd", "/etc/group", "/etc/localtime")


@contextlib.contextmanager
def fifo_at(client, path):
    client.run("sh", "-c", f"mv {path} {path}.away 2>/dev/null; mkfifo {path}")
    yield
    client.run("sh", "-c", f"rm {path}; ! [ -e {path}.away ] || mv {path}.away {path}")


def test_fifos_that_libraries_would_wait_for(client):
    """The C library, libcurl and OpenSSL open these, and nobody will ever write to them."""
    for path in LIBRARIES_READ:
        with fifo_at(client, path):
            shown = client.type(CERTONLY, check=1, timeout=15)
        assert f"/{path.rpartition('/')[2]}': it is not a file, but a FIFO" in shown, path
    assert client.lineage_names() == []


def test_fifos_that_are_as_good_as_missing(client):
    with contextlib.ExitStack() as stack:
        for path in NOT_NEEDED:
            stack.enter_context(fifo_at(client, path))
        client.type(CERTONLY, timeout=30)
    verify(client)


# --- lines ---

def test_line_with_small_packets(world):
    with world.client(mtu=1280) as client:
        client.type(CERTONLY)
        verify(client)


def test_far_away(world):
    """150 ms to everything and back, and one packet in a hundred lost."""
    with world.client(far=(0.075, 10)) as client:
        start = time.monotonic()
        client.type(CERTONLY)
        verify(client)
        assert time.monotonic() - start > 1, "the line is not long"
