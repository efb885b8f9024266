/*
 * Core option rows, second part: test servers and ports, keys, what a web server is told to do with
 * the certificate, and preferences for the conversation with the CA.
 */
#include "base/macros.h"
#include "config/option_rows.h"

static const struct option rows[] = {
	{.dest = "staging", .names = "--test-cert --staging", .type = OPTION_FLAG,
	 .topics = "testing revoke run",
	 .help = "Use the test server of Let's Encrypt, whose certificates no browser trusts; the "
		 "same as --server https://acme-staging-v02.api.letsencrypt.org/directory."},
	{.dest = "debug", .names = "--debug", .type = OPTION_FLAG, .topics = "testing",
	 .help = "Show where in the program an error arose."},
	{.dest = "debug_challenges", .names = "--debug-challenges", .type = OPTION_FLAG,
	 .topics = "general certonly run",
	 .help = "Stop when the challenges are in place, before the CA is told to check them. With "
		 "-v, show what the CA is going to look for, and where."},
	{.dest = "no_verify_ssl", .names = "--no-verify-ssl", .type = OPTION_FLAG,
	 .topics = "testing",
	 .help = "Do not check the certificate of the ACME server; those of all others are checked. "
		 "To trust a private CA instead, "
		 "name its certificate in the environment variable REQUESTS_CA_BUNDLE."},
	{.dest = "http01_port", .names = "--http-01-port", .type = OPTION_INT, .fallback = "80",
	 .choices = "0..65535", .metavar = "PORT",
	 .topics = "testing standalone manual nginx apache", .flags = OPTION_SAVED,
	 .help = "Port on which this machine answers http-01 challenges. The CA always asks on "
		 "port 80: something must forward from there."},
	{.dest = "http01_address", .names = "--http-01-address", .type = OPTION_STRING,
	 .fallback = "", .metavar = "ADDRESS", .topics = "testing standalone",
	 .flags = OPTION_SAVED,
	 .help = "Address to listen on for http-01 challenges; all of them when empty."},
	{.dest = "https_port", .names = "--https-port", .type = OPTION_INT, .fallback = "443",
	 .choices = "0..65535", .metavar = "PORT", .topics = "testing nginx apache",
	 .help = "Port on which this machine serves HTTPS, where it is not the one that visitors "
		 "use."},
	{.dest = "tls_alpn_01_port", .names = "--tls-alpn-01-port", .type = OPTION_INT,
	 .fallback = "443", .choices = "0..65535", .metavar = "PORT",
	 .topics = "testing standalone", .flags = OPTION_SAVED | OPTION_OURS,
	 .help = "Port on which this machine answers tls-alpn-01 challenges. The CA always asks on "
		 "port 443."},
	{.dest = "tls_alpn_01_address", .names = "--tls-alpn-01-address", .type = OPTION_STRING,
	 .fallback = "", .metavar = "ADDRESS", .topics = "testing standalone",
	 .flags = OPTION_SAVED | OPTION_OURS,
	 .help = "Address to listen on for tls-alpn-01 challenges; all of them when empty."},
	/* The port of a challenge type that is gone was the HTTPS port of installers as well. */
	{.dest = "tls_sni_01_port", .names = "--tls-sni-01-port", .type = OPTION_INT,
	 .fallback = "443", .choices = "0..65535", .metavar = "PORT", .topics = "testing",
	 .flags = OPTION_HIDDEN | OPTION_SAVED,
	 .help = ""},
	{.dest = "tls_sni_01_address", .names = "--tls-sni-01-address", .type = OPTION_STRING,
	 .fallback = "", .metavar = "ADDRESS", .topics = "testing", .flags = OPTION_HIDDEN,
	 .help = ""},
	{.dest = "break_my_certs", .names = "--break-my-certs", .type = OPTION_FLAG,
	 .topics = "testing",
	 .help = "Allow a certificate of a test server to replace a real one."},
	{.dest = "rsa_key_size", .names = "--rsa-key-size", .type = OPTION_INT, .fallback = "2048",
	 .metavar = "BITS", .topics = "security", .flags = OPTION_SAVED,
	 .help = "Size of RSA keys; at least 2048."},
	{.dest = "key_type", .names = "--key-type", .type = OPTION_STRING, .fallback = "ecdsa",
	 .choices = "rsa ecdsa", .metavar = "TYPE", .topics = "security",
	 .flags = OPTION_SAVED | OPTION_ALWAYS_SAVED,
	 .help = "Kind of private key to make: rsa or ecdsa."},
	{.dest = "elliptic_curve", .names = "--elliptic-curve", .type = OPTION_STRING,
	 .fallback = "secp256r1", .choices = "secp256r1 secp384r1 secp521r1", .metavar = "CURVE",
	 .topics = "security", .flags = OPTION_SAVED,
	 .help = "Curve of ecdsa keys: secp256r1, secp384r1 or secp521r1. Not every CA signs all "
		 "of them."},
	{.dest = "new_account_key", .names = "--new-account-key", .type = OPTION_FLAG,
	 .topics = "update_account",
	 .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Replace the key of the account by a new one (update_account)."},
	{.dest = "account_key_type", .names = "--account-key-type", .type = OPTION_STRING,
	 .fallback = "ecdsa", .choices = "rsa ecdsa", .metavar = "TYPE",
	 .topics = "security register",
	 .flags = OPTION_OURS,
	 .help = "Kind of key for a new ACME account: ecdsa, or rsa for a CA that takes nothing "
		 "else. Existing accounts keep theirs."},
	{.dest = "must_staple", .names = "--must-staple", .type = OPTION_FLAG, .topics = "security",
	 .flags = OPTION_SAVED,
	 .help = "Ask for a certificate that is valid only together with a stapled OCSP answer "
		 "(the TLS feature extension), and turn stapling on in the web server."},
	{.dest = "redirect", .names = "--redirect", .type = OPTION_FLAG,
	 .topics = "security enhance", .flags = OPTION_TRISTATE,
	 .help = "Redirect HTTP requests to HTTPS. (default: on for run and install, off for "
		 "enhance)"},
	{.dest = "redirect", .names = "--no-redirect", .type = OPTION_FLAG_FALSE,
	 .topics = "security", .flags = OPTION_TRISTATE,
	 .help = "Leave HTTP as it is. (default: on for run and install, off for enhance)"},
	{.dest = "hsts", .names = "--hsts", .type = OPTION_FLAG, .topics = "security enhance",
	 .flags = OPTION_TRISTATE,
	 .help = "Add the Strict-Transport-Security header: browsers then refuse plain HTTP for "
		 "the site."},
	{.dest = "hsts", .names = "--no-hsts", .type = OPTION_FLAG_FALSE, .topics = "security",
	 .flags = OPTION_TRISTATE | OPTION_HIDDEN,
	 .help = ""},
	{.dest = "uir", .names = "--uir", .type = OPTION_FLAG, .topics = "security enhance",
	 .flags = OPTION_TRISTATE,
	 .help = "Add the header \"Content-Security-Policy: upgrade-insecure-requests\": browsers "
		 "then fetch the http:// parts of a page by https://."},
	{.dest = "uir", .names = "--no-uir", .type = OPTION_FLAG_FALSE, .topics = "security",
	 .flags = OPTION_TRISTATE | OPTION_HIDDEN,
	 .help = ""},
	{.dest = "staple", .names = "--staple-ocsp", .type = OPTION_FLAG,
	 .topics = "security enhance", .flags = OPTION_TRISTATE,
	 .help = "Let the web server send a fresh OCSP answer along with the certificate."},
	{.dest = "staple", .names = "--no-staple-ocsp", .type = OPTION_FLAG_FALSE,
	 .topics = "security", .flags = OPTION_TRISTATE | OPTION_HIDDEN,
	 .help = ""},
	{.dest = "strict_permissions", .names = "--strict-permissions", .type = OPTION_FLAG,
	 .topics = "security",
	 .help = "Refuse to work with directories that belong to somebody else or that others may "
		 "write to. Wanted when they lie in an unsafe place such as /tmp."},
	{.dest = "require_sandbox", .names = "--require-sandbox", .type = OPTION_FLAG,
	 .topics = "security",
	 .help = "Fail where the processes that meet the bytes of servers cannot be kept from private "
		 "keys. Without this option they run all the same, and a warning says what the "
		 "system lacks."},
	{.dest = "auto_hsts", .names = "--auto-hsts", .type = OPTION_FLAG,
	 .topics = "security enhance",
	 .help = "Add the Strict-Transport-Security header with a short life that grows at each "
		 "renewal. Not together with --hsts."},
	{.dest = "preferred_chain", .names = "--preferred-chain", .type = OPTION_STRING,
	 .metavar = "COMMON_NAME", .topics = "general certonly renew run", .flags = OPTION_SAVED,
	 .help = "Where the CA offers several chains, take the one whose topmost certificate was "
		 "issued by this name; the CA's own choice where there is none."},
	{.dest = "preferred_profile", .names = "--preferred-profile", .type = OPTION_STRING,
	 .metavar = "PROFILE", .topics = "general certonly renew run", .flags = OPTION_SAVED,
	 .help = "Ask for this profile of certificate where the CA offers it."},
	{.dest = "required_profile", .names = "--required-profile", .type = OPTION_STRING,
	 .metavar = "PROFILE", .topics = "general certonly renew run", .flags = OPTION_SAVED,
	 .help = "Ask for this profile of certificate and fail where the CA does not offer it."},
	{.dest = "pref_challs", .names = "--preferred-challenges", .type = OPTION_COMMA_LIST,
	 .choices = "http=http-01 http-01 dns=dns-01 dns-01 tls-alpn=tls-alpn-01 tls-alpn-01 "
		    "dns-account=dns-account-01 dns-account-01 dns-persist=dns-persist-01 "
		    "dns-persist-01 tls-sni=tls-sni-01 tls-sni-01",
	 .metavar = "CHALLENGES", .topics = "general standalone manual certonly renew",
	 .flags = OPTION_SAVED,
	 .help = "Kinds of challenge to use, best first, separated by commas: http, dns, tls-alpn, "
		 "dns-account, dns-persist, or with their version: http-01. Each plugin can do only "
		 "some of them. (default: what the plugin prefers)"},
	{.dest = "issuance_timeout", .names = "--issuance-timeout", .type = OPTION_UINT,
	 .fallback = "90", .metavar = "SECONDS", .topics = "general certonly run",
	 .help = "How long to wait for the CA to issue."},
	{.dest = "dns_resolver", .names = "--dns-resolver", .type = OPTION_LIST,
	 .metavar = "ADDRESS", .topics = "general certonly renew", .flags = OPTION_SAVED | OPTION_OURS,
	 .help = "Address of a DNS server to ask about zones and published challenges, optionally "
		 "with :PORT, or the https:// URL of a DNS over HTTPS service; repeat the option "
		 "for more. (default: those of the system)"},
	{.dest = "dns_follow_cname", .names = "--no-dns-follow-cname", .type = OPTION_FLAG_FALSE,
	 .fallback = "true", .topics = "general certonly renew", .flags = OPTION_SAVED | OPTION_OURS,
	 .help = "Publish DNS challenges under _acme-challenge of the name itself, even where that "
		 "is an alias (CNAME) for a name in another zone."},
};

const struct option_group security_options = {rows, ARRAY_LEN(rows)};
