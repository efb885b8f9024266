"""Real certificates by every provider's API: the CA looks up what certbot put in, and what others keep
in the same zones is there afterwards."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lab import provider_twins, provider_twins_beyond, provider_twins_registrars
from lab.certbot import Certbot
from lab.children import ports_of_network_children
from lab.dialogue import Dialogue
from lab.pebble import Pebble

TWINS = provider_twins.TWINS + provider_twins_beyond.TWINS + provider_twins_registrars.TWINS
NAMES = ["a.dns.test", "*.a.dns.test", "www.a.dns.test", "b.dns.test"]
ZONES = ["b.dns.test", "dns.test", "a.dns.test"]


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    """A CA that wants each name proved each time."""
    with Pebble(tmp_path_factory.mktemp("pebble"), authz_reuse=0) as pebble:
        yield pebble


def command(kind, twin, ca, folder, names):
    """The command line that obtains a certificate for the names."""
    credentials = twin.write_credentials(folder)
    # Nobody but the CA's own server knows these zones, so there is no server to be asked for aliases.
    args = ["certonly", "-n", f"--dns-{kind.name}", "--no-dns-follow-cname"]
    if credentials:
        args += [f"--dns-{kind.name}-credentials", credentials]
    if kind.name != "route53":
        args += [f"--dns-{kind.name}-propagation-seconds", "0"]
    for name in names:
        args += ["-d", name]
    return args


@pytest.mark.parametrize("kind", TWINS, ids=lambda kind: kind.name)
def test_obtain_and_renew(kind, ca, tmp_path):
    with kind(ca.dns, ZONES) as twin:
        twin.add("a.dns.test", "_acme-challenge.a.dns.test", "of somebody else")
        twin.add("a.dns.test", "a.dns.test", "v=spf1 -all")
        certbot = Certbot(tmp_path / "certbot", ca, env=twin.environment_with(ca.ca_bundle, tmp_path))
        certbot.run(*command(kind, twin, ca, tmp_path, NAMES))
        assert sorted(certbot.lineage("a.dns.test").names()) == sorted(NAMES)
        certbot.run("renew", "--force-renewal")
        assert certbot.lineage("a.dns.test").version() == 2
        assert twin.values("_acme-challenge.a.dns.test") == ["of somebody else"]
        assert twin.values("_acme-challenge.www.a.dns.test") == []
        assert twin.values("_acme-challenge.b.dns.test") == []
        assert twin.values("a.dns.test") == ["v=spf1 -all"]


def test_one_process_speaks_to_the_ca_and_another_to_the_provider(ca, tmp_path):
    """Neither may connect to the other's port, so the CA's never has the token."""
    kind = next(kind for kind in TWINS if kind.name == "digitalocean")
    with kind(ca.dns, ZONES) as twin:
        certbot = Certbot(tmp_path / "certbot", ca, env=twin.environment_with(ca.ca_bundle, tmp_path))
        args = [word for word in command(kind, twin, ca, tmp_path, ["b.dns.test"]) if word != "-n"]
        with Dialogue(certbot, *args, "--agree-tos", "--register-unsafely-without-email",
                      "--debug-challenges") as talk:
            talk.expect("Press Enter")
            cas_ports, providers_ports = ports_of_network_children(talk.pid)
            talk.answer("")
            assert talk.end() == 0
    usual = {53, 80, 443}
    assert cas_ports - usual == {urlsplit(ca.directory).port}
    assert providers_ports > usual and not (cas_ports & providers_ports) - usual


# Plugins for Certbot by other names: their authenticator, and how keys of theirs begin. All names are in
# tests/unit/config/test_plugin_names.c.
OTHERS = (
    ("cpanel", "cpanel", "cpanel_"),
    ("cpanel", "certbot-dns-cpanel:cpanel", "certbot_dns_cpanel:cpanel_"),
    ("gandi", "certbot-plugin-gandi:dns", "certbot_plugin_gandi:dns_"),
    ("netcup", "certbot-dns-netcup:dns-netcup", "certbot_dns_netcup:dns_netcup_"),
)


@pytest.mark.parametrize("name, authenticator, prefix", OTHERS, ids=[row[1] for row in OTHERS])
def test_a_conf_of_another_name_renews_unchanged(name, authenticator, prefix, ca, tmp_path):
    kind = next(kind for kind in TWINS if kind.name == name)
    with kind(ca.dns, ["b.dns.test"]) as twin:
        certbot = Certbot(tmp_path / "certbot", ca, env=twin.environment_with(ca.ca_bundle, tmp_path))
        args = command(kind, twin, ca, tmp_path, ["b.dns.test"])
        certbot.run(*args)
        lineage = certbot.lineage("b.dns.test")
        for path in lineage.conf_path, Path(args[args.index(f"--dns-{name}-credentials") + 1]):
            text = path.read_text().replace(f"authenticator = dns-{name}\n",
                                            f"authenticator = {authenticator}\n")
            path.write_text(text.replace(f"dns_{name}_", prefix))
        certbot.run("renew", "--force-renewal")
        assert lineage.version() == 2
        assert twin.values("_acme-challenge.b.dns.test") == []


@pytest.mark.parametrize("kind", [kind for kind in TWINS if kind.in_batches],
                         ids=lambda kind: kind.name)
def test_a_zone_takes_one_call(kind, ca, tmp_path):
    zones = [f"zone{number}.test" for number in range(10)]
    names = [f"{label}.{zone}" for zone in zones for label in "abcdefghij"]
    with kind(ca.dns, zones) as twin:
        certbot = Certbot(tmp_path / "certbot", ca, env=twin.environment_with(ca.ca_bundle, tmp_path))
        certbot.run(*command(kind, twin, ca, tmp_path, names), timeout=120)
        assert len(twin.change_calls()) == 2 * len(zones)
        assert not any(records for records in twin.zones.values())


def test_the_record_of_an_account_stands_beside_others(ca, tmp_path):
    """dns-account-01, of a name and its wildcard."""
    with provider_twins.Cloudflare(ca.dns, ZONES) as twin:
        certbot = Certbot(tmp_path / "certbot", ca, env=twin.environment_with(ca.ca_bundle, tmp_path))
        added, add = [], twin.add
        twin.add = lambda zone, name, *rest: (added.append(name), add(zone, name, *rest))[1]
        certbot.run(*command(provider_twins.Cloudflare, twin, ca, tmp_path, NAMES[:2]),
                    "--preferred-challenges", "dns-account")
        assert len(added) == 2 and len(set(added)) == 1
        assert added[0].startswith("_") and added[0].endswith("._acme-challenge.a.dns.test")
        assert not any(records for records in twin.zones.values())


def test_certificates_of_one_duckdns_domain_renew_in_turn(ca, tmp_path):
    """A domain keeps one value, and all of its certificates are due together."""
    names, kind = ["a.duckdns.org", "b.duckdns.org", "c.a.duckdns.org", "d.a.duckdns.org"], provider_twins_registrars.DuckDns
    with kind(ca.dns, names) as twin:
        certbot = Certbot(tmp_path / "certbot", ca, env=twin.environment_with(ca.ca_bundle, tmp_path))
        for name in names:
            certbot.run(*command(kind, twin, ca, tmp_path, [name]))
        certbot.run("renew", "--force-renewal")
        assert [certbot.lineage(name).version() for name in names] == [2] * 4
        assert not any(twin.zones.values())
