"""renew when nothing is due: what a timer runs many times a day."""

from lab.forge import Forge

TITLE = "renew, none due: 1,000, 10,000 and 100,000 lineages"
ORDER = 40


def measure(bench):
    seconds, peaks = {}, {}
    for count, times in ((1000, 5), (10000, 3), (100000, 3)):
        folder = bench.new_folder(f"lineages-{count}")
        ours, theirs = bench.ours(folder), bench.theirs(folder)
        bench.say(f"making {count} lineages")
        Forge(ours.config_dir).make(count)
        mine = bench.command(ours, "-q", "renew", times=times)
        seconds[count], peaks[count] = mine.seconds, mine.peak
        if count > 10000:
            bench.table.add(f"{count} lineages", mine.seconds)
            continue
        reference = bench.command(theirs, "-q", "renew", times=2 if count == 1000 else 1)
        bench.table.add(f"{count} lineages", mine.seconds,
                        faster=75 if count == 1000 else None,
                        at_most=0.5 if count == 10000 else None, certbot=reference.seconds)
        bench.table.add(f"{count} lineages, memory", mine.peak, "B", certbot=reference.peak)
    bench.table.add("growth from 1000 to 10000", seconds[10000] / seconds[1000], "", at_most=12)
    bench.table.add("growth from 10000 to 100000", seconds[100000] / seconds[10000], "",
                    at_most=12)
    bench.table.add("memory per lineage beyond 1000",
                    max(0, peaks[100000] - peaks[1000]) / 99000, "B", at_most=512)
