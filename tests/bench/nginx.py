"""renew through nginx: reloads once to obtain and once to serve, where Certbot does so per lineage."""

from lab.due import plant
from lab.nginx import Nginx

TITLE = "renewing through nginx: 5 lineages beside Certbot, 200 alone"
ORDER = 60


def serve(bench, certbot, nginx, count):
    """A running nginx with `count` sites whose certificates are due."""
    first = "first.bench.test"
    nginx.plain_site(first)
    nginx.start()
    bench.time(certbot.command("run", "-n", "--nginx", "-d", first, "--no-redirect",
                               *nginx.options()), env=certbot.environment())
    names = [f"n{index}.bench.test" for index in range(count)]
    plant(certbot, first, names)
    for name in names:
        live = certbot.config_dir / "live" / name
        nginx.site(name, f"""server {{
    listen {{http}};
    listen {{https}} ssl;
    server_name {name};
    ssl_certificate {live}/fullchain.pem;
    ssl_certificate_key {live}/privkey.pem;
}}
""")
    nginx.stop()
    nginx.start()
    nginx.forget_calls()


def renew(bench, certbot, *options):
    return bench.time(certbot.command("renew", "-q", *options), env=certbot.environment())


def prepared(bench, name, count):
    pebble = bench.pebble(authz_reuse=0)
    certbot = bench.ours(bench.new_folder(name), pebble)
    nginx = Nginx(certbot.folder / "nginx", pebble.http_port)
    bench.say(f"preparing {count} sites")
    serve(bench, certbot, nginx, count)
    return certbot, nginx, pebble


def measure(bench):
    certbot, nginx, pebble = prepared(bench, "five", 5)
    mine = renew(bench, certbot)
    theirs = renew(bench, bench.theirs(certbot.folder, pebble), "--force-renewal")
    nginx.stop()
    bench.table.add("5 lineages", mine.seconds, faster=5, certbot=theirs.seconds)
    certbot, nginx, _ = prepared(bench, "two-hundred", 200)
    many = renew(bench, certbot)
    bench.table.add("200 lineages", many.seconds)
    bench.table.add("200 lineages, reloads", len(nginx.calls("reload")), "", at_most=2)
    bench.table.add("200 lineages, tests", len(nginx.calls("-t")) + len(nginx.calls("-T")), "",
                    at_most=1)
    nginx.stop()
