"""Postfix gets certificates, shows each by its name, and goes back to what it had."""

import os
import shutil
import subprocess

import pytest

from lab.mail import Postfix
from lab.process import free_port

HOST, OTHER = "mail.lab.test", "other.lab.test"


@pytest.fixture
def postfix():
    with Postfix() as postfix:
        yield postfix


def test_the_certificate_is_shown_on_each_port_and_after_each_renewal(certbot, postfix):
    assert "is in use:" not in postfix.install(certbot, HOST).err
    first = certbot.leaf(HOST)
    assert postfix.shows(first)
    assert "is in use:" not in certbot.run("renew", "--force-renewal").err
    assert certbot.leaf(HOST) != first
    assert postfix.shows(certbot.leaf(HOST), HOST)


RESTART = """#!/bin/sh
echo "$*" >> {folder}/restarts
postfix -c {root} reload
"""


def test_a_reload_that_does_nothing_leads_to_the_restart_that_is_allowed(certbot, postfix):
    with postfix.main.open("a") as main:
        main.write("max_use = 1000000\n")  # a smtpd that is replaced would show the new one
    postfix.install(certbot, HOST, options=("--prove-restart", "postfix"))
    for name in ("systemctl", "service"):
        program = postfix.folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(RESTART.format(folder=postfix.folder, root=postfix.root))
        program.chmod(0o755)
    postfix.ctl.write_text(f'#!/bin/sh\necho "$*" >> {postfix.ctl}.log\n'
                           f'case $* in *reload) ;; *) exec {postfix.program} "$@" ;; esac\n')
    before = postfix.reloads()
    result = certbot.run("renew", "--force-renewal",
                         env={"PATH": f"{postfix.folder}/bin:{os.environ['PATH']}"})
    assert postfix.reloads() == before + 2
    assert len((postfix.folder / "restarts").read_text().splitlines()) == 1
    assert f"restarting postfix, which does not show the certificate of {HOST}" in result.err
    assert postfix.shows(certbot.leaf(HOST)) and "_pending" not in certbot.lineage(HOST).conf()


def test_only_the_lines_about_the_certificate_change(certbot, postfix):
    before = postfix.main.read_text().splitlines()
    postfix.install(certbot, HOST)
    after = postfix.main.read_text().splitlines()
    changed = [line for line in after if line not in before]
    live = certbot.config_dir / "live" / HOST
    assert changed == [f"smtpd_tls_cert_file = {live}/fullchain.pem",
                       f"smtpd_tls_key_file = {live}/privkey.pem"]
    assert len(before) == len(after)
    postfix.install(certbot, HOST, options=["--keep"])
    assert postfix.main.read_text().splitlines() == after


@pytest.mark.parametrize("order", ((HOST, OTHER), (OTHER, HOST)))
def test_the_host_name_is_the_default_and_other_names_go_by_sni(certbot, postfix, order):
    for name in order:
        postfix.install(certbot, name)
    leaves = {name: certbot.leaf(name) for name in order}
    assert postfix.shows(leaves[HOST]) and postfix.shows(leaves[HOST], HOST)
    assert postfix.shows(leaves[OTHER], OTHER)
    certbot.run("renew", "--force-renewal")
    assert postfix.shows(certbot.leaf(OTHER), OTHER)


def test_rollback_gives_every_file_back(certbot, postfix):
    before = postfix.files()
    postfix.install(certbot, HOST)
    postfix.install(certbot, OTHER)
    certbot.run("rollback", "--checkpoints", "2", *postfix.options())
    assert postfix.files() == before
    assert postfix.leaf("smtp").subject.rfc4514_string() == "CN=own"


@pytest.mark.parametrize("service", ("", "smtp"))
def test_an_indexed_map_of_the_administrator_gets_the_new_certificate(certbot, postfix, service):
    postfix.install(certbot, HOST)
    certbot.certonly(OTHER, options=postfix.options())
    live = certbot.config_dir / "live" / OTHER
    sni = postfix.root / "sni"
    sni.write_text(f"{OTHER} {live}/privkey.pem, {live}/fullchain.pem\n")
    sni.chmod(0o600)
    subprocess.run(["postmap", "-c", postfix.root, "-F", f"hash:{sni}"], check=True)
    if service:
        master = postfix.root / "master.cf"
        master.write_text(master.read_text().replace(
            "smtpd\n", f"smtpd -o tls_server_sni_maps=hash:{sni}\n"))
    else:
        with postfix.main.open("a") as main:
            main.write("tls_server_sni_maps = hash:$config_directory/sni inline:{ {a = b} }\n")
    subprocess.run([postfix.program, "-c", postfix.root, "reload"], check=True, capture_output=True)
    certbot.run("renew", "--force-renewal")
    assert postfix.shows(certbot.leaf(OTHER), OTHER)
    sni.unlink()
    assert f"'{sni}' is missing" in certbot.run("renew", "--force-renewal").err


@pytest.mark.parametrize("maps", (
    "unionmap:{{{hash}, hash:{first} }}", "pipemap:{{hash:{first}, {hash}}}",
    "texthash:{root}/none, unionmap:{{ texthash:{root}/none, {hash} }}"))
def test_maps_made_of_others_get_the_new_certificate(certbot, postfix, maps):
    """Of the pipe, the first map says under which key the second has the name."""
    postfix.install(certbot, HOST)
    certbot.certonly(OTHER, options=postfix.options())
    live = certbot.config_dir / "live" / OTHER
    (postfix.root / "none").write_text("")
    sni = postfix.root / "sni"
    sni.write_text(f"{'key' if 'pipemap' in maps else OTHER} {live}/privkey.pem, {live}/fullchain.pem\n")
    sni.chmod(0o600)
    subprocess.run(["postmap", "-c", postfix.root, "-F", f"hash:{sni}"], check=True)
    (postfix.root / "first").write_text(f"{OTHER} key\n" if "pipemap" in maps else "")
    subprocess.run(["postmap", "-c", postfix.root, f"hash:{postfix.root}/first"], check=True)
    with postfix.main.open("a") as main:
        main.write("tls_server_sni_maps = " + maps.format(
            hash=f"hash:{sni}", first=f"{postfix.root}/first", root=postfix.root) + "\n")
    subprocess.run([postfix.program, "-c", postfix.root, "reload"], check=True, capture_output=True)
    first = certbot.leaf(OTHER)
    assert postfix.shows(first, OTHER)
    result = certbot.run("renew", "--force-renewal")
    assert certbot.leaf(OTHER) != first and "is missing" not in result.err
    assert postfix.shows(certbot.leaf(OTHER), OTHER)


def test_further_instances_that_use_the_certificate_are_reloaded(certbot, postfix):
    """Of two, one uses the certificate, and one does not. One that is stopped is passed over."""
    with Postfix() as second, Postfix() as third:
        with postfix.main.open("a") as main:
            main.write(f"multi_instance_directories = {second.root} {third.root}\n")
        postfix.install(certbot, HOST)
        live = certbot.config_dir / "live" / HOST
        with second.main.open("a") as main:
            main.write(f"smtpd_tls_cert_file = {live}/fullchain.pem\n"
                       f"smtpd_tls_key_file = {live}/privkey.pem\n")
        subprocess.run([second.program, "-c", second.root, "reload"], check=True, capture_output=True)
        first = certbot.leaf(HOST)
        assert postfix.shows(first) and second.shows(first)
        before = postfix.reloads()
        certbot.run("renew", "--force-renewal")
        # By one program for both, which has noted it.
        assert postfix.reloads() == before + 2
        assert certbot.leaf(HOST) != first
        assert postfix.shows(certbot.leaf(HOST)) and second.shows(certbot.leaf(HOST))
        second.stop_server()
        assert "not running" in certbot.run("renew", "--force-renewal", "-v").err
        assert postfix.shows(certbot.leaf(HOST))
        assert "_pending" not in certbot.lineage(HOST).conf()


def test_an_installation_afterwards_is_renewed_where_it_was_made(certbot, postfix):
    """One conf leads to one instance: that another takes its place is said."""
    certbot.certonly(HOST)
    where = ("--cert-name", HOST, *postfix.options())
    assert "reach the latter only" not in certbot.run("install", *where).err
    assert f"postfix_config_dir = {postfix.root}" in certbot.lineage(HOST).conf()
    certbot.run("renew", "--force-renewal")
    assert postfix.shows(certbot.leaf(HOST))
    with Postfix() as second:
        result = certbot.run("run", "-n", "-a", "standalone", *second.options(), "-d", HOST)
        assert (f"was installed with --postfix-config-dir {postfix.root} before, and now with "
                f"{second.root}: its renewals reach the latter only") in result.err
        assert f"postfix_config_dir = {second.root}" in certbot.lineage(HOST).conf()
        certbot.run("renew", "--force-renewal")
        assert second.shows(certbot.leaf(HOST))


def test_an_instance_that_cannot_be_told_keeps_no_other_from_its_certificate(certbot, postfix):
    with Postfix() as second:
        broken, gone = second.folder / "broken", second.folder / "gone"
        with postfix.main.open("a") as main:
            main.write(f"multi_instance_directories = {gone} {broken} {second.root}\n")
            main.write("max_use = 1000000\n")  # a smtpd that is replaced would show the new one
        postfix.install(certbot, HOST)
        live = certbot.config_dir / "live" / HOST
        with second.main.open("a") as main:
            main.write(f"smtpd_tls_cert_file = {live}/fullchain.pem\n"
                       f"smtpd_tls_key_file = {live}/privkey.pem\nmax_use = 1000000\n")
        broken.mkdir()
        before = postfix.reloads()
        result = certbot.run("renew", "--force-renewal", check=1)
        assert f"names '{gone}', which does not exist" in result.err
        assert f"the Postfix instance in '{broken}' may have the old certificate" in result.err
        assert postfix.reloads() == before + 2
        assert postfix.shows(certbot.leaf(HOST)) and second.shows(certbot.leaf(HOST))
        assert "reload_pending" in certbot.lineage(HOST).conf()
        shutil.rmtree(broken)
        certbot.run("renew")
        assert "_pending" not in certbot.lineage(HOST).conf()


def test_is_looked_at_where_it_listens_and_has_tls(certbot, postfix):
    postfix.stop_server()
    postfix.address = "::1"
    main, master = postfix.main, postfix.root / "master.cf"
    main.write_text(main.read_text()
                    .replace("inet_interfaces = 127.0.0.1", "inet_interfaces = loopback-only")
                    .replace("inet_protocols = ipv4", "inet_protocols = ipv6")
                    .replace("smtpd_tls_security_level=may", "smtpd_use_tls=no"))
    master.write_text(master.read_text() + f"""[::1]:{free_port()} inet n - n - - smtpd
  -o smtpd_tls_security_level=none
[::1]:{free_port()} inet n - n - - smtpd -o smtpd_tls_wrappermode=no
{free_port()} inet n - n - - smtpd -o {{ smtpd_tls_wrappermode = yes }}
""")
    postfix.start_server()
    assert "is in use:" not in postfix.install(certbot, HOST).err
    assert postfix.shows(certbot.leaf(HOST))


def test_a_list_of_files_stays_one(certbot, postfix):
    cert, key = postfix.own_pair("second")
    with postfix.main.open("a") as main:
        main.write(f"smtpd_tls_chain_files = {key},\n    {cert}\n")
    postfix.install(certbot, HOST)
    assert postfix.shows(certbot.leaf(HOST))


def test_a_service_with_a_certificate_of_its_own_is_named_and_left(certbot, postfix):
    cert, key = postfix.own_pair("third")
    master = postfix.root / "master.cf"
    master.write_text(master.read_text().replace(
        "encrypt\n", f"encrypt\n  -o smtpd_tls_cert_file={cert} -o smtpd_tls_key_file={key}\n"))
    subprocess.run([postfix.program, "-c", postfix.root, "reload"], check=True, capture_output=True)
    result = postfix.install(certbot, HOST)
    assert "sets the certificate of" in result.err
    assert postfix.leaf("submission").subject.rfc4514_string() == "CN=third"
    assert postfix.leaf("smtp") == certbot.leaf(HOST)


def test_a_postfix_that_is_stopped_is_configured_all_the_same(certbot, postfix):
    postfix.stop_server()
    result = postfix.install(certbot, HOST)
    assert "not running" in result.err
    postfix.start_server()
    assert postfix.shows(certbot.leaf(HOST))


def test_a_conf_of_the_old_plugin_renews(certbot, postfix):
    postfix.install(certbot, HOST)
    conf = certbot.config_dir / "renewal" / f"{HOST}.conf"
    conf.write_text(conf.read_text().replace("installer = postfix", "installer = certbot-postfix:postfix")
                    .replace("postfix_ctl =", "certbot_postfix:postfix_ctl =")
                    .replace("postfix_config_dir =", "certbot_postfix:postfix_config_dir ="))
    before = postfix.reloads()
    certbot.run("renew", "--force-renewal")
    assert postfix.reloads() == before + 1
    assert postfix.shows(certbot.leaf(HOST))


def test_without_postfix_nothing_is_ordered(certbot, tmp_path, pebble):
    pebble.new_requests()
    result = certbot.run("run", "-n", "--standalone", "--postfix", "--postfix-config-dir", tmp_path,
                         "-d", HOST, check=1)
    assert "cannot find" in result.err and "main.cf" in result.err
    assert shutil.which("postfix") and not pebble.new_requests()
