"""A long line: what goes in on one end comes out on the other after a while, or never.

    wire.py DELAY LOSS NAMESPACE-PID NAME NAMESPACE-PID NAME

Makes an Ethernet interface (TAP) by each name in each network namespace and carries frames between
them, DELAY seconds one way; of a thousand frames LOSS are lost, by a fixed rule. A kernel's own netem
does as much where it is built in; this does it everywhere. Prints "ready".
"""

import collections
import ctypes
import fcntl
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
CLONE_NEWNET = 0x40000000


def make_end(pid, name):
    with open(f"/proc/{pid}/ns/net") as namespace:
        if ctypes.CDLL(None).setns(namespace.fileno(), CLONE_NEWNET):
            sys.exit(f"wire.py: no namespace of {pid}")
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return end


def take(end, due, queue, loss, chance):
    """Takes in what has come. A full queue drops, as that of any line does."""
    while True:
        try:
            frame = os.read(end, 65536)
        except (BlockingIOError, OSError):
            return
        if chance.random() * 1000 >= loss and len(queue) < 10000:
            queue.append((due, frame))


def give(end, queue, now):
    while queue and queue[0][0] <= now:
        try:
            os.write(end, queue.popleft()[1])
        except OSError:  # not yet up
            pass


def main():
    delay, loss = float(sys.argv[1]), float(sys.argv[2])
    ends = [make_end(sys.argv[3], sys.argv[4]), make_end(sys.argv[5], sys.argv[6])]
    queues = {ends[0]: collections.deque(), ends[1]: collections.deque()}  # by where they come out
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    chance = random.Random(1)
    print("ready", flush=True)
    while True:
        waiting = [queue[0][0] for queue in queues.values() if queue]
        timeout = max(0, min(waiting) - time.monotonic()) if waiting else None
        ready, _, _ = select.select(ends, [], [], timeout)
        now = time.monotonic()
        for end in ready:
            take(end, now + delay, queues[other[end]], loss, chance)
        for end in ends:
            give(end, queues[end], now)


main()
