"""Varnish answers challenges while its own VCL stays what it is."""

import pytest

from lab.hitch import Hitch
from lab.nginx import Nginx
from lab.varnish import VCL, Varnish


@pytest.fixture
def varnish(pebble):
    with Varnish(pebble.http_port) as varnish:
        yield varnish


def certonly(certbot, varnish, *args, **options):
    return certbot.run("certonly", "-n", "--varnish", "--varnish-instance", varnish.instance, *args,
                       **options)


def test_obtains_and_renews_and_leaves_nothing(certbot, varnish):
    certonly(certbot, varnish, "-d", "a.lab.test,b.lab.test")
    assert varnish.loaded() == ["boot"]
    certbot.run("renew", "--force-renewal")
    assert varnish.loaded() == ["boot"] and varnish.active() == "boot"
    assert varnish.get("/own") == "own"
    assert not (certbot.work_dir / "varnish-challenges.json").exists()


def test_a_label_in_use_is_in_use_again(certbot, varnish):
    varnish.adm("vcl.label", "site", "boot")
    varnish.adm("vcl.use", "site")
    certonly(certbot, varnish, "-d", "a.lab.test")
    assert varnish.active() == "site"
    assert varnish.loaded() == ["boot", "site"]


# Does what varnishadm does; when a VCL of ours has been put in use, a script runs once.
ADM = """#!/bin/sh
varnishadm "$@" || exit
case "$*" in *"vcl.use certbot-"*) [ ! -x {then} ] || {{ mv {then} {then}.old; exec {then}.old; }};; esac
"""


def when_in_use(certbot, text):
    """Options with which a script runs when the answers are in use."""
    adm, then = certbot.folder / "adm", certbot.folder / "then"
    for path, content in ((adm, ADM.format(then=then)), (then, "#!/bin/sh\n" + text)):
        path.write_text(content)
        path.chmod(0o755)
    return "--varnish-adm", adm


def test_what_a_killed_run_left_goes_with_the_next(certbot, varnish):
    options = when_in_use(certbot, "kill -9 $PPID\n")
    certonly(certbot, varnish, "-d", "a.lab.test", *options, check=-9)
    assert varnish.active().startswith("certbot-challenges-")
    assert varnish.get("/own") == "own"
    certbot.run("certificates")
    assert varnish.active().startswith("certbot-challenges-")
    certbot.run("renew")
    assert varnish.loaded() == ["boot"]
    assert not (certbot.work_dir / "varnish-challenges.json").exists()


def test_a_vcl_that_was_put_in_use_meanwhile_stays(certbot, varnish):
    varnish.adm("vcl.inline", "newer", f"<< END\n{VCL}END")
    options = when_in_use(certbot, f"varnishadm -n {varnish.instance} vcl.use newer\n")
    certonly(certbot, varnish, "-d", "a.lab.test", *options, check=False)
    assert varnish.active() == "newer"
    assert sorted(varnish.loaded()) == ["boot", "newer"]


def test_numbers_of_a_vcl_and_what_it_includes_keep_their_meaning(certbot, varnish):
    included = varnish.folder / "included.vcl"
    included.write_text("sub vcl_synth { if (resp.status == 778) { set resp.reason = req.url; } }\n")
    text = VCL.replace("301", "777").replace("sub vcl_recv", f'include "{included}";\nsub vcl_recv')
    varnish.adm("vcl.inline", "odd", f"<< END\n{text}END")
    varnish.adm("vcl.use", "odd")
    certonly(certbot, varnish, "-d", "a.lab.test")
    assert varnish.active() == "odd"


def test_a_vcl_that_cannot_be_extended_is_left_alone(certbot, varnish):
    numbers = "# " + " ".join(map(str, range(777, 1000)))
    varnish.adm("vcl.inline", "odd", f"<< END\n{VCL}{numbers}\nEND")
    varnish.adm("vcl.use", "odd")
    result = certonly(certbot, varnish, "-d", "a.lab.test", check=1)
    assert "uses all numbers from 777 to 999" in result.err
    assert varnish.active() == "odd"


def test_without_varnish_the_message_names_it(certbot, tmp_path, pebble):
    pebble.new_requests()
    result = certbot.run("certonly", "-n", "--varnish", "--varnish-instance", tmp_path / "none",
                         "-d", "a.lab.test", check=1)
    assert "cannot reach Varnish" in result.err and "--varnish-instance names" in result.err
    result = certbot.run("certonly", "-n", "--varnish", "--varnish-adm", "no-such-program",
                         "-d", "a.lab.test", check=1)
    assert "Varnish is not installed" in result.err
    assert not [line for line in pebble.new_requests() if "order" in str(line)]


# --- behind what ends TLS: Varnish gets the challenges, and something else the certificate ---

NAME = "a.lab.test"


def test_hitch_in_front_gets_the_file_and_a_signal(certbot, varnish):
    with Hitch(varnish.port) as hitch:
        pem = hitch.folder / "certs" / f"{NAME}.pem"
        certonly(certbot, varnish, "-d", NAME, "--required-profile", "default", "--output",
                 f"pem:{hitch.folder}/certs/{{name}}.pem,order=key+cert+chain", "--deploy-hook",
                 f"kill -HUP {hitch.child.pid}", "--prove", f"127.0.0.1:{hitch.port}")
        assert hitch.shown(NAME) == certbot.leaf(NAME)
        first, process = certbot.leaf(NAME), hitch.child.pid
        assert "is in use:" not in certbot.run("renew", "--force-renewal").err
        assert certbot.leaf(NAME) != first and hitch.shown(NAME) == certbot.leaf(NAME)
        assert hitch.child.running() and hitch.child.pid == process
        assert pem.stat().st_mode & 0o777 == 0o600
        assert "_pending" not in certbot.lineage(NAME).conf()
    assert varnish.loaded() == ["boot"]


def test_hitch_that_is_not_told_is_noticed(certbot, varnish):
    with Hitch(varnish.port) as hitch:
        result = certonly(certbot, varnish, "-d", NAME, "--output",
                          f"pem:{hitch.folder}/certs/{{name}}.pem", "--prove",
                          f"127.0.0.1:{hitch.port}", check=1)
        assert f"127.0.0.1:{hitch.port}" in result.err
        assert "proof_pending = True" in certbot.lineage(NAME).conf()
        hitch.reload()
        certbot.run("renew")
        assert "_pending" not in certbot.lineage(NAME).conf()


def test_nginx_in_front_passes_the_challenges_on(certbot, pebble, tmp_path):
    """nginx has both ports; Varnish, which is behind it, answers. The CA would follow a redirect to
    443, where no test listens."""
    with Varnish() as varnish:
        nginx = Nginx(tmp_path / "nginx", http_port=pebble.http_port)
        nginx.site(NAME, f"""server {{
    listen {{http}};
    server_name {NAME};
    location / {{
        proxy_pass http://127.0.0.1:{varnish.port};
    }}
}}
""")
        nginx.start()
        try:
            certbot.run("run", "-n", "-a", "varnish", "-i", "nginx", "--varnish-instance",
                        varnish.instance, *nginx.options(), "--no-redirect", "-d", NAME)
            root = pebble.root()
            roots = root.decode() if isinstance(root, bytes) else root
            nginx.await_leaf(NAME, certbot.lineage(NAME).serial(), roots=roots)
            certbot.run("renew", "--force-renewal")
            assert certbot.lineage(NAME).version() == 2
            nginx.await_leaf(NAME, certbot.lineage(NAME).serial(), roots=roots)
        finally:
            nginx.stop()
        assert varnish.loaded() == ["boot"]
