/*
 * One row per family of libcurl's result codes (see curl_failure.h): our text, whom it blames, and
 * whether libcurl's own explanation is appended. That explanation may quote the peer (names in its
 * certificate), so it is made printable.
 */
#include "net/http/curl_failure.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "codec/url.h"
#include "net/http/mail_reply.h"
#include "net/http/proxy.h"
#include "os/thread.h"

enum subject {
	HOST,  /* name alone */
	PEER,  /* host:port */
	GATE,  /* where the connection goes: the proxy or the peer */
	PROXY, /* the proxy */
	URL,
};

enum reason {
	REASON_NONE,
	REASON_DETAIL, /* libcurl's text */
	REASON_ERRNO,  /* the system's, else libcurl's */
};

struct family {
	CURLcode curl_code;
	enum err_code code;
	const char *before; /* 'subject' */
	enum subject subject;
	const char *after;
	enum reason reason;
};

/* ERR_NETWORK may be temporary and is tried again; ERR_PROTOCOL and ERR_CONFIG need a person. */
static const struct family families[] = {
	{CURLE_COULDNT_RESOLVE_PROXY, ERR_NETWORK, "cannot resolve the proxy ", PROXY, "",
	 REASON_NONE},
	{CURLE_COULDNT_RESOLVE_HOST, ERR_NETWORK, "cannot resolve ", HOST, "", REASON_NONE},
	{CURLE_COULDNT_CONNECT, ERR_NETWORK, "cannot connect to ", GATE, "", REASON_ERRNO},
	{CURLE_PROXY, ERR_NETWORK, "cannot connect through the proxy ", PROXY, "", REASON_DETAIL},
	{CURLE_PEER_FAILED_VERIFICATION, ERR_PROTOCOL, "cannot verify the TLS certificate of ",
	 PEER, "", REASON_DETAIL},
	{CURLE_SSL_CONNECT_ERROR, ERR_NETWORK, "cannot set up TLS with ", PEER, "", REASON_DETAIL},
	{CURLE_SSL_CACERT_BADFILE, ERR_CONFIG, "cannot use the CA certificates for ", PEER, "",
	 REASON_DETAIL},
	{CURLE_GOT_NOTHING, ERR_NETWORK, "", PEER, " closed the connection without an answer",
	 REASON_NONE},
	{CURLE_RECV_ERROR, ERR_NETWORK, "lost the connection to ", PEER, "", REASON_DETAIL},
	{CURLE_SEND_ERROR, ERR_NETWORK, "lost the connection to ", PEER, "", REASON_DETAIL},
	{CURLE_PARTIAL_FILE, ERR_NETWORK, "lost the connection to ", PEER, "", REASON_DETAIL},
	{CURLE_HTTP2, ERR_NETWORK, "lost the connection to ", PEER, "", REASON_DETAIL},
	{CURLE_HTTP2_STREAM, ERR_NETWORK, "lost the connection to ", PEER, "", REASON_DETAIL},
	{CURLE_TOO_MANY_REDIRECTS, ERR_PROTOCOL, "cannot get ", URL, ": more than 3 redirects",
	 REASON_NONE},
	{CURLE_UNSUPPORTED_PROTOCOL, ERR_PROTOCOL, "cannot follow a redirect to ", PEER,
	 ", which is not https", REASON_NONE},
	{CURLE_WEIRD_SERVER_REPLY, ERR_PROTOCOL, "cannot understand the answer of ", PEER, "",
	 REASON_DETAIL},
	{CURLE_BAD_CONTENT_ENCODING, ERR_PROTOCOL, "cannot understand the answer of ", PEER, "",
	 REASON_DETAIL},
	{CURLE_USE_SSL_FAILED, ERR_PROTOCOL, "", PEER, " does not offer STARTTLS", REASON_NONE},
	{CURLE_LOGIN_DENIED, ERR_CONFIG, "", PEER, " refuses the user name or password",
	 REASON_NONE},
	{CURLE_URL_MALFORMAT, ERR_PROTOCOL, "cannot use the address ", URL, "", REASON_DETAIL},
};
/* Answers of a proxy to CONNECT; libcurl only says that it lost a connection. */
static const struct family login_refused = {
	CURLE_OK,    ERR_CONFIG, "the proxy ", PROXY, " refuses the user name or password",
	REASON_NONE,
};
static const struct family tunnel_refused = {
	CURLE_OK, ERR_NETWORK, "cannot connect through the proxy ", PROXY, "", REASON_DETAIL,
};
/* Not worth another try: a portal or a proxy answers in the server's place. */
static const struct family plain_text = {
	CURLE_OK, ERR_PROTOCOL, "", PEER, " answers in plain text, without TLS", REASON_NONE,
};
/* libcurl's code for it is the one of a redirect to another scheme. */
static const struct family not_http = {
	CURLE_OK, ERR_PROTOCOL, "", PEER, " does not answer in HTTP", REASON_NONE,
};
static const struct family any_other = {
	CURLE_OK, ERR_NETWORK, "cannot complete the request to ", PEER, "", REASON_DETAIL,
};
STATIC_ASSERT(HTTP_MAX_REDIRECTS == 3, "the text about redirects names their number");

/* Hints for a certificate that did not pass, by words of OpenSSL's verdict. */
static const struct {
	const char *words;
	const char *hint;
} verification_hints[] = {
	{"expired",
	 "check the clock of this machine; if it is right, the server's certificate is out of "
	 "date"},
	{"not yet valid", "check the clock of this machine"},
	{"subject name", "the server shows a certificate of another name: is the address right?"},
	{"",
	 "for a private CA, name its certificate in the environment variable REQUESTS_CA_BUNDLE"},
};

/* The row for what a proxy refused; NULL when no proxy was involved. tinyproxy says 401 where RFC
 * 9110 section 15.5.8 has 407. */
static const struct family *refused_by_proxy(const struct curl_failure *failure)
{
	long status = 0;

	failure->library->easy_getinfo(failure->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	if (status == 401 || status == 407)
		return &login_refused;
	return status >= 300 ? &tunnel_refused : NULL;
}

/* OpenSSL's words for a first record that is not TLS; the second are those since 3.2. A portal that
 * answers on port 443 without TLS is common in hotels and on trains. libcurl's text would be about
 * versions. */
static bool is_plain_text(const struct curl_failure *failure)
{
	return failure->code == CURLE_SSL_CONNECT_ERROR &&
	       (strstr(failure->detail, "wrong version number") ||
		strstr(failure->detail, "packet length too long"));
}

static bool is_not_http(const struct curl_failure *failure)
{
	return failure->code == CURLE_UNSUPPORTED_PROTOCOL && strstr(failure->detail, "HTTP/0.9");
}

/* The proxy's refusal comes first: the other codes are about the connection to the server, which
 * was never made. */
static const struct family *find_family(const struct curl_failure *failure)
{
	const struct family *refused = refused_by_proxy(failure);

	if (refused)
		return refused;
	if (is_plain_text(failure))
		return &plain_text;
	if (is_not_http(failure))
		return &not_http;
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (families[i].curl_code == failure->code)
			return &families[i];
	return &any_other;
}

/* The address that failed: after redirects, the last one. */
static void parse_failed_url(const struct curl_failure *failure, struct url *ret_url)
{
	const char *last = NULL;
	AUTO(error) struct error ignored = ERROR_INIT;

	failure->library->easy_getinfo(failure->easy, CURLINFO_EFFECTIVE_URL, &last);
	if (last && url_parse(last, ret_url, &ignored) == 0)
		return;
	error_release(&ignored);
	if (url_parse(failure->job->url, ret_url, &ignored) < 0)
		BUG("a request with the URL '%s' got as far as the network", failure->job->url);
}

static void add_peer(const struct url *url, struct strbuf *out)
{
	int port = url->port >= 0 ? url->port : strcmp(url->scheme, "https") == 0 ? 443 : 80;

	strbuf_addf(out, strchr(url->host, ':') ? "[%s]:%d" : "%s:%d", url->host, port);
}

static void add_proxy(const struct curl_failure *failure, struct strbuf *out)
{
	AUTO_FREE char *shown = proxy_shown(failure->job->proxy ? failure->job->proxy : "");

	strbuf_adds(out, shown);
}

/* The place that was given instead of the host in the URL. */
static void add_place(const char *connect_to, enum subject subject, struct strbuf *out)
{
	const char *port = strrchr(connect_to, ':');

	strbuf_add(out, connect_to,
		   subject == HOST && port ? (size_t)(port - connect_to) : strlen(connect_to));
}

/* Messages name what the user can check: the proxy if there is one, else the server. */
static void add_subject(const struct curl_failure *failure, enum subject subject,
			struct strbuf *out)
{
	AUTO(url) struct url url = {.port = -1};

	parse_failed_url(failure, &url);
	strbuf_addc(out, '\'');
	if (subject == URL)
		strbuf_adds(out, failure->job->url);
	else if (subject != PROXY && failure->job->connect_to)
		add_place(failure->job->connect_to, subject, out);
	else if (subject == PROXY || (subject == GATE && failure->job->proxy))
		add_proxy(failure, out);
	else if (subject == HOST)
		strbuf_adds(out, url.host);
	else
		add_peer(&url, out);
	strbuf_addc(out, '\'');
}

/* Reduces an OpenSSL error, "error:CODE:LIBRARY:FUNCTION:REASON", which libcurl appends to its own
 * words, to the reason. */
static void skip_openssl_prefix(struct span *text)
{
	const char *found = memmem(text->ptr, text->len, "error:", strlen("error:"));
	struct span rest;

	if (!found)
		return;
	rest = span_make(found, text->len - (size_t)(found - text->ptr));
	for (size_t i = 0; i < 4; i++) {
		const char *colon = memchr(rest.ptr, ':', rest.len);

		if (!colon)
			return;
		rest = span_make(colon + 1, rest.len - (size_t)(colon + 1 - rest.ptr));
	}
	if (rest.len)
		*text = rest;
}

/* Text of another program as the rest of a sentence of ours: "Connection refused" loses its
 * capital, "SSL ..." keeps it, and words that say what ours say already go. Other programs' texts
 * are made printable: libcurl quotes names from the peer's certificate. */
static void add_explanation(const char *text, struct strbuf *out)
{
	static const char *const said_already[] = {"SSL certificate problem: ", "SSL: "};
	struct span rest = span_of(text);

	for (size_t i = 0; i < ARRAY_LEN(said_already); i++)
		span_skip_prefix(&rest, said_already[i]);
	skip_openssl_prefix(&rest);
	if (!rest.len)
		return;
	strbuf_adds(out, ": ");
	if (rest.len > 1 && !(rest.ptr[1] >= 'A' && rest.ptr[1] <= 'Z')) {
		strbuf_addc(out, ascii_lower(rest.ptr[0]));
		rest = span_make(rest.ptr + 1, rest.len - 1);
	}
	strbuf_add_printable(out, rest.ptr, rest.len);
}

static const char *explanation(const struct curl_failure *failure, enum reason reason)
{
	long system_errno = 0;

	failure->library->easy_getinfo(failure->easy, CURLINFO_OS_ERRNO, &system_errno);
	if (reason == REASON_ERRNO && system_errno)
		return strerror((int)system_errno);
	return failure->detail[0] ? failure->detail
				  : failure->library->easy_strerror(failure->code);
}

static bool request_was_sent(const struct curl_failure *failure)
{
	long sent = 0;

	failure->library->easy_getinfo(failure->easy, CURLINFO_REQUEST_SIZE, &sent);
	return sent > 0;
}

static bool was_connected(const struct curl_failure *failure)
{
	curl_off_t connected_after_us = 0;

	failure->library->easy_getinfo(failure->easy, CURLINFO_CONNECT_TIME_T, &connected_after_us);
	return connected_after_us > 0;
}

/* libcurl has one code for all timeouts. How far the transfer had come tells whether the name, the
 * connection or the server was slow. */
static void describe_timeout(const struct curl_failure *failure, struct strbuf *out)
{
	int64_t total_ms = failure->job->request.timeout_ms;
	int64_t connect_ms = failure->setup->connect_timeout_ms;
	double seconds = (double)total_ms / 1000;

	if (request_was_sent(failure)) {
		bool stalled = str_starts(failure->detail, "Operation too slow");

		strbuf_adds(out, stalled ? "too little data from " : "no complete answer from ");
		add_subject(failure, PEER, out);
		strbuf_addf(out, " within %.3g s",
			    stalled ? (double)failure->setup->stall_timeout_s : seconds);
		return;
	}
	if (str_starts(failure->detail, "Resolving")) {
		strbuf_adds(out, "cannot resolve ");
		add_subject(failure, HOST, out);
	} else {
		strbuf_adds(out, was_connected(failure) ? "no answer to the TLS handshake from "
							: "cannot connect to ");
		add_subject(failure, GATE, out);
	}
	strbuf_addf(out, " within %.3g s",
		    connect_ms < total_ms ? (double)connect_ms / 1000 : seconds);
}

/* libcurl's words for a resolver that it could not start, which is not the name's fault. */
static bool lacks_threads(const struct curl_failure *failure)
{
	return failure->code == CURLE_COULDNT_RESOLVE_HOST && strstr(failure->detail, "thread");
}

static void add_hint(const struct curl_failure *failure, const struct family *family,
		     struct error *err)
{
	if (family == &login_refused) {
		error_hint(err, "the variable https_proxy (http_proxy, all_proxy) has them in "
				"front of the proxy's name: http://user:password@proxy:port, with "
				"percent-encoding for characters such as '@' and ':'");
	} else if (family == &not_http) {
		error_hint(err, "are the address and the port right?");
	} else if (family == &plain_text || failure->code == CURLE_UNSUPPORTED_PROTOCOL) {
		error_hint(err, "a captive portal (sign in with a web browser first) or a proxy "
				"may answer in the server's place");
	} else if (failure->code == CURLE_SSL_CACERT_BADFILE) {
		error_hint(err,
			   "install the package ca-certificates; or name a file of "
			   "certificates in the environment variable REQUESTS_CA_BUNDLE "
			   "(CURL_CA_BUNDLE, SSL_CERT_FILE), and see that all in it are whole");
	} else if (lacks_threads(failure)) {
		error_hint(err, "%s", THREAD_LIMIT_HINT);
	} else if (failure->code == CURLE_PEER_FAILED_VERIFICATION) {
		size_t row = 0;

		while (!strstr(failure->detail, verification_hints[row].words))
			row++;
		error_hint(err, "%s", verification_hints[row].hint);
	} else if (failure->code == CURLE_OPERATION_TIMEDOUT && !failure->job->proxy &&
		   request_was_sent(failure)) {
		error_hint(err, "the server was reached and is too slow: try again later; if it "
				"stays so, a firewall or the line may be what holds its answer up");
	} else if (failure->job->proxy) {
		AUTO_FREE char *shown = proxy_shown(failure->job->proxy);

		error_hint(err,
			   "the environment sends requests through the proxy '%s' (https_proxy, "
			   "http_proxy, all_proxy; no_proxy lists exceptions)",
			   shown);
	}
}

static void describe_exchange(const struct curl_failure *failure, struct error *err)
{
	const struct family *family = find_family(failure);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (failure->code == CURLE_OPERATION_TIMEDOUT) {
		describe_timeout(failure, &text);
	} else {
		strbuf_adds(&text, family->before);
		add_subject(failure, family->subject, &text);
		strbuf_adds(&text, family->after);
		if (family->reason != REASON_NONE)
			add_explanation(explanation(failure, family->reason), &text);
	}
	error_set(err, family->code, "%s", text.text);
	add_hint(failure, family, err);
}

/* ---- Mail ---- */

/* The things that a mail server may refuse, by libcurl's code; the last row is for all others. */
static const struct {
	CURLcode curl_code;
	enum err_code code;
	const char *what;
} refusals[] = {
	{CURLE_LOGIN_DENIED, ERR_CONFIG, "the user name or password"},
	{CURLE_USE_SSL_FAILED, ERR_PROTOCOL, "STARTTLS"},
	{CURLE_REMOTE_ACCESS_DENIED, ERR_PROTOCOL, "the connection"},
	{CURLE_OK, ERR_PROTOCOL, "the message"},
};

/* The server is quoted: libcurl tells the code at most. */
static void describe_refusal(const struct curl_failure *failure, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	size_t row = 0;

	while (row + 1 < ARRAY_LEN(refusals) && refusals[row].curl_code != failure->code)
		row++;
	add_subject(failure, PEER, &text);
	strbuf_addf(&text, " refuses %s: %s",
		    failure->reply->count == 1 ? "the connection" : refusals[row].what,
		    failure->reply->text.text);
	error_set(err, refusals[row].code, "%s", text.text);
}

static void describe_silence(const struct curl_failure *failure, struct error *err)
{
	bool awaits_verdict = failure->reply->took_end && failure->has_sent_all;
	int64_t limit_ms = (awaits_verdict ? MAIL_END_S : MAIL_STEP_S) * (int64_t)1000;
	int64_t total_ms = failure->job->request.timeout_ms;
	bool resolving = str_starts(failure->detail, "Resolving");
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, resolving                ? "cannot resolve "
			   : was_connected(failure) ? "no answer from "
						    : "cannot connect to ");
	add_subject(failure, resolving ? HOST : PEER, &text);
	strbuf_addf(&text, "%s within %.3g s", awaits_verdict ? " to the whole message" : "",
		    (double)(limit_ms < total_ms ? limit_ms : total_ms) / 1000);
	error_set(err, ERR_NETWORK, "%s", text.text);
	if (awaits_verdict)
		error_hint(err, "the server may deliver it all the same");
}

/* Returns false for what is told in the same way as a failure of HTTP. */
static bool describe_mail(const struct curl_failure *failure, struct http_response *response)
{
	const struct mail_reply *reply = failure->reply;

	if (reply->is_whole && reply->code >= 400) {
		describe_refusal(failure, &response->error);
	} else if (failure->code == CURLE_OPERATION_TIMEDOUT) {
		describe_silence(failure, &response->error);
	} else if (failure->code == CURLE_LOGIN_DENIED) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;

		add_subject(failure, PEER, &text);
		error_set(&response->error, ERR_CONFIG,
			  "%s does not take a password by PLAIN or LOGIN", text.text);
	} else {
		return false;
	}
	return true;
}

void curl_failure_describe(const struct curl_failure *failure, struct http_response *response)
{
	bool is_mail = failure->job->request.method == HTTP_MAIL;

	if (!is_mail || !describe_mail(failure, response))
		describe_exchange(failure, &response->error);
	/* The bytes that libcurl counts may be those of the CONNECT. A mail was taken if its end
	 * was sent, unless the server says no. */
	response->maybe_sent = is_mail ? failure->reply->took_end && failure->has_sent_all &&
						 !failure->reply->has_decided
				       : !refused_by_proxy(failure) && request_was_sent(failure);
}
