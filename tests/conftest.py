"""What all tests in Python share: the lab on the path, an orderly end when told to stop."""

import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from lab import hosts

pytest_plugins = ["lab.second_try"]


def pytest_configure(config):
    config.addinivalue_line("markers", "asan: also run against the build with sanitizers")
    config.addinivalue_line("markers", "slow: takes more than ten seconds")
    hosts.enter()
    # Fixtures clean up on an exception, but not on the default action of a signal. Workers of xdist
    # may have got another thread.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
