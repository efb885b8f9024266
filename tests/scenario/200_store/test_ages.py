"""Lineages as every age of Certbot left them are listed and renewed."""

import pytest

from lab.lineage import certificates

NAME = "a.lab.test"

# Top level and [renewalparams] beyond what all have; %(c)s is the config directory.
AGES = {
    # Every option was written; http01_port and others as None; no archive_dir, no key_type.
    "0.1-0.9": ("", """\
no_self_upgrade = False
apache_enmod = a2enmod
no_verify_ssl = False
ifaces = None
apache_dismod = a2dismod
register_unsafely_without_email = False
uir = None
installer = None
config_dir = %(c)s
text_mode = False
func = <function obtain_cert at 0x7f093a163c08>
staging = False
prepare = False
work_dir = %(w)s
tos = False
init = False
http01_port = %(p)s
duplicate = False
noninteractive_mode = True
key_path = None
nginx = False
fullchain_path = %(c)s/chain.pem
email = None
csr = None
agree_dev_preview = None
redirect = None
verbose_count = -3
config_file = None
renew_by_default = True
hsts = False
authenticator = standalone
domains = a.lab.test,
rsa_key_size = 2048
checkpoints = 1
manual_test_mode = False
apache = False
cert_path = %(c)s/cert.pem
webroot_path = None
strict_permissions = False
debug = False
account = %(a)s
user_agent = None
apache_vhost_root = /etc/apache2/sites-available
manual_public_ip_logging_ok = False
logs_dir = %(l)s
verb = certonly
"""),
    # 0.10 to 0.23: what was set or was not the default; renew_hook; an interval of its own.
    "0.23": ("version = 0.23.0\narchive_dir = %(c)s/archive/a.lab.test\n"
             "renew_before_expiry = 40 days\n", """\
authenticator = standalone
installer = None
account = %(a)s
pref_challs = http-01,
http01_port = %(p)s
renew_hook = true
standalone_supported_challenges = "tls-sni-01,http-01"
"""),
    # 1.x: a v01 server, which means the present default; an elliptic curve.
    "1.21": ("version = 1.21.0\narchive_dir = %(c)s/archive/a.lab.test\n", """\
account = %(a)s
authenticator = standalone
http01_port = %(p)s
key_type = ecdsa
elliptic_curve = secp384r1
manual_public_ip_logging_ok = None
"""),
    # 5.x
    "5.6": ("version = 5.6.0\narchive_dir = %(c)s/archive/a.lab.test\n", """\
account = %(a)s
pref_challs = http-01,
authenticator = standalone
http01_port = %(p)s
key_type = ecdsa
preferred_profile = default
[acme_renewal_info]
ari_retry_after = 2026-02-03T04:05:06
"""),
}


@pytest.fixture(params=list(AGES))
def aged(certbot, request):
    """A certbot whose one lineage has a conf of the age."""
    certbot.certonly(NAME)
    top, params = AGES[request.param]
    account = next((certbot.config_dir / "accounts").rglob("regr.json")).parent.name
    values = {"c": certbot.config_dir, "w": certbot.work_dir, "l": certbot.logs_dir,
              "a": account, "p": certbot.ca.http_port}
    links = "".join(f"{kind} = {certbot.config_dir}/live/{NAME}/{kind}.pem\n"
                    for kind in ("cert", "privkey", "chain", "fullchain"))
    params, _, rest = params.partition("[")
    certbot.lineage(NAME).conf_path.write_text(
        "# renew_before_expiry = 30 days\n" + top % values + links
        + "\n# Options used in the renewal process\n[renewalparams]\n" + params % values
        + f"server = {certbot.ca.directory}\n" + ("[" + rest if rest else ""))
    return certbot


def test_it_is_listed_and_renewed(aged, debian_certbot):
    assert f"Certificate Name: {NAME}" in aged.run("certificates").out
    aged.run("renew", "--force-renewal")
    assert aged.lineage(NAME).verify(NAME).version() == 2
    assert f"Certificate Name: {NAME}" in debian_certbot.run("certificates").out


def test_it_is_rehearsed(aged):
    before = aged.lineage(NAME).conf()
    aged.run("renew", "--dry-run", "--server", aged.ca.directory)
    assert aged.lineage(NAME).conf() == before
    assert aged.lineage(NAME).version() == 1


def test_links_of_reused_keys_are_kept(certbot):
    """Certbot 0.25 linked the key of a generation to the one before."""
    certbot.certonly(NAME, options=("--reuse-key",))
    certbot.run("renew", "--force-renewal")
    archive = certbot.lineage(NAME).archive
    (archive / "privkey2.pem").unlink()
    (archive / "privkey2.pem").symlink_to("privkey1.pem")
    certbot.lineage(NAME).verify(NAME)
    for _ in range(6):
        certbot.run("renew", "--force-renewal")
    assert certbot.lineage(NAME).verify(NAME).version() == 8
    assert not (archive / "cert1.pem").exists() and (archive / "cert3.pem").exists()


def test_lineages_of_other_names_and_places(certbot):
    """The name of a conf need not be that of its directories."""
    certbot.certonly(NAME)
    conf = certbot.lineage(NAME).conf_path
    conf.rename(conf.with_name("mail.conf"))
    assert "Certificate Name: mail" in certbot.run("certificates").out
    certbot.run("renew", "--force-renewal")
    assert certbot.lineage(NAME).version() == 2
    certbot.run("delete", "-n", "--cert-name", "mail")
    assert not certbot.lineage(NAME).live.exists()


def test_an_interrupted_switch_of_certbot_is_undone(certbot):
    certbot.certonly(NAME)
    certbot.run("renew", "--force-renewal")
    lineage = certbot.lineage(NAME)
    for kind in ("cert", "privkey", "chain", "fullchain"):
        (lineage.live / f"previous_{kind}.pem").symlink_to(lineage.archive / f"{kind}1.pem")
    (lineage.live / "cert.pem").unlink()
    # A question repairs nothing, but says what does.
    assert "the next 'certbot renew' repairs" in certbot.run("certificates").err
    assert (lineage.live / "previous_cert.pem").is_symlink()
    # The newer generation is put to use again, unless it ends before the other.
    first, second = (certificates((lineage.archive / f"cert{i}.pem").read_bytes())[0]
                     for i in (1, 2))
    certbot.run("renew")
    assert not (lineage.live / "previous_cert.pem").is_symlink()
    assert lineage.verify(NAME).version() == \
        (2 if second.not_valid_after >= first.not_valid_after else 1)
