"""Certificates by dns-exec: Pebble looks the records up in the BIND that the program changes."""


def test_each_lineage_uses_its_own_program(start, tmp_path):
    """Renewed in one run."""
    bind, certbot = start()
    key = bind.keys[0]
    for name in ("one", "two"):
        program = tmp_path / name
        program.write_text(f"""#!/bin/sh
echo "$1 $2" >>{tmp_path}/{name}.calls
[ "$1" = present ] && change="add $2 60 TXT $3" || change="delete $2 TXT $3"
printf 'server {bind.addresses[0]} {bind.port}\\nupdate %s\\nsend\\n' "$change" |
    nsupdate -y hmac-{key.algorithm}:{key.name}:{key.secret}
""")
        program.chmod(0o755)
        certbot.run("certonly", "-n", "--dns-exec", "--dns-exec-program", program, "--dns-resolver",
                    bind.dns_address, "-d", f"{name}.example.test")
    certbot.run("renew", "--force-renewal")
    for name in ("one", "two"):
        calls = (tmp_path / f"{name}.calls").read_text()
        assert calls == f"present _acme-challenge.{name}.example.test.\n" \
                        f"cleanup _acme-challenge.{name}.example.test.\n" * 2


def test_a_missing_program_is_told_before_the_ca_is_asked(start):
    _, certbot = start()
    run = certbot.run("certonly", "-n", "--dns-exec", "-d", "example.test", check=1)
    assert "dns-exec needs --dns-exec-program" in run.err and "new-order" not in certbot.log()


def test_a_program_that_every_user_may_change_is_refused_before_the_ca_is_asked(start, tmp_path):
    _, certbot = start()
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o757)
    run = certbot.run("certonly", "-n", "--dns-exec", "--dns-exec-program", program, "-d",
                      "example.test", check=1)
    assert f"every user may change --dns-exec-program '{program}'" in run.err
    assert f"chmod o-w {program}" in run.err and "new-order" not in certbot.log()
