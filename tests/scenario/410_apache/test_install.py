"""Certificates installed into a running httpd, as a TLS client and a browser see it; and undone."""

import json
import re
import time

import pytest

from lab.authority import ServerIdentity
from lab.lineage import names_of, signed_by, certificates
from lab.process import free_port

REDIRECT = ("RewriteEngine on", "RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} "
            "[END,NE,R=permanent]")


def run(certbot, apache, *args, **kwargs):
    return certbot.run(*args, "-n", *apache.options(), **kwargs)


def names(*wanted):
    return [part for name in wanted for part in ("-d", name)]


def issued_by(apache, pebble, name):
    """Whether a client with the CA's root gets a verified certificate for the name."""
    return apache.get(name, trust=pebble.root()).status < 500


def test_issue_install_serve_and_roll_back(apache, certbot, pebble):
    apache.plain_site("one", "one.example", "www.one.example")
    apache.plain_site("two", "two.example")
    before = apache.snapshot()
    with apache:
        run(certbot, apache, "run", "--apache", *names("one.example", "www.one.example"),
            "--redirect", "--hsts", "--uir")
        assert set(names_of(apache.leaf("one.example"))) == {"one.example", "www.one.example"}
        assert signed_by(apache.leaf("one.example"), certificates(pebble.intermediate())[0])
        for name in ("one.example", "www.one.example"):
            page = apache.get(name, "/index.html", trust=pebble.root())
            assert (page.status, page.body) == (200, "the site\n")
            assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
            assert page.headers["Content-Security-Policy"] == "upgrade-insecure-requests"
            plain = apache.get(name, "/index.html?x=1")
            assert plain.status == 301
            assert plain.headers["Location"] == f"https://{name}/index.html?x=1"
        assert apache.get("two.example").status == 200
        modules = apache.ctl("-t", "-D", "DUMP_MODULES").out
        for module in ("ssl", "socache_shmcb", "headers", "rewrite"):
            assert f"{module}_module" in modules
        assert len(list((certbot.work_dir / "backups").iterdir())) == 4
        run(certbot, apache, "rollback", "-i", "apache", "--checkpoints", "4")
        assert apache.snapshot() == before
        assert apache.get("one.example").status == 200
    apache.configtest()


def test_each_name_gets_its_own_certificate(apache, certbot, pebble):
    for name in ("a.example", "b.example", "c.example"):
        apache.plain_site(name, name)
    with apache:
        for name in ("a.example", "b.example"):
            run(certbot, apache, "run", "--apache", *names(name), "--no-redirect")
        assert names_of(apache.leaf("a.example")) == ["a.example"]
        assert names_of(apache.leaf("b.example")) == ["b.example"]
        assert apache.get("a.example").status == 200
        text = (apache.root / "ports.conf").read_text()
        assert text.count(f"Listen {apache.https_port}") == 1


def test_other_hosts_keep_their_certificates(apache, certbot, open_path, pebble):
    own = ServerIdentity(open_path)
    for module in ("ssl", "socache_shmcb"):
        apache.enable_module(module)
    with open(apache.root / "ports.conf", "a", encoding="utf-8") as ports:
        ports.write(f"Listen {apache.https_port} https\n")
    apache.site("own", "<VirtualHost *:{https}>\nServerName own.example\nSSLEngine on\n"
                       f"SSLCertificateFile {own.cert_path}\n"
                       f"SSLCertificateKeyFile {own.key_path}\n</VirtualHost>\n")
    apache.plain_site("new", "new.example")
    with apache:
        before = apache.leaf("own.example").serial_number
        run(certbot, apache, "run", "--apache", *names("new.example"), "--no-redirect")
        assert names_of(apache.leaf("new.example")) == ["new.example"]
        assert apache.leaf("own.example").serial_number == before


def test_a_second_run_changes_nothing(apache, certbot, pebble):
    apache.plain_site("a", "a.example")
    options = ("--apache", *names("a.example"), "--redirect", "--hsts", "--uir", "--staple-ocsp")
    with apache:
        run(certbot, apache, "run", *options)
        first = apache.snapshot()
        run(certbot, apache, "install", "-i", "apache", "--cert-name", "a.example", *options[3:])
        assert apache.snapshot() == first


def test_a_renewed_certificate_is_served_after_one_reload(apache, certbot, pebble):
    apache.plain_site("a", "a.example")
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"))
        old, reads = apache.leaf("a.example").serial_number, apache.generations()
        certbot.run("renew", "--force-renewal", *apache.options())
        # One more for the challenge, if there was one: Pebble uses one in a hundred valid
        # authorizations again, whatever it is told.
        apache.await_generation(reads + 1 + (":presenting " in certbot.log()))
        assert apache.leaf("a.example").serial_number == certbot.lineage("a.example").serial()
        assert certbot.lineage("a.example").serial() != old


def test_redirects_do_not_come_along_into_the_copy(apache, certbot, pebble):
    apache.enable_module("rewrite")
    apache.plain_site("a", "a.example", extra="    " + "\n    ".join(REDIRECT) + "\n")
    apache.plain_site("b", "b.example", extra="    Redirect / https://b.example/\n")
    with apache:
        result = run(certbot, apache, "run", "--apache", *names("a.example", "b.example"))
        assert "redirection loops" in result.err
        for name in ("a.example", "b.example"):
            assert apache.get(name, trust=pebble.root()).status == 200
            assert apache.get(name).headers["Location"] == f"https://{name}/"
    assert "RewriteRule ^ https://" in (apache.root / "sites-available/a.conf").read_text()


def test_the_redirect_of_an_older_certbot_is_renewed_in_place(apache, certbot):
    apache.enable_module("rewrite")
    apache.plain_site("a", "a.example", extra=(
        "    RewriteEngine on\n    RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} "
        "[L,QSA,R=permanent]\n"))
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--redirect")
        assert apache.get("a.example", "/x y".replace(" ", "%20")).status == 301
    text = (apache.root / "sites-available/a.conf").read_text()
    assert text.count("RewriteRule") == 1 and "[END,NE,R=permanent]" in text


def tls_only_site(apache, folder):
    """a.example, with a certificate of old."""
    own = ServerIdentity(folder)
    for module in ("ssl", "socache_shmcb"):
        apache.enable_module(module)
    with open(apache.root / "ports.conf", "a", encoding="utf-8") as ports:
        ports.write(f"Listen {apache.https_port} https\n")
    apache.site("a", "<VirtualHost *:{https}>\nServerName a.example\nSSLEngine on\n"
                     f"SSLCertificateFile {own.cert_path}\nSSLCertificateKeyFile {own.key_path}\n"
                     "DocumentRoot {root}/www\n</VirtualHost>\n")


@pytest.mark.parametrize("other", ["b", "zz"])
def test_a_host_for_tls_only_is_redirected_beside_others(other, apache, certbot, open_path):
    """Whatever the order of files: the other plain host answers, and goes on for all other names."""
    tls_only_site(apache, open_path)
    apache.plain_site(other, "other.example")
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--redirect")
        assert apache.get("a.example", "/p").headers["Location"] == "https://a.example/p"
        for name in ("other.example", "none.example"):
            assert apache.get(name).body == "the site\n"
        before = apache.snapshot()
        run(certbot, apache, "enhance", "--apache", "--cert-name", "a.example", "--redirect")
        assert apache.snapshot() == before


def test_tls_on_another_port_is_not_the_site(apache, certbot, open_path, pebble):
    """No redirect leads to a port that nobody serves; the other port keeps its certificate."""
    tls_only_site(apache, open_path)
    other = free_port()
    path = apache.root / "sites-available/a.conf"
    path.write_text(path.read_text().replace(f"*:{apache.https_port}", f"*:{other}"))
    with open(apache.root / "ports.conf", "a", encoding="utf-8") as ports:
        ports.write(f"Listen {other} https\n")
    before = path.read_text()
    apache.plain_site("b", "a.example")
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--redirect")
        assert issued_by(apache, pebble, "a.example")
        assert apache.get("a.example").status == 301
    assert path.read_text() == before


@pytest.mark.parametrize("opening", ["<IfModule alias_module>", "<IfDefine !NEVER>"])
def test_conditions_closed_by_the_end_of_the_file(opening, apache, certbot, pebble):
    """httpd takes that, and ignores the second word of a closing line."""
    apache.site("a", f"{opening}\n<VirtualHost *:{{http}}>\nServerName a.example\n"
                     "DocumentRoot {root}/www\n</VirtualHost> </IfModule>\n")
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--redirect")
        assert issued_by(apache, pebble, "a.example")
        assert apache.get("a.example").status == 301


def test_a_redirecting_host_is_made_where_there_is_no_plain_one(apache, certbot, open_path):
    tls_only_site(apache, open_path)
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--redirect")
        assert apache.get("a.example", "/p").headers["Location"] == "https://a.example/p"
    assert (apache.root / "sites-enabled/le-redirect-a.example.conf").is_symlink()


def test_stapling_has_a_cache(apache, certbot):
    apache.plain_site("a", "a.example")
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--staple-ocsp")
    text = (apache.root / "sites-available/a-le-ssl.conf").read_text()
    assert "SSLUseStapling on" in text and text.count("SSLStaplingCache shmcb:") == 1
    apache.configtest()


@pytest.mark.asan
def test_must_staple_switches_stapling_on(apache, certbot):
    apache.plain_site("a", "a.example")
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--must-staple")
    assert "SSLUseStapling on" in (apache.root / "sites-available/a-le-ssl.conf").read_text()


@pytest.mark.asan
def test_enhance_adds_what_was_not_asked_for_at_first(apache, certbot, pebble):
    apache.plain_site("a", "a.example")
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--no-redirect")
        assert "Strict-Transport-Security" not in \
            apache.get("a.example", trust=pebble.root()).headers
        run(certbot, apache, "enhance", "-i", "apache", "--cert-name", "a.example", "--hsts")
        assert "Strict-Transport-Security" in apache.get("a.example", trust=pebble.root()).headers
        assert apache.get("a.example").status == 200


def test_auto_hsts_grows_step_by_step(apache, certbot, pebble):
    apache.plain_site("a", "a.example")
    storage = certbot.config_dir / ".pluginstorage.json"

    def age():
        return apache.get("a.example", trust=pebble.root()).headers["Strict-Transport-Security"]

    def entry():
        entries = json.loads(storage.read_text())["apache"]["autohsts"]
        return next(iter(entries.items()), None)

    def let_time_pass():
        data = json.loads(storage.read_text())
        for one in data["apache"]["autohsts"].values():
            one["timestamp"] -= 49 * 3600
        storage.write_text(json.dumps(data))

    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--auto-hsts")
        assert age() == "max-age=60"
        ident, state = entry()
        assert state["laststep"] == 0 and abs(state["timestamp"] - time.time()) < 60
        assert storage.stat().st_mode & 0o777 == 0o600
        assert f"VirtualHost id: {ident}" in \
            (apache.root / "sites-available/a-le-ssl.conf").read_text()
        certbot.run("renew", *apache.options())
        assert age() == "max-age=60"
        for seconds in (300, 900, 3600, 21600, 43200, 86400):
            let_time_pass()
            certbot.run("renew", *apache.options())
            assert age() == f"max-age={seconds}"
        let_time_pass()
        certbot.run("renew", *apache.options())
        assert age() == "max-age=86400"
        certbot.run("renew", "--force-renewal", *apache.options())
        assert age() == "max-age=31536000" and entry() is None


def test_the_other_certbot_rolls_our_changes_back(apache, certbot, debian_certbot):
    apache.plain_site("a", "a.example")
    before = apache.snapshot()
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--redirect", "--hsts")
    # It reads the checkpoints from the same directory; the server is not needed for that.
    ours = apache.options()
    skipped = {"--https-port", str(apache.https_port)}
    debian_certbot.run("rollback", "-n", "-i", "apache", "--checkpoints", "3",
                       *[option for option in ours if option not in skipped], check=False)
    after = apache.snapshot()
    apache.ctl("stop")
    assert after == before


def test_we_roll_the_other_certbots_changes_back(apache, certbot, debian_certbot, open_path):
    own = ServerIdentity(open_path)
    apache.plain_site("a", "a.example")
    before = apache.snapshot()
    options = [option for option in apache.options()
               if option not in {"--https-port", str(apache.https_port)}]
    with apache:
        # Debian's can only use port 443, which it tests but does not open here.
        ctl = apache.folder / "ctl"
        ctl.write_text('#!/bin/sh\n[ "$1" = graceful ] && exit 0\nexec apache2ctl "$@"\n')
        ctl.chmod(0o755)
        options[options.index("--apache-ctl") + 1] = str(ctl)
        debian_certbot.run("install", "-n", "--apache", "-d", "a.example", "--cert-path",
                           own.cert_path, "--key-path", own.key_path, "--fullchain-path",
                           own.cert_path, "--redirect", "--hsts", *options)
        assert apache.snapshot() != before
        run(certbot, apache, "rollback", "-i", "apache", "--checkpoints", "3")
        assert apache.snapshot() == before


def test_owner_mode_and_links_stay(apache, certbot):
    path = apache.plain_site("a", "a.example")
    path.chmod(0o640)
    import os
    os.chown(path, 33, 33)
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--redirect")
    status = path.stat()
    assert (status.st_mode & 0o777, status.st_uid, status.st_gid) == (0o640, 33, 33)
    link = apache.root / "sites-enabled/a.conf"
    assert link.is_symlink() and "RewriteRule" in link.read_text()


def test_a_host_in_the_main_file_gets_a_twin_that_httpd_reads(apache, certbot, pebble):
    with open(apache.root / "apache2.conf", "a", encoding="utf-8") as main:
        main.write(f"<VirtualHost *:{apache.http_port}>\nServerName a.example\n"
                   f"DocumentRoot {apache.root}/www\n</VirtualHost>\n")
    options = apache.options()
    at = options.index("--apache-handle-sites")
    options[at + 1] = "false"
    before = apache.snapshot()
    with apache:
        certbot.run("run", "-n", "--apache", *names("a.example"), *options)
        assert names_of(apache.leaf("a.example")) == ["a.example"]
        certbot.run("rollback", "-n", "-i", "apache", "--checkpoints", "2", *options)
        assert apache.snapshot() == before


def test_modules_are_asked_for_where_nothing_enables_them(apache, certbot):
    apache.enable_module("rewrite")
    apache.plain_site("a", "a.example")
    options = apache.options()
    options[options.index("--apache-handle-modules") + 1] = "false"
    with apache:
        before = apache.snapshot()
        result = certbot.run("run", "-n", "--apache", *names("a.example"), *options, check=1)
        assert "has not loaded mod_" in result.err and "LoadModule" in result.err
        assert apache.snapshot() == before


def test_a_name_that_no_host_has(apache, certbot):
    apache.plain_site("a", "a.example")
    apache.plain_site("b", "b.example")
    with apache:
        before = apache.snapshot()
        result = run(certbot, apache, "run", "--apache", *names("c.example"), check=1)
        assert "none has it as its ServerName or ServerAlias" in result.err
        assert apache.snapshot() == before


def test_a_person_may_name_the_hosts_of_a_wildcard(apache, certbot, open_path):
    own = ServerIdentity(open_path)
    for name in ("a.x.example", "b.x.example", "other.example"):
        apache.plain_site(name, name)
    with apache:
        result = certbot.run(
            "install", "--force-interactive", "--apache", "-d", "*.x.example", "--cert-path",
            own.cert_path, "--key-path", own.key_path, "--fullchain-path", own.cert_path,
            "--no-redirect", *apache.options(), input="1\n")
        assert "Which virtual hosts" in result.out
    made = sorted(path.name for path in (apache.root / "sites-available").glob("*-le-ssl.conf"))
    assert made == ["a.x.example-le-ssl.conf"]


@pytest.mark.parametrize("listen", ["127.0.0.1:{http}\nListen [::1]:{http}"])
def test_listens_where_the_plain_port_listens(listen, apache, certbot, pebble):
    (apache.root / "ports.conf").write_text(
        "Listen " + listen.replace("{http}", str(apache.http_port)) + "\n")
    apache.plain_site("a", "a.example")
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"), "--no-redirect")
        assert names_of(apache.leaf("a.example")) == ["a.example"]
    added = re.findall(r"Listen (\S+) https", (apache.root / "ports.conf").read_text())
    assert sorted(added) == [f"127.0.0.1:{apache.https_port}", f"[::1]:{apache.https_port}"]


def test_delete_refuses_while_apache_uses_the_certificate(apache, certbot):
    """Also when it is to follow a revocation; --force overrides it."""
    apache.plain_site("a", "a.example")
    with apache:
        run(certbot, apache, "run", "--apache", *names("a.example"))
        for verb in (("delete",), ("revoke", "--delete-after-revoke", "--reason", "superseded")):
            result = run(certbot, apache, *verb, "--cert-name", "a.example", check=1)
            assert re.search(rf"{apache.root}/sites-\w+/a-le-ssl\.conf:\d+", result.err), result
            assert certbot.lineage("a.example").exists()
        run(certbot, apache, "delete", "--cert-name", "a.example", "--force")
        assert not certbot.lineage("a.example").exists()


def test_rollback_does_not_start_a_stopped_httpd(apache, certbot):
    apache.plain_site("a", "a.example")
    with apache:
        before = apache.snapshot()
        certbot.run("run", "-n", "--apache", "-d", "a.example", "--no-redirect",
                    *apache.options())
    (apache.root / "run/apache2.pid").unlink(missing_ok=True)
    result = certbot.run("rollback", "-n", "--apache", *apache.options())
    assert apache.snapshot() == before
    assert "is not running" in result.text
    assert not (apache.root / "run/apache2.pid").exists()


def test_refused_configuration_is_quoted_without_the_files_that_httpd_read(apache, certbot):
    apache.plain_site("a", "a.apache.test")
    apache.site("broken", "<VirtualHost *:{http}>\n    Nonsense\n</VirtualHost>\n")
    result = run(certbot, apache, "run", "--apache", *names("a.apache.test"), check=1)
    assert "broken.conf" in result.text and "Nonsense" in result.text
    assert "Included configuration files" not in result.text
