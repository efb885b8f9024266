"""renew through httpd: reloads once to obtain and once to serve, where Certbot does so per lineage, and
parses by Augeas each time."""

from functools import partial

from lab.apache import Apache

from .due_sites import numbered, renew, serve

TITLE = "renewing through httpd: 5 lineages against Certbot, 200 alone"
ORDER = 61


def write_site(apache, name, live):
    apache.plain_site(name, name)
    apache.site(f"{name}-le-ssl", f"""<VirtualHost *:{{https}}>
    ServerName {name}
    DocumentRoot {{root}}/www
    SSLCertificateFile {live}/fullchain.pem
    SSLCertificateKeyFile {live}/privkey.pem
    Include {live.parent.parent}/options-ssl-apache.conf
</VirtualHost>
""")


def prepared(bench, name, count):
    pebble = bench.pebble(authz_reuse=0)
    folder = bench.new_folder(name)
    apache = Apache(folder / "apache", pebble.http_port).lay_out()
    apache.enable_module("rewrite")
    certbot = bench.ours(folder, pebble, env=apache.environment)
    bench.say(f"preparing {count} sites")
    serve(bench, certbot, apache, ["--apache", *apache.options()],
          dict.fromkeys(numbered(count), partial(write_site, apache)))
    return certbot, apache, pebble


def measure(bench):
    certbot, apache, pebble = prepared(bench, "five", 5)
    mine = renew(bench, certbot)
    theirs = renew(bench, bench.theirs(certbot.folder, pebble, env=apache.environment),
                   "--force-renewal")
    apache.stop()
    bench.table.add("5 lineages", mine.seconds, faster=5, certbot=theirs.seconds)
    certbot, apache, _ = prepared(bench, "two-hundred", 200)
    before = apache.generations()
    many = renew(bench, certbot)
    # A graceful reload goes on after its command has ended.
    apache.await_generation(before + 2)
    bench.table.add("200 lineages", many.seconds)
    bench.table.add("200 lineages, reloads", apache.generations() - before, "", at_most=2)
    apache.stop()
