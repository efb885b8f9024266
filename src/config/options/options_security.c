/*
 * Core option rows, second part: test servers and ports, keys, web server enhancements, and
 * preferences for the exchange with the CA.
 */
#include "base/macros.h"
#include "config/option.h"
#include "config/options/option_rows.h"

static const struct option rows[] = {
	{.dest = "staging", .names = "--test-cert --staging", .type = OPTION_FLAG,
	 .topics = "testing revoke run",
	 .help = "Use the Let's Encrypt staging server, whose certificates are not trusted by "
		 "browsers; the same as --server "
		 "https://acme-staging-v02.api.letsencrypt.org/directory."},
	{.dest = "debug", .names = "--debug", .type = OPTION_FLAG, .topics = "testing",
	 .help = "Show where in the program an error occurred."},
	{.dest = "debug_challenges", .names = "--debug-challenges", .type = OPTION_FLAG,
	 .topics = "general certonly run",
	 .help = "Pause after setting up the challenges, before asking the CA to check them. With "
		 "-v, show what the CA will look for and where."},
	{.dest = "no_verify_ssl", .names = "--no-verify-ssl", .type = OPTION_FLAG,
	 .topics = "testing",
	 .help = "Do not verify the ACME server's TLS certificate; those of other servers are still "
		 "verified. To trust a private CA instead, set the environment variable "
		 "REQUESTS_CA_BUNDLE to its certificate file."},
	{.dest = "http01_port", .names = "--http-01-port", .type = OPTION_INT, .fallback = "80",
	 .choices = "0..65535", .metavar = "PORT",
	 .topics = "testing standalone manual nginx apache", .flags = OPTION_SAVED,
	 .help = "Local port for answering http-01 challenges. The CA always connects to port 80, "
		 "so connections must be forwarded from there."},
	{.dest = "http01_address", .names = "--http-01-address", .type = OPTION_STRING,
	 .fallback = "", .metavar = "ADDRESS", .topics = "testing standalone",
	 .flags = OPTION_SAVED,
	 .help = "Address to listen on for http-01 challenges; all addresses if empty."},
	{.dest = "https_port", .names = "--https-port", .type = OPTION_INT, .fallback = "443",
	 .choices = "0..65535", .metavar = "PORT", .topics = "testing nginx apache",
	 .help = "Local port for HTTPS, if it differs from the port that clients use."},
	{.dest = "tls_alpn_01_port", .names = "--tls-alpn-01-port", .type = OPTION_INT,
	 .fallback = "443", .choices = "0..65535", .metavar = "PORT",
	 .topics = "testing standalone", .flags = OPTION_SAVED | OPTION_OURS,
	 .help = "Local port for answering tls-alpn-01 challenges. The CA always connects to port "
		 "443."},
	{.dest = "tls_alpn_01_address", .names = "--tls-alpn-01-address", .type = OPTION_STRING,
	 .fallback = "", .metavar = "ADDRESS", .topics = "testing standalone",
	 .flags = OPTION_SAVED | OPTION_OURS,
	 .help = "Address to listen on for tls-alpn-01 challenges; all addresses if empty."},
	{.dest = "tls_sni_01_port", .names = "--tls-sni-01-port", .type = OPTION_INT,
	 .fallback = "443", .choices = "0..65535", .metavar = "PORT",
	 .topics = "testing standalone manual nginx apache", .flags = OPTION_SAVED,
	 .help = "Local port for answering tls-sni-01 challenges, which only old private CAs "
		 "offer: the CA always connects to port 443. It is also the default of "
		 "--https-port."},
	{.dest = "tls_sni_01_address", .names = "--tls-sni-01-address", .type = OPTION_STRING,
	 .fallback = "", .metavar = "ADDRESS", .topics = "testing standalone",
	 .flags = OPTION_SAVED,
	 .help = "Address to listen on for tls-sni-01 challenges; all addresses if empty."},
	{.dest = "break_my_certs", .names = "--break-my-certs", .type = OPTION_FLAG,
	 .topics = "testing",
	 .help = "Allow a test certificate to replace a real one."},
	{.dest = "rsa_key_size", .names = "--rsa-key-size", .type = OPTION_INT, .fallback = "2048",
	 .choices = "2048..8192", .metavar = "BITS", .topics = "security", .flags = OPTION_SAVED,
	 .help = "Size of RSA keys: 2048 to 8192 bits."},
	{.dest = "key_type", .names = "--key-type", .type = OPTION_STRING, .fallback = "ecdsa",
	 .choices = "rsa ecdsa ecdsa,rsa rsa,ecdsa", .metavar = "TYPE", .topics = "security",
	 .flags = OPTION_SAVED | OPTION_ALWAYS_SAVED,
	 .help = "Type of private key to generate: rsa or ecdsa. Two types (ecdsa,rsa) are two "
		 "certificates in one: the first is the certificate's own, the second has further "
		 "files (cert-rsa.pem ...), and nginx and Apache get both."},
	{.dest = "elliptic_curve", .names = "--elliptic-curve", .type = OPTION_STRING,
	 .fallback = "secp256r1", .choices = "secp256r1 secp384r1 secp521r1", .metavar = "CURVE",
	 .topics = "security", .flags = OPTION_SAVED,
	 .help = "Curve for ecdsa keys: secp256r1, secp384r1 or secp521r1. Not every CA supports "
		 "all of them."},
	{.dest = "key_uri", .names = "--key-uri", .type = OPTION_STRING, .metavar = "URI",
	 .topics = "security", .flags = OPTION_SAVED | OPTION_OURS,
	 .help = "Where the private key is kept. tpm2: for a key that this machine's TPM makes, a new "
		 "one at each renewal; pkcs11:token=NAME;object=NAME for one that is in a token (an HSM, "
		 "a smart card) already. privkey.pem then names the key for servers whose OpenSSL has the "
		 "same provider. file: goes back to a key in a file."},
	{.dest = "new_account_key", .names = "--new-account-key", .type = OPTION_FLAG,
	 .topics = "update_account",
	 .flags = OPTION_OURS | OPTION_FOR_VERBS,
	 .help = "Replace the account key with a new one (update_account)."},
	{.dest = "account_key_type", .names = "--account-key-type", .type = OPTION_STRING,
	 .fallback = "ecdsa", .choices = "rsa ecdsa", .metavar = "TYPE",
	 .topics = "security register",
	 .flags = OPTION_OURS,
	 .help = "Type of key for a new ACME account: ecdsa, or rsa if the CA requires it. "
		 "Existing accounts keep their keys."},
	{.dest = "must_staple", .names = "--must-staple", .type = OPTION_FLAG, .topics = "security",
	 .flags = OPTION_SAVED,
	 .help = "Request a certificate with the OCSP Must-Staple extension, which is valid only "
		 "with a stapled OCSP response, and enable stapling in the web server."},
	{.dest = "redirect", .names = "--redirect", .type = OPTION_FLAG,
	 .topics = "security enhance", .flags = OPTION_TRISTATE,
	 .help = "Redirect HTTP requests to HTTPS. (default: on for run and install, off for "
		 "enhance)"},
	{.dest = "redirect", .names = "--no-redirect", .type = OPTION_FLAG_FALSE,
	 .topics = "security", .flags = OPTION_TRISTATE,
	 .help = "Do not redirect HTTP requests to HTTPS. (default: redirect for run and install, "
		 "not for enhance)"},
	{.dest = "hsts", .names = "--hsts", .type = OPTION_FLAG, .topics = "security enhance",
	 .flags = OPTION_TRISTATE,
	 .help = "Add the Strict-Transport-Security header, which makes browsers refuse plain "
		 "HTTP for the site."},
	{.dest = "hsts", .names = "--no-hsts", .type = OPTION_FLAG_FALSE, .topics = "security",
	 .flags = OPTION_TRISTATE | OPTION_HIDDEN,
	 .help = ""},
	{.dest = "uir", .names = "--uir", .type = OPTION_FLAG, .topics = "security enhance",
	 .flags = OPTION_TRISTATE,
	 .help = "Add the header \"Content-Security-Policy: upgrade-insecure-requests\", which "
		 "makes browsers load the http:// parts of a page over https://."},
	{.dest = "uir", .names = "--no-uir", .type = OPTION_FLAG_FALSE, .topics = "security",
	 .flags = OPTION_TRISTATE | OPTION_HIDDEN,
	 .help = ""},
	{.dest = "staple", .names = "--staple-ocsp", .type = OPTION_FLAG,
	 .topics = "security enhance", .flags = OPTION_TRISTATE,
	 .help = "Have the web server send a fresh OCSP response along with the certificate."},
	{.dest = "staple", .names = "--no-staple-ocsp", .type = OPTION_FLAG_FALSE,
	 .topics = "security", .flags = OPTION_TRISTATE | OPTION_HIDDEN,
	 .help = ""},
	{.dest = "strict_permissions", .names = "--strict-permissions", .type = OPTION_FLAG,
	 .topics = "security",
	 .help = "Refuse to use directories that belong to another user or that others may write "
		 "to. Recommended if they are in an unsafe place such as /tmp."},
	{.dest = "require_sandbox", .names = "--require-sandbox", .type = OPTION_FLAG,
	 .topics = "security",
	 .help = "Fail if the processes that talk to servers cannot be kept away from private "
		 "keys. Without this option they run anyway, and a warning says what the system "
		 "lacks."},
	{.dest = "auto_hsts", .names = "--auto-hsts", .type = OPTION_FLAG,
	 .topics = "security enhance",
	 .help = "Add the Strict-Transport-Security header with a short max-age that grows with "
		 "each renewal. Cannot be combined with --hsts."},
	{.dest = "preferred_chain", .names = "--preferred-chain", .type = OPTION_STRING,
	 .metavar = "COMMON_NAME", .topics = "general certonly renew run", .flags = OPTION_SAVED,
	 .help = "If the CA offers several chains, use the one whose topmost certificate was "
		 "issued by this name; if there is none, use the CA's default."},
	{.dest = "preferred_profile", .names = "--preferred-profile", .type = OPTION_STRING,
	 .metavar = "PROFILE", .topics = "general certonly renew run", .flags = OPTION_SAVED,
	 .help = "Request this certificate profile if the CA offers it."},
	{.dest = "required_profile", .names = "--required-profile", .type = OPTION_STRING,
	 .metavar = "PROFILE", .topics = "general certonly renew run", .flags = OPTION_SAVED,
	 .help = "Request this certificate profile, and fail if the CA does not offer it."},
	{.dest = "pref_challs", .names = "--preferred-challenges", .type = OPTION_COMMA_LIST,
	 .choices = "http=http-01 http-01 dns=dns-01 dns-01 tls-alpn=tls-alpn-01 tls-alpn-01 "
		    "dns-account=dns-account-01 dns-account-01 dns-persist=dns-persist-01 "
		    "dns-persist-01 tls-sni=tls-sni-01 tls-sni-01",
	 .metavar = "CHALLENGES", .topics = "general standalone manual certonly renew",
	 .flags = OPTION_SAVED,
	 .help = "Challenge types to use, in order of preference and separated with commas: http, "
		 "dns, tls-alpn, dns-account, dns-persist, tls-sni (which only old private CAs "
		 "offer), or with a version: http-01. Each plugin supports only some of them. "
		 "(default: the plugin's preference)"},
	{.dest = "issuance_timeout", .names = "--issuance-timeout", .type = OPTION_UINT,
	 .fallback = "90", .metavar = "SECONDS", .topics = "general certonly run",
	 .help = "How long to wait for the CA to issue the certificate."},
	{.dest = "dns_resolver", .names = "--dns-resolver", .type = OPTION_LIST,
	 .metavar = "ADDRESS", .topics = "general certonly renew", .flags = OPTION_SAVED | OPTION_OURS,
	 .help = "Address of a DNS server to query for zones and published challenges, optionally "
		 "with :PORT, or the https:// URL of a DNS-over-HTTPS service; repeat the option "
		 "for more. (default: the system's resolvers)"},
	{.dest = "dns_follow_cname", .names = "--no-dns-follow-cname", .type = OPTION_FLAG_FALSE,
	 .fallback = "true", .topics = "general certonly renew", .flags = OPTION_SAVED | OPTION_OURS,
	 .help = "Publish DNS challenges at the _acme-challenge name itself, even if that is a "
		 "CNAME for a name in another zone."},
};

const struct option_group security_options = {rows, ARRAY_LEN(rows)};
