"""What the sections of servers share: sites whose certificates are due, and their renewal."""

from lab.due import plant

LOOP = 'for name in "$@"; do {command} --cert-name "$name" || exit; done'


def numbered(count):
    return [f"n{index}.bench.test" for index in range(count)]


def serve(bench, certbot, server, options, sites):
    """A running server with a site for each certificate that is due. `sites`: name → what writes the
    site, given the name and its folder below live/. A first certificate comes from the CA, by
    `options`."""
    first = "first.bench.test"
    server.plain_site(first, first)
    server.start()
    bench.time(certbot.command("run", "-n", "-d", first, "--no-redirect", *options),
               env=certbot.environment())
    plant(certbot, first, list(sites))
    for name, write_site in sites.items():
        write_site(name, certbot.config_dir / "live" / name)
    server.stop()
    server.start()


def renew(bench, certbot, *options):
    return bench.time(certbot.command("renew", "-q", *options), env=certbot.environment())


def renew_in_a_loop(bench, certbot, names, installer, hook_text):
    """What an administrator has without a plugin: Certbot for each lineage, and a deploy hook, which
    reloads. The installer's options go from the lineages."""
    theirs = bench.theirs(certbot.folder, certbot.ca)
    hook = certbot.folder / "hook"
    hook.write_text(hook_text)
    hook.chmod(0o755)
    for name in names:
        conf = certbot.lineage(name).conf_path
        conf.write_text("".join(line for line in conf.read_text().splitlines(True)
                                if not line.startswith((installer, "installer"))))
    command = " ".join(map(str, theirs.command("renew", "-q", "--force-renewal", "--deploy-hook", hook)))
    return bench.time(["sh", "-c", LOOP.format(command=command), "loop", *names],
                      env=theirs.environment())
