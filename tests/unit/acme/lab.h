/*
 * A bench for one machine of acme/: the test plays the CA reply by reply and owns the time.
 *
 *	lab_open_order(&lab, &request);              the directory and a nonce are served already
 *	lab_expect_post(&lab, URL_NEW_ORDER, "a.example");
 *	lab_reply(&lab, 201, "Location: https://ca.test/order/1\n", body);
 *
 * Each reply steps the machine; lab.action, lab.result and lab.err are those of the last step.
 */
#ifndef TESTS_ACME_LAB_H
#define TESTS_ACME_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/account.h"
#include "acme/order/order.h"
#include "acme/server.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "crypto/key/key.h"

#define URL_DIRECTORY "https://ca.test/dir"
#define URL_NONCE "https://ca.test/nonce"
#define URL_NEW_ACCOUNT "https://ca.test/new-account"
#define URL_NEW_ORDER "https://ca.test/new-order"
#define URL_REVOKE "https://ca.test/revoke"
#define URL_KEY_CHANGE "https://ca.test/key-change"
#define URL_ACCOUNT "https://ca.test/account/1"
#define URL_ORDER "https://ca.test/order/1"
#define URL_FINALIZE "https://ca.test/finalize/1"
#define URL_CERT "https://ca.test/cert/1"

#define DIRECTORY_MEMBERS                                                                          \
	"\"newNonce\":\"" URL_NONCE "\",\"newAccount\":\"" URL_NEW_ACCOUNT "\","                   \
	"\"newOrder\":\"" URL_NEW_ORDER "\",\"revokeCert\":\"" URL_REVOKE "\","                    \
	"\"keyChange\":\"" URL_KEY_CHANGE "\""

#define PROBLEM(type, detail)                                                                      \
	"{\"type\":\"urn:ietf:params:acme:error:" type "\",\"detail\":\"" detail "\"}"

struct lab {
	struct key *key;
	struct acme_server *server;
	struct acme_order *order; /* one of these two is on the bench */
	struct acme_exchange *exchange;
	int64_t now_ms;
	int64_t latency_ms; /* of each reply; 0 at first */
	struct acme_action action;
	int result;
	struct error err;
	unsigned requests;
	unsigned nonces;         /* handed out */
	struct strbuf protected; /* of the last POST, decoded */
	struct strbuf payload;
};

/* A key, a server with an account; nothing on the bench yet. */
void lab_open(struct lab *lab);
void lab_close(struct lab *lab);
/* Takes the order's chain: it must be this text. */
void lab_expect_chain(struct acme_order *order, const char *pem);
/* Puts a machine on the bench, which takes it over, and steps it once. */
void lab_order(struct lab *lab, const struct acme_order_request *request);
/* The same with an order for one name, or two (NULL: one), by http-01 or dns-01. */
void lab_order_names(struct lab *lab, const char *first, const char *second,
		     const char *preferred_chain, unsigned flags);
void lab_exchange(struct lab *lab, struct acme_exchange *exchange);
/* Serves the directory (NULL: the usual one) and, when asked for, the first nonce. */
void lab_serve_directory(struct lab *lab, const char *body);

/* Steps without a reply. */
void lab_step(struct lab *lab);
/* Answers the last request; headers are lines. A Replay-Nonce is added unless the headers begin
 * with "-", which stands for a reply without one. */
void lab_reply(struct lab *lab, int status, const char *headers, const char *body);
/* The last request gets no reply. */
void lab_drop(struct lab *lab, bool maybe_sent);
/* The same with a reason of the caller's. */
void lab_drop_for(struct lab *lab, enum err_code code, const char *reason, bool maybe_sent);

/* The last action must be this request. */
void lab_expect_send(struct lab *lab, enum acme_method method, const char *url);
/* A POST whose payload contains the text; NULL: POST-as-GET. */
void lab_expect_post(struct lab *lab, const char *url, const char *part);
/* The pause before the first poll: the lab's CA is near, and no time passes on the way to it. */
enum { LAB_FIRST_POLL_MS = 4 };
/* The last action must be to wait so long; jumps there and steps. */
void lab_expect_wait(struct lab *lab, int64_t ms);
void lab_expect_failed(struct lab *lab, enum err_code code, const char *part);
void lab_expect_done(struct lab *lab);

/* The whole order for one name "a.example", for tests of a later state: up to and including ... */
void lab_order_single(struct lab *lab, const char *preferred_chain);
void lab_until_presented(struct lab *lab); /* PRESENT was the last action */
void lab_until_validation(
	struct lab *lab); /* the challenge is answered, the order about to be polled */
void lab_until_finalize(struct lab *lab); /* finalize was sent */

#define ORDER_BODY(status)                                                                         \
	"{\"status\":\"" status "\",\"authorizations\":[\"https://ca.test/authz/1\"],"             \
	"\"finalize\":\"" URL_FINALIZE "\"}"
#define AUTHZ_BODY(status, challenge_status)                                                       \
	"{\"status\":\"" status "\",\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},"    \
	"\"challenges\":[{\"type\":\"http-01\",\"url\":\"https://ca.test/challenge/1\","           \
	"\"status\":\"" challenge_status "\",\"token\":\"tok-1_A\"}]}"
#define VALID_BODY "{\"status\":\"valid\",\"certificate\":\"" URL_CERT "\"}"

#endif
