"""Our apache installer compared with Debian's certbot with python3-certbot-apache: for the same
configuration and names both change the same virtual hosts, make the same new ones, enable the same
modules and sites, and leave equivalent directives.

httpd itself is only asked to test: the control program given to both ignores "graceful".
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab.apache import Apache  # noqa: E402
from lab.authority import ServerIdentity  # noqa: E402
from lab.certbot import Certbot, DebianCertbot  # noqa: E402

TOOL = os.environ["APACHE_TOOL"]

CTL = """\
#!/bin/sh
[ "$1" = graceful ] && exit 0
exec apache2ctl "$@"
"""

VHOST = """\
<VirtualHost *:80>
    ServerName {name}
    DocumentRoot {{root}}/www
</VirtualHost>
"""


def vhost(*lines, address="*:80"):
    body = "".join(f"    {line}\n" for line in lines)
    return f"<VirtualHost {address}>\n{body}</VirtualHost>\n"


def case(sites, *names, options=(), modules=(), ports=None, conf=None, disabled=(), fails=False,
         differs=()):
    """differs: what is not compared because we do better, for the reason given with it."""
    return dict(sites=sites, names=names, options=options, modules=modules, ports=ports, conf=conf,
                disabled=disabled, fails=fails, differs=differs)


OWN_REDIRECT = ("RewriteEngine on", "RewriteCond %{SERVER_NAME} =a.example",
                "RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]")

CASES = {
    "one host": case({"a": vhost("ServerName a.example")}, "a.example"),
    "two hosts": case({"a": vhost("ServerName a.example"), "b": vhost("ServerName b.example")},
                      "b.example"),
    "both of two hosts": case({"a": vhost("ServerName a.example"),
                               "b": vhost("ServerName b.example")}, "a.example", "b.example"),
    "alias": case({"a": vhost("ServerName a.example", "ServerAlias www.a.example x.a.example")},
                  "www.a.example"),
    # Certbot's condition for a wildcard, "=*.a.example", fits no request.
    "wildcard alias": case({"a": vhost("ServerName a.example", "ServerAlias *.a.example"),
                            "b": vhost("ServerName b.example")}, "shop.a.example", differs=("sites-available/a.conf",)),
    "exact beats wildcard": case({"a": vhost("ServerName a.example", "ServerAlias *.example"),
                                  "b": vhost("ServerName b.example")}, "b.example"),
    "the only host gets the name": case({"a": vhost("DocumentRoot {root}/www")}, "new.example"),
    "the only host gets an alias": case({"a": vhost("ServerName a.example")}, "new.example"),
    "no host has the name": case({"a": vhost("ServerName a.example"),
                                  "b": vhost("ServerName b.example")}, "c.example", fails=True),
    "default hosts do not count": case({"0": vhost("ServerName x.example", address="_default_:80"),
                                        "a": vhost("ServerName a.example")}, "new.example"),
    "two in a file": case({"a": vhost("ServerName a.example") + "\n" + vhost("ServerName b.example")},
                          "b.example"),
    "both of two in a file": case({"a": vhost("ServerName a.example") + "\n" +
                                   vhost("ServerName b.example")}, "a.example", "b.example"),
    "has TLS": case({"a": vhost("ServerName a.example") +
                     vhost("ServerName a.example", "SSLEngine on", "SSLCertificateFile {pem}",
                           "SSLCertificateKeyFile {key}", address="*:443")}, "a.example",
                    modules=("ssl", "socache_shmcb")),
    # Certbot writes the redirecting host but does not enable it.
    "TLS with a chain file": case({"a": vhost("ServerName a.example", "SSLEngine on",
                                              "SSLCertificateFile {pem}",
                                              "SSLCertificateKeyFile {key}",
                                              "SSLCertificateChainFile {pem}", address="*:443")},
                                  "a.example", modules=("ssl", "socache_shmcb"), differs=("hosts", "enabled", "targets", "names")),
    # Certbot writes the redirecting host but does not enable it.
    "TLS by port alone": case({"a": vhost("ServerName a.example", address="*:443")}, "a.example",
                              modules=("ssl", "socache_shmcb"), differs=("hosts", "enabled", "targets", "names")),
    # Certbot writes the redirecting host but does not enable it.
    "two certificates become one": case({"a": vhost("ServerName a.example", "SSLEngine on",
                                                    "SSLCertificateFile {pem}",
                                                    "SSLCertificateKeyFile {key}",
                                                    "SSLCertificateFile {pem}",
                                                    "SSLCertificateKeyFile {key}",
                                                    address="*:443")}, "a.example",
                                        modules=("ssl", "socache_shmcb"), differs=("hosts", "enabled", "targets", "names")),
    "redirect": case({"a": vhost("ServerName a.example", "ServerAlias www.a.example")},
                     "a.example", "www.a.example", options=("--redirect",)),
    "redirect there already": case({"a": vhost("ServerName a.example", *OWN_REDIRECT)},
                                   "a.example", options=("--redirect",), modules=("rewrite",)),
    "older redirect": case({"a": vhost("ServerName a.example", "RewriteEngine on",
                                       "RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} "
                                       "[END,QSA,R=permanent]")},
                           "a.example", options=("--redirect",), modules=("rewrite",)),
    "redirect among other rules": case({"a": vhost("ServerName a.example", "RewriteEngine On",
                                                    "RewriteRule ^/old /new [R]")},
                                        "a.example", options=("--redirect",), modules=("rewrite",)),
    # Certbot writes the redirecting host but does not enable it.
    "redirect by a new host": case({"a": vhost("ServerName a.example", "ServerAlias b.example",
                                               address="127.0.0.1:443")}, "a.example",
                                   options=("--redirect",), modules=("ssl", "socache_shmcb"), differs=("hosts", "enabled", "targets", "names")),
    "own rewrite rules": case({"a": vhost("ServerName a.example", "RewriteEngine on",
                                          "RewriteCond %{HTTPS} off",
                                          "RewriteRule (.*) https://%{HTTP_HOST}$1 [R=301,L]",
                                          "RewriteRule ^/x$ /y")}, "a.example",
                              modules=("rewrite",)),
    "HSTS": case({"a": vhost("ServerName a.example")}, "a.example", options=("--hsts",)),
    "HSTS there already": case({"a": vhost("ServerName a.example", "Header always set "
                                           'Strict-Transport-Security "max-age=5"')}, "a.example",
                               options=("--hsts",), modules=("headers",)),
    "UIR": case({"a": vhost("ServerName a.example")}, "a.example", options=("--uir",)),
    "stapling": case({"a": vhost("ServerName a.example")}, "a.example", options=("--staple-ocsp",)),
    "everything": case({"a": vhost("ServerName a.example")}, "a.example",
                       options=("--redirect", "--hsts", "--uir", "--staple-ocsp")),
    "address-based": case({"a": vhost("ServerName a.example", address="127.0.0.1:80"),
                           "b": vhost("ServerName b.example", address="127.0.0.2:80")}, "b.example"),
    "IPv6": case({"a": vhost("ServerName a.example", address="[::1]:80 127.0.0.1:80")},
                 "a.example"),
    "other port": case({"a": vhost("ServerName a.example", address="*:8080")}, "a.example",
                       ports="Listen 80\nListen 8080\n"),
    "Listen with addresses": case({"a": vhost("ServerName a.example")}, "a.example",
                                  ports="Listen 127.0.0.1:80\nListen 127.0.0.2:80\n"),
    "Listen 443 there": case({"a": vhost("ServerName a.example")}, "a.example",
                             ports="Listen 80\n<IfModule ssl_module>\n\tListen 443\n</IfModule>\n",
                             modules=("ssl", "socache_shmcb")),
    "Listen 443 without a module": case({"a": vhost("ServerName a.example")}, "a.example",
                                        ports="Listen 80\n<IfModule ssl_module>\n\tListen 443\n"
                                              "</IfModule>\n"),
    "nested": case({"a": "<IfModule mod_alias.c>\n" +
                    vhost("ServerName a.example", "<Directory {root}/www>",
                          "    Require all granted", "</Directory>",
                          "<IfModule mod_dir.c>", "DirectoryIndex x.html", "</IfModule>") +
                    "</IfModule>\n"}, "a.example"),
    # httpd reads the copy before the file with the Define, and Certbot's copy has no name then.
    "variables": case({"a": "Define SITE a.example\n" + vhost("ServerName ${SITE}",
                                                              "CustomLog ${APACHE_LOG_DIR}/x.log common")},
                      "a.example", differs=("names", "sites-available/a-le-ssl.conf",
                                            "sites-available/a.conf")),
    # Certbot takes names in another case for other names, and adds them.
    "mixed case": case({"a": "<virtualhost *:80>\nSERVERNAME A.example\nserveralias B.example\n"
                        "</virtualhost>\n"}, "a.example", "b.example", differs=("sites-available/a.conf", "sites-available/a-le-ssl.conf")),
    # Certbot does not look behind the scheme, and adds the name again.
    "name with scheme and port": case({"a": vhost("ServerName http://a.example:80")}, "a.example", differs=("sites-available/a.conf", "sites-available/a-le-ssl.conf")),
    "continuations": case({"a": vhost("ServerName a.example", "ServerAlias b.example \\",
                                      "    c.example")}, "c.example"),
    "proxy": case({"a": vhost("ServerName a.example", "ProxyPass / http://127.0.0.1:9/",
                              "ProxyPassReverse / http://127.0.0.1:9/")}, "a.example",
                  modules=("proxy", "proxy_http")),
    "in the main file": case({}, "a.example", conf=vhost("ServerName a.example")),
    "twin is there": case({"a": vhost("ServerName a.example"),
                           "a-le-ssl": "<IfModule mod_ssl.c>\n" +
                           vhost("ServerName b.example", "SSLEngine on", "SSLCertificateFile {pem}",
                                 "SSLCertificateKeyFile {key}", address="*:443") +
                           "</IfModule>\n"}, "a.example", modules=("ssl", "socache_shmcb")),
}


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    return ServerIdentity(tmp_path_factory.mktemp("identity"))


def lay_out(folder, wanted, identity):
    shutil.rmtree(folder, ignore_errors=True)
    apache = Apache(folder, http_port=80, https_port=443).lay_out()
    fill = lambda text: text.replace("{pem}", str(identity.cert_path)).replace(  # noqa: E731
        "{key}", str(identity.key_path))
    if wanted["ports"]:
        (apache.root / "ports.conf").write_text(wanted["ports"])
    if wanted["conf"]:
        with open(apache.root / "apache2.conf", "a", encoding="utf-8") as main:
            main.write(wanted["conf"])
    for module in wanted["modules"]:
        for one in (*{"ssl": ("setenvif", "mime"), "proxy_http": ("proxy",)}.get(module, ()),
                    module):
            apache.enable_module(one)
    for name, text in wanted["sites"].items():
        apache.site(name, fill(text), enabled=name not in wanted["disabled"])
    ctl = apache.folder / "ctl"
    ctl.write_text(CTL)
    ctl.chmod(0o755)
    apache.configtest()
    return apache


def install(program, folder, wanted, identity):
    """Runs the installer on a fresh copy; what it left, in comparable form."""
    apache = lay_out(folder / "apache", wanted, identity)
    shutil.rmtree(folder / "certbot", ignore_errors=True)
    certbot = program(folder / "certbot", env=apache.environment)
    names = [part for name in wanted["names"] for part in ("-d", name)]
    options = apache.options()
    at = options.index("--apache-ctl")
    options[at + 1] = str(apache.folder / "ctl")
    result = certbot.run("install", "-n", "--apache", *names, "--cert-path", identity.cert_path,
                         "--key-path", identity.key_path, "--fullchain-path", identity.cert_path,
                         "--chain-path", identity.cert_path, *wanted["options"], *options,
                         check=False)
    if wanted["fails"]:
        assert result.rc == 1, result
        return {"files": apache.snapshot()}
    assert result.rc == 0, repr(result)
    apache.configtest()
    dump = apache.ctl("-t", "-D", "DUMP_VHOSTS", "-D", "DUMP_MODULES").out
    return {
        "hosts": sorted(set(re.findall(r"\S+ \(/.*/([^/]+):\d+\)", dump))),
        "names": sorted(set(re.findall(r"(?:namevhost|alias|server) (\S+)", dump))),
        "modules": sorted(re.findall(r"(\S+_module) \(", dump)),
        "enabled": sorted(p.name for p in (apache.root / "sites-enabled").iterdir()),
        "targets": sorted(str(p.resolve()) for p in (apache.root / "sites-enabled").iterdir()),
        "files": {str(p.relative_to(apache.root)): directives(p)
                  for p in (*sorted((apache.root / "sites-available").iterdir()),
                            apache.root / "ports.conf", apache.root / "apache2.conf")},
    }


def directives(path):
    """The sections of a file, each with its directives in an order that does not matter, but for
    rewrite rules."""
    out = subprocess.run([TOOL, "tree", str(path)], capture_output=True, text=True, check=True)
    sections, stack = [], []
    for line in out.stdout.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        text = re.sub(r"^\s*\d+ ", "", line)
        name = text.split('"')[1].lower()
        # Both names mean the module, and several such sections are as good as one.
        text = text.replace('"ssl_module"', '"mod_ssl.c"')
        del stack[depth:]
        where = "/".join(stack)
        stack.append(text.lower())
        if name == "ifmodule":
            continue
        sections.append((where, "rewrite" if name.startswith("rewrite") else name,
                         re.sub(r'^"[^"]*"', f'"{name}"', text)))
    rewrites = [entry for entry in sections if entry[1] == "rewrite"]
    others = sorted(entry for entry in sections if entry[1] != "rewrite")
    # Certbot's conditions for several names come in the order of a set.
    return others + sorted_runs([(where, text.replace(' "[OR]"', "")) for where, _, text in rewrites])


def sorted_runs(rewrites):
    result, run = [], []
    for entry in rewrites:
        if "rewritecond" in entry[1]:
            run.append(entry)
        else:
            result += [*sorted(run), entry]
            run = []
    return result


@pytest.mark.parametrize("name", CASES)
def test_installs_as_certbot_does(name, tmp_path, identity):
    wanted = CASES[name]
    theirs = install(DebianCertbot, tmp_path, wanted, identity)
    ours = install(Certbot, tmp_path, wanted, identity)
    for key in theirs:
        if key != "files" and key not in wanted["differs"]:
            assert ours[key] == theirs[key], key
    for path in sorted({*theirs["files"], *ours["files"]} - set(wanted["differs"])):
        assert ours["files"].get(path) == theirs["files"].get(path), path
