"""Runs the sections, prints their tables.

    scripts/bench [SECTION...]      --list names them; all but the long ones if none is given
"""

import argparse
import importlib
import pkgutil
import sys

from lab import hosts

from . import __path__ as folder
from .bench import Bench, Failed


def sections():
    modules = [importlib.import_module(f"{__package__}.{module.name}")
               for module in pkgutil.iter_modules(folder) if module.name != "__main__"]
    found = [module for module in modules if hasattr(module, "TITLE")]
    return {module.__name__.rpartition(".")[2]: module
            for module in sorted(found, key=lambda module: module.ORDER)}


def run_section(name, module):
    """(targets met, targets), or None when something could not be measured."""
    print(f"== {name}: {module.TITLE}", flush=True)
    bench = Bench()
    failure = None
    try:
        module.measure(bench)
    except Failed as error:
        failure = error
    finally:
        bench.close()
    for line in bench.table.lines():
        print(line)
    if failure:
        print(f"FAILED: {failure}")
    print(flush=True)
    return None if failure else bench.table.targets()


def main():
    available = sections()
    parser = argparse.ArgumentParser(prog="scripts/bench", description="compare with peers")
    parser.add_argument("--list", action="store_true", help="show the sections and stop")
    parser.add_argument("sections", nargs="*", metavar="SECTION")
    options = parser.parse_args()
    if options.list:
        for name, module in available.items():
            print(f"{name:18} {module.TITLE}")
        return 0
    unknown = [name for name in options.sections if name not in available]
    if unknown:
        parser.error(f"no section {unknown[0]}; there are: {', '.join(available)}")
    hosts.enter()
    wanted = options.sections or [name for name, module in available.items()
                                  if not getattr(module, "IS_LONG", False)]
    results = [run_section(name, available[name]) for name in wanted]
    known = [result for result in results if result]
    print(f"{sum(met for met, _ in known)} of {sum(count for _, count in known)} targets met, "
          f"{len(results) - len(known)} sections failed")
    return 1 if len(known) < len(results) else 0


if __name__ == "__main__":
    sys.exit(main())
