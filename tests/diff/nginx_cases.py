"""Configurations for test_nginx_install.py: name: (names of the certificate, files, options).

A text is one file of conf.d; a dict gives several, by path below the server root. Ports 80 and 443
are only ever bound for the moment that `nginx -t` takes: Certbot knows no other port for a redirect.
"""

PLAIN = "server { listen 80; server_name a.test; root /srv; }\n"

CASES = {
    "plain": (["a.test"], PLAIN),
    "both-families": (["a.test"], """server {
    listen 80;
    listen [::]:80;
    server_name a.test;
}
"""),
    "two-names": (["a.test", "www.a.test"], "server { listen 80; server_name a.test www.a.test; }"),
    "one-of-two-names": (["a.test"], "server { listen 80; server_name a.test www.a.test; }"),
    "two-blocks": (["a.test", "b.test"], """server { listen 80; server_name a.test; }
server { listen 80; server_name b.test; }
server { listen 80; server_name c.test; }
"""),
    "addresses": (["a.test"], """server {
    listen 127.0.0.1:80;
    listen 127.0.0.2:80;
    server_name a.test;
}
"""),
    "ipv6-only": (["a.test"], "server { listen [::]:80 ipv6only=on; server_name a.test; }"),
    "no-listen": (["a.test"], "server { server_name a.test; }"),
    "other-port": (["a.test"], "server { listen 8080; server_name a.test; }"),
    "default-server-option": (["a.test"], """server {
    listen 80 default_server;
    listen [::]:80 default_server;
    server_name a.test;
}
"""),
    "copied-default": (["a.test"], """server {
    listen 80 default_server;
    server_name _;
    root /srv;
    location / { try_files $uri =404; }
}
"""),
    "copied-default-for-two": (["a.test", "b.test"], """server {
    listen 80 default_server;
    server_name _;
}
server { listen 80; server_name c.test; }
"""),
    "no-match": (["a.test"], "server { listen 80; server_name b.test; }"),
    "no-servers": (["a.test"], "# nothing here\n"),
    "leading-wildcard": (["a.test"], "server { listen 80; server_name *.test; }"),
    "dot-name": (["a.test", "www.a.test"], "server { listen 80; server_name .a.test; }"),
    "trailing-wildcard": (["a.test"], "server { listen 80; server_name a.*; }"),
    "regex": (["a.test"], r"server { listen 80; server_name ~^[a-z]\.test$; }"),
    "longest-wildcard": (["x.a.test"], """server { listen 80; server_name *.test; }
server { listen 80; server_name *.a.test; }
"""),
    "exact-over-wildcard": (["a.test"], """server { listen 80; server_name *.test; }
server { listen 80; server_name ~a; }
server { listen 80; server_name a.test; }
"""),
    "tls-over-plain": (["a.test"], """server { listen 80; server_name a.test; }
server { listen 443 ssl; server_name a.test; ssl_certificate {old}; ssl_certificate_key {oldkey}; }
"""),
    "tls-wildcard-over-plain-exact": (["a.test"], """server { listen 80; server_name a.test; }
server { listen 443 ssl; server_name *.test; ssl_certificate {old}; ssl_certificate_key {oldkey}; }
"""),
    "tls-and-plain-in-one": (["a.test"], """server {
    listen 80;
    listen 443 ssl;
    server_name a.test;
    ssl_certificate {old};
    ssl_certificate_key {oldkey};
    location / { return 200 x; }
}
"""),
    "hand-written-redirect": (["a.test"], """server {
    listen 80;
    server_name a.test;
    return 301 https://$host$request_uri;
}
server { listen 443 ssl; server_name a.test; ssl_certificate {old}; ssl_certificate_key {oldkey}; }
"""),
    "tls-elsewhere": (["a.test"], """server { listen 80; server_name a.test; }
server { listen 443 ssl; server_name b.test; ssl_certificate {old}; ssl_certificate_key {oldkey}; }
"""),
    "ipv6-tls-elsewhere": (["a.test"], """server { listen 80; listen [::]:80; server_name a.test; }
server {
    listen 443 ssl;
    listen [::]:443 ssl ipv6only=on;
    server_name b.test;
    ssl_certificate {old};
    ssl_certificate_key {oldkey};
}
"""),
    "same-options-in-block": (["a.test"], """server {
    listen 80;
    server_name a.test;
    ssl_session_timeout 1440m;
}
"""),
    "several-files": (["a.test", "b.test"], {
        "conf.d/a.conf": "server { listen 80; server_name a.test; }",
        "conf.d/b.conf": "server { listen 80; server_name b.test; }",
        "conf.d/c.conf": "upstream x { server 127.0.0.1:1; }\n"}),
    "included-parts": (["a.test"], {
        "conf.d/a.conf": "server { listen 80; server_name a.test; include parts/*.inc; }",
        "parts/1.inc": "location /x { return 204; }\n",
        "parts/2.inc": "root /srv;\n"}),
    "names-by-include": (["a.test"], {
        "conf.d/a.conf": "server { include parts/names.inc; listen 80; }",
        "parts/names.inc": "server_name a.test;\n"}),
    "hsts": (["a.test"], PLAIN, "--hsts"),
    "hsts-on-mixed": (["a.test"], """server {
    listen 80;
    listen 443 ssl;
    server_name a.test;
    ssl_certificate {old};
    ssl_certificate_key {oldkey};
    add_header X-Other 1;
}
""", "--hsts", "--no-redirect"),
    "staple": (["a.test"], PLAIN, "--staple-ocsp", "--no-redirect"),
    "all": (["a.test", "b.test"], """server { listen 80; server_name a.test b.test c.test; }
""", "--hsts", "--staple-ocsp", "--redirect"),
    "quoted-and-commented": (["a.test"], """# server { server_name a.test; }
server { # one
    listen 80; # "plain"
    server_name "a.test" # first
                b.test;
    set $x "a { b; } c";
    location ~ "^/[a-z]{2}$" { return 204; }
}
"""),
    "map-and-if": (["a.test"], r"""map $http_upgrade $up { default upgrade; '' close; }
geo $office { default 0; 127.0.0.0/8 1; }
server {
    listen 80;
    server_name a.test;
    if ($office) { return 204; }
    location / { proxy_pass http://127.0.0.1:1; proxy_set_header Connection $up; }
}
"""),
}
