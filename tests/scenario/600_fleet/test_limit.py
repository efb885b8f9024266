"""The orders that the machines of a fleet place together within a window."""

NAME, OTHER = "a.lab.test", "b.lab.test"


def finalized(pebble):
    return len([line for line in pebble.new_requests() if "/finalize-order/" in str(line)])


def renew(machine, **options):
    return machine.run("renew", "--force-renewal", *machine.options, **options)


def limit(machine, text, **options):
    return machine.run("fleet", "limit", text, *machine.options, **options)


def test_what_one_machine_has_ordered_is_not_left_to_the_others(fleet, first, pebble):
    first.run("certonly", "-n", "--manual", "--preferred-challenges", "dns", "-d", OTHER, *first.options)
    first.run("fleet", "adopt", OTHER, *first.options)
    second = fleet.member("second", first)
    assert "no more orders at a CA than 1 in 1 hour" in limit(first, "1/1h").out
    pebble.new_requests()
    # One of the two; the other waits, which is no failure.
    said = renew(second).out
    postponed = "Not renewed here: it is postponed: the fleet's orders at https://"
    assert said.count(postponed) == 1 and finalized(pebble) == 1
    said = renew(first).out
    assert said.count(postponed) == 2 and finalized(pebble) == 0
    assert "failures" not in first.lineage(NAME).conf() + first.lineage(OTHER).conf()
    shown = first.json("fleet", "status", *first.options)["budgets"]
    assert [(budget["used"], budget["allowed"], budget["window_seconds"]) for budget in shown] == [(1, 1, 3600)]
    assert f"{shown[0]['server']}: 1 of 1 orders in 1 hour, until " in \
        first.run("fleet", "status", *first.options).out
    # All machines have the new limit at once.
    limit(second, "2/1h")
    assert renew(first).out.count(postponed) == 1 and finalized(pebble) == 1
    limit(second, "none")
    assert "postponed" not in renew(first).out and finalized(pebble) == 2
    assert first.json("fleet", "status", *first.options)["budgets"] == []


def test_a_limit_of_somebody_else_is_refused(fleet, first, pebble):
    limit(first, "5/1h")
    pebble.new_requests()
    fleet.etcd.put(f"{fleet.prefix}limit/orders", b"a limit of somebody else")
    assert "limit/orders" in renew(first, check=1).err and finalized(pebble) == 0
    assert "limit/orders" in first.run("fleet", "status", *first.options, check=1).out
    limit(first, "5/1h")
    renew(first)
    assert finalized(pebble) == 1


def test_a_limit_that_is_none(first):
    assert "300/3h" in limit(first, "5", check=2).err
    assert "300/3h" in first.run("fleet", "limit", *first.options, check=2).err
