"""renew of 100 due at a CA that is 150 ms away, there and back, on machines of tests/world."""

import time

from lab.due import plant
from world.world import World

TITLE = "renew of 100 due, 150 ms to the CA and back"
ORDER = 55
ONE_WAY_S = 0.075


def seconds(bench, **ca_options):
    world = World(bench.new_folder("world"), **ca_options)
    try:
        world.start()
        with world.client(far=(ONE_WAY_S, 0)) as client:
            client.type("certbot certonly --standalone -n --agree-tos -m admin@example.com "
                        "-d first.example.com")
            plant(client, "first.example.com", [f"n{number}.example.com" for number in range(100)])
            started = time.perf_counter()
            client.type("certbot renew -q", timeout=600)
            return time.perf_counter() - started
    finally:
        world.stop()


def measure(bench):
    bench.table.add("the CA validates at once", seconds(bench), at_most=8)
    # Pebble's own pauses: the longest of three from 0 to 4 s for each name, so 4 s for half of them.
    bench.table.add("the CA pauses for 0 to 4 s before each validation", seconds(bench, sleep=True),
                    at_most=8)
