"""Many lineages at once: all edits, one test, one reload; the one at fault is left out."""

import pytest

from lab.due import plant


def tls_site(certbot, nginx, name):
    live = certbot.config_dir / "live" / name
    nginx.site(name, f"""server {{
    listen {{http}};
    listen {{https}} ssl;
    server_name {name};
    ssl_certificate {live}/fullchain.pem; # managed by Certbot
    ssl_certificate_key {live}/privkey.pem; # managed by Certbot
    return 200 "{name}";
}}
""")


def plant_sites(certbot, nginx, count):
    """A first lineage by the CA, `count` others that are due, and their sites."""
    nginx.plain_site("first.nginx.test")
    nginx.start()
    certbot.nginx("run", "--nginx", "-d", "first.nginx.test", "--no-redirect")
    names = [f"n{index}.nginx.test" for index in range(count)]
    plant(certbot, "first.nginx.test", names)
    for name in names:
        tls_site(certbot, nginx, name)
    nginx.stop()
    nginx.start()
    nginx.forget_calls()
    return names


@pytest.mark.slow
def test_two_hundred_due_lineages_are_one_test_and_two_reloads(site_certbot, nginx, roots):
    names = plant_sites(site_certbot, nginx, 200)
    texts = nginx.texts()
    site_certbot.run("renew", timeout=600)
    assert len(nginx.calls("-t")) + len(nginx.calls("-T")) == 1
    assert len(nginx.calls("reload")) == 2
    assert nginx.texts() == texts
    for name in names:
        assert site_certbot.lineage(name).version() == 2
    for name in names[::20]:
        nginx.await_leaf(name, site_certbot.lineage(name).serial(), roots=roots)


def test_one_bad_name_does_not_stop_the_others(site_certbot, nginx, pebble):
    names = plant_sites(site_certbot, nginx, 6)
    pebble.dns.set_servfail(names[2])
    result = site_certbot.run("renew", check=1)
    pebble.dns.clear_servfail(names[2])
    assert "1 renew failure(s)" in result.text
    for index, name in enumerate(names):
        assert site_certbot.lineage(name).version() == (1 if index == 2 else 2)
    assert len(nginx.calls("reload")) == 2


def test_challenge_that_nginx_refuses_is_left_out(site_certbot, nginx):
    """The control program refuses one name's challenge; the others are validated."""
    names = plant_sites(site_certbot, nginx, 4)
    nginx.control.write_text(f"""#!/bin/sh
echo "$*" >> {nginx.folder}/control.log
case "$*" in *-t|*reload) if grep -q acme-challenge {nginx.root}/conf.d/{names[1]}.conf; then
    echo 'nginx: [emerg] not this one' >&2; exit 1; fi;; esac
exec /usr/sbin/nginx "$@"
""")
    texts = nginx.texts()
    result = site_certbot.run("renew", check=1)
    assert "not this one" in result.text
    for index, name in enumerate(names):
        assert site_certbot.lineage(name).version() == (1 if index == 1 else 2)
    assert nginx.texts() == texts
