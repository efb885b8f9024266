"""Many lineages at once: all edits, one test, one reload; the one at fault is left out."""

import pytest

from lab.due import hsts_steps, make_hsts_steps_due, plant
from lab.process import wait_for


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


@pytest.mark.asan
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


# --- edits of many lineages in one run: the steps of --auto-hsts ---

def hsts_sites(certbot, nginx, count):
    """Lineages whose first lifetime of HSTS is older than two days; their names."""
    names = [f"h{index}.nginx.test" for index in range(count)]
    for name in names:
        nginx.plain_site(name)
    nginx.start()
    for name in names:
        certbot.nginx("run", "--nginx", "-d", name, "--auto-hsts", "--no-redirect")
    make_hsts_steps_due(certbot, "nginx")
    nginx.forget_calls()
    return names


def await_age(nginx, roots, name, seconds):
    wait_for(lambda: nginx.get(name, tls=roots).headers["Strict-Transport-Security"] ==
             f"max-age={seconds}", f"{name} with max-age={seconds}")


def refuse(nginx, condition):
    """The control program refuses a configuration for which the shell condition holds."""
    nginx.control.write_text(f"""#!/bin/sh
echo "$*" >> {nginx.folder}/control.log
case "$*" in *-t) if {condition}; then
    echo 'nginx: [emerg] not this one' >&2; exit 1; fi;; esac
exec /usr/sbin/nginx "$@"
""")


def test_edits_of_many_lineages_are_one_test_and_one_reload(site_certbot, nginx, roots):
    names = hsts_sites(site_certbot, nginx, 3)
    site_certbot.run("renew")
    assert len(nginx.calls("-t")) == 1
    assert len(nginx.calls("reload")) == 1
    for name in names:
        await_age(nginx, roots, name, 300)
    assert hsts_steps(site_certbot, "nginx") == [1, 1, 1]


def test_edits_of_renewed_lineages_come_with_the_reload_for_the_renewal(site_certbot, nginx, roots):
    names = hsts_sites(site_certbot, nginx, 3)
    site_certbot.run("renew", "--force-renewal")
    assert len(nginx.calls("-t")) == 1
    # Challenges, unless the CA still knew all names as valid; then certificates and edits.
    assert len(nginx.calls("reload")) in (1, 2)
    for name in names:
        await_age(nginx, roots, name, 300)
        nginx.await_leaf(name, site_certbot.lineage(name).serial(), roots=roots)


@pytest.mark.asan
def test_lineage_whose_edit_nginx_refuses_is_left_out_and_named(site_certbot, nginx, roots):
    names = hsts_sites(site_certbot, nginx, 5)
    bad = nginx.root / f"conf.d/{names[3]}.conf"
    before = bad.read_bytes()
    refuse(nginx, f"grep -q max-age=300 {bad}")
    result = site_certbot.run("renew", "--force-renewal", check=1)
    assert f"The installer could not update the server's settings for {names[3]}" in result.text
    assert "not this one" in result.text
    assert f"{names[3]} settings of the server (failure)" in result.text
    assert "1 renew failure(s)" in result.text
    assert len(nginx.calls("-t")) == 7  # 1, and 2 for each of 3 halvings
    assert len(nginx.calls("reload")) in (1, 2)
    for name in names:
        await_age(nginx, roots, name, 60 if name == names[3] else 300)
        nginx.await_leaf(name, site_certbot.lineage(name).serial(), roots=roots)
    assert bad.read_bytes() == before
    assert hsts_steps(site_certbot, "nginx") == [0, 1, 1, 1, 1]
    refuse(nginx, "false")
    site_certbot.run("renew")
    await_age(nginx, roots, names[3], 300)
    assert hsts_steps(site_certbot, "nginx") == [1] * 5


# --- lineages of one server root whose other options differ ---

@pytest.mark.asan
def test_two_control_programs_for_one_server_root(site_certbot, nginx, roots):
    """One is up to the CA's questions after the other; both edit the same files."""
    names = plant_sites(site_certbot, nginx, 4)
    texts = nginx.texts()
    other = nginx.folder / "other-control"
    other.write_text(nginx.control.read_text())
    other.chmod(0o755)
    for name in names[:2]:
        conf = site_certbot.lineage(name).conf_path
        conf.write_text(conf.read_text().replace(str(nginx.control), str(other)))
    site_certbot.run("renew")
    assert nginx.texts() == texts
    for name in names:
        nginx.await_leaf(name, site_certbot.lineage(name).serial(), roots=roots)
        assert site_certbot.lineage(name).version() == 2
    assert len(nginx.calls("reload")) == 4
    assert not (nginx.root / ".certbot.lock").exists()
