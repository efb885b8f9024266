"""The user guide, typed as printed: each of its commands runs on a machine that has only what the guide
takes for granted, which is a web server with the sites that it mentions."""

import re
from pathlib import Path

import pytest

from lab.dialogue import Dialogue
from lab.lineage import certificates
from lab.process import wait_for
from lab.provider_twins import Cloudflare, Refusal

from .client import EMAIL, TERMS, talk

# The longer scripts of the guide, as they are printed there.
GUIDE = Path(__file__).parent.parent / "fixtures/guide"
SITE = """server {{
    listen 80;
    listen [::]:80;
    server_name {names};
    root {root};
}}
"""
EXAMPLE = ("example.com", "www.example.com")


def script(client, path, text):
    client.write(path, text, mode=0o755)


def site(client, *names, root="/var/www/html"):
    client.path(root).mkdir(parents=True, exist_ok=True)
    client.write(f"/etc/nginx/sites-enabled/{names[0]}", SITE.format(names=" ".join(names), root=root))


@pytest.fixture
def nginx(client):
    """A client with nginx as Debian installs it, and the guide's site."""
    site(client, *EXAMPLE)
    client.run("service", "nginx", "start")
    return client


@pytest.fixture
def standalone(client):
    """A client without a web server that has the guide's certificate, and an account."""
    return obtain(client)


def obtain(client, *names):
    wanted = "".join(f" -d {name}" for name in names or EXAMPLE)
    talk(client, f"certbot certonly --standalone --preferred-challenges http{wanted}", EMAIL, TERMS)
    return client


def make_due(client, name="example.com"):
    path = client.lineage(name).conf_path
    path.write_text("renew_before_expiry = 400 days\n" + path.read_text())


def serves(client, name):
    """Whether the client's web server shows the certificate of the lineage."""
    shown = client.run("sh", "-c", f"openssl s_client -connect 127.0.0.1:443 -servername {name} "
                                   "</dev/null 2>/dev/null", check=False)
    found = certificates(shown.out.encode())
    return bool(found) and found[0] == client.lineage("example.com").cert


# --- getting certificates ---

def test_webroots_for_several_names(client):
    site(client, *EXAMPLE, root="/var/www/example")
    site(client, "other.example.net", "another.other.example.net", root="/var/www/other")
    client.run("service", "nginx", "start")
    talk(client, "certbot certonly --webroot -w /var/www/example -d www.example.com -d example.com "
                 "-w /var/www/other -d other.example.net -d another.other.example.net", EMAIL, TERMS)
    client.lineage("www.example.com").verify(
        *EXAMPLE, "other.example.net", "another.other.example.net")
    assert not any(client.path("/var/www/example/.well-known/acme-challenge").glob("*"))


def test_nginx(nginx):
    talk(nginx, "certbot --nginx", EMAIL, TERMS, ("blank", ""))
    nginx.lineage("example.com").verify(*EXAMPLE)
    wait_for(lambda: serves(nginx, "www.example.com"), "the certificate")
    for _ in "redirect", "certificate":  # each a step of its own
        nginx.type("certbot --nginx rollback")
    assert "ssl_certificate" not in nginx.read("/etc/nginx/sites-enabled/example.com")


def test_apache(client):
    client.write("/etc/apache2/sites-enabled/example.com.conf",
                 "<VirtualHost *:80>\nServerName example.com\nServerAlias www.example.com\n"
                 "DocumentRoot /var/www/html\n</VirtualHost>\n")
    client.run("service", "apache2", "start")
    talk(client, "certbot --apache", EMAIL, TERMS, ("blank", ""))
    client.lineage("example.com").verify(*EXAMPLE)
    wait_for(lambda: serves(client, "www.example.com"), "the certificate")


def test_webroot_combined_with_apache(client):
    client.write("/etc/apache2/sites-enabled/example.com.conf",
                 "<VirtualHost *:80>\nServerName example.com\nDocumentRoot /var/www/html\n"
                 "</VirtualHost>\n")
    client.run("service", "apache2", "start")
    talk(client, "certbot run -a webroot -i apache -w /var/www/html -d example.com", EMAIL, TERMS)
    client.lineage("example.com").verify("example.com")
    wait_for(lambda: serves(client, "example.com"), "the certificate")


def test_manual_by_http(nginx):
    """The person places the file that the program asks for."""
    with Dialogue(nginx, "certbot certonly --manual --preferred-challenges http -d example.com") as it:
        it.expect(EMAIL[0]).answer(EMAIL[1]).expect(TERMS[0]).answer("y")
        it.expect("Press Enter to Continue")
        data = re.search(r"just this data:\s+(\S+)", it.text).group(1)
        url = re.search(r"at this URL:\s+http://example.com/(\S+)", it.text).group(1)
        nginx.write(f"/var/www/html/{url}", data)
        assert it.answer("").end() == 0, it.text
    nginx.lineage("example.com").verify("example.com")


def test_manual_by_dns(client, world):
    with Dialogue(client, "certbot certonly --manual --preferred-challenges dns -d example.com") as it:
        it.expect(EMAIL[0]).answer(EMAIL[1]).expect(TERMS[0]).answer("y")
        it.expect("Press Enter to Continue")
        value = re.search(r"^([\w-]{43})\r?$", it.text, re.M).group(1)
        world.dns.update(f'add _acme-challenge.example.com 1 TXT "{value}"')
        assert it.answer("").end() == 0, it.text
    world.dns.update("delete _acme-challenge.example.com TXT")
    client.lineage("example.com").verify("example.com")


# --- managing certificates ---

def test_certificates(standalone):
    shown = standalone.type("certbot certificates")
    for line in ("Found the following certs:", "  Certificate Name: example.com",
                 "    Domains: example.com www.example.com", "    Expiry Date: ", "(VALID: 89 days)",
                 "    Certificate Path: /etc/letsencrypt/live/example.com/fullchain.pem",
                 "    Private Key Path: /etc/letsencrypt/live/example.com/privkey.pem"):
        assert line in shown


def test_certificate_by_its_name(standalone):
    make_due(standalone)
    talk(standalone, "certbot certonly --cert-name example.com", ("appropriate number", "(standalone)"))
    assert standalone.lineage("example.com").verify(*EXAMPLE).version() == 2


@pytest.mark.parametrize("command", [
    "certbot --expand -d existing.com,example.com,newdomain.com",
    "certbot --expand -d existing.com -d example.com -d newdomain.com"])
def test_expand(client, command):
    site(client, "existing.com", "example.com", "newdomain.com")
    client.run("service", "nginx", "start")
    talk(client, "certbot certonly --nginx -d existing.com -d example.com", EMAIL, TERMS)
    talk(client, command, ("appropriate number", "(nginx)"))
    client.lineage("existing.com").verify("existing.com", "example.com", "newdomain.com")
    assert client.lineage_names() == ["existing.com"]


def test_duplicate(standalone):
    talk(standalone, "certbot certonly --duplicate -d example.com -d www.example.com",
         ("appropriate number", "(standalone)"))
    standalone.lineage("example.com-0001").verify(*EXAMPLE)
    assert standalone.lineage("example.com").verify(*EXAMPLE).version() == 1


def test_names_that_fail_are_left_out(standalone):
    """No CA can reach a name that is reserved for not existing."""
    shown = talk(standalone, "certbot certonly --allow-subset-of-names -d mail.example.com "
                             "-d mail.example.invalid", ("appropriate number", "(standalone)"))
    assert "mail.example.invalid" in shown
    standalone.lineage("mail.example.com").verify("mail.example.com")


def test_names_are_changed(standalone):
    other = ("appropriate number", "(standalone)")
    talk(standalone, "certbot certonly --cert-name example.com -d example.com", other,
         ("(U)pdate", "u"))
    standalone.lineage("example.com").verify("example.com")
    talk(standalone, "certbot certonly --cert-name example.com -d example.org,www.example.org", other,
         ("(U)pdate", "u"))
    standalone.lineage("example.com").verify("example.org", "www.example.org")


@pytest.mark.parametrize("more, reason", [("", 0), (" --reason keycompromise", 1)])
def test_revoke_and_delete(client, world, more, reason):
    obtain(client, "CERTNAME.example.com".lower())
    lineage = client.lineage("certname.example.com")
    serial = lineage.serial()
    talk(client, "certbot revoke --cert-path "
                 f"/etc/letsencrypt/live/certname.example.com/cert.pem{more}", ("(N)o", "n"))
    assert world.ca.status(serial)["Status"] == "Revoked"
    assert world.ca.status(serial).get("Reason", 0) == reason
    talk(client, "certbot delete --cert-name certname.example.com", TERMS)
    assert client.lineage_names() == []


def test_revoke_of_a_test_certificate(client, world):
    """--staging must be there again, or it is another CA that knows nothing of it."""
    talk(client, "certbot certonly --standalone --staging -d example.com", EMAIL, TERMS)
    serial = client.lineage("example.com").serial()
    talk(client, "certbot revoke --staging --cert-path /etc/letsencrypt/live/example.com/cert.pem",
         ("(N)o", "y"), ("(N)o", "y"))
    assert world.ca.status(serial, staging=True)["Status"] == "Revoked"
    assert client.lineage_names() == []


# --- renewing ---

def test_renew(standalone):
    assert "not due for renewal yet" in standalone.type("certbot renew")
    make_due(standalone)
    standalone.type("certbot renew")
    assert standalone.lineage("example.com").verify(*EXAMPLE).version() == 2
    assert standalone.type("certbot renew -q") == ""


def test_renew_with_the_web_server_stopped(standalone):
    standalone.run("service", "nginx", "start")
    make_due(standalone)
    standalone.type('certbot renew --pre-hook "service nginx stop" '
                    '--post-hook "service nginx start"')
    assert standalone.lineage("example.com").version() == 2
    standalone.run("service", "nginx", "status")


DEPLOY_HOOK = r"""#!/bin/sh

set -e

for domain in $RENEWED_DOMAINS; do
        case $domain in
        example.com)
                daemon_cert_root=/etc/some-daemon/certs

                # Make sure the certificate and private key files are
                # never world readable, even just for an instant while
                # we're copying them into daemon_cert_root.
                umask 077

                cp "$RENEWED_LINEAGE/fullchain.pem" "$daemon_cert_root/$domain.cert"
                cp "$RENEWED_LINEAGE/privkey.pem" "$daemon_cert_root/$domain.key"

                # Apply the proper file ownership and permissions for
                # the daemon to read its certificate and key.
                chown some-daemon "$daemon_cert_root/$domain.cert" \
                        "$daemon_cert_root/$domain.key"
                chmod 400 "$daemon_cert_root/$domain.cert" \
                        "$daemon_cert_root/$domain.key"

                service some-daemon restart >/dev/null
                ;;
        esac
done
"""


def test_renew_with_a_deploy_hook(standalone):
    script(standalone, "/path/to/deploy-hook-script", DEPLOY_HOOK)
    script(standalone, "/etc/init.d/some-daemon", "#!/bin/sh\necho $1 >>/run/some-daemon.calls\n")
    standalone.path("/etc/some-daemon/certs").mkdir(parents=True)
    standalone.run("useradd", "--system", "some-daemon")
    make_due(standalone)
    standalone.type("certbot renew --deploy-hook /path/to/deploy-hook-script")
    assert standalone.read("/run/some-daemon.calls") == "restart\n"
    key = standalone.path("/etc/some-daemon/certs/example.com.key")
    assert key.read_bytes() == standalone.lineage("example.com").read("privkey")
    assert key.stat().st_mode & 0o777 == 0o400 and key.stat().st_uid != 0


def test_renew_with_larger_keys(client):
    talk(client, "certbot certonly --standalone --key-type rsa -d example.com", EMAIL, TERMS)
    make_due(client)
    client.type("certbot renew --rsa-key-size 4096")
    assert client.lineage("example.com").key.key_size == 4096
    assert "rsa_key_size = 4096" in client.lineage("example.com").conf()


def test_one_certificate_from_cron(standalone):
    """-n asks nothing: what proves the names is in the configuration file."""
    standalone.write("/etc/letsencrypt/cli.ini", "authenticator = standalone\n")
    make_due(standalone)
    standalone.type("certbot certonly -n -d example.com -d www.example.com")
    assert standalone.lineage("example.com").version() == 2
    assert standalone.lineage_names() == ["example.com"]


def test_rehearsal(standalone, world):
    """At the staging CA, that nobody had to name."""
    standalone.type("certbot renew --dry-run")
    assert standalone.lineage("example.com").version() == 1
    assert world.ca.staging.new_requests()


def test_hooks_in_directories(standalone):
    for kind in ("pre", "deploy", "post"):
        script(standalone, f"/etc/letsencrypt/renewal-hooks/{kind}/note",
               f"#!/bin/sh\necho {kind} >>/run/calls\n")
    make_due(standalone)
    standalone.type("certbot renew")
    assert standalone.read("/run/calls") == "pre\ndeploy\npost\n"


def test_hooks_in_directories_left_out(standalone):
    script(standalone, "/etc/letsencrypt/renewal-hooks/pre/note", "#!/bin/sh\necho pre >>/run/calls\n")
    make_due(standalone)
    standalone.type("certbot renew --no-directory-hooks")
    assert standalone.lineage("example.com").version() == 2
    assert not standalone.path("/run/calls").exists()


def test_files_are_moved(standalone):
    for line in """mkdir -p /home/user/me/certbot
mv /etc/letsencrypt/archive/example.com /home/user/me/certbot/example_archive
sed -i 's,/etc/letsencrypt/archive/example.com,/home/user/me/certbot/example_archive,' \
/etc/letsencrypt/renewal/example.com.conf
mv /etc/letsencrypt/live/example.com/*.pem /home/user/me/certbot/
sed -i 's,/etc/letsencrypt/live/example.com,/home/user/me/certbot,g' \
/etc/letsencrypt/renewal/example.com.conf
certbot update_symlinks""".splitlines():
        standalone.type(line)
    where = "readlink -f /home/user/me/certbot/cert.pem"
    assert standalone.type(where) == "/home/user/me/certbot/example_archive/cert1.pem\n"
    standalone.type("certbot renew --force-renewal")
    assert standalone.type(where) == "/home/user/me/certbot/example_archive/cert2.pem\n"


# --- hooks of manual ---

@pytest.mark.parametrize("preferred", ["", "--preferred-challenges=http "])
def test_manual_hooks_for_http(client, preferred):
    site(client, "secure.example.com", root="/var/www/htdocs")
    client.path("/var/www/htdocs/.well-known/acme-challenge").mkdir(parents=True)
    client.run("service", "nginx", "start")
    script(client, "/path/to/http/authenticator.sh",
           "#!/bin/bash\necho $CERTBOT_VALIDATION > "
           "/var/www/htdocs/.well-known/acme-challenge/$CERTBOT_TOKEN\n")
    script(client, "/path/to/http/cleanup.sh",
           "#!/bin/bash\nrm -f /var/www/htdocs/.well-known/acme-challenge/$CERTBOT_TOKEN\n")
    talk(client, f"certbot certonly --manual {preferred}--manual-auth-hook "
                 "/path/to/http/authenticator.sh --manual-cleanup-hook /path/to/http/cleanup.sh "
                 "-d secure.example.com", EMAIL, TERMS)
    client.lineage("secure.example.com").verify("secure.example.com")
    assert not any(client.path("/var/www/htdocs/.well-known/acme-challenge").iterdir())


class CloudflareByKey(Cloudflare):
    """Cloudflare's interface as the guide's scripts use it: the key of an account, one record a call."""

    routes = [*Cloudflare.routes[:1],
              ("POST", Cloudflare.base + "/z-(.+)/dns_records", "post"),
              ("DELETE", Cloudflare.base + "/z-(.+)/dns_records/([0-9]+)", "delete")]
    gone = {"success": True}

    def check(self, query):
        if (query.headers["X-Auth-Email"], query.headers["X-Auth-Key"]) != ("your.email@example.com",
                                                                          "your-api-key"):
            raise Refusal(403, {"success": False})

    def post(self, query, zone):
        record = self.add(zone, query.json["name"], query.json["content"], query.json["ttl"])
        return {"success": True, "result": self.shape(record)}


def test_manual_hooks_for_dns(client, world):
    twin = world.providers.stand_in(CloudflareByKey, ["example.com"])
    for hook in ("authenticator", "cleanup"):
        script(client, f"/path/to/dns/{hook}.sh", (GUIDE / f"dns-{hook}.sh").read_text())
    # The scripts take a "python" for granted, and wait for name servers that are slower than ours.
    script(client, "/usr/local/bin/python", "#!/bin/sh\nexec python3 \"$@\"\n")
    script(client, "/usr/local/bin/sleep", "#!/bin/sh\necho \"$*\" >/run/slept\n")
    talk(client, "certbot certonly --manual --preferred-challenges=dns --manual-auth-hook "
                 "/path/to/dns/authenticator.sh --manual-cleanup-hook /path/to/dns/cleanup.sh "
                 "-d secure.example.com", EMAIL, TERMS)
    client.lineage("secure.example.com").verify("secure.example.com")
    assert [call.split()[0] for call in twin.calls] == ["GET", "POST", "DELETE"]
    assert not any(twin.zones.values())
    assert client.path("/run/slept").read_text() == "25\n"


# --- the rest ---

def test_another_server(client):
    talk(client, "certbot certonly --standalone -d example.com "
                 "--server https://acme-v02.api.letsencrypt.org/directory", EMAIL, TERMS)
    client.lineage("example.com").verify("example.com")


def test_configuration_file(client):
    client.write("/root/cli.ini", "rsa-key-size = 4096\nkey-type = rsa\nemail = foo@example.com\n"
                                  "authenticator = standalone\nagree-tos = true\n")
    client.type("cd; certbot certonly -c cli.ini -d example.com")
    assert client.lineage("example.com").key.key_size == 4096
    client.type("cd; certbot certonly --config cli.ini -d example.org")
    assert client.lineage_names() == ["example.com", "example.org"]


@pytest.mark.parametrize("command, part", [
    ("certbot --help", "certbot [SUBCOMMAND]"), ("certbot --help renew", "--pre-hook"),
    ("certbot --help all", "--dns-cloudflare-credentials"), ("certbot --version", "certbot ")])
def test_help(client, command, part):
    assert part in client.type(command)
