"""A second try for a test that failed because the test CA did what it was told not to do.

Pebble 2.10 uses one valid authorization in a hundred again although it is told none, and locks up
for good once in some thirty thousand orders. A test that fails together with one of these has shown nothing
about certbot; any other failure stands.
"""

import pytest
from _pytest.runner import runtestprotocol

from .pebble import Pebble

FAULT = pytest.StashKey()


def pytest_runtest_setup(item):
    Pebble.forget_faults()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    if call.excinfo and FAULT not in item.stash:
        item.stash[FAULT] = Pebble.any_fault()
    yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    fault = item.stash.get(FAULT, None)
    if fault and any(report.failed for report in reports):
        item.user_properties.append(("second try", fault))
        item._initrequest()  # fixtures are made again
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
