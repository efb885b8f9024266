"""Plugins that others made for Certbot and that are built in here: what their pages say to write into the
credentials file, and their options, are taken as they are."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get("DNS_TOOL", ROOT / "build/tests/unit/dns/dns_tool")).resolve()
ID = "/subscriptions/c135abce-d87d-48df-936c-15596c6968a5/resourceGroups/dns1"
PRINCIPAL = "dns_azure_sp_client_id = 912c\ndns_azure_sp_client_secret = E-xqXU83Y\ndns_azure_tenant_id = ed10\n"
OCI = "user=ocid1.user.oc1..a\nfingerprint=20:3b\ntenancy=ocid1.tenancy.oc1..b\nregion=us-ashburn-1\nkey_file={key}\n"


def keys(*names):
    return "".join(f"{name} = 0123456789\n" for name in names)


# The name of the plugin, and the lines of its file.
FILES = [
    ("dns-acmedns", "dns_acmedns_api_url = http://acmedns.test/\ndns_acmedns_registration_file = acme.json\n"),
    ("dns-acmedns", "certbot_dns_acmedns:dns_acmedns_api_url = http://acmedns.test/\n"
                    "certbot_dns_acmedns:dns_acmedns_registration_file = /nowhere/acme.json\n"),
    ("dns-aliyun", keys("dns_aliyun_access_key", "dns_aliyun_access_key_secret")),
    ("dns-azure", f"{PRINCIPAL}dns_azure_zone1 = example.com:{ID}\ndns_azure_zone2 = example.org:{ID}\n"),
    ("dns-azure", f"dns_azure_msi_system_assigned = true\ndns_azure_zone1 = example.com:{ID}\n"),
    ("dns-azure", f"dns_azure_msi_client_id = 912c\ndns_azure_zone1 = "
                  f"example.com:{ID}/providers/Microsoft.Network/dnszones/acme.example.org\n"),
    ("dns-bunny", keys("dns_bunny_api_key")),
    ("dns-cloudns", keys("dns_cloudns_auth_id", "dns_cloudns_auth_password")),
    ("dns-cloudns", keys("dns_cloudns_sub_auth_user", "dns_cloudns_auth_password")),
    ("cpanel", "cpanel_url = https://cpanel.test:2083\n" + keys("cpanel_username", "cpanel_token")),
    ("certbot-dns-cpanel:cpanel", "certbot_dns_cpanel:cpanel_url = https://cpanel.test:2083\n"
     + keys("certbot_dns_cpanel:cpanel_username", "certbot_dns_cpanel:cpanel_password")),
    ("dns-desec", keys("dns_desec_token")),
    ("dns-desec", keys("dns_desec_token") + "dns_desec_endpoint = https://desec.test/api/v1/\n"),
    ("directadmin", "directadmin_url = https://da.test:2222\n"
     + keys("directadmin_username", "directadmin_password")),
    ("dns-domeneshop", keys("dns_domeneshop_client_token", "dns_domeneshop_client_secret")),
    ("dns-duckdns", keys("dns_duckdns_token")),
    ("dns-dynu", keys("dns_dynu_auth_token")),
    ("dns-easydns", keys("dns_easydns_usertoken", "dns_easydns_userkey")
     + "dns_easydns_endpoint = https://rest.easydns.net\n"),
    ("edgedns", keys("edgedns_client_token", "edgedns_client_secret", "edgedns_access_token")
     + "edgedns_host = akab-1.luna.akamaiapis.net\n"),
    ("edgedns", "edgedns_edgerc_path = edgerc\nedgedns_edgerc_section = test\n"),
    ("dns-gandi", keys("dns_gandi_token")),
    ("certbot-plugin-gandi:dns", keys("certbot_plugin_gandi:dns_token")),
    ("dns-gcore", keys("dns_gcore_apitoken")),
    ("dns-gcore", keys("dns_gcore_apitoken") + "dns_gcore_api_url = https://api.gcore.test/dns\n"),
    ("dns-godaddy", keys("dns_godaddy_secret", "dns_godaddy_key")),
    ("dns-hetzner", keys("dns_hetzner_api_token")),
    ("dns-hetzner-cloud", keys("dns_hetzner_cloud_api_token")),
    ("dns-infomaniak", keys("dns_infomaniak_token")),
    ("dns-inwx", "dns_inwx_url = https://api.domrobot.com/xmlrpc/\n"
     + keys("dns_inwx_username", "dns_inwx_password") + "dns_inwx_shared_secret = ABCDEFGHABCDEFGH\n"),
    ("certbot-dns-inwx:dns-inwx", "certbot_dns_inwx:dns_inwx_url = https://api.domrobot.com/xmlrpc/\n"
     + keys("certbot_dns_inwx:dns_inwx_username", "certbot_dns_inwx:dns_inwx_password")),
    ("dns-ionos", keys("dns_ionos_prefix", "dns_ionos_secret")
     + "dns_ionos_endpoint = https://api.hosting.ionos.com\n"),
    ("dns-joker", keys("dns_joker_username", "dns_joker_password") + "dns_joker_domain = example.com\n"),
    ("dns-linode", keys("dns_linode_key") + "dns_linode_version = 4\n"),
    ("dns-namecheap", keys("dns_namecheap_username", "dns_namecheap_api_key")),
    ("dns-namecom", keys("dns_namecom_username", "dns_namecom_token")),
    ("dns-netcup", keys("dns_netcup_customer_id", "dns_netcup_api_key", "dns_netcup_api_password")),
    ("dns-oci", f"[DEFAULT]\n{OCI}"),
    # As Oracle's own programs read it: comments, "name: value", and values of [DEFAULT] in other sections.
    ("dns-oci", f"; made by setup\n[DEFAULT]\n{OCI}".replace("=", ": ")),
    ("dns-oci", "dns_oci_" + OCI.rstrip().replace("\n", "\ndns_oci_")),
    ("dns-oci", "certbot_dns_oci:dns_oci_" + OCI.rstrip().replace("\n", "\ncertbot_dns_oci:dns_oci_")),
    ("dns-plesk", keys("dns_plesk_username", "dns_plesk_password") + "dns_plesk_api_url = https://plesk.test:8443\n"),
    ("dns-porkbun", keys("dns_porkbun_key", "dns_porkbun_secret")),
    ("dns-powerdns", "dns_powerdns_api_url = https://pdns.test\n" + keys("dns_powerdns_api_key")),
    ("dns-rcode0", keys("dns_rcode0_api_key")),
    ("dns-scaleway", keys("dns_scaleway_application_token")),
    ("dns-selectel-api-v2", keys(*(f"dns_selectel_api_v2_{key}" for key in (
        "account_id", "project_name", "username", "password")))),
    ("dns-simply", keys("dns_simply_account_name", "dns_simply_api_key")),
    ("dns-tencentcloud", keys("dns_tencentcloud_secret_id", "dns_tencentcloud_secret_key")),
    ("dns-transip", "dns_transip_username = joe\ndns_transip_key_file = {key}\n"),
    ("dns-transip", "dns_transip_username = joe\ndns_transip_key_file = key.pem\ndns_transip_global_key = yes\n"),
    ("dns-vultr", keys("dns_vultr_key")),
]

# Keys of confs that name no credentials file, or name it otherwise. @: the file.
OPTIONS = [
    ("dns-azure", {"dns_azure_config": "@"}, f"{PRINCIPAL}dns_azure_zone1 = example.com:{ID}\n"),
    ("dns-azure", {"certbot_dns_azure:dns_azure_config": "@"}, f"{PRINCIPAL}dns_azure_zone1 = example.com:{ID}\n"),
    ("dns-duckdns", {"dns_duckdns_token": "0123456789", "dns_duckdns_no_txt_restore": "True"}, None),
    ("certbot-dns-duckdns:dns-duckdns", {"certbot_dns_duckdns:dns_duckdns_token": "0123456789"}, None),
    ("dns-porkbun", {"dns_porkbun_key": "0123456789", "dns_porkbun_secret": "0123456789"}, None),
    ("dns-porkbun", {"dns_porkbun_credentials": "@", "dns_porkbun_secret": "0123456789"}, keys("dns_porkbun_key")),
    ("dns-porkbun", {"dns_porkbun_credentials": "/nowhere/porkbun.ini", "dns_porkbun_key": "0123456789",
                     "dns_porkbun_secret": "0123456789"}, None),
    ("dns-inwx", {"dns_inwx_credentials": "@", "dns_inwx_follow_cnames": "True"},
     keys("dns_inwx_username", "dns_inwx_password")),
    ("dns-oci", {"dns_oci_config": "@", "dns_oci_profile": "OTHER"}, f"[DEFAULT]\nuser=x\n[OTHER]\n{OCI}"),
    ("dns-oci", {"dns_oci_config": "@", "dns_oci_profile": "OTHER"}, f"[DEFAULT]\n{OCI}[OTHER]\nuser: y\n"),
    ("dns-oci", {"dns_oci_config": "@", "dns_oci_profile": "DEFAULT"}, f"[DEFAULT]\n{OCI}"),
    ("dns-hetzner-cloud", {"dns_hetzner_cloud_credentials": "@"}, keys("dns_hetzner_cloud_api_token")),
]


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


def attempt(plugin, options, text, folder, key):
    """What the plugin says until it finds that nobody is there: the log-in has been chosen by then."""
    path = folder / "credentials.ini"
    for name, content in {"key.pem": key.read_text(), "credentials.ini": (text or "").replace("{key}", str(key)),
                          "edgerc": "[test]\nclient_token = a\nclient_secret = b\naccess_token = c\nhost = d.test\n",
                          }.items():
        (folder / name).touch(0o600)
        (folder / name).write_text(content)
    words = [f"-s{name}={path if value == '@' else value}" for name, value in options.items()]
    domain = "example.duckdns.org" if "duckdns" in plugin else "example.com"
    run = subprocess.run([TOOL, *words, plugin, f"{domain}=value"], capture_output=True, text=True, timeout=60,
                         cwd="/", env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **{
                             f"{scheme}_proxy": "http://127.0.0.1:1" for scheme in ("http", "https")}})
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def check_is_taken(shown):
    assert "configure " not in shown and "present _acme-challenge.example" in shown, shown
    assert "warning" not in shown, shown


@pytest.mark.parametrize("plugin, text", FILES, ids=[f"{number}-{row[0]}" for number, row in enumerate(FILES)])
def test_file(plugin, text, tmp_path, key):
    prefix = plugin.replace("-", "_")
    check_is_taken(attempt(plugin, {f"{prefix}_credentials": "@"}, text, tmp_path, key))


@pytest.mark.parametrize("plugin, options, text", OPTIONS,
                         ids=[f"{number}-{row[0]}" for number, row in enumerate(OPTIONS)])
def test_options(plugin, options, text, tmp_path, key):
    shown = attempt(plugin, options, text, tmp_path, key)
    check_is_taken(shown)
    assert "0123456789" not in shown, "a secret was printed"


def test_usual_place(tmp_path, key):
    """The plugin for Oracle Cloud has no option for the file: it is where Oracle's own programs have it."""
    (tmp_path / ".oci").mkdir()
    (tmp_path / ".oci/config").write_text(f"[DEFAULT]\n{OCI}".replace("{key}", "~/key.pem"))
    (tmp_path / ".oci/config").chmod(0o600)
    check_is_taken(attempt("dns-oci", {}, None, tmp_path, key))


@pytest.mark.parametrize("text", [f"[DEFAULT]\n{OCI}", "dns_oci_" + OCI.rstrip().replace("\n", "\ndns_oci_")],
                         ids=["vendors", "ours"])
def test_unknown_profile_of_oracle(text, tmp_path, key):
    shown = attempt("dns-oci", {"dns_oci_config": "@", "dns_oci_profile": "OTHR"}, text, tmp_path, key)
    assert "configure " in shown and "has no section [OTHR], which --dns-oci-profile asks for" in shown, shown


@pytest.mark.parametrize("mapping", ["example.com", "example.com:/resourceGroups/dns1", "example.com:/subscriptions/1"])
def test_zone_of_azure_that_says_not_where(mapping, tmp_path, key):
    shown = attempt("dns-azure", {"dns_azure_credentials": "@"},
                    f"{PRINCIPAL}dns_azure_zone1 = {mapping}\n", tmp_path, key)
    assert "configure " in shown and f"not '{mapping}'" in shown
