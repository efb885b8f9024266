"""Web servers that answer challenges by themselves: the lines of `fleet snippet` in real ones, which
are not reloaded, restarted or edited while certificates are obtained and renewed."""

import contextlib
import re

import pytest

from lab.apache import Apache
from lab.haproxy import PLAIN, HAProxy
from lab.nginx import Nginx
from lab.process import free_port
from lab.varnish import VCL, Varnish
from lab.web import Site

NAMES = "a.lab.test", "b.lab.test"


def snippet(certbot, server):
    return certbot.run("fleet", "snippet", server, server=True).out


def stateless(certbot, pebble, *args, **options):
    return certbot.run("certonly", "-n", "--stateless", "--http-01-port", pebble.http_port, *args,
                       "-d", ",".join(NAMES), **options)


def nginx(folder, port, text):
    server = Nginx(folder, http_port=port)
    server.site("site", f"server {{\nlisten {{http}};\n{text}location / {{ return 301 https://$host/; }}\n}}\n")
    return server


def apache(folder, port, text):
    folder.parent.parent.chmod(0o755)
    server = Apache(folder, http_port=port).lay_out()
    server.enable_module("rewrite")
    server.site("site", f"<VirtualHost *:{port}>\nServerName a.lab.test\n{text}</VirtualHost>\n")
    return server


def haproxy(folder, port, text):
    return HAProxy(port, PLAIN.replace("    use_backend", f"{text}    use_backend", 1))


def varnish(folder, port, text):
    return Varnish(port, VCL.replace("sub vcl_recv", f"{text}\nsub vcl_recv"))


SERVERS = {"nginx": nginx, "apache": apache, "haproxy": haproxy, "varnish": varnish}


@pytest.mark.parametrize("kind", SERVERS)
def test_the_lines_of_each_server_are_enough(certbot, pebble, tmp_path, kind):
    certbot.run("register", "-n", "--agree-tos", "-m", "a@lab.test")
    with SERVERS[kind](tmp_path / kind, pebble.http_port, snippet(certbot, kind)):
        stateless(certbot, pebble)
        certbot.lineage("a.lab.test").verify(*NAMES)
        certbot.run("renew", "--force-renewal")
    assert len(list((certbot.config_dir / "archive/a.lab.test").glob("cert*.pem"))) == 2


BALANCER = """
frontend web
    bind 127.0.0.1:{{http}}
    default_backend site

backend site
    balance roundrobin
    server one 127.0.0.1:{}
    server two 127.0.0.1:{}
"""


def test_behind_a_balancer_each_machine_answers(certbot, pebble, tmp_path):
    """One machine obtains; what the CA asks reaches both in turn."""
    certbot.run("register", "-n", "--agree-tos", "-m", "a@lab.test")
    logs = [tmp_path / f"{number}.log" for number in "12"]
    with contextlib.ExitStack() as started:
        machines = [started.enter_context(nginx(
            tmp_path / log.stem, free_port(), f"access_log {log};\n" + snippet(certbot, "nginx")))
            for log in logs]
        started.enter_context(HAProxy(
            pebble.http_port, BALANCER.format(*(machine.http_port for machine in machines))))
        stateless(certbot, pebble)
    certbot.lineage("a.lab.test").verify(*NAMES)
    for log in logs:
        assert re.search(r'GET /.well-known/acme-challenge/\S+ HTTP/1.1" 200', log.read_text())


def test_a_server_without_the_lines_costs_no_validation(certbot, pebble, tmp_path):
    with Site(pebble.http_port, {}):
        result = stateless(certbot, pebble, check=1)
    assert "the web server does not answer challenges for a.lab.test by itself" in result.err
    assert "the answer was 'HTTP/1.0 404" in result.err
    shown = re.search(r"the thumbprint is ([\w-]{43})\.", result.err.replace("\n", " "))[1]
    assert shown in certbot.run("show_account").out
    assert not [line for line in pebble.new_requests() if "/chalZ/" in str(line)]


def test_a_dry_run_says_that_its_account_is_another(certbot, pebble):
    with Site(pebble.http_port, {}):
        result = stateless(certbot, pebble, "--dry-run", check=1)
    assert "a dry run may have an account of its own" in result.err


def test_another_account_does_not_answer_for_this_one(certbot, pebble, tmp_path):
    certbot.run("register", "-n", "--agree-tos", "-m", "a@lab.test")
    text = re.sub(r'\$1\.[\w-]{43}', "$1." + "x" * 43, snippet(certbot, "nginx"))
    with nginx(tmp_path / "nginx", pebble.http_port, text):
        result = stateless(certbot, pebble, check=1)
    assert "does not answer challenges" in result.err


@pytest.mark.parametrize("path", ["x%0d%0aSet-Cookie:%20a", "a.b", "<b>", "a/b", ""])
def test_only_tokens_are_answered(certbot, pebble, tmp_path, path):
    certbot.run("register", "-n", "--agree-tos", "-m", "a@lab.test")
    with nginx(tmp_path / "nginx", free_port(), snippet(certbot, "nginx")) as server:
        assert server.get("a.lab.test", "/.well-known/acme-challenge/" + path).status == 301
        assert server.get("a.lab.test", "/.well-known/acme-challenge/a-B_9").body.startswith("a-B_9.")


def test_a_server_elsewhere_is_asked_there(certbot, pebble):
    result = stateless(certbot, pebble, "--stateless-address", "127.0.0.9", check=1)
    assert "cannot connect to 127.0.0.9" in result.err
    pebble.new_requests()
    result = stateless(certbot, pebble, "--stateless-address", "www.lab.test", check=1)
    assert "--stateless-address 'www.lab.test' is not an IP address" in result.err
    assert not [line for line in pebble.new_requests() if "order" in str(line)]


def test_words_that_name_no_server(certbot):
    result = certbot.run("fleet", "snippet", "nginx", server=True, check=1)
    assert "certbot register" in result.err
    result = certbot.run("fleet", "snippet", "lighttpd", check=2)
    assert "fleet snippet has no lines for 'lighttpd'" in result.err
