"""nginx of a later Debian: "http2 on", QUIC and TLS on one port."""

import socket
import ssl

import pytest

from lab.authority import ServerIdentity
from lab.nginx import LATER_PROGRAM, Nginx

NAMES = ("a.nginx.test", "b.nginx.test", "c.nginx.test")
SITES = """http2 on;
server {
    listen {http};
    listen [::]:{http};
    server_name a.nginx.test;
    location / {
        return 200 "a";
    }
}
server {
    listen {https} quic reuseport;
    listen {https} ssl;
    server_name b.nginx.test;
    ssl_certificate old.pem;
    ssl_certificate_key old-key.pem;
    add_header Alt-Svc 'h3=":{https}"';
    location / {
        return 200 "b";
    }
}
server {
    listen {http};
    listen [::]:{https} quic reuseport;
    server_name c.nginx.test;
    ssl_certificate old.pem;
    ssl_certificate_key old-key.pem;
    location / {
        return 200 "c";
    }
}
"""


@pytest.fixture
def nginx(tmp_path, pebble):
    server = Nginx(tmp_path / "certbot" / "nginx", pebble.http_port, program=LATER_PROGRAM)
    identity = ServerIdentity(tmp_path)
    server.write("old.pem", identity.cert_path.read_bytes())
    server.write("old-key.pem", identity.key_path.read_bytes())
    server.site("sites", SITES)
    yield server.start()
    server.stop()


def protocol(nginx, name):
    """What a client gets that would like HTTP/2."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", nginx.https_port), timeout=5) as plain, \
            context.wrap_socket(plain, server_hostname=name) as tls:
        return tls.selected_alpn_protocol()


def test_issue_install_renew_and_roll_back(site_certbot, nginx, roots):
    before = nginx.texts()
    names = [word for name in NAMES for word in ("-d", name)]
    site_certbot.nginx("run", "--nginx", *names, "--redirect", "--hsts")
    for name in NAMES:
        answer = nginx.get(name, tls=roots)
        assert answer.body == name[0]
        assert answer.headers["Strict-Transport-Security"]
        assert protocol(nginx, name) == "h2"
    assert nginx.get("a.nginx.test", address="::1", tls=roots).body == "a"
    for name in ("a.nginx.test", "c.nginx.test"):
        assert nginx.get(name).status == 301
    text = (nginx.root / "conf.d/sites.conf").read_text()
    assert text.count(" quic reuseport;") == 2
    assert "[warn]" not in nginx.try_test().stderr
    installed = nginx.texts()
    site_certbot.nginx("install", "--nginx", "--cert-name", NAMES[0])
    assert nginx.texts() == installed
    site_certbot.nginx("renew", "--force-renewal")
    assert nginx.leaf(NAMES[1]).serial_number == site_certbot.lineage(NAMES[0]).serial()
    site_certbot.nginx("rollback", "--nginx", "--checkpoints", "9")
    assert nginx.texts() == before
    nginx.test()


def test_http2_option_of_the_plain_socket_becomes_a_directive(nginx, site_certbot):
    """nginx warns of the option. Certbot cannot ask this socket, so the reload gets its time."""
    path = nginx.site("sites", """server {
    listen {http} http2;
    listen [::]:{http} http2;
    server_name a.nginx.test;
    location / {
        return 200 "a";
    }
}
""")
    nginx.stop()
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "--no-redirect")
    text = path.read_text()
    assert f"listen {nginx.https_port} ssl; #" in text and text.count("http2 on;") == 1
    assert protocol(nginx, "a.nginx.test") == "h2"
