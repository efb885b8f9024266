"""renew through nginx: reloads once to obtain and once to serve, where Certbot does so per lineage."""

from functools import partial

from lab.nginx import Nginx

from .due_sites import numbered, renew, serve

TITLE = "renewing through nginx: 5 lineages against Certbot, 200 alone"
ORDER = 60


def write_site(nginx, name, live):
    nginx.site(name, f"""server {{
    listen {{http}};
    listen {{https}} ssl;
    server_name {name};
    ssl_certificate {live}/fullchain.pem;
    ssl_certificate_key {live}/privkey.pem;
}}
""")


def prepared(bench, name, count):
    pebble = bench.pebble(authz_reuse=0)
    certbot = bench.ours(bench.new_folder(name), pebble)
    nginx = Nginx(certbot.folder / "nginx", pebble.http_port)
    bench.say(f"preparing {count} sites")
    serve(bench, certbot, nginx, ["--nginx", *nginx.options()],
          dict.fromkeys(numbered(count), partial(write_site, nginx)))
    nginx.forget_calls()
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
