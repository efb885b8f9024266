"""certbot --nginx on real nginx: obtained, installed, served to real clients, taken back."""

import json
import os

import pytest

from lab.lineage import certificates
from lab.process import wait_for


def serial(certbot, name):
    return certbot.lineage(name).serial()


def test_new_certificate_is_served_for_its_name_only(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.plain_site("b.nginx.test")
    nginx.start()
    result = site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    assert "Successfully deployed certificate for a.nginx.test to" in result.out
    site_certbot.lineage("a.nginx.test").verify("a.nginx.test")
    assert nginx.leaf("a.nginx.test", roots=roots).serial_number == serial(site_certbot,
                                                                          "a.nginx.test")
    assert nginx.get("a.nginx.test", tls=roots).body == "a.nginx.test"
    answer = nginx.get("a.nginx.test", "/x?y=1")
    assert answer.status == 301
    assert answer.headers["Location"] == "https://a.nginx.test/x?y=1"
    assert nginx.get("b.nginx.test").body == "b.nginx.test"


def test_each_name_gets_its_own_certificate(site_certbot, nginx, roots):
    names = [f"{letter}.nginx.test" for letter in "abc"]
    for name in names:
        nginx.plain_site(name)
    nginx.start()
    for name in names:
        site_certbot.nginx("run", "--nginx", "-d", name)
    for name in names:
        nginx.await_leaf(name, serial(site_certbot, name), roots=roots)
        assert nginx.get(name, tls=roots).body == name
        assert nginx.leaf(name, address="::1", roots=roots).serial_number == \
            serial(site_certbot, name)


@pytest.mark.asan
def test_headers_are_seen_by_a_client(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "--hsts", "--uir", "--redirect")
    answer = nginx.get("a.nginx.test", tls=roots)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Content-Security-Policy"] == "upgrade-insecure-requests"
    assert nginx.get("a.nginx.test").status == 301
    assert "Strict-Transport-Security" not in nginx.get("a.nginx.test").headers


def test_no_redirect(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "--no-redirect")
    assert nginx.get("a.nginx.test").body == "a.nginx.test"
    assert nginx.get("a.nginx.test", tls=roots).body == "a.nginx.test"


def test_other_names_of_the_block_are_not_redirected(site_certbot, nginx):
    nginx.plain_site("a.nginx.test", "old.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    assert nginx.get("a.nginx.test").status == 301
    assert nginx.get("old.nginx.test").body == "a.nginx.test"


def test_stapling(site_certbot, nginx):
    path = nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "--staple-ocsp")
    text = path.read_text()
    assert "ssl_stapling on; # managed by Certbot" in text
    chain = site_certbot.config_dir / "live/a.nginx.test/chain.pem"
    assert f"ssl_trusted_certificate {chain}; # managed by Certbot" in text


def test_again_changes_nothing(site_certbot, nginx):
    nginx.plain_site("a.nginx.test", "b.nginx.test")
    nginx.start()
    options = ["--nginx", "-d", "a.nginx.test", "-d", "b.nginx.test", "--hsts", "--uir",
               "--staple-ocsp"]
    site_certbot.nginx("run", *options)
    before = nginx.texts()
    backups = sorted(os.listdir(site_certbot.work_dir / "backups"))
    site_certbot.nginx("run", *options, "--keep-until-expiring")
    site_certbot.nginx("install", "--nginx", "--cert-name", "a.nginx.test", "--hsts", "--uir",
                       "--staple-ocsp")
    assert nginx.texts() == before
    assert sorted(os.listdir(site_certbot.work_dir / "backups")) == backups


@pytest.mark.asan
def test_webroot_and_installer_apart(site_certbot, nginx, roots):
    www = nginx.folder / "www"
    nginx.site("a", f"""server {{
    listen {{http}};
    server_name a.nginx.test;
    root {www};
}}
""")
    (www / "index.html").write_text("hello")
    nginx.start()
    site_certbot.nginx("run", "-a", "webroot", "-w", www, "-i", "nginx", "-d", "a.nginx.test")
    assert nginx.get("a.nginx.test", tls=roots).body == "hello"


def test_install_and_enhance_as_steps(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test")
    site_certbot.nginx("install", "--nginx", "--cert-name", "a.nginx.test", "--no-redirect")
    assert nginx.leaf("a.nginx.test", roots=roots).serial_number == serial(site_certbot,
                                                                          "a.nginx.test")
    assert nginx.get("a.nginx.test").status == 200
    site_certbot.nginx("enhance", "--nginx", "--cert-name", "a.nginx.test", "--redirect", "--hsts")
    assert nginx.get("a.nginx.test").status == 301
    assert "Strict-Transport-Security" in nginx.get("a.nginx.test", tls=roots).headers


def test_enhance_and_install_take_the_options_of_the_certificate(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    ports = ("--http-01-port", nginx.http_port, "--https-port", nginx.https_port)
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test")
    site_certbot.run("install", "-n", "-i", "nginx", "--cert-name", "a.nginx.test",
                     "--no-redirect", *ports)
    assert nginx.leaf("a.nginx.test", roots=roots).serial_number == serial(site_certbot,
                                                                          "a.nginx.test")
    site_certbot.run("enhance", "-n", "--nginx", "--cert-name", "a.nginx.test", "--hsts", *ports)
    assert "Strict-Transport-Security" in nginx.get("a.nginx.test", tls=roots).headers
    result = site_certbot.run("enhance", "-n", "--nginx", "--cert-name", "a.nginx.test", "--uir",
                              "--nginx-server-root", nginx.root / "none", *ports, check=1)
    assert f"{nginx.root}/none" in result.err


def test_certificate_of_loose_files(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("certonly", "--nginx", "-d", "a.nginx.test")
    live = site_certbot.config_dir / "live/a.nginx.test"
    loose = nginx.folder / "loose"
    loose.mkdir()
    for kind in ("cert", "privkey", "chain", "fullchain"):
        (loose / f"{kind}.pem").write_bytes((live / f"{kind}.pem").read_bytes())
    site_certbot.nginx("install", "--nginx", "-d", "a.nginx.test", "--cert-path",
                       loose / "cert.pem", "--key-path", loose / "privkey.pem", "--fullchain-path",
                       loose / "fullchain.pem", "--chain-path", loose / "chain.pem")
    assert f"ssl_certificate {loose}/fullchain.pem" in (nginx.root / "conf.d/a.nginx.test.conf"
                                                        ).read_text()
    assert nginx.get("a.nginx.test", tls=roots).status == 200


def test_renewal_is_served(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    first, texts = serial(site_certbot, "a.nginx.test"), nginx.texts()
    site_certbot.run("renew", "--force-renewal")
    second = serial(site_certbot, "a.nginx.test")
    assert second != first
    nginx.await_leaf("a.nginx.test", second, roots=roots)
    assert nginx.texts() == texts


@pytest.mark.asan
def test_default_block_is_copied_for_an_unknown_name(site_certbot, nginx, roots):
    nginx.site("default", """server {
    listen {http} default_server;
    listen [::]:{http} default_server;
    server_name _;
    location / { return 200 "default $host"; }
}
""")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    assert nginx.get("a.nginx.test", tls=roots).body == "default a.nginx.test"
    assert nginx.get("other.nginx.test").body == "default other.nginx.test"


def test_unknown_name_without_a_default_is_refused(site_certbot, nginx):
    nginx.plain_site("b.nginx.test")
    nginx.start()
    before = nginx.texts()
    result = site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", check=1)
    assert "cannot find a server block of nginx for 'a.nginx.test'" in result.text
    assert "certbot install --cert-name a.nginx.test" in result.text
    assert nginx.texts() == before
    assert site_certbot.lineage("a.nginx.test").exists()


@pytest.mark.parametrize("pattern", ["*.nginx.test", ".nginx.test", "a.*",
                                     r"~^[a-z]\.nginx\.test$"])
def test_block_is_chosen_as_nginx_chooses(pattern, site_certbot, nginx, roots):
    nginx.plain_site(pattern, file="pattern", body="pattern")
    nginx.plain_site("other.example.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    assert nginx.get("a.nginx.test", tls=roots).body == "pattern"
    assert "ssl_certificate" not in (nginx.root / "conf.d/other.example.test.conf").read_text()


def test_exact_name_wins_over_patterns(site_certbot, nginx, roots):
    nginx.plain_site("*.nginx.test", file="1", body="star")
    nginx.plain_site(r"~^a\.", file="2", body="regex")
    nginx.plain_site("a.nginx.test", file="3", body="exact")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    assert nginx.get("a.nginx.test", tls=roots).body == "exact"
    for name in ("1", "2"):
        assert "ssl" not in (nginx.root / f"conf.d/{name}.conf").read_text()


def test_wildcard_certificate_needs_a_person(site_certbot, nginx, dns_hook):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    before = nginx.texts()
    result = site_certbot.nginx("run", "-a", "manual", "-i", "nginx", "--preferred-challenges",
                                "dns", "--manual-auth-hook", dns_hook, "-d", "*.nginx.test", check=1)
    assert "cannot choose blocks for '*.nginx.test'" in result.text
    assert nginx.texts() == before


def test_chain_is_whole(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    served = nginx.leaf("a.nginx.test", roots=roots)
    assert served == certificates(site_certbot.lineage("a.nginx.test").read("fullchain"))[0]


def hsts_of(nginx, roots):
    return nginx.get("a.nginx.test", tls=roots).headers["Strict-Transport-Security"]


def age_entry(certbot, **values):
    """Makes the one entry of --auto-hsts older than two days, and changes it."""
    path = certbot.config_dir / ".pluginstorage.json"
    storage = json.loads(path.read_text())
    (entry,) = storage["nginx"]["autohsts"].values()
    entry.update(timestamp=entry["timestamp"] - 49 * 3600, **values)
    path.write_text(json.dumps(storage))
    return storage


def test_auto_hsts_grows_by_steps(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "--auto-hsts")
    assert hsts_of(nginx, roots) == "max-age=60"
    site_certbot.run("renew")
    assert hsts_of(nginx, roots) == "max-age=60"
    age_entry(site_certbot)
    site_certbot.run("renew")
    wait_for(lambda: hsts_of(nginx, roots) == "max-age=300", "the second step")
    age_entry(site_certbot, laststep=6)
    site_certbot.run("renew")
    # A worker of before the last reload may still answer.
    wait_for(lambda: hsts_of(nginx, roots) == "max-age=300", "the step that stays")
    site_certbot.run("renew", "--force-renewal")
    wait_for(lambda: hsts_of(nginx, roots) == "max-age=31536000", "the last step")
    storage = json.loads((site_certbot.config_dir / ".pluginstorage.json").read_text())
    assert storage["nginx"]["autohsts"] == {}


def test_auto_hsts_begins_again_after_an_undo(site_certbot, nginx, roots):
    """The entry is still there, the header is not."""
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    before = nginx.texts()
    enhance = ("enhance", "--nginx", "--cert-name", "a.nginx.test", "--auto-hsts")
    site_certbot.nginx(*enhance)
    after = nginx.texts()
    site_certbot.run("undo", "-n")
    assert nginx.texts() == before
    site_certbot.nginx(*enhance)
    assert nginx.texts() == after
    wait_for(lambda: hsts_of(nginx, roots) == "max-age=60", "the first step")


def test_updates_at_renewal_can_be_switched_off(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "--auto-hsts")
    age_entry(site_certbot)
    before = nginx.texts()
    for more in ((), ("--force-renewal",)):
        site_certbot.run("renew", "--disable-renew-updates", *more)
        assert nginx.texts() == before
    assert hsts_of(nginx, roots) == "max-age=60"
    site_certbot.run("renew")
    wait_for(lambda: hsts_of(nginx, roots) == "max-age=300", "the second step")
