"""certbot --nginx on real nginx: obtained, installed, served to real clients, taken back."""


def test_new_certificate_is_served_for_its_name_only(site_certbot, nginx, roots):
    nginx.plain_site("a.nginx.test")
    nginx.plain_site("b.nginx.test")
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", "a.nginx.test")
    lineage = site_certbot.lineage("a.nginx.test").verify("a.nginx.test")
    nginx.await_leaf("a.nginx.test", lineage.serial(), roots=roots)
    assert nginx.get("a.nginx.test", tls=roots).body == "a.nginx.test"
    answer = nginx.get("a.nginx.test", "/x?y=1")
    assert answer.status == 301
    assert answer.headers["Location"] == "https://a.nginx.test/x?y=1"
    assert nginx.get("b.nginx.test").body == "b.nginx.test"
