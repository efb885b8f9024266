"""`certbot why`: broken machines, names and CAs, each with the cause that it must name first, and healthy
ones, about which it must not complain.

All rows share one machine, its web server and its name servers; each has a name of its own below
site.example. The context of a row mends what the row breaks."""

import contextlib
import json
import re
import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from wsgiref.handlers import format_date_time

import pytest

from lab.bind import Bind
from lab.due import plant

from .authority import PRODUCTION, STAGING, Identity
from .machine import Machine, missing
from .world import World

ZONE = "site.example"
NEIGHBOUR, NOBODY, SECOND_DNS, FAKE_CA = 71, 99, 54, 72
LIMIT = 3.0

NGINX = """
user root;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events {{ }}
http {{
    access_log off;
    server_names_hash_bucket_size 128;
    server {{ listen 80 default_server; listen [::]:80 default_server; root /srv/none; }}
    {sites}
}}
"""
SITE = "server {{ listen 80; listen [::]:80; server_name {name}; root {root}; {more} }}"
TLS_SITE = ("server {{ listen 443 ssl; listen [::]:443 ssl; server_name {name}; root /srv/{name};"
            " ssl_certificate {live}/fullchain.pem; ssl_certificate_key {live}/privkey.pem; }}")
RECORD = """#!/bin/sh
nsupdate -y hmac-{key.algorithm}:{key.name}:{key.secret} <<END
server {server}
update {what} _acme-challenge.$CERTBOT_DOMAIN 1 TXT "{value}"
send
END
"""
TIMER = "[Timer]\nOnCalendar=hourly\n[Install]\nWantedBy=timers.target\n"
SERVICE = "[Service]\nExecStart={} -q renew\n"
CRON = "0 3 * * * root {} renew -q\n"


class Lab:
    """The machine that is asked, and what rows do to it."""

    def __init__(self, world, client, neighbour):
        self.world, self.client, self.neighbour = world, client, neighbour
        self.slowest = 0

    # --- the machine ---

    def sh(self, text, **options):
        return self.client.run("sh", "-ec", text, **options)

    def serve(self, *sites):
        """nginx with these sites, running with just this configuration when it returns."""
        self.client.write("/etc/nginx/nginx.conf", NGINX.format(sites="\n".join(sites)))
        self.sh("pkill -x nginx || true; while pgrep -x nginx >/dev/null; do sleep 0.01; done; nginx")

    def stop_server(self):
        self.sh("pkill -x nginx || true; while pgrep -x nginx >/dev/null; do sleep 0.01; done")

    def conf(self, name, *changes):
        """Replaces lines of a renewal conf: (key, value), in [renewalparams] unless the key has a
        section before a slash. None removes."""
        path = f"/etc/letsencrypt/renewal/{name}.conf"
        lines = self.client.read(path).splitlines()
        for key, value in changes:
            section, key = key.split("/") if "/" in key else ("renewalparams", key)
            lines = [line for line in lines if not line.startswith(f"{key} =")]
            if value is not None:
                if f"[{section}]" not in lines:
                    lines.append(f"[{section}]")
                lines.insert(lines.index(f"[{section}]") + 1, f"{key} = {value}")
        self.client.write(path, "\n".join(lines) + "\n")

    def failed(self, name, text, problem="", code="acme", ahead=3600):
        """A failure of an hour ago, as it is recorded."""
        now = int(time.time())
        when = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + more)) for more in (-3600, ahead)]
        self.conf(name, ("renewal_state/failures", 3), ("renewal_state/failure", text),
                  ("renewal_state/failure_class", code), ("renewal_state/failed_at", when[0]),
                  ("renewal_state/failing_since", when[0]), ("renewal_state/next_try", when[1]),
                  ("renewal_state/failure_problem", problem or None))

    def certbot(self, *words, check=True):
        return self.client.run("certbot", *words, check=check)

    def obtain(self, name, *words, kind=None):
        """A certificate by webroot; kind: "standalone", or "dns" for manual hooks."""
        root = f"/srv/{name}"
        self.sh(f"mkdir -p {root}")
        if kind == "dns":
            words = ("--manual", "--preferred-challenges", "dns", "--manual-auth-hook", "/root/add",
                     "--manual-cleanup-hook", "/root/remove", *words)
        elif kind == "standalone":
            words = ("--standalone", *words)
        else:
            words = ("--webroot", "-w", root, *words)
        return self.certbot("certonly", "-n", "-d", name, *words)

    def renew(self, name, check=1):
        return self.certbot("renew", "--force-renewal", "--cert-name", name, check=check)

    # --- DNS ---

    def dns(self, *lines):
        self.world.dns.update(*lines)

    def move(self, name, *addresses):
        """Gives the name these addresses, in place of those that it has by the wildcard."""
        self.dns(f"add {name} 1 TXT x", f"delete {name} A", f"delete {name} AAAA",
                 *(f"add {name} 1 {'AAAA' if ':' in address else 'A'} {address}"
                   for address in addresses))

    # --- the question ---

    def ask(self, *words):
        start = time.monotonic()
        shown = self.certbot("why", "--json", *words).out
        taken = time.monotonic() - start
        self.slowest = max(self.slowest, taken)
        assert taken < LIMIT + 0.5, shown
        return json.loads(shown)

    def cause(self, *words):
        """(id, cause) of the first answer; (None, None): well."""
        answer = self.ask(*words)["answers"][0]
        return answer["id"], answer["cause"], answer


def start_neighbour(machine):
    machine.write("/etc/nginx/nginx.conf", NGINX.format(sites=""))
    server = machine.spawn("nginx", "-g", "daemon off;")
    server.await_true(machine.path("/run/nginx.pid").exists, "pid file")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Of a world of its own: its CA never uses a valid authorization again, so that what is broken is
    noticed."""
    lacking = missing()
    if lacking:
        pytest.fail(lacking)
    folder = tmp_path_factory.mktemp("why")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    world = World(folder, authz_reuse=0)
    with contextlib.ExitStack() as stack:
        stack.callback(world.stop)
        world.start()
        neighbour = stack.enter_context(Machine(world.network, "neighbour", NEIGHBOUR))
        world.network.join(neighbour)
        start_neighbour(neighbour)
        client = stack.enter_context(world.client())
        lab = Lab(world, client, neighbour)
        lab.sh("rm -f /etc/cron.d/certbot /etc/systemd/system/timers.target.wants/certbot.timer "
               "/lib/systemd/system/certbot.* /usr/lib/systemd/system/certbot.*")
        client.write("/etc/cron.d/ours", CRON.format("/usr/local/bin/certbot"))
        for file, what, value in (("add", "add", "$CERTBOT_VALIDATION"), ("remove", "delete",
                                                                        "$CERTBOT_VALIDATION"),
                                  ("wrong", "add", "wrong")):
            client.write(f"/root/{file}", RECORD.format(
                key=world.dns.bind.keys[0], server=world.dns.machine.address, what=what,
                value=value), mode=0o755)
        lab.certbot("register", "-n", "--agree-tos", "-m", "a@example.com")
        yield lab


# --- broken worlds: each is a generator that prepares, yields its question, and mends ---

BROKEN, HEALTHY = {}, {}


def broken(cause, *more):
    """Registers a row: the id that must come first."""
    def register(row):
        BROKEN[row.__name__] = (cause, more, row)
        return row
    return register


def healthy(row):
    HEALTHY[row.__name__] = row
    return row


def site(name, root=None, more=""):
    return SITE.format(name=name, root=root or f"/srv/{name}", more=more)


def by_webroot(lab, name):
    lab.serve(site(name))
    lab.obtain(name)


@broken("address-elsewhere")
def wrong_a(lab, name):
    by_webroot(lab, name)
    lab.move(name, f"192.0.2.{NOBODY}")
    lab.renew(name)
    yield name


@broken("address-elsewhere")
def wrong_a_of_a_machine_without_a_server(lab, name):
    by_webroot(lab, name)
    lab.move(name, lab.world.dns.machine.address)
    lab.renew(name)
    yield name


@broken("another-server")
def other_server_answers(lab, name):
    by_webroot(lab, name)
    lab.move(name, lab.neighbour.address)
    lab.renew(name)
    yield name


@broken("aaaa-elsewhere")
def stale_aaaa(lab, name):
    by_webroot(lab, name)
    lab.move(name, lab.client.address, lab.world.dns.machine.address6)
    lab.failed(name, "connection refused", "connection", "challenge")
    yield name


@broken("aaaa-elsewhere")
def aaaa_of_another_server(lab, name):
    lab.serve(site(name, more="add_header X y; server_tokens off;"))
    lab.obtain(name)
    lab.move(name, lab.client.address, lab.neighbour.address6)
    lab.failed(name, "Invalid response: 404", "unauthorized", "challenge")
    yield name


@broken("a-elsewhere")
def second_a_is_dead(lab, name):
    by_webroot(lab, name)
    lab.move(name, lab.client.address, lab.world.dns.machine.address)
    lab.failed(name, "connection refused", "connection", "challenge")
    yield name


@broken("dns-no-such-name")
def name_that_does_not_exist(lab, name):
    lab.serve(site("new.corp.example"))
    lab.sh("mkdir -p /srv/new.corp.example")
    lab.certbot("certonly", "-n", "--webroot", "-w", "/srv/new.corp.example", "-d", "new.corp.example",
                check=1)
    yield "new.corp.example"


@broken("dns-no-address")
def name_without_address(lab, name):
    by_webroot(lab, name)
    lab.move(name)
    lab.renew(name)
    yield name


@broken("dns-silent")
def zone_without_servers(lab, name):
    lab.sh("mkdir -p /srv/x")
    lab.certbot("certonly", "-n", "--webroot", "-w", "/srv/x", "-d", "www.nowhere.example", check=1)
    yield "www.nowhere.example"


@broken("dns-not-everywhere")
def change_has_not_reached_all_servers(lab, name):
    by_webroot(lab, name)
    with second_server(lab, {ZONE: [f"*.{ZONE}. IN A 192.0.2.{NOBODY}"]}) as address:
        lab.dns(f"add ns9.{ZONE} 1 A {address}", f"add {ZONE} 1 NS ns9.{ZONE}")
        lab.failed(name, "Invalid response: 404", "unauthorized", "challenge")
        try:
            yield name
        finally:
            lab.dns(f"delete {ZONE} NS ns9.{ZONE}", f"delete ns9.{ZONE} A")


@broken("dns-not-everywhere")
def txt_has_not_reached_all_servers(lab, name):
    lab.obtain(name, kind="dns")
    same = [f"*.{ZONE}. IN A {lab.client.address}", f"*.{ZONE}. IN AAAA {lab.client.address6}"]
    with second_server(lab, {ZONE: same}) as address:
        lab.dns(f"add ns9.{ZONE} 1 A {address}", f"add {ZONE} 1 NS ns9.{ZONE}")
        lab.failed(name, "No TXT record found", "unauthorized", "challenge")
        try:
            yield name
        finally:
            lab.dns(f"delete {ZONE} NS ns9.{ZONE}", f"delete ns9.{ZONE} A")


@broken("address-remembered")
def resolver_remembers_the_old_address(lab, name):
    by_webroot(lab, name)
    old = {ZONE: [f"*.{ZONE}. IN A 192.0.2.{NOBODY}", f"{ZONE}. IN NS ns5.{ZONE}.",
                  f"ns5.{ZONE}. IN A {lab.world.dns.machine.address}"]}
    with second_server(lab, old, announced=[lab.world.dns.machine.address]) as address, \
            resolver(lab, address), hosts(lab, lab.world.ca.machine.address):
        lab.failed(name, "Invalid response: 404", "unauthorized", "challenge")
        yield name


@broken("dnssec-bogus")
def signatures_are_bogus(lab, name):
    by_webroot(lab, name)
    with Validator(lab.client, "127.0.0.5", lab.world.dns.machine.address, name), \
            resolver(lab, "127.0.0.5"):
        yield name


def caa_row(cause, *records, kind=None, at=None, prefix=""):
    def row(lab, name):
        if not kind:
            lab.serve(site(name))
        lab.obtain(f"{prefix}{name}", kind=kind)
        owner = at or name
        lab.dns(*(f"add {owner} 1 CAA {record.replace('ACCOUNT', account_uri(lab))}"
                  for record in records))
        try:
            yield name
        finally:
            lab.dns(f"delete {owner} CAA")
    row.__name__ = "caa_" + cause.replace("-", "_") + f"_{len(BROKEN) + len(HEALTHY)}"
    return broken(cause)(row) if cause != "well" else healthy(row)


def account_uri(lab):
    path = next(lab.client.path("/etc/letsencrypt/accounts").glob("*/directory/*/regr.json"))
    return json.loads(path.read_text())["uri"]


caa_row("caa-issuer", '0 issue "other.example"')
caa_row("caa-issuer", '0 issue ";"')
caa_row("caa-issuer", '0 issue "pebble.letsencrypt.org"', '0 issuewild "other.example"', kind="dns", prefix="*.")
caa_row("caa-issuer", '0 issue "other.example"', at=ZONE)
caa_row("caa-account", '0 issue "pebble.letsencrypt.org; accounturi=https://other.example/acct/1"')
caa_row("caa-method", '0 issue "pebble.letsencrypt.org; validationmethods=dns-01"')
caa_row("caa-critical", '128 tbs "unknown"', '0 issue "pebble.letsencrypt.org"')


@broken("challenge-alias")
def challenge_is_an_alias_of_nothing(lab, name):
    lab.obtain(name, kind="dns")
    lab.dns(f"add _acme-challenge.{name} 1 CNAME x.gone.example")
    lab.renew(name, check=False)
    yield name


@broken("challenge-alias")
def challenge_is_delegated_to_nobody(lab, name):
    lab.obtain(name, kind="dns")
    lab.dns(f"add _acme-challenge.{name} 1 NS ns1.gone.example")
    yield name


@broken("txt-not-found")
def record_has_another_value(lab, name):
    lab.obtain(name, kind="dns")
    lab.conf(name, ("manual_auth_hook", "/root/wrong"))
    lab.renew(name)
    yield name


@broken("port-closed")
def server_is_down(lab, name):
    by_webroot(lab, name)
    lab.stop_server()
    lab.renew(name)
    yield name


@contextlib.contextmanager
def firewall(lab, verdict):
    lab.client.run("nft", "-f", "-", input=(
        "add table inet why\nadd chain inet why input { type filter hook input priority 0; }\n"
        f"add rule inet why input iifname eth0 tcp dport 80 {verdict}\n"))
    try:
        yield
    finally:
        lab.client.run("nft", "delete", "table", "inet", "why")


@broken("port-filtered")
def port_is_refused_by_a_firewall(lab, name):
    by_webroot(lab, name)
    with firewall(lab, "reject with tcp reset"):
        lab.renew(name)
        yield name


@broken("port-filtered")
def port_is_dropped_by_a_firewall(lab, name):
    lab.serve()
    lab.stop_server()
    lab.obtain(name, kind="standalone")
    with firewall(lab, "drop"):
        lab.failed(name, "Timeout during connect (likely firewall problem)", "connection", "challenge")
        yield name


@broken("port-taken")
def port_is_taken(lab, name):
    lab.stop_server()
    lab.obtain(name, kind="standalone")
    lab.serve(site(name))
    lab.renew(name)
    lab.failed(name, "port 80 is in use", code="busy")
    yield name


def redirect_row(cause, title, more):
    def row(lab, name):
        by_webroot(lab, name)
        lab.move(f"other-{name}", lab.neighbour.address)
        lab.serve(site(name, more=more.format(name=name)))
        lab.renew(name)
        yield name
    row.__name__ = title
    return broken(cause)(row)


redirect_row("redirect-broken", "redirect_in_a_circle", "return 301 http://{name}$request_uri;")
redirect_row("redirect-broken", "redirect_without_end", "return 301 http://{name}${{request_uri}}x;")
redirect_row("redirect-broken", "redirect_to_an_odd_port", "return 301 http://{name}:8080$request_uri;")
redirect_row("redirect-broken", "redirect_to_https_where_nobody_is",
             "return 301 https://{name}$request_uri;")
redirect_row("redirect-broken", "redirect_to_https_elsewhere_where_nobody_is",
             "return 301 https://other-{name}$request_uri;")
redirect_row("redirect-elsewhere", "redirect_to_another_site", "return 302 http://other-{name}/;")
redirect_row("challenge-forbidden", "challenge_is_forbidden", "location /.well-known {{ deny all; }}")


@broken("webroot-mismatch")
def webroot_is_another_directory(lab, name):
    by_webroot(lab, name)
    lab.serve(site(name, root="/srv/elsewhere"))
    lab.renew(name)
    yield name


@broken("webroot-mismatch")
def webroot_of_another_site(lab, name):
    by_webroot(lab, name)
    lab.serve(site("unrelated.example"))
    lab.renew(name)
    yield name


@broken("webroot-missing")
def webroot_is_gone(lab, name):
    by_webroot(lab, name)
    lab.sh(f"rm -r /srv/{name}")
    yield name


@broken("account-deactivated")
def account_is_deactivated(lab, name):
    by_webroot(lab, name)
    lab.sh("cp -a /etc/letsencrypt/accounts /root/accounts")
    lab.certbot("unregister", "-n")
    lab.sh("rm -r /etc/letsencrypt/accounts; cp -a /root/accounts /etc/letsencrypt/")
    try:
        lab.renew(name)
        yield name
    finally:
        lab.sh("rm -rf /etc/letsencrypt/accounts /root/accounts")
        lab.certbot("register", "-n", "--agree-tos", "-m", "a@example.com")


def recorded_row(cause, title, text, problem="", code="acme"):
    def row(lab, name):
        by_webroot(lab, name)
        lab.failed(name, text, problem, code)
        yield name
    row.__name__ = title
    return broken(cause)(row)


recorded_row("account-unknown", "account_is_unknown", "No account exists", "accountDoesNotExist")
recorded_row("account-binding", "binding_has_expired", "The external account binding has expired",
             "unauthorized")
recorded_row("account-binding", "binding_is_wanted", "This CA wants a binding", "externalAccountRequired")
recorded_row("rate-limited", "rate_limited", "too many certificates (5) already issued for this exact set",
             "rateLimited", "rate-limited")
recorded_row("unknown", "error_that_nothing_explains", "The server had an error", "serverInternal")


@broken("account-unusable")
def account_is_gone(lab, name):
    by_webroot(lab, name)
    lab.conf(name, ("account", "0" * 32))
    yield name


@contextlib.contextmanager
def fake_ca(lab, date=None):
    with FakeCA(lab.world, date) as machine:
        lab.client.send_elsewhere(443, machine)
        try:
            yield
        finally:
            lab.client.no_more_elsewhere()


@broken("clock-wrong")
def clock_is_three_days_slow(lab, name):
    by_webroot(lab, name)
    with fake_ca(lab, 3 * 86400):
        yield name


@broken("clock-wrong")
def clock_is_three_days_fast(lab, name):
    by_webroot(lab, name)
    with fake_ca(lab, -3 * 86400):
        yield name


@broken("ca-unreachable")
def ca_cannot_be_reached(lab, name):
    by_webroot(lab, name)
    lab.failed(name, "cannot connect", code="network")
    with hosts(lab, "127.0.0.9"):
        yield name


@broken("ca-unreachable")
def something_else_answers_for_the_ca(lab, name):
    by_webroot(lab, name)
    lab.failed(name, "the directory cannot be read", code="protocol")
    with fake_ca(lab):
        yield name


@contextlib.contextmanager
def mounted(lab, *words):
    lab.client.run("mount", *words)
    try:
        yield
    finally:
        lab.client.run("umount", words[-1])


@broken("disk-full")
def disk_is_full(lab, name):
    by_webroot(lab, name)
    with mounted(lab, "-t", "tmpfs", "-o", "size=256k", "tmpfs", "/var/lib/letsencrypt"):
        lab.sh("cat /dev/zero >/var/lib/letsencrypt/filler || true", check=False)
        yield name


@broken("disk-full")
def disk_has_no_entries_left(lab, name):
    by_webroot(lab, name)
    with mounted(lab, "-t", "tmpfs", "-o", "nr_inodes=8", "tmpfs", "/var/lib/letsencrypt"):
        yield name


@broken("disk-read-only")
def disk_is_read_only(lab, name):
    by_webroot(lab, name)
    lab.failed(name, "cannot write", code="io")
    with mounted(lab, "-t", "tmpfs", "-o", "ro", "tmpfs", "/var/lib/letsencrypt"):
        yield name


@broken("files-unusable")
def conf_is_damaged(lab, name):
    by_webroot(lab, name)
    lab.client.write(f"/etc/letsencrypt/renewal/{name}.conf", "this is not a conf [[[\n")
    yield name


@broken("key-unusable")
def key_is_damaged(lab, name):
    by_webroot(lab, name)
    lab.sh(f"echo nonsense >/etc/letsencrypt/archive/{name}/privkey1.pem")
    yield name


@broken("key-unusable")
def key_is_of_another_certificate(lab, name):
    by_webroot(lab, name)
    lab.sh(f"openssl ecparam -name prime256v1 -genkey -noout >/etc/letsencrypt/archive/{name}/privkey1.pem")
    yield name


@broken("files-mismatched")
def chain_is_damaged(lab, name):
    by_webroot(lab, name)
    lab.sh(f"cd /etc/letsencrypt/archive/{name}; cp cert1.pem fullchain1.pem")
    yield name


@broken("plugin-missing")
def plugin_is_not_installed(lab, name):
    by_webroot(lab, name)
    lab.conf(name, ("authenticator", "dns-nowhere"))
    yield name


@broken("credentials-missing")
def credentials_are_gone(lab, name):
    lab.obtain(name, kind="dns")
    lab.conf(name, ("authenticator", "dns-rfc2136"), ("dns_rfc2136_credentials", "/root/gone.ini"))
    yield name


@broken("hook-missing")
def hook_is_not_there(lab, name):
    by_webroot(lab, name)
    lab.conf(name, ("renew_hook", "/root/gone --reload"))
    yield name


@broken("deploy-hook-owed")
def deploy_hook_fails(lab, name):
    by_webroot(lab, name)
    lab.conf(name, ("renew_hook", "false"))
    lab.renew(name, check=False)
    yield name


@broken("hook-failed")
def auth_hook_fails(lab, name):
    lab.obtain(name, kind="dns")
    lab.failed(name, "the --manual-auth-hook command for x exited with status 1", code="plugin")
    yield name


@broken("autorenew-off")
def autorenew_is_off(lab, name):
    by_webroot(lab, name)
    plant(lab.client, name, [f"due-{name}"])
    lab.conf(f"due-{name}", ("autorenew", "False"))
    yield f"due-{name}"


@broken("revoked")
def certificate_is_revoked(lab, name):
    by_webroot(lab, name)
    lab.certbot("revoke", "-n", "--cert-name", name, "--no-delete-after-revoke")
    yield name


@contextlib.contextmanager
def no_cron(lab):
    lab.sh("rm /etc/cron.d/ours")
    try:
        yield
    finally:
        lab.client.write("/etc/cron.d/ours", CRON.format("/usr/local/bin/certbot"))


@contextlib.contextmanager
def systemd(lab, program, timer="certbot", enabled=True):
    """What a machine with systemd has, and a timer."""
    lab.sh("mkdir -p /run/systemd/system /etc/systemd/system/timers.target.wants")
    lab.client.write(f"/lib/systemd/system/{timer}.timer", TIMER)
    lab.client.write(f"/lib/systemd/system/{timer}.service", SERVICE.format(program))
    link = f"/etc/systemd/system/timers.target.wants/{timer}.timer"
    if enabled:
        lab.sh(f"ln -s /lib/systemd/system/{timer}.timer {link}")
    try:
        yield
    finally:
        lab.sh(f"rm -rf /run/systemd/system {link} /lib/systemd/system/{timer}.*")


@broken("timer-disabled")
def timer_is_disabled(lab, name):
    by_webroot(lab, name)
    with no_cron(lab), systemd(lab, "/usr/local/bin/certbot", enabled=False):
        yield name


@broken("timer-missing")
def nothing_renews(lab, name):
    by_webroot(lab, name)
    plant(lab.client, name, [f"due-{name}"])
    with no_cron(lab):
        yield f"due-{name}"


@broken("two-clients")
def another_client_has_a_timer(lab, name):
    by_webroot(lab, name)
    lab.client.write("/opt/other/certbot", "#!/bin/sh\n", mode=0o755)
    with systemd(lab, "/opt/other/certbot", "snap.certbot.renew"):
        yield name


@broken("two-clients")
def another_client_has_a_line_of_cron(lab, name):
    by_webroot(lab, name)
    lab.client.write("/opt/other/certbot-auto", "#!/bin/sh\n", mode=0o755)
    lab.client.write("/etc/cron.daily/certbot-auto", "#!/bin/sh\n/opt/other/certbot-auto renew\n",
                     mode=0o755)
    try:
        yield name
    finally:
        lab.sh("rm /etc/cron.daily/certbot-auto")


@broken("old-certificate-shown")
def server_shows_the_old_certificate(lab, name):
    by_webroot(lab, name)
    live = f"/etc/letsencrypt/live/{name}"
    lab.serve(site(name), TLS_SITE.format(name=name, live=live))
    lab.renew(name, check=True)
    yield name


@contextlib.contextmanager
def postfix(lab, name, generation):
    """Postfix on port 25, which --prove names, with that generation of the certificate."""
    archive = f"/etc/letsencrypt/archive/{name}"
    lab.client.run("postconf", "-e", "inet_interfaces = all", "smtpd_tls_security_level = may",
                   f"smtpd_tls_chain_files = {archive}/privkey{generation}.pem, "
                   f"{archive}/fullchain{generation}.pem")
    lab.sh("service postfix start >/tmp/postfix 2>&1")
    lab.conf(name, ("services/prove", "localhost:25/smtp,"))
    try:
        yield
    finally:
        lab.sh("service postfix stop >/tmp/postfix 2>&1")


def serial(lab, name, generation):
    path = f"/etc/letsencrypt/archive/{name}/cert{generation}.pem"
    shown = lab.sh(f"openssl x509 -noout -serial -in {path}").out
    return shown.strip().partition("=")[2].lower().lstrip("0")


@broken("service-old-certificate")
def mail_server_shows_the_old_certificate(lab, name):
    by_webroot(lab, name)
    lab.renew(name, check=True)
    with postfix(lab, name, 1):
        cause = lab.ask(name)["answers"][0]["cause"]
        old = serial(lab, name, 1)
        assert f"the service at localhost:25 shows an old certificate (serial {old}, " in cause
        yield name


@broken("service-closed")
def mail_server_is_stopped(lab, name):
    by_webroot(lab, name)
    lab.conf(name, ("services/prove", "localhost:25/smtp,"))
    yield name


def owed_row(cause, flag):
    def row(lab, name):
        by_webroot(lab, name)
        lab.conf(name, (f"renewal_state/{flag}", "True"))
        yield name
    row.__name__ = flag
    return broken(cause)(row)


owed_row("reload-owed", "reload_pending")
owed_row("outputs-owed", "outputs_pending")
owed_row("proof-owed", "proof_pending")


@broken("unknown-overdue")
def overdue_for_no_reason(lab, name):
    by_webroot(lab, name)
    plant(lab.client, name, [f"due-{name}"])
    lab.serve(site(name), site(f"due-{name}"))
    yield f"due-{name}"


@broken("address-differs")
def company_has_dns_of_its_own(lab, name):
    by_webroot(lab, name)
    inside = {ZONE: [f"*.{ZONE}. IN A {lab.client.address}", f"{ZONE}. IN NS ns5.{ZONE}.",
                     f"ns5.{ZONE}. IN A {lab.world.dns.machine.address}"]}
    with second_server(lab, inside, announced=[lab.world.dns.machine.address]) as address, \
            resolver(lab, address), hosts(lab, lab.world.ca.machine.address):
        lab.failed(name, "198.51.100.7: Connection refused", "connection", "challenge")
        yield name


@broken("server-error")
def server_is_under_maintenance(lab, name):
    by_webroot(lab, name)
    lab.serve(site(name, more="return 503;"))
    lab.renew(name)
    yield name


@broken("files-unusable")
def conf_does_not_say_how(lab, name):
    by_webroot(lab, name)
    lab.conf(name, ("authenticator", None))
    yield name


@broken("webroot-missing")
def directory_is_not_named(lab, name):
    by_webroot(lab, name)
    lab.sh(f"sed -i '/webroot/{{/authenticator/!d}};/^{name}/d' /etc/letsencrypt/renewal/{name}.conf")
    yield name


@broken("hook-missing")
def auth_hook_is_gone(lab, name):
    lab.obtain(name, kind="dns")
    lab.conf(name, ("manual_auth_hook", "/root/gone"))
    yield name


@broken("reload-owed")
def name_is_international(lab, name):
    name = f"xn--bcher-kva.{ZONE}"
    lab.serve(site(f"of-bcher.{ZONE}"), site(name, root=f"/srv/of-bcher.{ZONE}"))
    lab.obtain(f"of-bcher.{ZONE}", "-d", name)
    lab.conf(f"of-bcher.{ZONE}", ("renewal_state/reload_pending", "True"))
    yield f"B\u00fccher.{ZONE}."


@broken("address-elsewhere")
def last_of_many_names(lab, name):
    names = [f"n{number}-{name}" for number in range(20)]
    lab.serve(SITE.format(name=" ".join(names), root=f"/srv/{name}", more=""))
    lab.sh(f"mkdir -p /srv/{name}")
    lab.certbot("certonly", "-n", "--webroot", "-w", f"/srv/{name}", "-d", ",".join(names),
                "--cert-name", name)
    lab.move(sorted(names)[-1], f"192.0.2.{NOBODY}")
    lab.failed(name, "Some challenges have failed", "connection", "challenge")
    yield name


# --- what rows need ---

@contextlib.contextmanager
def second_server(lab, records, announced=None):
    """Another BIND, on a machine of its own, with its own idea of the zones; its address."""
    with Machine(lab.world.network, "dns2", SECOND_DNS) as machine:
        lab.world.network.join(machine)
        bind = Bind(lab.world.network.folder / f"dns2-{time.monotonic_ns()}",
                    zones=dict.fromkeys(records, ""), records=records, addresses=(machine.address,),
                    port=53, recursive=True, announced=announced)
        with machine.network_of():
            bind.start()
        try:
            yield machine.address
        finally:
            bind.stop()


@contextlib.contextmanager
def resolver(lab, address):
    lab.client.name_servers(address)
    try:
        yield
    finally:
        lab.client.name_servers(lab.world.dns.machine.address)


@contextlib.contextmanager
def hosts(lab, address):
    """The CA's name stands for that address."""
    lab.client.write("/etc/hosts", f"127.0.0.1 localhost\n{address} {PRODUCTION}\n")
    try:
        yield
    finally:
        lab.client.write("/etc/hosts", "127.0.0.1 localhost\n")


class Validator:
    """A resolver that checks signatures, and finds those of a name bogus: SERVFAIL, unless the question
    has the bit that asks for no check (CD). Everything else is passed on."""

    def __init__(self, client, address, dns, name):
        self.bogus = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        self.front = client.listen(53, address, socket.SOCK_DGRAM)
        with client.network_of():
            self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect((dns, 53))
        self.asking = {}

    def __enter__(self):
        for work in (self._in, self._out):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(self, *_):
        for sock in (self.front, self.back):
            sock.close()

    def _in(self):
        with contextlib.suppress(OSError):
            while True:
                question, client = self.front.recvfrom(4096)
                flags, = struct.unpack_from(">H", question, 2)
                if self.bogus in question.lower() and not flags & 0x10:
                    self.front.sendto(question[:2] + struct.pack(">H", 0x8182) + question[4:], client)
                else:
                    self.asking[question[:2]] = client
                    self.back.send(question)

    def _out(self):
        with contextlib.suppress(OSError):
            while True:
                answer = self.back.recv(4096)
                self.front.sendto(answer, self.asking[answer[:2]])


class FakeHandler(BaseHTTPRequestHandler):
    """date: seconds that its clock is ahead. None: it is no CA at all."""

    def do_GET(self):
        ahead = self.server.ahead
        url = f"https://{PRODUCTION}/"
        names = ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")
        body = b"<html>" if ahead is None else json.dumps({name: url + name for name in names}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp=None):
        return format_date_time(time.time() + (self.server.ahead or 0))

    def log_message(self, *_):
        pass


class FakeServer(ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False

    def handle_error(self, *_):
        """A client that went away."""


class FakeCA(Machine):
    """Answers in the place of the CA."""

    def __init__(self, world, ahead):
        super().__init__(world.network, "fakeca", FAKE_CA)
        self.root, self.ahead = world.ca.root, ahead

    def start(self):
        self.network.join(super().start())
        identity = Identity(self.network.folder, self.root, [PRODUCTION, STAGING], "fakeca")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.cert_path, identity.key_path)
        self.server = FakeServer(("", 0), FakeHandler, bind_and_activate=False)
        self.server.ahead = self.ahead
        self.server.socket = context.wrap_socket(self.listen(443), server_side=True,
                                                 do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        super().stop()


# --- healthy ones ---

@healthy
def webroot(lab, name):
    by_webroot(lab, name)
    yield name


@healthy
def standalone_with_a_closed_port(lab, name):
    lab.stop_server()
    lab.obtain(name, kind="standalone")
    yield name


@healthy
def standalone_beside_a_server_that_is_stopped_for_it(lab, name):
    lab.stop_server()
    lab.obtain(name, "--pre-hook", "true", kind="standalone")
    lab.serve(site(name))
    yield name


@healthy
def dns_challenge_of_a_name_without_address(lab, name):
    lab.move(name)
    lab.obtain(name, kind="dns")
    yield name


@healthy
def wildcard(lab, name):
    lab.obtain(f"*.{name}", kind="dns")
    yield name


@healthy
def behind_another_server(lab, name):
    """A content delivery network, or a load balancer: the address is not ours, and all goes well."""
    by_webroot(lab, name)
    lab.move(name, lab.neighbour.address)
    yield name


@healthy
def behind_a_router_that_cannot_be_reached_from_inside(lab, name):
    by_webroot(lab, name)
    lab.move(name, f"192.0.2.{NOBODY}")
    yield name


@healthy
def ipv6_only(lab, name):
    by_webroot(lab, name)
    lab.move(name, lab.client.address6)
    yield name


@healthy
def ipv4_only(lab, name):
    lab.move(name, lab.client.address)
    by_webroot(lab, name)
    yield name


@healthy
def alias(lab, name):
    lab.dns(f"add {name} 1 CNAME target.{ZONE}")
    by_webroot(lab, name)
    yield name


@healthy
def redirect_to_www(lab, name):
    lab.serve(site(name, more=f"return 301 http://www.{name}$request_uri;"),
              site(f"www.{name}", root=f"/srv/{name}"))
    lab.obtain(name)
    yield name


@healthy
def challenge_is_an_alias_of_a_name_that_comes_and_goes(lab, name):
    lab.obtain(name, kind="dns")
    lab.dns(f"add _acme-challenge.{name} 1 CNAME x.corp.example")
    yield name


@healthy
def https_with_the_certificate(lab, name):
    by_webroot(lab, name)
    lab.serve(site(name), TLS_SITE.format(name=name, live=f"/etc/letsencrypt/live/{name}"))
    yield name


@healthy
def https_with_another_certificate(lab, name):
    by_webroot(lab, name)
    other = f"/etc/letsencrypt/live/another-{name}"
    lab.sh(f"mkdir {other}; cd {other}; openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x "
           "-keyout privkey.pem -out fullchain.pem 2>/dev/null")
    lab.serve(site(name), TLS_SITE.format(name=name, live=other))
    yield name


@healthy
def mail_server_with_the_certificate(lab, name):
    by_webroot(lab, name)
    lab.renew(name, check=True)
    with postfix(lab, name, 2):
        assert any("localhost:25/smtp: shows this certificate" in line
                   for line in lab.ask(name)["answers"][0]["seen"])
        yield name


@healthy
def renewed_and_reloaded(lab, name):
    by_webroot(lab, name)
    lab.renew(name, check=True)
    lab.serve(site(name), TLS_SITE.format(name=name, live=f"/etc/letsencrypt/live/{name}"))
    yield name


@healthy
def failed_once_and_renewed_since(lab, name):
    by_webroot(lab, name)
    lab.serve(site(name, root="/srv/elsewhere"))
    lab.renew(name)
    lab.serve(site(name))
    lab.renew(name, check=True)
    yield name


@healthy
def autorenew_off_and_not_due(lab, name):
    by_webroot(lab, name)
    lab.conf(name, ("autorenew", "False"))
    yield name


@healthy
def timer_of_systemd_and_an_idle_line_of_cron(lab, name):
    by_webroot(lab, name)
    lab.client.write("/opt/other/certbot", "#!/bin/sh\n", mode=0o755)
    with no_cron(lab), systemd(lab, "/usr/local/bin/certbot"):
        lab.client.write("/etc/cron.d/other", "0 */12 * * * root test -x /opt/other/certbot -a \\! -d "
                         "/run/systemd/system && /opt/other/certbot -q renew\n")
        yield name
    lab.sh("rm /etc/cron.d/other")


@healthy
def no_timer_that_is_known_and_not_due(lab, name):
    by_webroot(lab, name)
    with no_cron(lab):
        yield name


@healthy
def deploy_hook_that_succeeds(lab, name):
    by_webroot(lab, name)
    lab.conf(name, ("renew_hook", "true"))
    lab.renew(name, check=True)
    yield name


@healthy
def hook_for_the_shell_and_credentials_of_another_plugin(lab, name):
    by_webroot(lab, name)
    lab.conf(name, ("renew_hook", "for x in a b; do true; done"), ("pre_hook", "MODE=x /bin/true"),
             ("post_hook", "cd /srv && true"), ("dns_rfc2136_credentials", "/root/gone.ini"))
    yield name


@healthy
def alias_of_a_zone_with_caa_of_its_own(lab, name):
    by_webroot(lab, name)
    lab.dns(f"add {ZONE} 1 CAA 0 issue other.example", f"add {name} 1 CNAME {name}.corp.example")
    lab.dns(f"add {name}.corp.example 1 A {lab.client.address}",
            f"add {name}.corp.example 1 CAA 0 issue pebble.letsencrypt.org")
    try:
        lab.renew(name, check=0)
        yield name
    finally:
        lab.dns(f"delete {ZONE} CAA")


caa_row("well", '0 issue "pebble.letsencrypt.org"')
caa_row("well", '0 issue "pebble.letsencrypt.org; accounturi=ACCOUNT; validationmethods=http-01"')
caa_row("well", '0 issue "pebble.letsencrypt.org"', '0 issuewild "other.example"')
caa_row("well", '0 iodef "mailto:security@example.com"')
caa_row("well", '0 issue ";"', '0 issuewild "pebble.letsencrypt.org"', kind="dns", prefix="*.")


def name_for(row):
    return f"{row.replace('_', '-')[:50].strip('-')}.{ZONE}"


@pytest.fixture
def asked(lab, request):
    """(the expected id, the answer to the row's question)."""
    title = request.param
    cause, row = (BROKEN[title][0], BROKEN[title][2]) if title in BROKEN else (None, HEALTHY[title])
    work = contextlib.contextmanager(row)(lab, name_for(title))
    with work as subject:
        yield cause, lab.cause(subject)


@pytest.mark.parametrize("asked", BROKEN, indirect=True)
def test_cause_of_a_broken_world(asked):
    expected, (found, cause, answer) = asked
    assert found == expected, json.dumps(answer, indent=1)
    assert not answer["well"] and answer["remedy"]


@pytest.mark.parametrize("asked", HEALTHY, indirect=True)
def test_no_false_cause_in_a_healthy_world(asked):
    _, (found, cause, answer) = asked
    assert found is None and answer["well"], json.dumps(answer, indent=1)


def test_there_are_enough_worlds():
    assert len(BROKEN) >= 40 and len(HEALTHY) >= 20


def test_page_names_each_cause():
    root = Path(__file__).parent.parent.parent
    page = (root / "docs/json/why.md").read_text()
    causes = [cause for path in (root / "src/app/why").glob("diagnoses_*.c")
              for cause in re.findall(r'^\t\{"([a-z-]+)", DIAGNOSIS_', path.read_text(), re.MULTILINE)]
    assert len(causes) > 50 and not [cause for cause in causes if f"`{cause}`" not in page]


# --- more than one, and after a failure ---

def test_all_that_are_not_well(lab):
    lab.serve(site(f"one.{ZONE}"), site(f"two.{ZONE}"))
    for name in ("one", "two"):
        lab.obtain(f"{name}.{ZONE}")
    lab.conf(f"two.{ZONE}", ("renewal_state/reload_pending", "True"))
    found = {answer["subject"]: answer["id"] for answer in lab.ask()["answers"]}
    assert found[f"two.{ZONE}"] == "reload-owed" and f"one.{ZONE}" not in found
    shown = lab.certbot("why").out
    assert f"two.{ZONE}: valid until" in shown and "To do:" in shown and f"\none.{ZONE}:" not in f"\n{shown}"


def test_of_many_it_says_how_many_were_not_looked_at(lab):
    name, count = f"many.{ZONE}", 9
    by_webroot(lab, name)
    lab.sh(f"""cd /etc/letsencrypt; for i in $(seq {count}); do
        cp -a archive/{name} archive/copy$i; mkdir live/copy$i
        for file in cert chain fullchain privkey; do
            ln -s ../../archive/copy$i/${{file}}1.pem live/copy$i/$file.pem; done
        sed "s,letsencrypt/\\(live\\|archive\\)/{name},letsencrypt/\\1/copy$i," renewal/{name}.conf >renewal/copy$i.conf
        done""")
    try:
        said = re.search(r"^([0-9]+) of ([0-9]+) certificates were not looked at from outside.*certbot why NAME$",
                         lab.certbot("why").out, re.MULTILINE)
        assert said and int(said[2]) > count <= int(said[1])
        assert lab.ask()["not_looked_at"] >= count  # more of them on a slow machine
        assert lab.ask("copy1")["not_looked_at"] == 0
    finally:
        lab.sh("cd /etc/letsencrypt; rm -r archive/copy* live/copy* renewal/copy*")


def test_domain_of_a_certificate_of_another_name(lab):
    lab.serve(site(f"main.{ZONE}"), site(f"further.{ZONE}", root=f"/srv/main.{ZONE}"))
    lab.obtain(f"main.{ZONE}", "-d", f"further.{ZONE}")
    assert lab.ask(f"further.{ZONE}")["answers"][0]["lineage"] == f"main.{ZONE}"


def test_word_that_is_nothing(lab):
    shown = lab.certbot("why", "nonsense", check=1)
    assert "no certificate named 'nonsense'" in shown.err


def test_user_without_rights_is_told_so(lab):
    by_webroot(lab, f"rights.{ZONE}")
    for words in (["why"], ["why", f"rights.{ZONE}"], ["why", f"new.{ZONE}"], ["status"]):
        shown = lab.client.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "certbot",
                               *words, check=1)
        assert "cannot look into '/etc/letsencrypt/live': Permission denied" in shown.err
        assert "run as root" in shown.err and not shown.out


def snapshot(lab):
    return lab.sh("find /etc/letsencrypt /var/lib/letsencrypt /var/log/letsencrypt /srv "
                  "-printf '%p %m %T@ %s\\n' | sort").out


def test_question_changes_nothing(lab):
    lab.serve(site(f"still.{ZONE}"))
    lab.obtain(f"still.{ZONE}")
    lab.renew(f"still.{ZONE}", check=True)
    before = snapshot(lab)
    lab.certbot("why")
    lab.certbot("why", f"still.{ZONE}")
    lab.certbot("why", f"new.{ZONE}")
    assert snapshot(lab) == before


def test_failures_end_with_the_cause(lab):
    name = f"ends.{ZONE}"
    by_webroot(lab, name)
    lab.move(name, lab.neighbour.address)
    shown = lab.renew(name).err
    assert shown.rstrip().endswith(f"More about it: certbot why {name}"), shown
    assert f"Why: the server that answers for {name} is at {lab.neighbour.address}" in shown
    other = f"fresh.{ZONE}"
    lab.move(other, lab.neighbour.address)
    start = time.monotonic()
    shown = lab.certbot("certonly", "-n", "--webroot", "-w", f"/srv/{name}", "-d", other, check=1).err
    assert time.monotonic() - start < 8
    assert f"Why: the server that answers for {other} is at {lab.neighbour.address}" in shown, shown
    assert lab.cause(other)[0] == "another-server"


MEASURE = """import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"""


@contextlib.contextmanager
def hundred_names(lab, address):
    """A lineage with names that are all at the address, and which failed."""
    name = f"hundred.{ZONE}"
    by_webroot(lab, name)
    names = [f"n{i}.{name}" for i in range(100)]
    lab.dns(*(f"add {each} 1 A {address}" for each in names))
    lab.sh(f"""cd /etc/letsencrypt/archive/{name}; openssl req -x509 -key privkey1.pem -days 90 -out cert1.pem \
        -subj /CN=x -addext subjectAltName={",".join(f"DNS:{each}" for each in names)}
        cp cert1.pem chain1.pem; cat cert1.pem chain1.pem >fullchain1.pem""")
    lab.conf(name, ("services/prove", f"{address}:25/smtp,"))
    lab.failed(name, "Timeout", "connection", "challenge")
    try:
        yield name
    finally:  # below the wildcard there must not be a name with names below it
        lab.dns(*(f"delete {each} A" for each in names))
        lab.sh(f"cd /etc/letsencrypt; rm -r archive/{name} live/{name} renewal/{name}.conf")


def drop_packets(lab, what):
    lab.client.run("nft", "-f", "-", input="add table inet slow\nadd chain inet slow input "
                   f"{{ type filter hook input priority 0; }}\nadd rule inet slow input {what} drop\n")


@pytest.mark.parametrize("silent", ["tcp sport { 25, 80, 443 }", "iifname eth0"], ids=["ports", "all"])
def test_a_hundred_names_cost_three_seconds_and_20_megabytes_at_most(lab, silent):
    with hundred_names(lab, lab.neighbour.address) as name:
        drop_packets(lab, silent)
        try:
            start = time.monotonic()
            shown = lab.client.run("python3", "-c", MEASURE, "certbot", "why", "--json", name)
            taken = time.monotonic() - start
        finally:
            lab.client.run("nft", "delete", "table", "inet", "slow")
    assert taken < LIMIT + 0.5 and int(shown.err.split()[-1]) < 20 * 1024
    assert not json.loads(shown.out)["well"]


def test_name_servers_that_are_silent_cost_three_seconds_at_most(lab):
    name = f"slow.{ZONE}"
    by_webroot(lab, name)
    lab.failed(name, "Timeout", "connection", "challenge")
    drop_packets(lab, "iifname eth0")
    try:
        start = time.monotonic()
        shown = lab.ask(name)
        assert time.monotonic() - start < LIMIT + 0.5
    finally:
        lab.client.run("nft", "delete", "table", "inet", "slow")
    assert not shown["well"]
