"""Certificates by dns-acmesh: Pebble looks the records up in the BIND that the script changes."""

from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "dns/scripts"


def options_for(bind, folder, script=SCRIPTS / "dns_update.sh"):
    """Options for the script; the credentials file names the key and the server."""
    key, file = bind.keys[0], folder / "update.ini"
    file.touch(mode=0o600)
    file.write_text(f"UPDATE_SERVER={bind.addresses[0]}\nUPDATE_PORT={bind.port}\n"
                    f"UPDATE_KEY=hmac-{key.algorithm}:{key.name}:{key.secret}\n")
    return ["-n", "--dns-acmesh", "--dns-acmesh-script", script, "--dns-acmesh-credentials", file,
            "--dns-resolver", bind.dns_address]


def test_wildcard_and_apex_are_obtained_and_renewed(start, tmp_path):
    bind, certbot = start()
    run = certbot.run("certonly", *options_for(bind, tmp_path), "-d", "example.test", "-d", "*.example.test")
    assert sorted(certbot.lineage("example.test").names()) == ["*.example.test", "example.test"]
    renewal = certbot.run("renew", "--force-renewal")
    assert certbot.lineage("example.test").version() == 2
    assert bind.txt("_acme-challenge.example.test") == []
    assert [kind for _, _, kind in bind.updates()] == ["adding"] * 2 + ["deleting"] * 2 + \
        ["adding"] * 2 + ["deleting"] * 2
    assert bind.keys[0].secret not in run.text + renewal.text + certbot.log()


def test_what_cannot_work_is_told_before_the_ca_is_asked(start, tmp_path):
    bind, certbot = start()
    script = tmp_path / "dns_half.sh"
    script.write_text("dns_half_add() { :; }\n")
    run = certbot.run("certonly", *options_for(bind, tmp_path, script), "-d", "example.test", check=1)
    assert f"'{script}' has no function dns_half_rm" in run.err
    assert "new-order" not in certbot.log() and bind.serial("example.test") == 1


def test_a_failing_script_is_quoted_and_leaves_nothing(start, tmp_path):
    bind, certbot = start()
    options = options_for(bind, tmp_path)
    (tmp_path / "update.ini").write_text((tmp_path / "update.ini").read_text().replace("UPDATE_KEY", "OTHER_KEY"))
    run = certbot.run("certonly", *options, "-d", "example.test", check=1)
    assert "ended with status 1: set UPDATE_SERVER and UPDATE_KEY" in run.text
    assert bind.serial("example.test") == 1 and not (certbot.config_dir / "acmesh.json").exists()
