"""An administrator looks up what was changed on a machine, and takes it back."""

SITE = """server {
listen 80;
listen [::]:80;
server_name www.example.com;
root /var/www/html;
}
"""
NGINX = "/etc/nginx/sites-enabled/site"


def test_an_installation_and_a_renewal_are_looked_up_and_taken_back(client):
    client.write(NGINX, SITE)
    client.run("service", "nginx", "start")
    client.type("certbot run --nginx --no-redirect -n --agree-tos -m admin@example.com "
                "-d www.example.com")
    installed = client.read(NGINX)
    client.type("certbot renew --force-renewal")
    lines = [line for line in client.type("certbot log | cat").splitlines() if line[:5].strip().isdigit()]
    assert [line.split()[0] for line in lines] == ["4", "3", "2", "1"], lines
    assert "renew: renewed www.example.com, generation 2 instead of 1" in lines[0]
    assert "run: nginx: Deployed ACME Certificate" in lines[1]
    client.type("certbot undo")
    assert client.lineage("www.example.com").verify("www.example.com").version() == 1
    assert client.read(NGINX) == installed
    client.type("certbot undo 3")
    assert client.read(NGINX) == SITE
    client.run("nginx", "-t")
    client.type("certbot undo")
    assert client.read(NGINX) == installed
    mode = client.path("/var/lib/letsencrypt/changes").stat().st_mode
    assert mode & 0o777 == 0o700
