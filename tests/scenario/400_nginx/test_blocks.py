"""Which server blocks get certificate and redirect, and what the others go on doing."""

import subprocess

import pytest

from lab.authority import ServerIdentity
from lab.process import free_port


def install(site_certbot, *names, options=()):
    args = [word for name in names for word in ("-d", name)]
    return site_certbot.nginx("run", "--nginx", *args, *options)


@pytest.mark.parametrize("order", [("dot.nginx.test", "www.dot.nginx.test"),
                                   ("www.dot.nginx.test", "dot.nginx.test")])
def test_order_of_names_does_not_matter(order, site_certbot, nginx, roots):
    """The first name's edit gives its block TLS; the second still goes to the block that has it."""
    nginx.plain_site(".dot.nginx.test", file="a", body="dot")
    nginx.plain_site("www.dot.nginx.test", file="b", body="www")
    nginx.start()
    install(site_certbot, *order)
    for name, body in (("dot.nginx.test", "dot"), ("www.dot.nginx.test", "www")):
        assert nginx.get(name, tls=roots).body == body
        assert nginx.get(name).status == 301
    before = nginx.texts()
    site_certbot.nginx("install", "--nginx", "--cert-name", order[0])
    assert nginx.texts() == before


def other_tls(nginx, port, name):
    """A TLS site with a certificate of old on that port."""
    return f"""server {{
    listen {port} ssl;
    server_name {name};
    ssl_certificate {nginx.folder}/old.pem;
    ssl_certificate_key {nginx.folder}/old-key.pem;
    return 200 "other";
}}
"""


@pytest.fixture
def old(nginx, tmp_path):
    identity = ServerIdentity(tmp_path)
    (nginx.folder / "old.pem").write_bytes(identity.cert_path.read_bytes())
    (nginx.folder / "old-key.pem").write_bytes(identity.key_path.read_bytes())


def test_tls_on_another_port_is_not_the_site(site_certbot, nginx, old, roots):
    other = free_port()
    nginx.plain_site("a.nginx.test")
    nginx.site("other", other_tls(nginx, other, "a.nginx.test"))
    nginx.start()
    install(site_certbot, "a.nginx.test")
    assert nginx.get("a.nginx.test").status == 301
    assert nginx.get("a.nginx.test", tls=roots).body == "a.nginx.test"
    assert "old.pem" in (nginx.root / "conf.d/other.conf").read_text()


def test_https_port_decides_between_two_tls_blocks(site_certbot, nginx, old):
    other = free_port()
    nginx.site("a", other_tls(nginx, other, "a.nginx.test"))
    nginx.site("b", other_tls(nginx, "{https}", "a.nginx.test"))
    nginx.plain_site("a.nginx.test", file="c")
    nginx.start()
    install(site_certbot, "a.nginx.test")
    serial = site_certbot.lineage("a.nginx.test").serial()
    assert nginx.leaf("a.nginx.test").serial_number == serial
    assert nginx.leaf("a.nginx.test", port=other).serial_number != serial


def test_no_redirect_to_a_port_that_nobody_serves(site_certbot, nginx, old):
    nginx.plain_site("a.nginx.test")
    nginx.site("other", other_tls(nginx, free_port(), "a.nginx.test"))
    nginx.start()
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test")
    result = site_certbot.nginx("enhance", "--nginx", "--redirect", "--cert-name", "a.nginx.test")
    assert "are not redirected" in result.text
    assert nginx.get("a.nginx.test").body == "a.nginx.test"


def test_certificate_on_another_port_only_is_told(site_certbot, nginx, old):
    nginx.site("a", other_tls(nginx, free_port(), "a.nginx.test"))
    nginx.site("b", "server {\n    listen {http} default_server;\n}\n")
    nginx.start()
    result = install(site_certbot, "a.nginx.test")
    assert f"No server block of nginx serves a.nginx.test by TLS on port {nginx.https_port}" in \
        result.text
    assert "live/a.nginx.test" in (nginx.root / "conf.d/a.conf").read_text()


def test_block_with_tls_elsewhere_gets_it_here_too(site_certbot, nginx, old, roots):
    other = free_port()
    nginx.site("a", other_tls(nginx, other, "a.nginx.test").replace(
        "server_name", "listen {http};\n    server_name"))
    nginx.start()
    install(site_certbot, "a.nginx.test", options=["--no-redirect"])
    assert nginx.get("a.nginx.test", tls=roots).body == "other"
    assert nginx.get("a.nginx.test", tls=roots, port=other).body == "other"


@pytest.mark.parametrize("other", [None, "{https}", "[::]:{https}"])
def test_socket_of_both_families_goes_on_serving_both(other, site_certbot, nginx, old, roots):
    if other:
        nginx.site("b", other_tls(nginx, other, "b.nginx.test"))
    nginx.site("a", """server {
    listen [::]:{http} ipv6only=off;
    server_name a.nginx.test;
    return 200 a;
}
""")
    nginx.start()
    install(site_certbot, "a.nginx.test")
    for address in ("::1", "127.0.0.1"):
        assert nginx.get("a.nginx.test", address=address, tls=roots).body == "a"
        assert nginx.get("a.nginx.test", address=address).status == 301


def test_ipv4_site_beside_a_tls_socket_of_both_families(site_certbot, nginx, old, roots):
    """Another IPv4 socket could not be opened."""
    nginx.site("b", other_tls(nginx, "[::]:{https} ipv6only=off", "b.nginx.test"))
    nginx.site("a", "server {\n    listen {http};\n    server_name a.nginx.test;\n    return 200 a;"
                    "\n}\n")
    nginx.start()
    install(site_certbot, "a.nginx.test")
    assert nginx.get("a.nginx.test", tls=roots).body == "a"


@pytest.mark.parametrize("marked", [" default_server", ""])
def test_default_server_serves_what_it_served(marked, site_certbot, nginx, roots):
    nginx.site("a", f"""server {{
    listen {{http}}{marked};
    server_name a.nginx.test;
    location / {{
        return 200 "a";
    }}
}}
""")
    nginx.plain_site("b.nginx.test")
    nginx.start()
    install(site_certbot, "a.nginx.test")
    assert nginx.get("a.nginx.test").status == 301
    assert nginx.get("a.nginx.test", tls=roots).body == "a"
    assert nginx.get("127.0.0.1").body == "a"
    assert nginx.get("c.nginx.test").body == "a"


@pytest.mark.parametrize("snippet", [
    "listen {http};\nlisten [::]:{http};\n",
    "listen {http};\nlisten {https} ssl;\n",
    "listen {http};\nclient_max_body_size 1m;\n",
], ids=["plain", "both", "more"])
def test_listen_from_a_shared_snippet(snippet, site_certbot, nginx, old, roots):
    """The block is split if the snippet can move as a whole; else the redirect looks at the scheme."""
    nginx.write("snippets/listen.conf", nginx.fill(snippet))
    for name in ("a", "b"):
        nginx.site(name, f"""server {{
    include snippets/listen.conf;
    server_name {name}.nginx.test;
    ssl_certificate {nginx.folder}/old.pem;
    ssl_certificate_key {nginx.folder}/old-key.pem;
    location / {{
        return 200 {name};
    }}
}}
""")
    nginx.start()
    install(site_certbot, "b.nginx.test")
    assert nginx.get("b.nginx.test", tls=roots).body == "b"
    assert nginx.get("b.nginx.test", "/x").headers["Location"] == "https://b.nginx.test/x"
    assert nginx.get("a.nginx.test").body == "a"
    before = nginx.texts()
    site_certbot.nginx("install", "--nginx", "--cert-name", "b.nginx.test", "--redirect")
    assert nginx.texts() == before


def test_name_on_several_sockets_gets_the_certificate_on_each(site_certbot, nginx, roots):
    """A block for each family; of two blocks on one socket nginx reads the first only."""
    for file, address, mark in (("a", "127.0.0.1", "four"), ("b", "[::1]", "six"),
                                ("c", "127.0.0.1", "never")):
        nginx.site(file, f"""server {{
    listen {address}:{{http}};
    server_name a.nginx.test;
    location / {{ return 200 {mark}; }}
}}
""")
    nginx.start()
    install(site_certbot, "a.nginx.test", options=["--hsts"])
    for address, mark in (("127.0.0.1", "four"), ("::1", "six")):
        answer = nginx.get("a.nginx.test", address=address, tls=roots)
        assert answer.body == mark and "Strict-Transport-Security" in answer.headers
        assert nginx.get("a.nginx.test", address=address).status == 301
    assert "ssl_certificate" not in (nginx.root / "conf.d/c.conf").read_text()
    before = nginx.texts()
    site_certbot.nginx("install", "--nginx", "--cert-name", "a.nginx.test")
    assert nginx.texts() == before


@pytest.mark.parametrize("own_block", [False, True])
def test_block_that_refused_all_tls_clients_takes_them(own_block, site_certbot, nginx, roots):
    """"ssl_reject_handshake on", in the default server that is copied or for the whole of http."""
    if own_block:
        nginx.write("conf.d/0.conf", "ssl_reject_handshake on;\n")
        nginx.plain_site("a.nginx.test")
    else:
        nginx.site("a", """server {
    listen {http} default_server;
    listen {https} ssl default_server;
    ssl_reject_handshake on;
    return 200 a.nginx.test;
}
""")
    nginx.start()
    install(site_certbot, "a.nginx.test")
    assert nginx.get("a.nginx.test", tls=roots).body == "a.nginx.test"
    if not own_block:
        with pytest.raises(OSError):
            nginx.leaf("other.nginx.test")


@pytest.mark.parametrize("redirect", [
    "return 301 https://$host$request_uri;",
    "location / { return 302 https://a.nginx.test; }",
])
@pytest.mark.parametrize("option", ["--redirect", "--no-redirect"])
def test_redirect_by_hand_does_not_lead_tls_clients_in_a_circle(redirect, option, site_certbot,
                                                                nginx, roots):
    nginx.site("a", f"""server {{
    listen {{http}};
    server_name a.nginx.test;
    {redirect}
}}
""")
    nginx.start()
    install(site_certbot, "a.nginx.test", options=[option])
    assert nginx.get("a.nginx.test").status in (301, 302)
    assert nginx.get("a.nginx.test", tls=roots).status in (200, 403, 404)


def test_redirect_by_hand_to_another_name_serves_tls_clients_too(site_certbot, nginx, roots):
    nginx.plain_site("www.nginx.test")
    nginx.site("a", """server {
    listen {http};
    server_name a.nginx.test;
    return 301 https://www.nginx.test$request_uri;
}
""")
    nginx.start()
    install(site_certbot, "a.nginx.test", "www.nginx.test")
    assert nginx.get("a.nginx.test", tls=roots).headers["Location"] == "https://www.nginx.test/"


@pytest.mark.parametrize("first", ["rsa", "ec"])
def test_certificate_replaces_that_of_its_type_of_key(first, site_certbot, nginx, old):
    """nginx shows the last of each type: in the place of another type it would never be seen."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=rsa",
                    "-keyout", nginx.root / "rsa.key", "-out", nginx.root / "rsa.pem"], check=True,
                   capture_output=True)
    pairs = {"rsa": "ssl_certificate rsa.pem;\n    ssl_certificate_key rsa.key;\n",
             "ec": f"ssl_certificate {nginx.folder}/old.pem;\n"
                   f"    ssl_certificate_key {nginx.folder}/old-key.pem;\n"}
    second = {"rsa": "ec", "ec": "rsa"}[first]
    path = nginx.site("a", f"""server {{
    listen {{https}} ssl;
    server_name a.nginx.test;
    {pairs[first]}    {pairs[second]}}}
""")
    nginx.plain_site("a.nginx.test", file="b")
    nginx.start()
    install(site_certbot, "a.nginx.test", options=["--key-type", "ecdsa"])
    assert "rsa.pem" in path.read_text() and "old.pem" not in path.read_text()
    assert "old-key.pem" not in path.read_text()
    assert nginx.leaf("a.nginx.test").serial_number == \
        site_certbot.lineage("a.nginx.test").serial()
