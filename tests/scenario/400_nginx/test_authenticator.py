"""http-01 through the running nginx, whatever its configuration does to requests."""

import os

import pytest

REDIRECTING = """server {
    listen {http};
    listen [::]:{http};
    server_name a.nginx.test;
    return 301 https://$host$request_uri;
}
"""

SITES = {
    "redirect": REDIRECTING,
    "rewrite": """server {
    listen {http};
    server_name a.nginx.test;
    rewrite ^/(.*)$ /elsewhere/$1 permanent;
}
""",
    "password": """server {
    listen {http};
    server_name a.nginx.test;
    auth_basic "closed";
    auth_basic_user_file {root}/passwords;
    location / { root {www}; }
}
""",
    "denied": """server {
    listen {http};
    server_name a.nginx.test;
    deny all;
}
""",
    "dotfiles-denied": r"""server {
    listen {http};
    server_name a.nginx.test;
    location ~ /\. { deny all; }
    location ^~ /.well-known/ { return 403; }
}
""",
    "proxied": """server {
    listen {http};
    server_name a.nginx.test;
    location / { proxy_pass http://127.0.0.1:9; }
}
""",
    "if-host": """server {
    listen {http};
    server_name a.nginx.test;
    if ($host = a.nginx.test) { return 302 https://b.nginx.test/; }
    return 404;
}
""",
    "default-server": """server {
    listen {http} default_server;
    listen [::]:{http} default_server;
    server_name _;
    return 444;
}
""",
    "other-name-only": """server {
    listen {http};
    server_name b.nginx.test;
    return 200 "b";
}
""",
    "no-listen": """server {
    listen 127.0.0.1:{http};
    server_name a.nginx.test;
}
server {
    listen {http};
    server_name b.nginx.test;
}
""",
    "wildcard-name": """server {
    listen {http};
    server_name *.nginx.test;
    return 403;
}
""",
    "regex-name": r"""server {
    listen {http};
    server_name ~^(?<site>[a-z]+)\.nginx\.test$;
    return 301 https://$site.elsewhere.test/;
}
""",
    "two-blocks": """server {
    listen {http};
    server_name a.nginx.test;
    return 301 https://a.nginx.test/;
}
server {
    listen 127.0.0.1:{http};
    server_name *.nginx.test;
    return 403;
}
""",
    "long-hash": """server {
    listen {http};
    server_name a.nginx.test;
}
server_names_hash_bucket_size 64;
""",
    "map-and-lua-like": """map $uri $x { default 0; ~^/\\.well-known 1; }
server {
    listen {http};
    server_name a.nginx.test;
    if ($x) { return 410; }
}
""",
    "proxy-protocol-elsewhere": """server {
    listen {https} proxy_protocol;
    listen {http};
    server_name a.nginx.test;
    return 301 https://$host$request_uri;
}
""",
}


@pytest.mark.parametrize("site", SITES)
def test_site_does_not_stop_the_challenge(site, site_certbot, nginx):
    nginx.write("passwords", "nobody:x\n")
    nginx.site("site", SITES[site])
    nginx.start()
    before = nginx.texts()
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test")
    site_certbot.lineage("a.nginx.test").verify("a.nginx.test")
    assert nginx.texts() == before
    assert len(nginx.calls("reload")) == 2
    nginx.check()


def test_ipv6_only(site_certbot, nginx, start_pebble, tmp_path):
    pebble = start_pebble()
    pebble.dns.set_default_ipv4("")
    pebble.dns.set_default_ipv6("::1")
    site_certbot.ca = pebble
    nginx.http_port = pebble.http_port
    nginx.site("site", """server {
    listen [::]:{http} ipv6only=on;
    server_name a.nginx.test;
    return 301 https://$host$request_uri;
}
""")
    nginx.start()
    before = nginx.texts()
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test")
    assert nginx.texts() == before


@pytest.mark.asan
def test_batch_of_names_is_one_reload(site_certbot, nginx):
    for name in "abcde":
        nginx.plain_site(f"{name}.nginx.test")
    nginx.start()
    options = [word for name in "abcde" for word in ("-d", f"{name}.nginx.test")]
    site_certbot.nginx("certonly", "--nginx", *options)
    site_certbot.lineage("a.nginx.test").verify(*(f"{name}.nginx.test" for name in "abcde"))
    assert len(nginx.calls("reload")) == 2
    assert len(nginx.calls("-t")) == 0
    assert len(nginx.calls("-T")) == 1


def test_stopped_nginx_is_not_started(site_certbot, nginx):
    nginx.plain_site("a.nginx.test")
    before = nginx.texts()
    result = site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test", check=1)
    assert "nginx is not running" in result.text
    assert nginx.texts() == before
    assert not nginx.calls("reload")
    pid = nginx.folder / "nginx.pid"
    assert not pid.exists() or not pid.read_text().strip()  # a test of nginx makes an empty one


@pytest.mark.parametrize("place", ["included", "relative", "relative to -p"])
def test_running_nginx_is_found_wherever_its_pid_is(place, site_certbot, nginx):
    """The directive in a file of its own; relative to the prefix that nginx was built with; relative
    to that which a wrapper gives it."""
    main, line = (nginx.root / "nginx.conf").read_text(), f"pid {nginx.folder}/nginx.pid;"
    assert line in main
    if place == "included":
        nginx.write("modules/pid.conf", line)
        line = "include modules/*.conf;"
    elif place == "relative":
        line = f"pid {os.path.relpath(nginx.folder / 'nginx.pid', '/usr/share/nginx')};"
    else:
        line = "pid nginx.pid;"
        nginx.control.write_text(f'#!/bin/sh\nexec /usr/sbin/nginx -p {nginx.folder} "$@"\n')
        nginx.under = ["/bin/sh", "-c", f'exec "$@" -p {nginx.folder}', "sh"]
    nginx.write("nginx.conf", main.replace(f"pid {nginx.folder}/nginx.pid;", line))
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test")
    nginx.stop()
    assert "is not running" in site_certbot.nginx("certonly", "--nginx", "-d", "b.nginx.test",
                                                  check=1).text


@pytest.mark.asan
def test_broken_configuration_is_shown_and_left_alone(site_certbot, nginx):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    nginx.site("broken", "server {\n    listen {http};\n    no_such_directive on;\n}\n")
    before = nginx.texts()
    result = site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test", check=1)
    assert 'unknown directive "no_such_directive"' in result.text
    assert "broken.conf:3" in result.text
    assert nginx.texts() == before


def test_refused_validation_leaves_the_original(site_certbot, nginx, pebble):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    before = nginx.texts()
    pebble.dns.set_servfail("a.nginx.test")
    result = site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test", check=1)
    pebble.dns.clear_servfail("a.nginx.test")
    assert "temporary nginx configuration changes" in result.text
    assert nginx.texts() == before
    assert nginx.get("a.nginx.test").body == "a.nginx.test"


@pytest.mark.asan
def test_leftovers_of_a_crash_are_undone_first(site_certbot, nginx):
    path = nginx.plain_site("a.nginx.test")
    original = path.read_bytes()
    nginx.start()
    saved = site_certbot.work_dir / "temp_checkpoint"
    saved.mkdir(parents=True)
    (saved / "FILEPATHS").write_text(f"{path}\n")
    (saved / f"{path.name}_0").write_bytes(original)
    path.write_text("server { half")
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test")
    assert path.read_bytes() == original
    assert not saved.exists()


@pytest.mark.asan
def test_proxy_protocol_listener(site_certbot, nginx, start_pebble):
    """The CA speaks no PROXY protocol; the socket that does is asked with it all the same."""
    pebble = start_pebble(always_valid=True)
    site_certbot.ca = pebble
    nginx.site("site", """server {
    listen {http} proxy_protocol;
    server_name a.nginx.test;
    return 301 https://$host$request_uri;
}
""")
    nginx.start()
    result = site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test")
    assert "does not answer" not in result.text


def test_unreadable_include_is_named(site_certbot, nginx):
    """nginx would refuse a file that it cannot parse; a name that only we misread must not hide."""
    nginx.plain_site("a.nginx.test")
    nginx.start()
    nginx.site("bad", 'server {\n    listen {http};\n    server_name "b.nginx.test;\n}\n')
    before = nginx.texts()
    result = site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test", check=1)
    assert "bad.conf" in result.text
    assert nginx.texts() == before
