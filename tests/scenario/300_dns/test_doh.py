"""DNS over HTTPS as the resolver (RFC 8484): a front of the lab's BIND."""

import http.server
import socket
import ssl
import threading

import pytest

from lab.bind import Bind
from lab.certbot import Certbot
from lab.hosts import NAME
from lab.process import free_port


class Front:
    """Passes POSTed questions on to a DNS server by UDP."""

    def __init__(self, identity, dns_port):
        self.questions = 0
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/dns-message"
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
                    back.settimeout(5)
                    back.sendto(query, ("127.0.0.1", dns_port))
                    reply = back.recv(65535)
                front.questions += 1
                self.send_response(200)
                self.send_header("Content-Type", "application/dns-message")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, format, *args):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.cert_path, identity.key_path)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"https://{NAME}:{self.server.server_port}/dns-query"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("reachable", (True, False), ids=("servers", "resolver-alone"))
def test_a_resolver_by_https_serves_zones_aliases_and_waiting(tmp_path, start_pebble, reachable):
    with Bind(tmp_path / "bind", recursive=True,
              records={"example.test": ["_acme-challenge.www IN CNAME there.example.test."]}) as bind:
        pebble = start_pebble(dns=bind.dns_address, authz_reuse=0)
        port = bind.port if reachable else free_port()
        certbot = Certbot(tmp_path / "certbot", pebble, env={"CERTBOT_DNS_TEST_PORT": str(port)})
        front = Front(pebble.identity, bind.port)
        try:
            run = certbot.run("certonly", "-n", "--dns-rfc2136", "--dns-rfc2136-credentials",
                              bind.credentials(tmp_path / "bind.ini"), "--dns-resolver", front.url,
                              "-d", "www.example.test")
        finally:
            front.stop()
        assert front.questions >= 4
        assert "Continuing after" not in run.text
        assert "is an alias for 'there.example.test'" in certbot.log()


def test_only_the_ca_may_show_any_certificate(tmp_path, start_pebble):
    with Bind(tmp_path / "bind", recursive=True) as bind:
        pebble = start_pebble(dns=bind.dns_address, authz_reuse=0)
        certbot = Certbot(tmp_path / "certbot", pebble, env={"CERTBOT_DNS_TEST_PORT": str(bind.port),
                                                             "REQUESTS_CA_BUNDLE": ""})
        front = Front(pebble.identity, bind.port)
        try:
            certbot.run("certonly", "-n", "--no-verify-ssl", "--dns-rfc2136", "--dns-rfc2136-credentials",
                        bind.credentials(tmp_path / "bind.ini"), "--dns-resolver", front.url,
                        "--dns-rfc2136-propagation-seconds", "1", "-d", "www.example.test")
        finally:
            front.stop()
        assert front.questions == 0
        assert "cannot verify the TLS certificate of" in certbot.log()
