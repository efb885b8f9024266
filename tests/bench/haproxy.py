"""renew of what HAProxy serves: over its stats socket, or with one reload; against a shell loop of
Certbot with a deploy hook, which reloads for each lineage."""

from lab.due import plant
from lab.haproxy import HAProxy, PLAIN
from lab.process import free_port

from .due_sites import numbered, renew, renew_in_a_loop

TITLE = "renewing what HAProxy serves: 5 lineages against Certbot, 200 alone"
ORDER = 61

TLS = PLAIN.replace("    acl", "    bind 127.0.0.1:{https} ssl crt {certs}\n    acl", 1)
HOOK = """#!/bin/sh
cat "$RENEWED_LINEAGE/privkey.pem" "$RENEWED_LINEAGE/fullchain.pem" > {certs}/$(basename "$RENEWED_LINEAGE").pem
{program} -c -q -f {config} && kill -USR2 {pid}
"""


def prepared(bench, name, count, level):
    """A running HAProxy with that many certificates, all of which are due."""
    pebble = bench.pebble(authz_reuse=0)
    certbot = bench.ours(bench.new_folder(name), pebble)
    haproxy = HAProxy(free_port(), TLS, level=level, ready=False)
    bench.say(f"preparing {count} certificates")
    first = "first.bench.test"
    bench.time(certbot.command("run", "-n", "-a", "standalone", "-i", "haproxy", "-d", first,
                               *haproxy.options(), "--http-01-port", pebble.http_port),
               env=certbot.environment())
    names = numbered(count)
    plant(certbot, first, names)
    for planted in names:
        lineage = certbot.lineage(planted)
        (haproxy.certs / f"{planted}.pem").write_bytes(lineage.read("privkey") + lineage.read("fullchain"))
    haproxy.start()
    haproxy.worker()
    return certbot, haproxy, names


def loop(bench, certbot, haproxy, names):
    hook = HOOK.format(certs=haproxy.certs, program=haproxy.program, config=haproxy.config,
                       pid=haproxy.child.pid)
    return renew_in_a_loop(bench, certbot, names, "haproxy", hook)


def measure(bench):
    certbot, haproxy, names = prepared(bench, "five", 5, "admin")
    mine = renew(bench, certbot)
    theirs = loop(bench, certbot, haproxy, names)
    haproxy.stop()
    bench.table.add("5 lineages", mine.seconds, faster=5, certbot=theirs.seconds)
    for level, how, reloads in (("admin", "over its socket", 0), ("operator", "by a reload", 1)):
        certbot, haproxy, _ = prepared(bench, f"two-hundred-{level}", 200, level)
        before = haproxy.reloads()
        many = renew(bench, certbot)
        bench.table.add(f"200 lineages, {how}", many.seconds)
        bench.table.add(f"200 lineages, {how}, reloads", haproxy.reloads() - before, "", at_most=reloads)
        haproxy.stop()
