/*
 * The JSON of etcd's gateway (see etcd_message.h). Keys and values are base64, 64-bit numbers are
 * strings, and answers omit members that are zero, false or empty. Where 3.4 and 3.5 differ, both
 * forms are accepted.
 */
#include "fleet/etcd/etcd_message.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/secret.h"
#include "codec/base64.h"

#define TXN_PATH "/v3/kv/txn"

/* Size of the login request without user and password. */
enum { LOGIN_OVERHEAD = 64 };

static const char *const paths[] = {
	[FLEET_TXN] = TXN_PATH,
	[FLEET_RANGE] = "/v3/kv/range",
	[FLEET_GRANT] = "/v3/lease/grant",
	[FLEET_KEEPALIVE] = "/v3/lease/keepalive",
	[FLEET_REVOKE] = "/v3/lease/revoke",
};

const char *etcd_message_path(const struct fleet_ask *ask)
{
	return paths[ask->kind];
}

static void set_bytes(struct json *object, const char *name, const void *bytes, size_t len)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	base64_encode(&text, bytes, len);
	json_set_string(object, name, text.text);
}

static void set_key(struct json *object, const char *prefix, const char *key)
{
	AUTO_FREE char *whole = xasprintf("%s%s", prefix, key);

	set_bytes(object, "key", whole, strlen(whole));
}

/* As a string, because JSON parsers on the way may keep only 53 bits of a number. */
static void set_number(struct json *object, const char *name, uint64_t number)
{
	AUTO_FREE char *text = xasprintf("%llu", (unsigned long long)number);

	json_set_string(object, name, text);
}

/* Comparing values is always false for a key that does not exist; its absence is tested by a create
 * revision of 0. */
static struct json *compare_new(const struct fleet_compare *compare, const char *prefix)
{
	struct json *object = json_object_new();

	set_key(object, prefix, compare->key);
	json_set_string(object, "result", "EQUAL");
	json_set_string(object, "target", compare->value.len ? "VALUE" : "CREATE");
	if (compare->value.len)
		set_bytes(object, "value", compare->value.text, compare->value.len);
	else
		json_set_string(object, "create_revision", "0");
	return object;
}

static void push_request(struct json *list, const char *kind, struct json *own_request)
{
	struct json *object = json_object_new();

	json_set(object, kind, own_request);
	json_push(list, object);
}

/* Reads have to come first, so that they return the values before the ops. */
static void push_reads(struct json *list, const struct fleet_ask *ask, const char *prefix)
{
	for (size_t i = 0; i < ask->read_count; i++) {
		struct json *request = json_object_new();

		set_key(request, prefix, ask->reads[i]);
		push_request(list, "request_range", request);
	}
}

static void push_ops(struct json *list, const struct fleet_ask *ask, const char *prefix)
{
	for (size_t i = 0; i < ask->op_count; i++) {
		const struct fleet_op *op = &ask->ops[i];
		struct json *request = json_object_new();

		set_key(request, prefix, op->key);
		if (!op->deletes)
			set_bytes(request, "value", op->value.text, op->value.len);
		if (op->lease)
			set_number(request, "lease", op->lease);
		push_request(list, op->deletes ? "request_delete_range" : "request_put", request);
	}
}

static void put_txn(struct json *object, const struct fleet_ask *ask, const char *prefix)
{
	struct json *compares = json_array_new(), *success = json_array_new(),
		    *failure = json_array_new();

	for (size_t i = 0; i < ask->compare_count; i++)
		json_push(compares, compare_new(&ask->compares[i], prefix));
	push_reads(success, ask, prefix);
	push_ops(success, ask, prefix);
	push_reads(failure, ask, prefix);
	json_set(object, "compare", compares);
	json_set(object, "success", success);
	json_set(object, "failure", failure);
}

/* The end of a range is the first key after all those with the prefix: the prefix with its last
 * byte incremented (ours are ASCII). The smallest key after `after` is `after` and a zero byte. */
static void put_range(struct json *object, const struct fleet_ask *ask, const char *prefix)
{
	AUTO(strbuf) struct strbuf begin = STRBUF_INIT;
	AUTO_FREE char *end = xasprintf("%s%s", prefix, ask->prefix);
	size_t end_len = strlen(end);

	end[end_len - 1]++;
	strbuf_addf(&begin, "%s%s", prefix, ask->after.len ? "" : ask->prefix);
	strbuf_add(&begin, ask->after.ptr, ask->after.len);
	if (ask->after.len)
		strbuf_addc(&begin, 0);
	set_bytes(object, "key", begin.text, begin.len);
	set_bytes(object, "range_end", end, end_len);
	set_number(object, "limit", ask->limit);
}

void etcd_message_put(const struct fleet_ask *ask, const char *prefix, struct strbuf *out)
{
	AUTO(json) struct json *object = json_object_new();

	if (ask->kind == FLEET_TXN)
		put_txn(object, ask, prefix);
	else if (ask->kind == FLEET_RANGE)
		put_range(object, ask, prefix);
	else
		set_number(object, "ID", ask->lease);
	if (ask->kind == FLEET_GRANT)
		set_number(object, "TTL", (uint64_t)ask->ttl_s);
	json_print(object, JSON_COMPACT, out);
}

void etcd_message_put_watch(const char *prefix, const char *key, const char *revision,
			    struct strbuf *out)
{
	AUTO(json) struct json *object = json_object_new();
	struct json *create = json_object_new();
	int64_t last = 0;

	set_key(create, prefix, key);
	if (revision && str_to_int64(revision, 0, INT64_MAX - 1, &last))
		set_number(create, "start_revision", (uint64_t)last + 1);
	json_set(object, "create_request", create);
	json_print(object, JSON_COMPACT, out);
}

const char *etcd_message_revision(const struct etcd_reply *reply)
{
	return json_text(json_member(json_member(reply->json, "header"), "revision"));
}

void etcd_message_put_login(const char *user, const char *password, struct strbuf *out)
{
	AUTO(json) struct json *object = json_object_new();

	json_set_string(object, "name", user);
	json_set_string(object, "password", password);
	/* Escaping makes at most six bytes of one (\u0001). A growing buffer would leave copies. */
	strbuf_reserve(out, 6 * (strlen(user) + strlen(password)) + LOGIN_OVERHEAD);
	json_print(object, JSON_COMPACT, out);
	secret_wipe((char *)json_text(json_member(object, "password")), strlen(password));
}

/* Errors by gRPC code and, where that is ambiguous, by words of the text. First match wins. */
static const struct meaning {
	int code;
	const char *words;
	enum fleet_outcome outcome;
	bool wants_login;
	const char *hint;
} meanings[] = {
	{5, "lease not found", FLEET_NO_LEASE, false, NULL},
	{16, "", FLEET_DENIED, true, NULL},
	{3, "user name is empty", FLEET_DENIED, true, "the cluster wants a user and a password"},
	{3, "revision of auth store is old", FLEET_DENIED, true, NULL},
	{3, "invalid user ID or password", FLEET_DENIED, false,
	 "the user or the password is wrong"},
	{7, "", FLEET_DENIED, false, "the user needs a role that may read and write the prefix"},
	{8, "database space exceeded", FLEET_FULL, false,
	 "compact and defragment etcd, then disarm its NOSPACE alarm"},
	{8, "larger than max", FLEET_DENIED, false, NULL},
	/* No quorum, an election, too many requests: the write may still have been made. */
	{2, "", FLEET_UNSURE, false, NULL},
	{4, "", FLEET_UNSURE, false, NULL},
	{8, "", FLEET_UNSURE, false, NULL},
	{14, "", FLEET_UNSURE, false, NULL},
};

/* The gateway refuses all calls of a client whose certificate has a CommonName. */
#define COMMON_NAME "CommonName of client"

static int64_t grpc_code_of(const struct json *error)
{
	int64_t code = 0;

	if (!json_int(json_member(error, "grpc_code"), &code))
		json_int(json_member(error, "code"), &code);
	return code;
}

static void describe_fault(const struct meaning *meaning, const char *message,
			   struct fleet_answer *answer)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	strbuf_add_printable(&shown, message, strnlen(message, 200));
	error_set(&answer->fault, ERR_REFUSED, "etcd refuses: %s", shown.text);
	if (meaning && meaning->hint)
		error_hint(&answer->fault, "%s", meaning->hint);
}

/* An error that is not in the table is our fault or the administrator's; nothing was done. */
static bool read_error(const struct json *error, struct fleet_answer *answer)
{
	const char *message = json_text(json_member(error, "message"));
	int64_t code = grpc_code_of(error);

	if (!message)
		message = json_text(json_member(error, "error"));
	if (!message)
		message = "no reason given";
	answer->outcome = FLEET_DENIED;
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		if (meanings[i].code != code || !strstr(message, meanings[i].words))
			continue;
		answer->outcome = meanings[i].outcome;
		describe_fault(&meanings[i], message, answer);
		return meanings[i].wants_login;
	}
	describe_fault(NULL, message, answer);
	return false;
}

/* A 5xx without JSON comes from a proxy and does not tell whether etcd made the write. */
static bool read_plain(const struct etcd_reply *reply, struct fleet_answer *answer)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	answer->outcome = reply->status >= 500 ? FLEET_UNSURE : FLEET_DENIED;
	strbuf_add_printable(&shown, reply->body, strnlen(reply->body, 200));
	error_set(&answer->fault, ERR_PROTOCOL, "etcd answers with status %d: %s", reply->status,
		  shown.text);
	if (strstr(reply->body, COMMON_NAME))
		error_hint(&answer->fault, "its gateway accepts client certificates only if their "
					   "subject has no common name");
	return false;
}

/* Streaming calls wrap their only message; errors may be wrapped or not. */
static const struct json *error_of(const struct etcd_reply *reply)
{
	const struct json *error = json_member(reply->json, "error");

	if (json_is_object(error))
		return error;
	return reply->status != 200 || json_is_string(error) ? reply->json : NULL;
}

/* In etcd a key may have any bytes, and keys are shown in messages, on terminals and in logs.
 * Members of the fleet write only UTF-8 without control characters. */
static bool is_member_key(struct span key)
{
	return !span_has_nul(key) && ascii_is_printable_text(key.ptr);
}

static void pass_over_foreign(struct span key, struct fleet_answer *answer)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	strbuf_add_printable(&shown, key.ptr, key.len);
	log_debug("the store has a key that is not of the fleet: %s", shown.text);
	answer->foreign_count++;
}

/* Adds a pair to the page. Returns false if there are more than the limit, or if it lacks the
 * prefix: then this does not answer the ask. */
static bool take_found(const struct fleet_ask *ask, struct span key, const struct strbuf *value,
		       struct fleet_answer *answer)
{
	struct span name = key;

	if (answer->found_count + answer->foreign_count >= ask->limit ||
	    !span_skip_prefix(&name, ask->prefix))
		return false;
	fleet_answer_set_last(answer, key);
	if (is_member_key(key))
		fleet_answer_add_found(answer, span_dup(key), value);
	else
		pass_over_foreign(key, answer);
	return true;
}

static bool take_pair(const struct fleet_ask *ask, const struct json *kv, const char *prefix,
		      struct fleet_answer *answer)
{
	const char *key = json_text(json_member(kv, "key"));
	const char *value = json_text(json_member(kv, "value"));
	AUTO(strbuf) struct strbuf key_bytes = STRBUF_INIT, bytes = STRBUF_INIT;
	AUTO(error) struct error malformed = ERROR_INIT;
	struct span found;

	if (!key || base64_decode(&key_bytes, span_of(key), &malformed) < 0 ||
	    base64_decode(&bytes, span_of(value ? value : ""), &malformed) < 0)
		return false;
	found = span_make(key_bytes.text, key_bytes.len);
	if (!span_skip_prefix(&found, prefix))
		return false;
	if (ask->kind == FLEET_RANGE)
		return take_found(ask, found, &bytes, answer);
	/* A transaction reads keys of ours only, and no more than were asked for. */
	if (answer->pair_count == FLEET_MAX_READS || !is_member_key(found))
		return false;
	fleet_answer_add(answer, span_dup(found), &bytes);
	return true;
}

static bool take_pairs(const struct fleet_ask *ask, const struct json *kvs, const char *prefix,
		       struct fleet_answer *answer)
{
	for (size_t i = 0; i < json_count(kvs); i++) {
		if (!take_pair(ask, json_at(kvs, i), prefix, answer))
			return false;
	}
	return true;
}

static bool take_responses(const struct fleet_ask *ask, const struct json *responses,
			   const char *prefix, struct fleet_answer *answer)
{
	for (size_t i = 0; i < json_count(responses); i++) {
		const struct json *range = json_member(json_at(responses, i), "response_range");

		if (!take_pairs(ask, json_member(range, "kvs"), prefix, answer))
			return false;
	}
	return true;
}

/* Every answer of etcd has a header. */
static bool is_of_etcd(const struct json *json)
{
	return json_is_object(json_member(json, "header"));
}

static void read_success(const struct fleet_ask *ask, const char *prefix, const struct json *json,
			 struct fleet_answer *answer)
{
	bool is_whole = is_of_etcd(json);

	if (ask->kind == FLEET_TXN) {
		answer->succeeded = json_opt_bool(json, "succeeded", false);
		is_whole = is_whole &&
			   take_responses(ask, json_member(json, "responses"), prefix, answer);
	}
	if (ask->kind == FLEET_RANGE) {
		answer->has_more = json_opt_bool(json, "more", false);
		is_whole = is_whole && take_pairs(ask, json_member(json, "kvs"), prefix, answer);
	}
	/* Status 200 without a TTL means that the lease does not exist. */
	if (ask->kind == FLEET_KEEPALIVE && !json_member(json, "TTL"))
		answer->outcome = FLEET_NO_LEASE;
	if (is_whole)
		return;
	answer->outcome = FLEET_UNSURE;
	error_set(&answer->fault, ERR_PROTOCOL, "the answer is not one of etcd");
}

bool etcd_message_get(const struct fleet_ask *ask, const char *prefix,
		      const struct etcd_reply *reply, struct fleet_answer *answer)
{
	const struct json *result, *error;

	if (!json_is_object(reply->json))
		return read_plain(reply, answer);
	error = error_of(reply);
	if (error)
		return read_error(error, answer);
	result = json_member(reply->json, "result");
	read_success(ask, prefix, result ? result : reply->json, answer);
	return false;
}

const char *etcd_message_token(const struct etcd_reply *reply, struct fleet_answer *answer)
{
	const char *token = json_text(json_member(reply->json, "token"));

	if (token && reply->status == 200)
		return token;
	if (json_is_object(reply->json))
		read_error(reply->json, answer);
	else
		read_plain(reply, answer);
	return NULL;
}
