"""A night's renewals of many certificates, at the services that test_mail_servers.py does not have: each
of them gets its certificate, and nothing is asked or told more often than it must be."""

import collections
import json

import pytest

from lab.amazon import DISTRIBUTION, Amazon
from lab.certbot import Certbot
from lab.due import plant
from lab.haproxy import TLS, HAProxy
from lab.heroku import Heroku
from lab.icecast import Icecast
from lab.plesk import KEY, Plesk
from lab.pritunl import Pritunl
from lab.process import free_port
from lab.proxmox import Node
from lab.varnish import Varnish

MODEL = "model.lab.test"


@pytest.fixture(params=(12, pytest.param(50, marks=pytest.mark.slow)))
def names(request):
    return [f"n{number}.lab.test" for number in range(request.param)]


@pytest.fixture
def certbot(tmp_path, ca):
    return Certbot(tmp_path / "certbot", ca)


def install(certbot, names, *options):
    """Installs a certificate, and plants one for each of the names as if it had been, too."""
    certbot.run("run", "-n", "-a", "standalone", *options, "--http-01-port", free_port(), "-d", MODEL)
    plant(certbot, MODEL, names)


def renew(certbot, names):
    """All of them."""
    result = certbot.run("renew", "--force-renewal", timeout=120)
    assert all(certbot.lineage(name).version() == 2 for name in (MODEL, *names))
    return result


def test_haproxy_takes_all_without_a_reload(certbot, names):
    with HAProxy(free_port(), TLS, ready=False) as haproxy:
        install(certbot, names, "-i", "haproxy", *haproxy.options())
        for name in names:
            lineage = certbot.lineage(name)
            (haproxy.certs / f"{name}.pem").write_bytes(
                lineage.read("privkey") + lineage.read("fullchain"))
        haproxy.start()
        before = haproxy.worker(), haproxy.reloads()
        renew(certbot, names)
        for name in (MODEL, names[0], names[-1]):
            assert haproxy.leaf(name) == certbot.leaf(name)
        assert (haproxy.worker(), haproxy.reloads()) == before


def test_icecast_is_restarted_once(certbot, names):
    with Icecast() as icecast:
        certbot.extra_env.update(icecast.environment)
        install(certbot, names, *icecast.options())
        before = icecast.restarts()
        renew(certbot, names)
        assert icecast.restarts() == before + 1 and icecast.leaf() == certbot.leaf(MODEL)


def test_the_one_of_proxmox_is_replaced_and_its_services_reloaded_once(certbot, names, tmp_path):
    node = Node(tmp_path, certbot)
    node.install(MODEL)
    plant(certbot, MODEL, names)
    reloads = node.programs.calls("systemctl")
    assert node.renew().err.count("which stays") == len(names)
    assert node.has_copies(name=MODEL) and node.programs.calls("systemctl") == reloads


def test_the_one_of_pritunl_is_replaced_once(certbot, names, tmp_path):
    pritunl = Pritunl(tmp_path, certbot)
    pritunl.install(MODEL)
    plant(certbot, MODEL, names)
    pritunl.sets()
    assert pritunl.renew().err.count("which stays") == len(names)
    assert pritunl.has(MODEL) and pritunl.sets() == ["app.server_key", "app.server_cert"]


def test_each_site_of_plesk_is_told_once_and_the_sites_are_listed_once(certbot, names, tmp_path):
    with Plesk(tmp_path, **{name: [] for name in (MODEL, *names)}) as plesk:
        certbot.extra_env["LE_PLESK_SECRET_KEY"] = KEY
        install(certbot, names, "-i", "plesk", "--plesk-url", plesk.url)
        for name in names:
            plesk.pools[name][f"certbot {name}"] = None
            plesk.uses[name] = f"certbot {name}"
        plesk.calls.clear()
        renew(certbot, names)
        each = len(names) + 1
        assert collections.Counter(plesk.calls) == {
            "webspace/get": 1, "site/get": 1, "certificate/get-pool": each,
            "certificate/update": each, "site/set": each}
        assert all(plesk.served(name) == certbot.leaf(name) for name in (MODEL, *names))


def test_each_endpoint_of_heroku_is_replaced_once_and_the_app_is_read_once(certbot, names):
    with Heroku(my_app=[MODEL, *names]) as heroku:
        certbot.extra_env.update(heroku.environment_with(certbot.ca.ca_bundle, certbot.folder))
        install(certbot, names, "-i", "heroku", "--heroku-app", "my-app")
        for number, name in enumerate(names, 1):
            heroku.endpoints[f"e{number}"] = heroku.chains[f"e{number}"] = None
            heroku.domains["my-app"][name] = f"e{number}"
        heroku.calls.clear()
        renew(certbot, names)
        pages = (len(names) + 2) // 2
        assert collections.Counter(heroku.calls) == {
            "GET ": 1, "GET domains": pages,
            **{f"PATCH sni-endpoints/e{number}": 1 for number in range(len(names) + 1)}}
        assert all(heroku.served("my-app", name) == certbot.leaf(name) for name in (MODEL, *names))


def test_each_import_of_cloudfront_is_replaced_once_and_no_distribution_changes(certbot, names):
    """Each lineage has a distribution of its own."""
    with Amazon() as amazon:
        certbot.extra_env.update(amazon.environment_with(certbot.ca.ca_bundle, certbot.folder))
        install(certbot, names, "-i", "s3front", "--s3front-distribution", DISTRIBUTION)
        record = certbot.config_dir / "s3front.json"
        imports, [arn] = json.loads(record.read_text()), amazon.certificates
        for name in names:
            own, distribution = f"{arn}-{name}", f"E{name[1:].split('.')[0]}"
            amazon.certificates[own] = amazon.certificates[arn]
            amazon.configs[distribution] = amazon.config.replace(arn, own)
            imports["certificates"][name] = {"arn": own, "distribution": distribution}
            conf = certbot.lineage(name).conf_path
            conf.write_text(conf.read_text().replace(DISTRIBUTION, distribution))
        record.write_text(json.dumps(imports))
        before = dict(amazon.configs)
        amazon.calls.clear()
        renew(certbot, names)
        assert collections.Counter(amazon.calls) == dict.fromkeys(
            ("DescribeCertificate", "ImportCertificate", "GetDistributionConfig"), len(names) + 1)
        assert amazon.configs == before
        assert all(amazon.certificates[f"{arn}-{name}"] == certbot.leaf(name) for name in names)


def test_varnish_changes_its_vcl_once_for_all_answers(tmp_path, pebble, names):
    """At a CA that looks."""
    certbot = Certbot(tmp_path / "certbot", pebble)
    with Varnish(pebble.http_port) as varnish:
        adm = tmp_path / "adm"
        adm.write_text(f'#!/bin/sh\necho "$*" >> {adm}.calls\nexec varnishadm "$@"\n')
        adm.chmod(0o755)
        certbot.run("certonly", "-n", "--varnish", "--varnish-instance", varnish.instance,
                    "--varnish-adm", adm, "-d", MODEL)
        plant(certbot, MODEL, names)
        (tmp_path / "adm.calls").unlink()
        certbot.run("renew")
        assert all(certbot.lineage(name).version() == 2 for name in names)
        calls = (tmp_path / "adm.calls").read_text()
        assert [calls.count(f" vcl.{word} ") for word in ("inline", "use", "discard")] == [1, 2, 1]
        assert varnish.loaded() == ["boot"]
