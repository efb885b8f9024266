"""Configuration directories for `shadow`, made by code, each with the differences that Debian's Certbot
2.1 and this program have with it: (area, subject, part of the text here, part of the text there)."""

import json
import os
import shutil

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from .forge import DAY, Forge

NAME = "a.example"
CONF = f"renewal/{NAME}.conf"
TREES = {}


def tree(*differences):
    """Registers a function that makes a tree."""
    def register(function):
        TREES[function.__name__] = (function, list(differences))
        return function
    return register


class Tree:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(mode=0o700)

    def lineage(self, name=NAME, *lines, age=DAY, lifetime=90 * DAY, authenticator="standalone",
                key=None, **forge):
        """A lineage of that age, with further lines in [renewalparams]."""
        maker = Forge(self.folder, options=lines, age=age, lifetime=lifetime, **forge)
        if key:
            maker.key = key
        maker.make(1, name)
        self.edit(f"renewal/{name}.conf", "authenticator = standalone",
                  f"authenticator = {authenticator}")

    def edit(self, path, old, new):
        text = (self.folder / path).read_text()
        assert old in text
        (self.folder / path).write_text(text.replace(old, new))

    def conf(self):
        return (self.folder / CONF).read_text()

    def hook(self, kind, name, mode=0o755):
        path = self.folder / "renewal-hooks" / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {self.folder}/a-hook-ran\n")
        path.chmod(mode)


# --- without differences ---

@tree()
def empty(tree):
    pass


@tree()
def healthy(tree):
    tree.lineage()


@tree()
def due(tree):
    tree.lineage(age=70 * DAY)


@tree()
def expired(tree):
    tree.lineage(age=100 * DAY)


@tree()
def many(tree):
    for number in range(12):
        tree.lineage(f"site{number}.example", age=number * 8 * DAY)


@tree()
def webroot(tree):
    tree.lineage(NAME, "webroot_path = /srv/a, /srv/b", "[[webroot_map]]", f"{NAME} = /srv/a",
                 authenticator="webroot", age=70 * DAY)


@tree()
def nginx(tree):
    """Due and not: neither server is asked for anything."""
    tree.lineage(NAME, "installer = nginx", authenticator="nginx")
    tree.lineage("b.example", "installer = nginx", authenticator="nginx", age=70 * DAY)


@tree()
def apache(tree):
    tree.lineage(NAME, "installer = apache", "apache_server_root = /etc/apache2",
                 authenticator="webroot", age=70 * DAY)


@tree()
def dns_rfc2136(tree):
    tree.lineage(NAME, "dns_rfc2136_credentials = /root/dns.ini", authenticator="dns-rfc2136",
                 age=70 * DAY)


@tree()
def manual(tree):
    tree.lineage(NAME, "manual_auth_hook = /root/auth.sh", "manual_cleanup_hook = /root/clean.sh",
                 "pref_challs = dns-01,", authenticator="manual", age=70 * DAY)


@tree()
def rsa_keys(tree):
    tree.lineage(NAME, "rsa_key_size = 2048", key=rsa.generate_private_key(65537, 2048))
    tree.edit(CONF, "key_type = ecdsa", "key_type = rsa")


@tree()
def staging(tree):
    tree.lineage(server="https://acme-staging-v02.api.letsencrypt.org/directory")


@tree()
def hooks(tree):
    tree.lineage(NAME, f"pre_hook = touch {tree.folder}/a-hook-ran",
                 f"post_hook = touch {tree.folder}/a-hook-ran",
                 f"renew_hook = touch {tree.folder}/a-hook-ran", age=70 * DAY)
    for kind in ("pre", "deploy", "post"):
        tree.hook(kind, "00-first")
        tree.hook(kind, "backup~")
        tree.hook(kind, "README", mode=0o644)


@tree()
def many_accounts(tree):
    tree.lineage(age=70 * DAY)
    for server in ("acme-v02.api.letsencrypt.org", "ca.example.net"):
        for account in ("0" * 32, "1" * 32):
            folder = tree.folder / "accounts" / server / "directory" / account
            folder.mkdir(parents=True)
            for name in ("private_key", "regr", "meta"):
                (folder / f"{name}.json").write_text(json.dumps({}))


@tree()
def old_conf(tree):
    """As 0.23 wrote it, with options that are no more."""
    tree.lineage(NAME, "installer = None", "http01_port = 80", "manual_public_ip_logging_ok = None",
                 "rsa_key_size = 2048", "fullchain_path = None", "webroot_path = /srv,",
                 authenticator="webroot", age=70 * DAY)
    tree.edit(CONF, "version = 2.1.0", "# renew_before_expiry = 30 days\nversion = 0.23.0")
    tree.edit(CONF, "key_type = ecdsa\n", "")


@tree()
def renew_before_expiry(tree):
    tree.lineage()
    tree.edit(CONF, "version = ", "renew_before_expiry = 95 days\nversion = ")


@tree()
def autorenew_off(tree):
    tree.lineage(NAME, "autorenew = False", age=70 * DAY)


@tree()
def windows_line_ends(tree):
    tree.lineage(age=70 * DAY)
    (tree.folder / CONF).write_bytes(tree.conf().replace("\n", "\r\n").encode())


@tree()
def broken_conf(tree):
    tree.lineage()
    (tree.folder / "renewal/b.example.conf").write_text("[renewalparams\nno line of a conf\n")


@tree()
def without_authenticator(tree):
    tree.lineage()
    tree.edit(CONF, "authenticator = standalone\n", "")


@tree(("certificates", f"{NAME}, expiry date", "20", "not listed"))
def without_params(tree):
    tree.lineage()
    tree.edit(CONF, "[renewalparams]", "[other]")


@tree()
def dangling_link(tree):
    tree.lineage()
    (tree.folder / f"archive/{NAME}/cert1.pem").unlink()


@tree()
def absolute_links(tree):
    tree.lineage()
    for kind in ("cert", "chain", "fullchain", "privkey"):
        link = tree.folder / f"live/{NAME}/{kind}.pem"
        link.unlink()
        link.symlink_to(tree.folder / f"archive/{NAME}/{kind}1.pem")


@tree()
def other_places(tree):
    """live/ and archive/ are links to another disk."""
    tree.lineage(age=70 * DAY)
    for name in ("live", "archive"):
        shutil.move(tree.folder / name, tree.folder / f"disk-{name}")
        os.symlink(f"disk-{name}", tree.folder / name)


@tree()
def no_certificate(tree):
    tree.lineage()
    (tree.folder / f"archive/{NAME}/cert1.pem").write_text("no certificate\n")


# --- with differences ---

@tree()
def short_lived(tree):
    tree.lineage(lifetime=6 * DAY, age=4 * DAY)


@tree(("renewal", NAME, "not due", "due: less than 30 days"))
def short_lived_and_new(tree):
    """Certbot 2.1 renews what lives shorter than 30 days at each run."""
    tree.lineage(lifetime=6 * DAY, age=DAY)


@tree(("hooks", f"renew_hook of {NAME}", "runs", "splits its name at special characters"),
      ("hooks", "renewal-hooks/deploy/reload web.sh", "runs", "splits its name at special characters"))
def hooks_with_blanks(tree):
    """Certbot gives the whole path to a shell, which looks for a program of its first word."""
    tree.hook("deploy", "reload web.sh")
    tree.hook("deploy", ".hidden")
    tree.lineage(NAME, f"renew_hook = {tree.folder}/renewal-hooks/deploy/reload web.sh", age=70 * DAY)


@tree(("plugins", f"dns-nobody, for {NAME}", "not", "not installed"))
def unknown_plugin(tree):
    tree.lineage(authenticator="dns-nobody", age=70 * DAY)


@tree(("plugins", f"dns-cloudflare, for {NAME}", "installed", "not installed"),
      ("renewal", NAME, "not due", "cannot be used"),
      ("options", f"--dns-cloudflare-credentials, saved for {NAME}", "known", "ignored"))
def plugin_of_ours(tree):
    tree.lineage(NAME, "dns_cloudflare_credentials = /root/cf.ini", authenticator="dns-cloudflare")


@tree(("options", f"--output, saved for {NAME}", "known", "ignored"))
def option_of_ours(tree):
    tree.lineage(NAME, "output = pem:/srv/a.pem,")


@tree(("renewal", NAME, "due", "cannot be used: is broken"))
def cut_link(tree):
    """The files are there: the link is made again."""
    tree.lineage(age=70 * DAY)
    (tree.folder / f"live/{NAME}/chain.pem").unlink()


@tree(("renewal", NAME, "due: it has been revoked", "not due"),
      ("certificates", f"{NAME}, status", "INVALID: REVOKED", "VALID"))
def revoked(tree):
    """Remembered since the CA or the person said so; Certbot asks each time."""
    tree.lineage()
    pem = (tree.folder / f"live/{NAME}/cert.pem").read_bytes()
    with open(tree.folder / CONF, "a") as conf:
        conf.write(f"[renewal_state]\nrevoked = {x509.load_pem_x509_certificate(pem).serial_number:x}\n")


@tree(("renewal", NAME, "due", "cannot be used: (cert: a.example) produced an unexpected error"),
      ("options", f"--tls-sni-01-port, saved for {NAME}", "known", "ignored"),
      ("options", f"--standalone-supported-challenges, saved for {NAME}", "known", "ignored"))
def old_standalone(tree):
    """As 0.23 wrote it; Certbot 2.1 looks for an option that it has no more."""
    tree.lineage(NAME, "tls_sni_01_port = 5001",
                 "standalone_supported_challenges = \"http-01,tls-sni-01\"", age=70 * DAY)
