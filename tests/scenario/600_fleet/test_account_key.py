"""Another key for the account of a fleet: whoever changes it, all machines renew with it."""

from lab.forge import only_account

NAME = "a.lab.test"


def account(machine):
    """The id of a machine's only account, which its certificate is renewed with."""
    found = only_account(machine.config_dir)[0]
    assert f"account = {found}\n" in machine.lineage(NAME).conf()
    return found


def change_key(machine, **options):
    return machine.run("update_account", "-n", "--new-account-key", *machine.options, **options)


def renew(machine):
    machine.run("renew", "--force-renewal", *machine.options)


def test_the_others_take_the_new_key_over(fleet, first):
    second = fleet.member("second", first)
    old = account(first)
    change_key(first)
    new = account(first)
    said = second.run("fleet", "pull", *second.options).out
    assert f"Account {old} has another key in the fleet; its id is now {new}." in said
    assert account(second) == new != old
    renew(second)
    # The options in the store still name the old id.
    third = fleet.member("third", first)
    assert account(third) == new
    # One that has slept through two changes, and a machine that is not the first one.
    change_key(second)
    renew(third)
    assert account(third) == account(second)
    renew(first)
    assert account(first) == account(second) not in (old, new)


def test_a_key_that_the_store_has_lost_is_published_again(fleet, first):
    second = fleet.member("second", first)
    old = account(first)
    backup = fleet.etcd.pairs(fleet.prefix)
    change_key(first)
    fleet.etcd.delete(f"{fleet.prefix}account/{account(first)}")
    for key, value in backup.items():
        fleet.etcd.put(key, value)
    second.run("fleet", "pull", *second.options)
    assert account(second) == old
    first.run("fleet", "pull", *first.options)
    renew(second)
    assert account(second) == account(first) != old


def test_without_the_store_the_key_is_not_changed(fleet, first):
    old = account(first)
    config = first.config_dir / "cli.ini"
    text = config.read_text()
    config.write_text(text.replace(str(fleet.etcd.port), "1"))
    assert "the fleet's store does not answer" in change_key(first, check=1).err
    config.write_text(text)
    assert account(first) == old
    renew(first)
