"""certonly --apache: the running server answers the CA, whatever it is configured to do with
requests, and afterwards its configuration is what it was, byte for byte."""

import shutil
import subprocess

import pytest

from lab.certbot import Certbot
from lab.process import wait_for


def vhost(*lines, address="*:{http}"):
    body = "".join(f"    {line}\n" for line in lines)
    return f"<VirtualHost {address}>\n{body}</VirtualHost>\n"


def named(*lines, **kwargs):
    return vhost("ServerName a.example", "DocumentRoot {root}/www", *lines, **kwargs)


SITES = {
    "plain": ({"a": named()}, ()),
    "redirect to https": ({"a": named("Redirect permanent / https://a.example/")}, ()),
    "rewrite to https": ({"a": named("RewriteEngine on", "RewriteCond %{HTTPS} !=on",
                                     "RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R,L]")},
                         ("rewrite",)),
    "rewrite forbids": ({"a": named("RewriteEngine on", "RewriteRule ^ - [F]")}, ("rewrite",)),
    "rules that are switched off": ({"a": named("RewriteEngine off", "RewriteRule ^ - [F]")},
                                    ("rewrite",)),
    "all denied": ({"a": named("<Location />", "Require all denied", "</Location>")}, ()),
    "denied in the old style": ({"a": named("<Location />", "Order deny,allow", "Deny from all",
                                            "</Location>")}, ()),
    "password": ({"a": named("<Location />", "AuthType Basic", "AuthName x",
                             "AuthUserFile {root}/none", "Require valid-user", "</Location>")}, ()),
    "dot files forbidden": ({"a": named('<LocationMatch "/\\.">', "Require all denied",
                                        "</LocationMatch>")}, ()),
    "proxy": ({"a": named("ProxyPass / http://127.0.0.1:9/",
                          "ProxyPassReverse / http://127.0.0.1:9/")}, ("proxy", "proxy_http")),
    "proxy in a location": ({"a": named("<Location />", "ProxyPass http://127.0.0.1:9/",
                                        "</Location>")}, ("proxy", "proxy_http")),
    "handler": ({"a": named("<Location />", "SetHandler server-status", "</Location>")}, ()),
    "alias of the path": ({"a": named("Alias /.well-known {root}/none")}, ()),
    "second of two": ({"0": vhost("ServerName b.example"), "a": named()}, ()),
    "alias with a wildcard": ({"0": vhost("ServerName b.example"),
                               "a": vhost("ServerName x.example", "ServerAlias *.example")}, ()),
    "no host for the name": ({"0": vhost("ServerName b.example", "Redirect / https://b.example/"),
                              "1": vhost("ServerName c.example")}, ()),
    "host without a name first": ({"0": vhost("Redirect / https://b.example/"), "a": named()}, ()),
    "by address": ({"0": vhost("ServerName b.example"),
                    "a": named("RedirectMatch ^ https://a.example/", address="127.0.0.1:{http}")},
                   ()),
    "an address that another host has too": ({"0": vhost("ServerName b.example",
                                                         "Redirect / https://b.example/",
                                                         address="127.0.0.1:{http}"),
                                              "a": named()}, ()),
    "every port": ({"a": named(address="*")}, ()),
    "default": ({"a": named(address="_default_:{http}")}, ()),
    "two in a file": ({"a": vhost("ServerName b.example") + named()}, ()),
    "in conditions": ({"a": "<IfModule mod_alias.c>\n<IfDefine !NOPE>\n" + named() +
                       "</IfDefine>\n</IfModule>\n"}, ()),
    "variables": ({"a": "Define NAME a.example\nDefine PORT {http}\n" +
                   vhost("ServerName ${NAME}", "Redirect / https://${NAME}/",
                         address="*:${PORT}")}, ()),
    "CRLF": ({"a": named("Redirect / https://a.example/").replace("\n", "\r\n")}, ()),
    "no host at all": ({}, ()),
}


@pytest.mark.parametrize("kind", SITES)
def test_is_answered_and_leaves_nothing(kind, apache, certbot):
    sites, modules = SITES[kind]
    for module in modules:
        apache.enable_module(module)
    for name, text in sites.items():
        apache.site(name, text)
    with apache:
        before, page = apache.snapshot(), apache.get("a.example").status
        result = certbot.run("certonly", "-n", "-a", "apache", "-d", "a.example",
                             *apache.options())
        assert "does not answer" not in result.err
        assert certbot.lineage("a.example").names() == ["a.example"]
        assert apache.snapshot() == before
        assert apache.get("a.example").status == page
        apache.await_generation(3)
        assert not list((certbot.work_dir / "http_challenges").iterdir())


def test_listens_for_the_challenge_where_it_did_not(apache, certbot, pebble):
    other = 1 + max(apache.http_port, pebble.http_port)
    apache.site("a", named().replace("{http}", str(other)))
    (apache.root / "ports.conf").write_text(f"Listen {other}\n")
    apache.http_port = other
    with apache:
        apache.http_port = pebble.http_port
        before = apache.snapshot()
        certbot.run("certonly", "-n", "-a", "apache", "-d", "a.example", *apache.options())
        assert apache.snapshot() == before


def test_over_ipv6(apache, open_path, start_pebble):
    pebble = start_pebble()
    pebble.dns.set_default_ipv4("")
    pebble.dns.set_default_ipv6("::1")
    apache.http_port = pebble.http_port
    (apache.root / "ports.conf").write_text(
        f"Listen [::1]:{apache.http_port}\nListen 127.0.0.1:{apache.http_port}\n")
    apache.site("0", vhost("ServerName b.example", "Redirect / https://b.example/",
                           address="127.0.0.1:{http}"))
    apache.site("a", named("Redirect / https://a.example/", address="[::1]:{http}"))
    certbot = Certbot(open_path / "certbot6", pebble, env=apache.environment)
    with apache:
        certbot.run("certonly", "-n", "-a", "apache", "-d", "a.example", *apache.options())
    assert certbot.lineage("a.example").exists()


def test_many_lineages_need_two_reloads(apache, certbot):
    names = [f"n{number}.example" for number in range(5)]
    for name in names:
        apache.plain_site(name, name)
    with apache:
        for name in names:
            certbot.run("certonly", "-n", "-a", "apache", "-d", name, *apache.options())
        reads = apache.generations()
        certbot.run("renew", "--force-renewal", *apache.options())
        apache.await_generation(reads + 2)
    for name in names:
        assert certbot.lineage(name).version() == 2


def test_a_server_that_does_not_run_is_not_started(apache, certbot):
    apache.plain_site("a", "a.example")
    before = apache.snapshot()
    result = certbot.run("certonly", "-n", "-a", "apache", "-d", "a.example", *apache.options(),
                         check=1)
    assert "is not running" in result.err
    assert apache.snapshot() == before
    assert not (apache.root / "run" / "apache2.pid").exists()


def test_a_broken_configuration_is_said_in_its_own_words(apache, certbot):
    apache.plain_site("a", "a.example")
    with apache:
        apache.site("broken", "<VirtualHost *:{http}>\nNoSuchDirective on\n</VirtualHost>\n")
        before = apache.snapshot()
        result = certbot.run("certonly", "-n", "-a", "apache", "-d", "a.example",
                             *apache.options(), check=1)
        assert "Invalid command 'NoSuchDirective'" in result.err
        assert apache.snapshot() == before
        assert apache.generations() == 1


def test_a_server_with_other_files_than_ours_is_left_alone(apache, certbot):
    """The control program works on another server root than the one we are told to edit."""
    apache.plain_site("a", "a.example")
    other = apache.folder / "other"
    shutil.copytree(apache.root, other, symlinks=True)
    (other / "sites-available" / "a.conf").write_text(
        f"# moved\n<VirtualHost *:{apache.http_port}>\nServerName a.example\n</VirtualHost>\n")
    (other / "envvars").write_text((apache.root / "envvars").read_text())
    with apache:
        options = apache.options()
        options[1] = str(other)
        result = certbot.run("certonly", "-n", "-a", "apache", "-d", "a.example", *options, check=1)
        assert "reads a different configuration than its files show" in result.err


def test_the_reason_of_a_left_out_file_is_said_once(apache, certbot):
    """It is the likely cause of the difference, so it stands in the hint and nowhere else."""
    apache.plain_site("a", "a.example")
    other = apache.folder / "other"
    shutil.copytree(apache.root, other, symlinks=True)
    (other / "envvars").write_text((apache.root / "envvars").read_text())
    (other / "sites-available" / "a.conf").write_text("<VirtualHost *:81>\n</Location>\n")
    with apache:
        options = apache.options()
        options[1] = str(other)
        err = certbot.run("certonly", "-n", "-a", "apache", "-d", "a.example", *options, check=1).err
        reason = err.partition("Hint: a file was left out: ")[2].partition("\n")[0]
        assert "a.conf" in reason and err.count(reason.rpartition(": ")[2]) == 1, err


def test_what_a_killed_run_left_is_undone_by_the_next(apache, certbot, pebble):
    apache.plain_site("a", "a.example")
    with apache:
        before = apache.snapshot()
        process = subprocess.Popen(
            certbot.command("certonly", "-n", "-a", "apache", "-d", "a.example",
                            "--debug-challenges", *apache.options()),
            env=certbot.environment(), cwd=certbot.folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_for(lambda: (apache.root / "le_http_01_challenge_pre.conf").exists() or
                 process.poll() is not None, "the challenge")
        process.kill()
        process.wait()
        certbot.run("certonly", "-n", "-a", "apache", "-d", "a.example", *apache.options())
        assert apache.snapshot() == before
        apache.configtest()
