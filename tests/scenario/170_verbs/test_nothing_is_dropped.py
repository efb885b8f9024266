"""What a command leaves undone or behind is said."""


def test_delete_says_what_it_left(certbot):
    certbot.certonly("left.test")
    live = certbot.lineage("left.test").live
    (live / "combined.pem").write_text("somebody's own")
    result = certbot.run("delete", "-n", "--cert-name", "left.test")
    assert f"{live} still has files that certbot did not make" in result.out
    assert [path.name for path in live.iterdir()] == ["combined.pem"]


def test_a_deploy_hook_that_is_owed_is_not_dropped_silently(certbot):
    certbot.certonly("owed.test", options=["--deploy-hook", "false"])
    result = certbot.certonly("owed.test", options=["--force-renewal"])
    assert "The deploy hook of owed.test, 'false', has not succeeded yet" in result.err
    again = certbot.certonly("owed.test", options=["--force-renewal"])
    assert "has not succeeded yet" not in again.err
