"""What the sections of web servers share: sites whose certificates are due, and their renewal."""

from lab.due import plant


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
