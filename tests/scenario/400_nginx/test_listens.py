"""Sockets of server blocks as administrators write them: what an installation adds to them and
leaves alone, as nginx itself and its clients see it."""

import re
import socket

import pytest

from lab.process import wait_for

NAME = "a.nginx.test"


def listens(path):
    return re.findall(r"^\s*listen (.*?);", path.read_text(), re.MULTILINE)


def installed(certbot, nginx, *options, name=NAME):
    return certbot.nginx("run", "--nginx", "-d", name, "--no-redirect", *options)


def serial(certbot, name=NAME):
    return certbot.lineage(name).serial()


def test_ipv6only_stands_once_for_each_socket(site_certbot, nginx):
    files = [nginx.plain_site(f"{letter}.nginx.test") for letter in "ab"]
    nginx.start()
    for letter in "ab":
        installed(site_certbot, nginx, name=f"{letter}.nginx.test")
    assert f"[::]:{nginx.https_port} ssl ipv6only=on" in listens(files[0])
    assert f"[::]:{nginx.https_port} ssl" in listens(files[1])
    for letter in "ab":
        name = f"{letter}.nginx.test"
        for address in ("127.0.0.1", "::1"):
            assert nginx.leaf(name, address=address).serial_number == serial(site_certbot, name)


def test_socket_of_both_families(site_certbot, nginx):
    """[::] with ipv6only=off is IPv4 too; another socket of ours would be refused."""
    path = nginx.site("a", f"""server {{
    listen [::]:{{http}} ipv6only=off;
    server_name {NAME};
    return 200 "a";
}}
""")
    nginx.start()
    installed(site_certbot, nginx)
    nginx.test()
    assert nginx.leaf(NAME, address="::1").serial_number == serial(site_certbot)
    assert f"[::]:{nginx.http_port} ipv6only=off" in listens(path)


def test_ipv6_only_site(site_certbot, nginx, start_pebble):
    pebble = start_pebble()
    pebble.dns.set_default_ipv4("")
    pebble.dns.set_default_ipv6("::1")
    site_certbot.ca = pebble
    nginx.http_port = pebble.http_port
    path = nginx.site("a", f"""server {{
    listen [::]:{{http}} ipv6only=on;
    server_name {NAME};
    return 200 "a";
}}
""")
    nginx.start()
    installed(site_certbot, nginx)
    assert nginx.leaf(NAME, address="::1").serial_number == serial(site_certbot)
    assert listens(path) == [f"[::]:{nginx.http_port} ipv6only=on",
                             f"[::]:{nginx.https_port} ssl ipv6only=on"]
    with pytest.raises(OSError):
        nginx.leaf(NAME)


def test_options_of_existing_sockets_stay(site_certbot, nginx):
    """backlog and the like may stand once for each socket; http2 is the socket's too."""
    path = nginx.site("a", f"""server {{
    listen {{http}} backlog=64 so_keepalive=on;
    server_name {NAME};
    return 200 "a";
}}
""")
    other = nginx.site("b", """server {
    listen {https} ssl http2 backlog=32;
    server_name b.nginx.test;
    ssl_reject_handshake on;
}
""")
    before = other.read_bytes()
    nginx.start()
    installed(site_certbot, nginx)
    assert listens(path)[0] == f"{nginx.http_port} backlog=64 so_keepalive=on"
    assert "backlog" not in listens(path)[1]
    assert other.read_bytes() == before
    nginx.test()
    assert nginx.leaf(NAME).serial_number == serial(site_certbot)


def test_block_with_a_socket_on_one_address(site_certbot, nginx):
    path = nginx.site("a", f"""server {{
    listen 127.0.0.1:{{http}};
    server_name {NAME};
    return 200 "a";
}}
""")
    nginx.start()
    installed(site_certbot, nginx)
    assert listens(path) == [f"127.0.0.1:{nginx.http_port}", f"127.0.0.1:{nginx.https_port} ssl"]
    assert nginx.leaf(NAME).serial_number == serial(site_certbot)
    with pytest.raises(OSError):
        nginx.leaf(NAME, address="127.0.0.2")


def test_block_on_another_port_only(site_certbot, nginx):
    """The CA's port has no block at all: a block of ours answers, and the site's own port stays."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    path = nginx.site("a", f"""server {{
    listen {port};
    server_name {NAME};
    return 200 "a";
}}
""")
    nginx.start()
    installed(site_certbot, nginx)
    assert listens(path)[0] == str(port)
    assert nginx.get(NAME, port=port).body == "a"
    assert nginx.leaf(NAME).serial_number == serial(site_certbot)


def test_default_server_stays_the_default(site_certbot, nginx):
    path = nginx.site("default", f"""server {{
    listen {{http}} default_server;
    server_name {NAME} "";
    return 200 "default";
}}
""")
    nginx.plain_site("b.nginx.test")
    nginx.start()
    installed(site_certbot, nginx)
    assert listens(path)[0] == f"{nginx.http_port} default_server"
    assert nginx.get("unknown.test").body == "default"
    assert nginx.get("b.nginx.test").body == "b.nginx.test"
    assert nginx.leaf(NAME).serial_number == serial(site_certbot)


@pytest.mark.parametrize("rule", ["return 301 https://$host$request_uri;",
                                  "rewrite ^ https://$host$request_uri permanent;",
                                  "location ~* ^/(.*)$ { return 302 https://$host/$1; }",
                                  'auth_basic "closed"; auth_basic_user_file {root}/passwords;'])
def test_redirecting_or_closed_site_gets_its_certificate(rule, site_certbot, nginx):
    nginx.write("passwords", "nobody:x\n")
    nginx.site("a", f"""server {{
    listen {{http}};
    server_name {NAME};
    {rule}
}}
""")
    nginx.start()
    plain = nginx.get(NAME, "/x").status
    installed(site_certbot, nginx)
    assert nginx.leaf(NAME).serial_number == serial(site_certbot)
    assert nginx.get(NAME, "/x").status == plain


def test_must_staple_turns_stapling_on(site_certbot, nginx):
    path = nginx.plain_site(NAME)
    nginx.start()
    installed(site_certbot, nginx, "--must-staple")
    assert "ssl_stapling on; # managed by Certbot" in path.read_text()
    assert "ssl_stapling_verify on; # managed by Certbot" in path.read_text()
    oid = "1.3.6.1.5.5.7.1.24"
    assert oid in [extension.oid.dotted_string for extension in nginx.leaf(NAME).extensions]


def test_tls_settings_are_mozillas_intermediate(site_certbot, nginx):
    path = nginx.plain_site(NAME)
    nginx.start()
    installed(site_certbot, nginx)
    for name, text in (("options-ssl-nginx.conf", "ssl_protocols TLSv1.2 TLSv1.3;"),
                       ("ssl-dhparams.pem", "-----BEGIN DH PARAMETERS-----")):
        assert f"{site_certbot.config_dir}/{name}; # managed by Certbot" in path.read_text()
        assert text in (site_certbot.config_dir / name).read_text()
    with nginx.tls_socket(NAME) as connection:
        assert connection.version() == "TLSv1.3"


# --- nginx that does not run, or reads another configuration ---

def test_stopped_nginx_is_installed_for_its_next_start(site_certbot, nginx):
    nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("certonly", "--nginx", "-d", NAME)
    nginx.stop()
    result = site_certbot.nginx("install", "--nginx", "--cert-name", NAME)
    assert "nginx is not running: it will use its new configuration when it is started" in \
        result.text
    nginx.start()
    wait_for(lambda: nginx.leaf(NAME).serial_number == serial(site_certbot), "the certificate")


def test_broken_configuration_is_not_edited(site_certbot, nginx):
    nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("certonly", "--nginx", "-d", NAME)
    nginx.site("broken", "server {\n    listen {http};\n    no_such_directive on;\n}\n")
    before = nginx.texts()
    result = site_certbot.nginx("install", "--nginx", "--cert-name", NAME, check=1)
    assert 'unknown directive "no_such_directive"' in result.text
    assert nginx.texts() == before


def test_name_that_nginx_does_not_know_yet_stops_the_edit(site_certbot, nginx):
    """Somebody adds a name between nginx's reading of the files and ours."""
    path = nginx.plain_site(NAME)
    nginx.start()
    nginx.control.write_text(f"""#!/bin/sh
case "$*" in *-T)
    /usr/sbin/nginx "$@"; status=$?
    sed -i 's/server_name {NAME};/server_name {NAME} late.nginx.test;/' {path}
    exit $status;;
esac
exec /usr/sbin/nginx "$@"
""")
    result = site_certbot.nginx("run", "--nginx", "-d", NAME, check=1)
    assert "reads a different configuration than its files show; nothing was changed" in result.text
    assert "late.nginx.test" in result.text
    assert "ssl_certificate" not in path.read_text()
