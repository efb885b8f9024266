/*
 * What the manual pages of plugins say beyond the rows (see help_parts.h). Most DNS providers need
 * no text: their rows say it all.
 */
#include <string.h>

#include "base/macros.h"
#include "cli/help.h"
#include "cli/help_parts.h"

static const struct plugin_text texts[] = {
	{
		.name = "apache",
		.purpose = "prove control of names and install certificates by Apache httpd",
		.synopsis = "`certbot` [`run`|`certonly`|`install`] `--apache` [options]",
		.paragraphs =
			{"Proves control of names through the running httpd 2.4, and sets it up to use "
			 "the certificate. For as long as the CA looks, every virtual host that may get "
			 "its request answers `/.well-known/acme-challenge/`; this comes before "
			 "redirects, passwords and proxies, and is taken away afterwards.",
			 "Installing gives a host without TLS a copy of itself on port 443, and puts "
			 "certificate, key and safe settings into it. Everything is tested by httpd "
			 "before it is told to reload, and each step can be undone by `certbot "
			 "rollback --apache`. httpd must be running: it is never started."},
		.example = "certbot --apache -d example.com -d www.example.com\n"
			   "certbot install --apache --cert-name example.com\n"
			   "certbot rollback --apache",
	},
	{
		.name = "dns-acmedns",
		.paragraphs =
			{"`registrations` is the path of a JSON file with one registration for each "
			 "domain, in the form that lego uses too. A domain that has none is registered "
			 "at the first attempt, which then fails and prints the CNAME record to add; the "
			 "next attempt succeeds."},
		.credentials = "dns_acmedns_url = https://auth.example.org\n"
			       "dns_acmedns_registrations = /etc/letsencrypt/acme-dns.json",
	},
	{
		.name = "dns-acmesh",
		.paragraphs =
			{"The script defines NAME_add and NAME_rm, where NAME.sh is its file name; each is "
			 "called with the record's name and value. It runs under a shell library that has the "
			 "functions of acme.sh such scripts use, but not acme.sh itself, with the shell of its "
			 "first line. Scripts that speak HTTP need the program curl, and those that sign or "
			 "encode need openssl. One that does not end within --hook-timeout, or ten minutes, "
			 "is stopped.",
			 "The credentials file has the variables that the script reads, as NAME=value lines; a "
			 "value may stand in quotes. They are its environment, together with PATH, HOME and "
			 "what concerns proxies. What the script saves is kept in acmesh.json in the "
			 "configuration directory, which only its owner can read, and is given to it the next "
			 "time. Neither appears in messages and the log."},
		.example =
			"certbot certonly --dns-acmesh --dns-acmesh-script dns_cf \\\n"
			"    --dns-acmesh-credentials /root/cf.ini -d example.com -d '*.example.com'",
	},
	{
		.name = "dns-azure",
		.paragraphs =
			{"One identity is needed: a service principal with a secret (`tenant_id`, "
			 "`sp_client_id`, `sp_client_secret`) or with a certificate "
			 "(`sp_certificate_path`), the machine's own (`msi_system_assigned`), one "
			 "given to it (`msi_client_id`), or that of a workload in Kubernetes."},
		.credentials = "dns_azure_subscription_id = 00000000-0000-0000-0000-000000000000\n"
			       "dns_azure_tenant_id = 00000000-0000-0000-0000-000000000000\n"
			       "dns_azure_sp_client_id = 00000000-0000-0000-0000-000000000000\n"
			       "dns_azure_sp_client_secret = ...",
	},
	{
		.name = "dns-cloudflare",
		.paragraphs =
			{"Either a token, or the e-mail address of the account with its global key. A "
			 "token is better: it can be limited to one zone."},
		.credentials =
			"dns_cloudflare_api_token = 0123456789abcdef0123456789abcdef01234567",
	},
	{
		.name = "dns-duckdns",
		.paragraphs =
			{"DuckDNS keeps one value for a domain and all names below it. A certificate that "
			 "needs two at once, for a name and its wildcard or for two names of one domain, is "
			 "refused before anything is changed."},
		.example =
			"certbot certonly --dns-duckdns --dns-duckdns-credentials /root/duckdns.ini \\\n"
			"    -d '*.example.duckdns.org'",
	},
	{
		.name = "dns-exec",
		.paragraphs =
			{"The program is run once for each record, in the convention of lego's exec: "
			 "`PROGRAM present _acme-challenge.example.com. VALUE`, and afterwards "
			 "`PROGRAM cleanup` with the same words. An exit status other than 0 is a "
			 "failure of that one name; what the program wrote to its error output is "
			 "shown."},
		.example =
			"certbot certonly --dns-exec --dns-exec-program /usr/local/bin/change-dns \\\n"
			"    -d example.com -d '*.example.com'",
	},
	{
		.name = "dns-google",
		.paragraphs =
			{"`--dns-google-credentials` takes the JSON key of a service account, gcloud's "
			 "file for a user, or one of workload identity federation. Without it these are "
			 "tried: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, gcloud's own, the "
			 "machine's service account.",
			 "The account needs `dns.changes.create`, `dns.changes.get`, "
			 "`dns.managedZones.list`, and `dns.resourceRecordSets.create`, `.delete`, "
			 "`.list` and `.update`."},
		.example = "certbot certonly --dns-google \\\n"
			   "    --dns-google-credentials /etc/letsencrypt/google.json \\\n"
			   "    -d example.com -d '*.example.com'",
	},
	{
		.name = "dns-joker",
		.paragraphs =
			{"The service replaces all TXT values of a name, and nothing can be read: what others "
			 "keep under the same name is lost."},
	},
	{
		.name = "dns-namecheap",
		.paragraphs =
			{"The API reads and writes all records of a domain together: what somebody else "
			 "changes at the same moment is lost. This machine's IPv4 address must be on the "
			 "whitelist of the account."},
	},
	{
		.name = "dns-ovh",
		.paragraphs =
			{"Either the three values of an application, or the two of a service account. "
			 "The endpoint is one of `ovh-eu`, `ovh-ca`, `ovh-us`, `kimsufi-eu`, "
			 "`kimsufi-ca`, `soyoustart-eu`, `soyoustart-ca`."},
		.credentials = "dns_ovh_endpoint = ovh-eu\n"
			       "dns_ovh_application_key = ...\n"
			       "dns_ovh_application_secret = ...\n"
			       "dns_ovh_consumer_key = ...",
	},
	{
		.name = "dns-persist",
		.paragraphs =
			{"Proves control by a lasting TXT record, where the CA offers "
			 "dns-persist-01: the record is added once, and renewals need no access to "
			 "DNS. `certbot dns-persist show` prints the record for this account and CA, "
			 "`certbot dns-persist write` adds it by another plugin, and `certbot "
			 "dns-persist check` tells whether it is in place."},
		.example = "certbot dns-persist show -d example.com\n"
			   "certbot dns-persist check -d example.com\n"
			   "certbot certonly --dns-persist -d example.com",
	},
	{
		.name = "dns-powerdns",
		.credentials = "dns_powerdns_api_url = http://127.0.0.1:8081\n"
			       "dns_powerdns_api_key = ...",
	},
	{
		.name = "dns-rfc2136",
		.paragraphs =
			{"Speaks dynamic updates (RFC 2136), signed by TSIG, to BIND, Knot and other "
			 "name servers of your own. In BIND the key needs, in the zone: "
			 "`update-policy { grant acme-key name _acme-challenge.example.com. TXT; };`"},
		.credentials = "dns_rfc2136_server = 192.0.2.1\n"
			       "dns_rfc2136_port = 53\n"
			       "dns_rfc2136_name = acme-key\n"
			       "dns_rfc2136_secret = ...\n"
			       "dns_rfc2136_algorithm = HMAC-SHA512",
	},
	{
		.name = "dns-route53",
		.paragraphs =
			{"There is no credentials file. Keys are looked for where Amazon's own tools "
			 "look: the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, "
			 "`AWS_SESSION_TOKEN`), the role or the keys of the profile "
			 "(`AWS_PROFILE`) in `~/.aws/config` and `~/.aws/credentials`, a web identity, "
			 "the container's service, the machine's role.",
			 "The policy needs `route53:ListHostedZones`, `route53:GetChange` and "
			 "`route53:ChangeResourceRecordSets`. With `route53:ListResourceRecordSets` "
			 "other values of a record set are kept; without it they are overwritten."},
		.example = "certbot certonly --dns-route53 -d example.com -d '*.example.com'",
	},
	{
		.name = "dovecot",
		.purpose = "install certificates in the Dovecot mail server",
		.paragraphs = {"Sets the certificate of Dovecot where its configuration has one: in "
			       "Debian's, in `conf.d/10-ssl.conf`. The certificate for Dovecot's "
			       "`hostname`, or else the first one, is the default; those for further "
			       "names get blocks `local_name`, from which Dovecot chooses by the name that "
			       "a client sends.",
			       "Certificates in `protocol` and `local` blocks and `ssl_alt_cert` are "
			       "refused, because Dovecot would mix them up with those of `local_name` "
			       "blocks. Dovecot reads the files in `live/` as root, so a renewal is one "
			       "reload for all certificates."},
		.example = "certbot run -a standalone -i dovecot -d mail.example.com",
	},
	{
		.name = "exim",
		.purpose = "install certificates in the Exim mail server",
		.paragraphs = {"Sets the certificate of Exim's SMTP server. In Debian's configuration "
			       "it is the macro `MAIN_TLS_CERTKEY`, in `conf.d/main/00_certbot` or in "
			       "`exim4.conf.localmacros`; in one without Debian's parts, `tls_certificate` "
			       "and `tls_privatekey`. TLS is turned on where it was off.",
			       "The certificate for `primary_hostname`, or else the first one, is the "
			       "default; those for further names are found in the map `certbot-sni` by the "
			       "name that a client sends. Exim reads them as its own user, so it gets "
			       "copies `certbot-NAME.pem` next to its configuration, which its group may "
			       "read and which are renewed with the certificate."},
		.example = "certbot run -a standalone -i exim -d mail.example.com",
	},
	{
		.name = "external",
		.purpose = "prove control of names by a handler program",
		.paragraphs =
			{"Runs the program of `--external-handler` with one argument: `pre-perform`, "
			 "`perform` for each challenge, `post-perform`; once the CA has looked, "
			 "`pre-cleanup`, `cleanup` for each challenge, `post-cleanup`. It finds "
			 "`domain`, `challenge`, `token`, `validation` and, for http-01, `port` in its "
			 "environment, with the variables of manual's hooks. A handler that does not "
			 "need a call prints `NotImplemented` and exits with another status than 0.",
			 "Handlers and renewal configurations of the letsencrypt-external plugin "
			 "go on working."},
		.example =
			"certbot certonly --external \\\n"
			"    --external-handler /etc/letsencrypt/external-handler.sh -d example.com",
	},
	{
		.name = "gandi",
		.purpose = "say what took the place of the plugin for Gandi Simple Hosting",
		.paragraphs =
			{"Gandi's Web Hosting, formerly Simple Hosting, no longer takes certificates of "
			 "others: it gets its own for each vhost. Renewal configurations of "
			 "letsencrypt-gandi are refused with that word before a CA is asked. For names "
			 "whose zones are at Gandi there is `--dns-gandi`."},
		.example = "certbot reconfigure --cert-name example.com --dns-gandi \\\n"
			   "    --dns-gandi-credentials /root/gandi.ini",
	},
	{
		.name = "haproxy",
		.purpose = "obtain certificates with HAProxy and install them there",
		.paragraphs = {"Writes key and certificate into one file, in the directory that a `bind` "
			       "line names or that of `--haproxy-crt-dir`, and has the frontends that "
			       "mention the names load it. A frontend for plain HTTP only gets a `bind` "
			       "line with TLS.",
			       "A renewal gives the new pair to the running HAProxy by its stats socket, "
			       "if that has `level admin`, without a reload. Otherwise there is one "
			       "reload for all certificates, by the socket of the master process, by "
			       "systemd, or by a signal to the master. "
			       "Challenges are answered by temporary `http-request return` rules (HAProxy "
			       "2.2) in each frontend on the HTTP port, or on `--haproxy-http-01-port` "
			       "where the configuration sends them there."},
		.example = "certbot --haproxy -d example.com -d www.example.com",
	},
	{
		.name = "heroku",
		.purpose = "prove control of names and install certificates by apps on Heroku",
		.paragraphs =
			{"The app answers the challenges itself: at `--heroku-endpoint` it takes an "
			 "answer (POST of `domain` and `secret` as JSON, with `Authorization: Token "
			 "...`) and forgets it (DELETE).",
			 "The certificate becomes an SNI endpoint of each app, and the domains of the "
			 "app use it; a renewal takes its place there. Apps for which Heroku gets "
			 "certificates itself are refused before the CA is asked."},
		.example = "certbot run -a dns-cloudflare -i heroku --heroku-app my-app \\\n"
			   "    -d '*.example.com'",
	},
	{
		.name = "icecast",
		.purpose = "install certificates in the Icecast streaming server",
		.paragraphs =
			{"Writes certificate and key into one file that Icecast's group can read, names it "
			 "in `icecast.xml`, and adds a socket with TLS if there is none. Nothing else in the "
			 "file changes, and `certbot rollback` gives it back byte for byte.",
			 "Icecast 2.4 reads its certificate only when it starts, so each renewal restarts "
			 "it and ends the connections of listeners and sources. The file is checked before "
			 "the restart, because Icecast speaks plain HTTP on its TLS port when it cannot use "
			 "it."},
		.example = "certbot run -a standalone -i icecast -d radio.example.com",
	},
	{
		.name = "manual",
		.purpose = "prove control of names by hand, or by commands of your own",
		.paragraphs =
			{"Says what to put where, and waits for Enter. With two commands it needs "
			 "nobody, and the certificate can renew: the first puts one answer in place, "
			 "the second takes it away. They run through `/bin/sh`, once for each name.",
			 "The commands find these variables: `CERTBOT_DOMAIN` (the name), "
			 "`CERTBOT_IDENTIFIER` (the same, or an IP address), `CERTBOT_VALIDATION` (what "
			 "the CA must find), `CERTBOT_TOKEN` (the file's name, http-01 only), "
			 "`CERTBOT_RECORD_NAME` (the name of the TXT record, DNS only), "
			 "`CERTBOT_REMAINING_CHALLENGES` (how many follow), `CERTBOT_ALL_DOMAINS` and "
			 "`CERTBOT_ALL_IDENTIFIERS` (all names, with commas), and in the second command "
			 "`CERTBOT_AUTH_OUTPUT` (what the first one printed)."},
		.example = "certbot certonly --manual --preferred-challenges dns \\\n"
			   "    --manual-auth-hook /usr/local/bin/add-record \\\n"
			   "    --manual-cleanup-hook /usr/local/bin/remove-record -d example.com",
	},
	{
		.name = "nginx",
		.purpose = "prove control of names and install certificates by nginx",
		.synopsis = "`certbot` [`run`|`certonly`|`install`] `--nginx` [options]",
		.paragraphs =
			{"Proves control of names through the running nginx, and sets it up to use the "
			 "certificate. For as long as the CA looks, every server block that may get its "
			 "request answers by a location of its own, before redirects, passwords and "
			 "proxies; afterwards every file is what it was.",
			 "Installing adds the sockets for TLS, certificate, key and safe settings to "
			 "the server block that nginx itself would choose for the name. Everything is "
			 "tested by nginx before it is told to reload, nginx is asked for the new "
			 "certificate afterwards, and each step can be undone by `certbot rollback "
			 "--nginx`. nginx must be running: it is never started."},
		.example = "certbot --nginx -d example.com -d www.example.com\n"
			   "certbot install --nginx --cert-name example.com\n"
			   "certbot rollback --nginx",
	},
	{
		.name = "null",
		.purpose = "install nothing",
		.synopsis = "`certbot run -a webroot -i null` [options]",
		.paragraphs =
			{"Installs nothing, for a `run` that is to obtain a certificate only."},
		.example = "certbot run -a webroot -w /var/www/html -i null -d example.com",
	},
	{
		.name = "plesk",
		.purpose = "install certificates in the sites of a Plesk server",
		.paragraphs =
			{"Puts the certificate into the repository of each subscription that has a "
			 "site it is good for, under the name `certbot NAME`, and turns on TLS with it "
			 "for these sites. Certificates of other names stay. A renewal takes its place "
			 "there.",
			 "Where Plesk is on this machine, `plesk bin secret_key` makes a secret key for "
			 "the run and deletes it afterwards; nothing has to be set up. Another server "
			 "needs `--plesk-url` and `--plesk-secret-key-file`, and is verified. To prove "
			 "control there is `-a webroot` with the document root of the site."},
		.example = "certbot run -a webroot -w /var/www/vhosts/example.com/httpdocs \\\n"
			   "    -i plesk -d example.com -d www.example.com",
	},
	{
		.name = "postfix",
		.purpose = "install certificates in the Postfix mail server",
		.paragraphs =
			{"Sets the certificate of Postfix's SMTP server in `main.cf`: in "
			 "`smtpd_tls_chain_files` if that is set already, else in "
			 "`smtpd_tls_cert_file` and `smtpd_tls_key_file`. The certificate for "
			 "`myhostname` is the default one; those for further names go into the map "
			 "`certbot_sni`, from which Postfix chooses by the name that a client sends.",
			 "Postfix reads the files in `live/` as root, so a renewal is one reload for "
			 "all certificates. Indexed maps that mention a renewed certificate are "
			 "rebuilt first."},
		.example = "certbot run -a standalone -i postfix -d mail.example.com",
	},
	{
		.name = "pritunl",
		.purpose = "install certificates in the Pritunl VPN server",
		.paragraphs =
			{"Sets `app.server_key` and `app.server_cert` by the program `pritunl`, now and "
			 "after each renewal. They are in Pritunl's database, so one host of a cluster is "
			 "enough; running servers take them by themselves.",
			 "The program takes values as arguments only: for the moment of the call, users of "
			 "this machine can read the private key in the list of processes, unless /proc is "
			 "mounted with `hidepid=2`."},
		.example = "certbot run -a standalone -i pritunl -d vpn.example.com",
	},
	{
		.name = "proxmox",
		.purpose = "install certificates in Proxmox VE or Proxmox Backup Server",
		.paragraphs =
			{"Copies the certificate of the web interface to `pveproxy-ssl.pem` and "
			 "`pveproxy-ssl.key` and reloads `pveproxy` and `spiceproxy`; on a backup server, to "
			 "`proxy.pem` and `proxy.key`, and reloads `proxmox-backup-proxy`. Now and after "
			 "each renewal. The certificates of the cluster (`pve-ssl.*`) are not touched.",
			 "While the cluster has no quorum its configuration is read-only: the copies are "
			 "then owed, and each `certbot renew` tries again."},
		.example = "certbot run -a dns-cloudflare -i proxmox -d pve.example.com",
	},
	{
		.name = "s3front",
		.purpose = "prove control of names and install certificates by Amazon S3 and CloudFront",
		.paragraphs =
			{"For a site whose files are in a bucket of S3 and which a CloudFront "
			 "distribution serves. The answers to challenges are put into the bucket, "
			 "without an ACL, and removed afterwards.",
			 "The certificate is imported into AWS Certificate Manager (us-east-1), and the "
			 "distribution is told to use it. A renewal is imported in the same place, so "
			 "that nothing else changes. CloudFront takes ECDSA keys on secp256r1 and RSA "
			 "keys of up to 3072 bits. Credentials are found as by `dns-route53`."},
		.example = "certbot run --s3front --s3front-bucket www-example \\\n"
			   "    --s3front-distribution EDFDVBD632BHDS5 -d www.example.com",
	},
	{
		.name = "standalone",
		.purpose = "prove control of names by a web server for the moment",
		.paragraphs =
			{"Answers the CA itself, for the moment that it takes. Port 80 must be free and "
			 "reachable from the internet under these names; if something holds it, the "
			 "message says which process. Where only port 443 is free, "
			 "`--preferred-challenges tls-alpn` answers there. DNS names and IP addresses; "
			 "no wildcards."},
		.example = "certbot certonly --standalone -d www.example.com\n"
			   "certbot certonly --standalone --preferred-challenges tls-alpn -d "
			   "www.example.com",
	},
	{
		.name = "varnish",
		.purpose = "prove control of names by the running Varnish",
		.paragraphs =
			{"Varnish answers the CA itself: for the time of the challenge, a copy of the "
			 "VCL in use with the answers in front takes its place, and everything else "
			 "goes on as before. No file is edited and nothing is restarted.",
			 "Varnish has no TLS of its own, so this plugin proves control only: what "
			 "terminates TLS in front of it gets the certificate by its own plugin, or by "
			 "a deploy hook."},
	},
	{
		.name = "webroot",
		.purpose = "prove control of names by files that a web server serves",
		.paragraphs =
			{"Puts files below `DIR/.well-known/acme-challenge/`, from where a running web "
			 "server serves them, and removes them afterwards. Each `-d` takes the `-w` "
			 "that was written last before it. Symbolic links are followed if they belong "
			 "to root, or if their owner may write to where they lead. DNS names and IP "
			 "addresses; no wildcards."},
		.example =
			"certbot certonly --webroot -w /var/www/html -d example.com -d www.example.com\n"
			"certbot certonly --webroot -w /srv/a -d a.example -w /srv/b -d b.example",
	},
};

const struct plugin_text *help_plugin_text(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (strcmp(texts[i].name, name) == 0)
			return &texts[i];
	return NULL;
}

bool help_has_page(const struct help_plugin *plugin)
{
	return !plugin->is_hidden || help_plugin_text(plugin->name);
}
