"""renew of what Postfix serves: one reload, against a shell loop of Certbot with a deploy hook."""

from lab.mail import Postfix

from .due_sites import numbered, renew, renew_in_a_loop

TITLE = "renewing what Postfix serves: 5 lineages against Certbot, 200 alone"
ORDER = 62

HOOK = """#!/bin/sh
{program} -c {root} reload
"""


def renewed(bench, postfix, count):
    """(certbot, names, time, reloads) of the renewal of so many certificates of a running Postfix."""
    certbot = bench.ours(bench.new_folder("due"), bench.pebble(authz_reuse=0))
    names = numbered(count)
    bench.say(f"preparing {count} certificates")
    postfix.install_many(certbot, names)
    before = postfix.reloads()
    return certbot, names, renew(bench, certbot), postfix.reloads() - before


def measure(bench):
    with Postfix() as postfix:
        certbot, names, mine, reloads = renewed(bench, postfix, 5)
        before = postfix.reloads()
        hook = HOOK.format(program=postfix.ctl, root=postfix.root)
        theirs = renew_in_a_loop(bench, certbot, names, "postfix", hook)
        bench.table.add("5 lineages", mine.seconds, faster=5, certbot=theirs.seconds)
        bench.table.add("5 lineages, reloads", reloads, "", certbot=postfix.reloads() - before)
    with Postfix() as postfix:
        _, _, many, reloads = renewed(bench, postfix, 200)
        bench.table.add("200 lineages", many.seconds)
        bench.table.add("200 lineages, reloads", reloads, "", at_most=1)
