"""Other names for a certificate of the fleet: asked for on one machine, obtained by another one."""

NAME, MORE = "a.lab.test", "b.lab.test"
CONF = "fleet_names"


def names(machine):
    return sorted(machine.lineage(NAME).names())


def want(machine, *domains, **options):
    words = [word for domain in domains for word in ("-d", domain)]
    return machine.run("fleet", "want", NAME, *words, *machine.options, **options)


def test_whoever_renews_first_obtains_the_names_that_are_wanted(fleet, first):
    second = fleet.member("second", first)
    before = first.lineage(NAME).serial()
    said = want(first, NAME, MORE).out
    assert f"The next certbot renew, on whichever machine, obtains {NAME} for: {NAME}, {MORE}" in said
    assert first.lineage(NAME).serial() == before
    status = first.json("status", *first.options)["certificates"][0]
    assert status["next_try"]["why"] == "other-names" and status["next_try"]["due"]
    # A machine that joins hears of it, and so does one that adopts it again.
    third = fleet.member("third", first)
    assert CONF in third.lineage(NAME).conf()
    second.run("fleet", "adopt", NAME, *second.options)
    second.run("renew", *second.options)
    assert names(second) == [NAME, MORE]
    for machine in (first, third):
        machine.run("renew", *machine.options)
        assert machine.lineage(NAME).serial() == second.lineage(NAME).serial()
    # Nothing is left of the wish; names are taken away in the same way.
    for machine in (first, second, third):
        assert CONF not in machine.lineage(NAME).conf()
    want(third, MORE)
    first.run("renew", *first.options)
    assert names(first) == [MORE]


def test_a_wish_survives_a_renewal_that_did_not_know_of_it(fleet, first):
    second = fleet.member("second", first)
    head = f"{fleet.prefix}want/{NAME}"
    before = fleet.etcd.pairs(fleet.prefix)[head]
    want(first, NAME, MORE)
    wish = fleet.etcd.pairs(fleet.prefix)[head]
    fleet.etcd.put(head, before)
    second.run("renew", "--force-renewal", *second.options)
    assert names(second) == [NAME]
    fleet.etcd.put(head, wish)
    first.run("renew", *first.options)
    assert names(first) == [NAME, MORE]
    # Put back by somebody later, it counts no more: the names have been changed since.
    second.run("renew", *second.options)
    second.run("certonly", "-n", "--manual", "--preferred-challenges", "dns", "--cert-name", NAME,
               "-d", "c.lab.test", "--renew-with-new-domains", *second.options)
    fleet.etcd.put(head, wish)
    first.run("renew", *first.options)
    assert names(first) == ["c.lab.test"] and CONF not in first.lineage(NAME).conf()


def test_a_wish_that_cannot_be_is_refused_or_taken_back(fleet, first):
    assert "which names" in first.run("fleet", "want", NAME, *first.options, check=2).err
    assert "which certificate" in first.run("fleet", "want", "-d", NAME, *first.options, check=2).err
    want(first, MORE)
    assert CONF in first.lineage(NAME).conf()
    assert "has these names already" in want(first, NAME).out
    assert CONF not in first.lineage(NAME).conf()
    first.run("fleet", "release", NAME, *first.options)
    refused = want(first, MORE, check=1).err
    assert f"{NAME} is not the fleet's" in refused and f"fleet adopt {NAME}" in refused
