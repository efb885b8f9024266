"""Speed and size compared with Certbot and other clients, as ratios within one run; scripts/bench runs it.

A section is a module of this folder with

    TITLE    what it measures, for the heading
    ORDER    its place among the sections
    measure(bench)    does it, and adds rows: bench.table.add(...)

`bench` is a Bench (bench.py): folders, programs, a test CA. Figures are compared within a run only, for
another run has another machine under it.
"""
