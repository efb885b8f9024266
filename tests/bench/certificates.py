"""The list of certificates over many lineages."""

from lab.forge import Forge

TITLE = "certificates over 1,000 and 10,000 lineages"
ORDER = 20


def measure(bench):
    seconds = {}
    for count, times in ((1000, 5), (10000, 2)):
        folder = bench.new_folder(f"lineages-{count}")
        ours, theirs = bench.ours(folder), bench.theirs(folder)
        bench.say(f"making {count} lineages")
        Forge(ours.config_dir, signed=True).make(count)
        mine = bench.command(ours, "certificates", times=times)
        reference = bench.command(theirs, "certificates")
        seconds[count] = mine.seconds
        bench.table.add(f"{count} lineages", mine.seconds, faster=50, certbot=reference.seconds)
        bench.table.add(f"{count} lineages, status", bench.command(ours, "status", times=times).seconds,
                        at_most=1.3 * mine.seconds)
        bench.table.add(f"{count} lineages, memory", mine.peak, "B", at_most=12 * 2**20,
                        certbot=reference.peak)
        if count == 1000:
            bench.table.add("1000 lineages, --json",
                            bench.command(ours, "certificates", "--json", times=times).seconds)
    bench.table.add("growth from 1000 to 10000", seconds[10000] / seconds[1000], "", at_most=12)
