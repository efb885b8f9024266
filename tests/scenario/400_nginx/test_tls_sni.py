"""tls-sni-01 through the running nginx: servers for the names that the CA asks for, and nothing else
changes for anybody."""

import pytest

from lab import trace
from lab.authority import ServerIdentity
from lab.certbot import Certbot
from lab.nginx import Nginx

TLS = "ssl_certificate {root}/own.pem;\n    ssl_certificate_key {root}/own-key.pem;"

SITES = {
    "no-tls": "server {\n    listen {http};\n    server_name a.nginx.test;\n}\n",
    "tls": f"""server {{
    listen {{https}} ssl;
    listen [::]:{{https}} ssl;
    server_name a.nginx.test;
    {TLS}
}}
""",
    "other-name-by-default": f"""server {{
    listen {{https}} ssl;
    server_name b.nginx.test;
    {TLS}
}}
""",
    "an-address": f"""server {{
    listen 127.0.0.1:{{https}} ssl;
    server_name a.nginx.test;
    {TLS}
}}
server {{
    listen {{https}} ssl default_server;
    server_name b.nginx.test;
    {TLS}
}}
""",
    "client-certificates": f"""ssl_verify_client on;
ssl_client_certificate {{root}}/own.pem;
server_names_hash_bucket_size 64;
server {{
    listen {{https}} ssl;
    server_name a.nginx.test;
    {TLS}
}}
""",
    "regex": rf"""server {{
    listen {{https}} ssl;
    server_name ~^[a-z]+ *.invalid;
    {TLS}
}}
""",
}


@pytest.fixture
def ca(draft_ca):
    return draft_ca(challenges=("http-01", "tls-sni-01"))


@pytest.fixture
def nginx(tmp_path, ca):
    server = Nginx(tmp_path / "certbot" / "nginx", ca.http_port)
    server.https_port = ca.tls_port
    own = ServerIdentity(tmp_path)
    server.write("own.pem", own.cert_path.read_bytes())
    server.write("own-key.pem", own.key_path.read_bytes())
    yield server
    server.stop()


@pytest.fixture
def site_certbot(tmp_path, ca, nginx):
    certbot = Certbot(tmp_path / "certbot", ca)
    certbot.nginx = lambda *args, **options: certbot.run(*args, "-n", *nginx.options(), **options)
    return certbot


def leftovers(certbot):
    return [path.name for pattern in ("*.crt", "*.pem", "temp_checkpoint", "reload-owed*")
            for path in certbot.work_dir.glob(pattern)] + \
        [path.name for path in certbot.config_dir.glob("le_*")]


@pytest.mark.parametrize("site", SITES)
def test_the_ca_is_answered_and_others_notice_nothing(site, site_certbot, nginx, ca):
    """Whoever asks for another name, or none, gets what he got before."""
    nginx.site("site", SITES[site])
    nginx.start()
    before, shown = nginx.texts(), []
    if site != "no-tls":
        own = nginx.leaf("nobody.example").serial_number
        ca.meanwhile = lambda kind, name: shown.append(nginx.leaf("nobody.example").serial_number)
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test", "-d", "c.nginx.test")
    assert sorted(ca.validated) == [("tls-sni-01", "a.nginx.test"), ("tls-sni-01", "c.nginx.test")]
    assert site == "no-tls" or set(shown) == {own}
    assert nginx.texts() == before
    assert leftovers(site_certbot) == []
    assert len(nginx.calls("reload")) == 2
    nginx.check()


def test_both_kinds_of_challenges_in_one_reload(site_certbot, nginx, ca):
    nginx.site("site", SITES["tls"] + SITES["no-tls"].replace("a.nginx", "b.nginx"))
    nginx.start()
    before = nginx.texts()
    # Unlike that of --https-port, this port is remembered.
    certonly = ("certonly", "--nginx", "--tls-sni-01-port", ca.tls_port)
    site_certbot.nginx(*certonly, "--preferred-challenges", "http", "-d", "b.nginx.test")
    site_certbot.nginx(*certonly, "-d", "a.nginx.test")
    nginx.forget_calls()
    ca.validated.clear()
    site_certbot.run("renew", "--force-renewal")
    assert sorted(ca.validated) == [("http-01", "b.nginx.test"), ("tls-sni-01", "a.nginx.test")]
    assert nginx.texts() == before and leftovers(site_certbot) == []
    assert len(nginx.calls("reload")) == 2


def test_a_port_that_speaks_plain_http_is_left_to_it(site_certbot, nginx, ca):
    """"ssl" in one server would turn TLS on for all of the socket."""
    nginx.site("site", "server {\n    listen {https};\n    server_name a.nginx.test;\n}\n")
    nginx.start()
    before = nginx.texts()
    result = site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test", check=1)
    assert f"cannot answer tls-sni-01: nginx speaks plain HTTP on port {ca.tls_port}" in result.err
    assert nginx.texts() == before and leftovers(site_certbot) == []


NEAR_CHALLENGE = ("temp_checkpoint", "le_tls_sni_01", "/nginx/etc/", "reload-owed", ".crt", ".pem")


@pytest.mark.timeout(3600)
def test_kill_during_a_challenge(site_certbot, nginx, ca):
    """Wherever the run is killed, nginx takes what is there, and the next run puts all back."""
    nginx.site("site", SITES["tls"])
    nginx.start()
    site_certbot.run("register", "-n")
    command = ("certonly", "-n", "--nginx", "-d", "a.nginx.test", *nginx.options())
    state, texts = trace.State(site_certbot), nginx.texts()
    points = [point for point in trace.points(site_certbot, *command)
              if any(word in point.text for word in NEAR_CHALLENGE)]
    assert len(points) > 20
    for point in trace.sample(points):
        pid = (nginx.folder / "nginx.pid").read_text()
        state.restore()
        (nginx.folder / "nginx.pid").write_text(pid)
        assert trace.strike(site_certbot, point, "kill", *command).hit, point
        nginx.test()
        site_certbot.run("renew")
        assert nginx.texts() == texts and leftovers(site_certbot) == [], point
    site_certbot.run(*command)
