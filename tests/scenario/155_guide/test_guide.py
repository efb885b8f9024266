"""The examples of Certbot's User Guide for managing certificates, as they stand there; only paths and
the CA are others, and -n stands in for the person who would be asked."""

import functools
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def htdocs(tmp_path, pebble):
    """A directory that a web server serves where the CA looks."""
    folder = tmp_path / "htdocs"
    (folder / ".well-known/acme-challenge").mkdir(parents=True)
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", pebble.http_port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder
        server.shutdown()


def shell(command):
    subprocess.run(["/bin/sh", "-ec", command], check=True)


def make_due(certbot, name):
    path = certbot.lineage(name).conf_path
    path.write_text("renew_before_expiry = 400 days\n" + path.read_text())


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_webroots_for_several_names(certbot, htdocs):
    certbot.run(*f"certonly -n --webroot -w {htdocs} -d www.example.com -d example.com -w {htdocs} "
                "-d other.example.net -d another.other.example.net".split())
    certbot.lineage("www.example.com").verify(
        "www.example.com", "example.com", "other.example.net", "another.other.example.net")
    assert "[[webroot_map]]" in certbot.lineage("www.example.com").conf()


def test_certificates_shows_what_the_guide_shows(certbot):
    # Without a profile Pebble takes any of those it has, and they differ in lifetime.
    certbot.certonly("example.com", "www.example.com",
                     options=["--required-profile", "default"])
    out = certbot.run("certificates").out
    live = certbot.lineage("example.com").live
    for line in ("Found the following certs:", "  Certificate Name: example.com",
                 "    Domains: example.com www.example.com", "    Expiry Date: ", "(VALID: 89 days)",
                 f"    Certificate Path: {live}/fullchain.pem",
                 f"    Private Key Path: {live}/privkey.pem"):
        assert line in out


def test_named_certificate_is_kept_until_it_is_due(certbot, pebble):
    http = f"--standalone --http-01-port {pebble.http_port}"
    certbot.certonly("example.com", "www.example.com")
    result = certbot.run(*f"certonly -n {http} --cert-name example.com".split())
    assert "not yet due for renewal; no action taken" in result.out
    make_due(certbot, "example.com")
    certbot.run(*f"certonly -n {http} --cert-name example.com".split())
    assert certbot.lineage("example.com").verify("example.com", "www.example.com").version() == 2


def test_same_names_again_by_force_or_as_a_duplicate(certbot, pebble):
    http = f"--standalone --http-01-port {pebble.http_port}"
    certbot.certonly("example.com")
    certbot.run(*f"certonly -n {http} --force-renewal -d example.com".split())
    assert certbot.lineage_names() == ["example.com"]
    assert certbot.lineage("example.com").versions() == [1, 2]
    certbot.run(*f"certonly -n {http} --duplicate -d example.com".split())
    assert certbot.lineage_names() == ["example.com", "example.com-0001"]
    assert certbot.lineage("example.com").version() == 2


def test_expand_in_both_forms(certbot, pebble):
    http = f"--standalone --http-01-port {pebble.http_port}"
    certbot.certonly("existing.com", "example.com")
    certbot.run(*f"certonly -n {http} --expand -d existing.com,example.com,newdomain.com".split())
    certbot.lineage("existing.com").verify("existing.com", "example.com", "newdomain.com")
    certbot.run(*f"certonly -n {http} --expand -d existing.com -d example.com -d newdomain.com "
                "-d more.com".split())
    assert certbot.lineage("existing.com").version() == 3


def test_names_of_a_certificate_are_changed(certbot, pebble):
    http = f"--standalone --http-01-port {pebble.http_port}"
    certbot.certonly("example.com", "www.example.com")
    certbot.run(*f"certonly -n {http} --cert-name example.com -d example.com".split())
    certbot.lineage("example.com").verify("example.com")
    certbot.run(*f"certonly -n {http} --cert-name example.com -d example.org,www.example.org".split())
    certbot.lineage("example.com").verify("example.org", "www.example.org")


@pytest.mark.parametrize("more, reason", [([], 0), (["--reason", "keycompromise"], 1)])
def test_revoke_and_delete(certbot, pebble, more, reason):
    certbot.certonly("CERTNAME.com")
    lineage = certbot.lineage("certname.com")
    serial = lineage.serial()
    certbot.run("revoke", "-n", "--no-delete-after-revoke", "--cert-path",
                lineage.live / "cert.pem", *more)
    assert pebble.certificate_status(serial)["Status"] == "Revoked"
    assert pebble.certificate_status(serial).get("Reason", 0) == reason
    certbot.run("delete", "-n", "--cert-name", "certname.com")
    assert certbot.lineage_names() == []


def test_renew_takes_what_is_due(certbot):
    for name in ("example.com", "example.org"):
        certbot.certonly(name)
    result = certbot.run("renew")
    assert "No renewals were attempted." in result.out
    make_due(certbot, "example.org")
    assert certbot.run("renew", "-q").text == ""
    assert certbot.lineage("example.com").version() == 1
    assert certbot.lineage("example.org").verify("example.org").version() == 2


def test_options_of_a_renewal_are_saved(certbot):
    certbot.certonly("example.com", options=["--key-type", "rsa"])
    certbot.run("renew", "--rsa-key-size", "4096")
    assert certbot.lineage("example.com").key.key_size == 2048
    certbot.run("renew", "--force-renewal", "--rsa-key-size", "4096")
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage("example.com").version() == 3
    assert certbot.lineage("example.com").key.key_size == 4096


def test_one_certificate_by_its_names(certbot, pebble):
    """certonly -n with all names of a certificate renews it when it is due; with a part of them it is
    another certificate. The plugin is named in cli.ini."""
    home = certbot.folder / "home/.config/letsencrypt"
    home.mkdir(parents=True)
    (home / "cli.ini").write_text(
        f"authenticator = standalone\nhttp-01-port = {pebble.http_port}\n")
    certbot.run(*"certonly -n -d example.com -d www.example.com".split())
    certbot.run(*"certonly -n -d example.com -d www.example.com".split())
    assert certbot.lineage("example.com").version() == 1
    make_due(certbot, "example.com")
    certbot.run(*"certonly -n -d example.com -d www.example.com".split())
    assert certbot.lineage("example.com").version() == 2
    certbot.run(*"certonly -n -d www.example.com".split())
    assert certbot.lineage_names() == ["example.com", "www.example.com"]


def test_edited_renewal_conf_is_rehearsed(certbot, pebble):
    certbot.certonly("example.com")
    path = certbot.lineage("example.com").conf_path
    text = path.read_text()
    rehearsal = ["renew", "--dry-run", "--server", pebble.directory]
    assert "all simulated renewals succeeded" in certbot.run(*rehearsal).out
    path.write_text(text.replace("authenticator = standalone", "authenticator = standalon"))
    assert "standalon" in certbot.run(*rehearsal, check=1).text
    assert certbot.lineage("example.com").version() == 1


def test_hooks_around_renew(certbot):
    calls = certbot.folder / "calls"
    certbot.certonly("example.com")
    hooks = ["--pre-hook", f"echo nginx stop >>{calls}", "--post-hook",
             f"echo nginx start >>{calls}"]
    certbot.run("renew", *hooks)
    assert not calls.exists()
    certbot.run("renew", "--force-renewal", *hooks)
    assert calls.read_text() == "nginx stop\nnginx start\n"


def test_failing_hook_is_told_and_stops_nothing(certbot):
    certbot.certonly("example.com")
    result = certbot.run("renew", "--force-renewal", "--pre-hook", "exit 3", "--disable-hook-validation")
    assert "reported error code 3" in result.err
    assert certbot.lineage("example.com").version() == 2


def test_hooks_in_directories(certbot):
    """In the order of the bytes of their names, before those of options; not twice; for renew."""
    calls = certbot.folder / "calls"
    certbot.certonly("example.com")
    for kind in ("pre", "deploy", "post"):
        for name in ("b", "A", "10"):
            script(certbot.config_dir / "renewal-hooks" / kind / name,
                   f"#!/bin/sh\necho {kind} {name} >>{calls}\n")
    again = certbot.config_dir / "renewal-hooks/pre/A"
    certbot.run("renew", "--force-renewal", "--pre-hook", again, "--post-hook",
                f"echo post option >>{calls}")
    assert calls.read_text().splitlines() == [
        f"{kind} {name}" for kind in ("pre", "deploy", "post")
        for name in ("10", "A", "b")] + ["post option"]
    calls.unlink()
    certbot.run("renew", "--force-renewal", "--no-directory-hooks")
    assert calls.read_text().splitlines() == ["pre A", "post option"]


def test_deploy_hook_copies_for_a_daemon(certbot):
    certs = certbot.folder / "some-daemon"
    certs.mkdir()
    hook = script(certbot.folder / "deploy-hook-script", f"""#!/bin/sh
set -e
for domain in $RENEWED_DOMAINS; do
    case $domain in
    example.com)
        umask 077
        cp "$RENEWED_LINEAGE/fullchain.pem" "{certs}/$domain.cert"
        cp "$RENEWED_LINEAGE/privkey.pem" "{certs}/$domain.key"
        chmod 400 "{certs}/$domain.cert" "{certs}/$domain.key"
        ;;
    esac
done
""")
    certbot.certonly("www.example.com", "example.com")
    certbot.run("renew", "--force-renewal", "--deploy-hook", hook)
    lineage = certbot.lineage("www.example.com")
    assert (certs / "example.com.cert").read_bytes() == lineage.read("fullchain")
    assert (certs / "example.com.key").read_bytes() == lineage.read("privkey")


def test_hooks_of_manual(certbot, htdocs):
    auth = script(certbot.folder / "authenticator.sh", "#!/bin/bash\necho $CERTBOT_VALIDATION > "
                  f"{htdocs}/.well-known/acme-challenge/$CERTBOT_TOKEN\n")
    cleanup = script(certbot.folder / "cleanup.sh", "#!/bin/bash\nrm -f "
                     f"{htdocs}/.well-known/acme-challenge/$CERTBOT_TOKEN\n")
    certbot.run("certonly", "-n", "--manual", "--preferred-challenges=http", "--manual-auth-hook",
                auth, "--manual-cleanup-hook", cleanup, "-d", "secure.example.com")
    certbot.lineage("secure.example.com").verify("secure.example.com")
    assert list((htdocs / ".well-known/acme-challenge").iterdir()) == []


def test_hooks_of_manual_for_dns(certbot, pebble):
    """The guide's scripts speak with the interface of a DNS provider; these with that of the test
    server, and wait as little as it needs."""
    url = f"http://127.0.0.1:{pebble.dns.management_port}"
    record = '{\\"host\\":\\"_acme-challenge.$CERTBOT_DOMAIN.\\",\\"value\\":\\"$CERTBOT_VALIDATION\\"}'
    auth = script(certbot.folder / "authenticator.sh", "#!/bin/bash\n"
                  f'curl -sf -d "{record}" {url}/set-txt\necho "$CERTBOT_DOMAIN is set"\n')
    cleanup = script(certbot.folder / "cleanup.sh", "#!/bin/bash\n"
                     f'curl -sf -d "{record}" {url}/clear-txt\n'
                     f'echo "$CERTBOT_AUTH_OUTPUT" >>{certbot.folder}/cleaned\n')
    certbot.run("certonly", "-n", "--manual", "--preferred-challenges=dns", "--manual-auth-hook",
                auth, "--manual-cleanup-hook", cleanup, "-d", "secure.example.com")
    certbot.lineage("secure.example.com").verify("secure.example.com")
    assert (certbot.folder / "cleaned").read_text() == "secure.example.com is set\n"


def test_files_are_moved_as_in_the_guide(certbot):
    certbot.certonly("example.com")
    config, home = certbot.config_dir, certbot.folder / "me"
    home.mkdir()
    shell(f"mv {config}/archive/example.com {home}/example_archive\n"
          f"sed -i 's,{config}/archive/example.com,{home}/example_archive,' "
          f"{config}/renewal/example.com.conf\n"
          f"mv {config}/live/example.com/*.pem {home}/\n"
          f"sed -i 's,{config}/live/example.com,{home},g' {config}/renewal/example.com.conf")
    certbot.run("update_symlinks")
    assert (home / "cert.pem").resolve() == (home / "example_archive/cert1.pem").resolve()
    certbot.run("renew", "--force-renewal")
    assert (home / "cert.pem").resolve().name == "cert2.pem"
    assert f"{home}/fullchain.pem" in certbot.run("certificates").out


def test_configuration_file(certbot, pebble):
    ini = certbot.folder / "cli.ini"
    ini.write_text("# comments are fine\nrsa-key-size = 4096\nkey-type = rsa\n"
                   f"email = foo@example.com\nagree-tos = true\nserver = {pebble.directory}\n"
                   f"authenticator = standalone\nhttp-01-port = {pebble.http_port}\n")
    certbot.run("certonly", "-n", "-c", ini, "-d", "example.com", server=False)
    assert certbot.lineage("example.com").key.key_size == 4096
    assert "foo@example.com" in certbot.run("show_account").out
