"""What happens to the administrator's files: edits are transactions, and attributes stay."""

import os
import stat

import pytest

from lab.process import wait_for


def attributes(path):
    info = os.stat(path)
    return stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid


@pytest.mark.asan
def test_rollback_restores_byte_for_byte(site_certbot, nginx):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    before = nginx.texts()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "--hsts")
    assert nginx.texts() != before
    site_certbot.nginx("rollback", "--nginx", "--checkpoints", "3")
    assert nginx.texts() == before
    wait_for(lambda: nginx.get("a.nginx.test").body == "a.nginx.test", "the old configuration")


def test_rollback_of_one_step(site_certbot, nginx):
    path = nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "--no-redirect")
    deployed = path.read_bytes()
    site_certbot.nginx("enhance", "--nginx", "--cert-name", "a.nginx.test", "--redirect")
    result = site_certbot.nginx("rollback", "--nginx")
    assert path.read_bytes() == deployed
    assert f"Undid 1 change of the server configuration.\n  nginx: restored {path}" in result.out


def test_a_rollback_whose_reload_fails_says_what_is_back(site_certbot, nginx):
    path = nginx.plain_site("a.nginx.test")
    nginx.start()
    before = path.read_bytes()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "--no-redirect")
    works = nginx.control.read_text()
    nginx.control.write_text('''#!/bin/sh
case "$*" in *reload) echo no such thing >&2; exit 1;; esac
exec /usr/sbin/nginx "$@"
''')
    result = site_certbot.nginx("rollback", "--nginx", check=1)
    assert path.read_bytes() == before
    assert f"Undid 1 change of the server configuration.\n  nginx: restored {path}" in result.out
    assert "nginx: the files are back as told, but the server was not reloaded: " in result.err
    assert "no such thing" in result.err and "'certbot renew' reloads it" in result.err, result.err
    nginx.control.write_text(works)
    site_certbot.run("renew")
    assert not list(site_certbot.work_dir.glob("reload-owed*"))
    wait_for(lambda: nginx.get("a.nginx.test").body == "a.nginx.test", "the old configuration")


def test_rollback_works_while_the_configuration_is_broken(site_certbot, nginx):
    path = nginx.plain_site("a.nginx.test")
    nginx.start()
    original = path.read_bytes()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    path.write_text(path.read_text() + "}\n")
    site_certbot.nginx("rollback", "--nginx", "--checkpoints", "2")
    assert path.read_bytes() == original
    nginx.test()


def test_rollback_without_checkpoints(site_certbot, nginx):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    result = site_certbot.nginx("rollback", "--nginx")
    assert "rollback isn't available" in result.text


def test_config_changes_tells_what_was_done(site_certbot, nginx):
    path = nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    out = site_certbot.run("config_changes", "-n").out
    assert "-- Deployed ACME Certificate --" in out
    assert "-- Add enhancement redirect --" in out
    assert f"Changed vhost at {path} with addresses of" in out
    assert out.index("redirect") < out.index("Deployed")


def test_debian_certbot_rolls_our_edits_back(site_certbot, nginx, debian_certbot):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    before = nginx.texts()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    debian_certbot.run("rollback", "-n", "-i", "nginx", "--checkpoints", "2", "--nginx-server-root",
                       nginx.root, "--nginx-ctl", nginx.control)
    assert nginx.texts() == before


def test_we_roll_debian_certbots_edits_back(site_certbot, nginx, debian_certbot):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    before = nginx.texts()
    debian_certbot.run("run", "-n", "--nginx", "-d", "a.nginx.test", *nginx.options())
    assert nginx.texts() != before
    site_certbot.nginx("rollback", "--nginx", "--checkpoints", "9")
    assert nginx.texts() == before


def test_links_owners_and_modes_stay(site_certbot, nginx):
    available, link = nginx.enabled_site("a", """server {
    listen {http};
    server_name a.nginx.test;
}
""")
    os.chown(available, 65534, 65534)
    os.chmod(available, 0o640)
    nginx.start()
    before, target = attributes(available), os.readlink(link)
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    assert "ssl_certificate" in available.read_text()
    assert attributes(available) == before
    assert os.readlink(link) == target
    site_certbot.nginx("rollback", "--nginx", "--checkpoints", "2")
    assert attributes(available) == before
    assert link.is_symlink()


def test_read_only_file_keeps_its_mode(site_certbot, nginx):
    path = nginx.plain_site("a.nginx.test")
    path.chmod(0o444)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    assert "ssl_certificate" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_hard_link_stays_one(site_certbot, nginx):
    path = nginx.plain_site("a.nginx.test")
    twin = nginx.folder / "twin.conf"
    os.link(path, twin)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    assert twin.read_bytes() == path.read_bytes()
    assert path.stat().st_ino == twin.stat().st_ino


@pytest.mark.asan
def test_refused_edit_is_undone_with_nginx_own_words(site_certbot, nginx):
    """The control program refuses once the file has a certificate."""
    path = nginx.plain_site("a.nginx.test")
    nginx.start()
    before = nginx.texts()
    nginx.control.write_text(f"""#!/bin/sh
echo "$*" >> {nginx.folder}/control.log
case "$*" in *-t) if grep -q ssl_certificate {path}; then
    echo 'nginx: [emerg] the moon is in the wrong phase' >&2; exit 1; fi;; esac
exec /usr/sbin/nginx "$@"
""")
    result = site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", check=1)
    assert "the moon is in the wrong phase" in result.text
    assert nginx.texts() == before
    assert nginx.get("a.nginx.test").body == "a.nginx.test"


@pytest.mark.asan
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_foreign_bytes_survive(line_end, site_certbot, nginx):
    text = """server {
\tlisten {http}; # plain
\tserver_name\ta.nginx.test
\t\twww.nginx.test ;
\tset $x "quo\\"ted; { }";
\tlocation /a { if ($x = '}') { return 204; } }   # tail

}
"""
    text = text.replace("# tail", "# Stra\u00dfe \u2014 \u4f8b")
    data = nginx.fill(text).replace("\n", line_end).encode() + b"# latin \xe9\xff" + \
        line_end.encode()
    path = nginx.write("conf.d/a.conf", data)
    nginx.start()
    before = nginx.texts()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test", "-d", "www.nginx.test")
    after = path.read_bytes()
    assert b"# latin \xe9\xff" in after
    assert (b"\r\n" in after) == (line_end == "\r\n")
    assert after.count(b"\n") == after.count(line_end.encode())
    nginx.test()
    site_certbot.nginx("rollback", "--nginx", "--checkpoints", "2")
    assert nginx.texts() == before


def test_delete_refuses_while_nginx_uses_the_certificate(site_certbot, nginx):
    nginx.plain_site("a.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    result = site_certbot.run("delete", "-n", "--cert-name", "a.nginx.test", "--nginx-server-root",
                              nginx.root, check=False)
    assert result.rc != 0
    assert "conf.d/a.nginx.test.conf:" in result.text
    assert site_certbot.lineage("a.nginx.test").exists()
