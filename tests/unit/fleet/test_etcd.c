/* The engine against Debian's etcd: guarded writes, leases, a full store, users, members that
 * die, and a certificate that one machine publishes and another takes over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "crypto/aead.h"
#include "fleet/etcd/etcd.h"
#include "fleet/node.h"
#include "net/http/http.h"
#include "os/clock.h"

#define PROGRAM "/usr/bin/etcd"
enum { MAX_MEMBERS = 3, TRIES = 150 };

struct member {
	pid_t pid;
	int port, peer_port;
};

struct cluster {
	char folder[64];
	struct member members[MAX_MEMBERS];
	size_t count;
	const char *more; /* one more argument, or NULL */
	struct http_client *http;
	struct strvec endpoints;
};

static int free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static void wait_ms(int64_t ms)
{
	const struct clock *clock = clock_system();

	clock->sleep_until(clock->context, clock_mono_ms(clock) + ms);
}

static void run_etcd(const struct strvec *argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	execv(PROGRAM, argv->items);
	_exit(127);
}

static void start_member(struct cluster *cluster, size_t index)
{
	struct member *member = &cluster->members[index];
	AUTO(strvec) struct strvec argv = STRVEC_INIT, peers = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	for (size_t i = 0; i < cluster->count; i++)
		strvec_pushf(&peers, "m%zu=http://127.0.0.1:%d", i, cluster->members[i].peer_port);
	joined = strvec_join(&peers, ",");
	strvec_push(&argv, PROGRAM);
	strvec_pushf(&argv, "--name=m%zu", index);
	strvec_pushf(&argv, "--data-dir=%s/m%zu", cluster->folder, index);
	strvec_pushf(&argv, "--listen-client-urls=http://127.0.0.1:%d", member->port);
	strvec_pushf(&argv, "--advertise-client-urls=http://127.0.0.1:%d", member->port);
	strvec_pushf(&argv, "--listen-peer-urls=http://127.0.0.1:%d", member->peer_port);
	strvec_pushf(&argv, "--initial-advertise-peer-urls=http://127.0.0.1:%d", member->peer_port);
	strvec_pushf(&argv, "--initial-cluster=%s", joined);
	if (cluster->more)
		strvec_push(&argv, cluster->more);
	member->pid = fork();
	assert_true(member->pid >= 0);
	if (member->pid == 0)
		run_etcd(&argv);
}

static void kill_member(struct cluster *cluster, size_t index)
{
	struct member *member = &cluster->members[index];

	if (!member->pid)
		return;
	kill(member->pid, SIGKILL);
	waitpid(member->pid, NULL, 0);
	member->pid = 0;
}

static struct fleet_engine *open_engine(struct cluster *cluster, const char *user,
					const char *password_text)
{
	AUTO(secret) struct secret password = SECRET_INIT;
	const struct etcd_options options = {.http = cluster->http,
					     .endpoints = &cluster->endpoints,
					     .prefix = "certbot/",
					     .user = user,
					     .password = &password};

	secret_set(&password, password_text, strlen(password_text));
	return etcd_new(&options);
}

static void ask_engine(struct fleet_engine *engine, struct fleet_ask *ask,
		       struct fleet_answer *answer)
{
	fleet_answer_release(answer);
	engine->ops->perform(engine, ask, answer);
	fleet_ask_release(ask);
}

static enum fleet_outcome read_key(struct fleet_engine *engine, const char *key,
				   struct fleet_answer *answer)
{
	struct fleet_ask ask = {.kind = FLEET_TXN};

	fleet_ask_read(&ask, xstrdup(key));
	ask_engine(engine, &ask, answer);
	return answer->outcome;
}

/* Puts a value if the key has the other one ("": if there is none). */
static enum fleet_outcome put_if(struct fleet_engine *engine, const char *key, const char *had,
				 const struct strbuf *value, struct fleet_answer *answer)
{
	struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(strbuf) struct strbuf former = STRBUF_INIT;

	strbuf_adds(&former, had);
	fleet_ask_compare(&ask, xstrdup(key), &former);
	fleet_ask_read(&ask, xstrdup(key));
	strbuf_add(&fleet_ask_put(&ask, xstrdup(key))->value, value->text, value->len);
	ask_engine(engine, &ask, answer);
	return answer->outcome;
}

static enum fleet_outcome put_text(struct fleet_engine *engine, const char *key, const char *had,
				   const char *text, struct fleet_answer *answer)
{
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	strbuf_adds(&value, text);
	return put_if(engine, key, had, &value, answer);
}

/* Until the cluster has a leader. */
static void await_cluster(struct cluster *cluster)
{
	struct fleet_engine *engine = open_engine(cluster, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	enum fleet_outcome outcome = FLEET_AWAY;

	for (int i = 0; i < TRIES && outcome != FLEET_DONE && outcome != FLEET_DENIED; i++) {
		wait_ms(100);
		outcome = read_key(engine, "x", &answer);
	}
	engine->ops->free(engine);
	assert_true(outcome == FLEET_DONE || outcome == FLEET_DENIED);
}

static void start_cluster(struct cluster *cluster, size_t count, const char *more)
{
	const struct http_options options = {
		.user_agent = "", .in_process = true, .is_direct = true};
	AUTO(error) struct error err = ERROR_INIT;

	*cluster = (struct cluster){.folder = "/tmp/etcd-XXXXXX", .count = count, .more = more};
	assert_non_null(mkdtemp(cluster->folder));
	strvec_init(&cluster->endpoints);
	assert_int_equal(http_client_new(&options, &cluster->http, &err), 0);
	for (size_t i = 0; i < count; i++) {
		cluster->members[i].port = free_port();
		cluster->members[i].peer_port = free_port();
		strvec_pushf(&cluster->endpoints, "http://127.0.0.1:%d", cluster->members[i].port);
	}
	for (size_t i = 0; i < count; i++)
		start_member(cluster, i);
	await_cluster(cluster);
}

static void remove_folder(const char *folder)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", folder, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void stop_cluster(struct cluster *cluster)
{
	for (size_t i = 0; i < cluster->count; i++)
		kill_member(cluster, i);
	remove_folder(cluster->folder);
	http_client_free(cluster->http);
	strvec_release(&cluster->endpoints);
}

static int set_up(void **state)
{
	struct cluster *cluster = XNEW(struct cluster);

	start_cluster(cluster, 1, NULL);
	*state = cluster;
	return 0;
}

static int set_up_full(void **state)
{
	struct cluster *cluster = XNEW(struct cluster);

	start_cluster(cluster, 1, "--quota-backend-bytes=2000000");
	*state = cluster;
	return 0;
}

static int set_up_three(void **state)
{
	struct cluster *cluster = XNEW(struct cluster);

	start_cluster(cluster, 3, NULL);
	*state = cluster;
	return 0;
}

static int tear_down(void **state)
{
	stop_cluster(*state);
	free(*state);
	return 0;
}

static void test_guarded_writes(void **state)
{
	struct fleet_engine *engine = open_engine(*state, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	assert_int_equal(read_key(engine, "head/a", &answer), FLEET_DONE);
	assert_int_equal(answer.pair_count, 0);
	assert_int_equal(put_text(engine, "head/a", "", "one", &answer), FLEET_DONE);
	assert_true(answer.succeeded);
	assert_int_equal(answer.pair_count, 0);
	/* There is one now; what it is comes with the refusal. */
	assert_int_equal(put_text(engine, "head/a", "", "two", &answer), FLEET_DONE);
	assert_false(answer.succeeded);
	assert_string_equal(fleet_answer_find(&answer, "head/a")->value.text, "one");
	assert_int_equal(put_text(engine, "head/a", "other", "two", &answer), FLEET_DONE);
	assert_false(answer.succeeded);
	/* Reads show what was there before. */
	assert_int_equal(put_text(engine, "head/a", "one", "two", &answer), FLEET_DONE);
	assert_true(answer.succeeded);
	assert_string_equal(fleet_answer_find(&answer, "head/a")->value.text, "one");
	assert_int_equal(put_text(engine, "head/none", "one", "two", &answer), FLEET_DONE);
	assert_false(answer.succeeded);
	engine->ops->free(engine);
}

static void test_any_bytes_come_back(void **state)
{
	struct fleet_engine *engine = open_engine(*state, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;
	const struct fleet_pair *pair;

	for (int i = 0; i < 70000; i++)
		strbuf_addc(&bytes, (char)(i * 7));
	assert_int_equal(put_if(engine, "gen/a/1", "", &bytes, &answer), FLEET_DONE);
	assert_int_equal(read_key(engine, "gen/a/1", &answer), FLEET_DONE);
	pair = fleet_answer_find(&answer, "gen/a/1");
	assert_non_null(pair);
	assert_int_equal(pair->value.len, bytes.len);
	assert_memory_equal(pair->value.text, bytes.text, bytes.len);
	engine->ops->free(engine);
}

static void test_all_or_nothing_and_deletion(void **state)
{
	struct fleet_engine *engine = open_engine(*state, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(strbuf) struct strbuf had = STRBUF_INIT;

	put_text(engine, "order/a", "", "order", &answer);
	strbuf_adds(&had, "order");
	fleet_ask_compare(&ask, xstrdup("order/a"), &had);
	fleet_ask_delete(&ask, xstrdup("order/a"));
	fleet_ask_delete(&ask, xstrdup("state/none"));
	strbuf_adds(&fleet_ask_put(&ask, xstrdup("gen/b/1"))->value, "g");
	ask_engine(engine, &ask, &answer);
	assert_int_equal(answer.outcome, FLEET_DONE);
	assert_true(answer.succeeded);
	assert_int_equal(read_key(engine, "order/a", &answer), FLEET_DONE);
	assert_int_equal(answer.pair_count, 0);
	read_key(engine, "gen/b/1", &answer);
	assert_int_equal(answer.pair_count, 1);
	engine->ops->free(engine);
}

static size_t read_page(struct fleet_engine *engine, const char *after, struct fleet_answer *answer)
{
	struct fleet_ask ask = {.kind = FLEET_TXN};

	fleet_ask_range(&ask, xstrdup("head/"), span_of(after ? after : ""), 2);
	ask_engine(engine, &ask, answer);
	assert_int_equal(answer->outcome, FLEET_DONE);
	return answer->found_count;
}

static void test_a_range_comes_in_pages(void **state)
{
	struct fleet_engine *engine = open_engine(*state, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	put_text(engine, "head/b", "", "two", &answer);
	put_text(engine, "head/c", "", "three", &answer);
	put_text(engine, "head/a", "", "one", &answer);
	put_text(engine, "heads", "", "another", &answer);
	put_text(engine, "gen/a/1", "", "another", &answer);
	assert_int_equal(read_page(engine, NULL, &answer), 2);
	assert_true(answer.has_more);
	assert_string_equal(answer.found[0].key, "head/a");
	assert_string_equal(answer.found[1].value.text, "two");
	assert_int_equal(read_page(engine, "head/b", &answer), 1);
	assert_false(answer.has_more);
	assert_string_equal(answer.found[0].key, "head/c");
	assert_int_equal(read_page(engine, "head/c", &answer), 0);
	engine->ops->free(engine);
}

static enum fleet_outcome ask_lease(struct fleet_engine *engine, enum fleet_ask_kind kind,
				    uint64_t lease, struct fleet_answer *answer)
{
	struct fleet_ask ask = {.kind = kind, .lease = lease, .ttl_s = 2};

	ask_engine(engine, &ask, answer);
	return answer->outcome;
}

static enum fleet_outcome put_leased(struct fleet_engine *engine, const char *key, uint64_t lease,
				     struct fleet_answer *answer)
{
	struct fleet_ask ask = {.kind = FLEET_TXN};
	struct fleet_op *op = fleet_ask_put(&ask, xstrdup(key));

	op->lease = lease;
	strbuf_adds(&op->value, "us");
	ask_engine(engine, &ask, answer);
	return answer->outcome;
}

static void test_leases(void **state)
{
	struct fleet_engine *engine = open_engine(*state, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	/* Beyond what a double can tell apart. */
	uint64_t first = 0x7ffffffffffffff1, second = 0x7ffffffffffffff3;

	assert_int_equal(ask_lease(engine, FLEET_GRANT, first, &answer), FLEET_DONE);
	assert_int_equal(ask_lease(engine, FLEET_GRANT, second, &answer), FLEET_DONE);
	assert_int_equal(put_leased(engine, "owner/a", first, &answer), FLEET_DONE);
	assert_int_equal(put_leased(engine, "owner/b", second, &answer), FLEET_DONE);
	assert_int_equal(ask_lease(engine, FLEET_KEEPALIVE, first, &answer), FLEET_DONE);
	assert_int_equal(ask_lease(engine, FLEET_REVOKE, first, &answer), FLEET_DONE);
	assert_int_equal(ask_lease(engine, FLEET_KEEPALIVE, first, &answer), FLEET_NO_LEASE);
	assert_int_equal(ask_lease(engine, FLEET_REVOKE, first, &answer), FLEET_NO_LEASE);
	read_key(engine, "owner/a", &answer);
	assert_int_equal(answer.pair_count, 0);
	assert_int_equal(put_leased(engine, "owner/a", first, &answer), FLEET_NO_LEASE);
	read_key(engine, "owner/a", &answer);
	assert_int_equal(answer.pair_count, 0);
	/* The second was not renewed. */
	wait_ms(3500);
	read_key(engine, "owner/b", &answer);
	assert_int_equal(answer.pair_count, 0);
	assert_int_equal(ask_lease(engine, FLEET_KEEPALIVE, second, &answer), FLEET_NO_LEASE);
	engine->ops->free(engine);
}

static void test_a_full_store_says_so_and_can_be_read(void **state)
{
	struct fleet_engine *engine = open_engine(*state, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	AUTO(strbuf) struct strbuf large = STRBUF_INIT;
	enum fleet_outcome outcome = FLEET_DONE;

	put_text(engine, "head/a", "", "one", &answer);
	assert_int_equal(ask_lease(engine, FLEET_GRANT, 5, &answer), FLEET_DONE);
	for (int i = 0; i < 500000; i++)
		strbuf_addc(&large, 'x');
	for (int i = 0; i < 20 && outcome == FLEET_DONE; i++) {
		AUTO_FREE char *key = xasprintf("gen/a/%d", i);

		outcome = put_if(engine, key, "", &large, &answer);
	}
	assert_int_equal(outcome, FLEET_FULL);
	assert_non_null(strstr(answer.fault.hint, "NOSPACE"));
	assert_int_equal(read_key(engine, "head/a", &answer), FLEET_DONE);
	assert_int_equal(answer.pair_count, 1);
	assert_int_equal(ask_lease(engine, FLEET_KEEPALIVE, 5, &answer), FLEET_DONE);
	assert_int_equal(ask_lease(engine, FLEET_GRANT, 7, &answer), FLEET_FULL);
	engine->ops->free(engine);
}

/* A value above etcd's limit is refused: asking again would not help. */
static void test_what_is_too_large_is_refused(void **state)
{
	struct fleet_engine *engine = open_engine(*state, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	AUTO(strbuf) struct strbuf large = STRBUF_INIT;

	for (int i = 0; i < 1600000; i++)
		strbuf_addc(&large, 'x');
	assert_int_equal(put_if(engine, "gen/a/1", "", &large, &answer), FLEET_DENIED);
	assert_non_null(strstr(answer.fault.text, "too large"));
	engine->ops->free(engine);
}

static void call_plainly(struct cluster *cluster, const char *path, const char *body)
{
	AUTO_FREE char *url = xasprintf("%s%s", cluster->endpoints.items[0], path);
	const struct http_request request = {.method = HTTP_POST,
					     .url = url,
					     .body = body,
					     .body_len = strlen(body),
					     .max_body = 65536,
					     .timeout_ms = 5000,
					     .form = CONTENT_JSON,
					     .flags = HTTP_ALLOW_PLAIN};
	AUTO(http_response) struct http_response response;
	AUTO(error) struct error err = ERROR_INIT;

	http_response_init(&response);
	assert_int_equal(http_perform(cluster->http, &request, &response, &err), 0);
	assert_int_equal(response.status, 200);
}

static void enable_users(struct cluster *cluster)
{
	call_plainly(cluster, "/v3/auth/user/add", "{\"name\":\"root\",\"password\":\"r\"}");
	call_plainly(cluster, "/v3/auth/role/add", "{\"name\":\"root\"}");
	call_plainly(cluster, "/v3/auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}");
	/* "certbot/" to "certbot0" */
	call_plainly(cluster, "/v3/auth/role/add", "{\"name\":\"fleet\"}");
	call_plainly(cluster, "/v3/auth/role/grant",
		     "{\"name\":\"fleet\",\"perm\":{\"permType\":\"READWRITE\","
		     "\"key\":\"Y2VydGJvdC8=\",\"range_end\":\"Y2VydGJvdDA=\"}}");
	call_plainly(cluster, "/v3/auth/user/add", "{\"name\":\"fleet\",\"password\":\"f\"}");
	call_plainly(cluster, "/v3/auth/user/grant", "{\"user\":\"fleet\",\"role\":\"fleet\"}");
	call_plainly(cluster, "/v3/auth/user/add", "{\"name\":\"other\",\"password\":\"o\"}");
	call_plainly(cluster, "/v3/auth/enable", "{}");
}

static void assert_denied(struct cluster *cluster, const char *user, const char *password,
			  const char *hint)
{
	struct fleet_engine *engine = open_engine(cluster, user, password);
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	assert_int_equal(put_text(engine, "head/a", "", "one", &answer), FLEET_DENIED);
	assert_non_null(answer.fault.hint);
	assert_non_null(strstr(answer.fault.hint, hint));
	engine->ops->free(engine);
}

static void test_users(void **state)
{
	struct cluster *cluster = *state;
	struct fleet_engine *engine = open_engine(cluster, "fleet", "f");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	enable_users(cluster);
	assert_denied(cluster, NULL, "", "wants a user and a password");
	assert_denied(cluster, "fleet", "wrong", "is wrong");
	assert_denied(cluster, "other", "o", "may read and write the prefix");
	assert_int_equal(put_text(engine, "head/a", "", "one", &answer), FLEET_DONE);
	/* A member that was started again may not know the token any more. */
	kill_member(cluster, 0);
	assert_int_equal(put_text(engine, "head/a", "one", "two", &answer), FLEET_AWAY);
	start_member(cluster, 0);
	await_cluster(cluster);
	assert_int_equal(put_text(engine, "head/a", "one", "two", &answer), FLEET_DONE);
	assert_true(answer.succeeded);
	engine->ops->free(engine);
}

static void test_members_that_die(void **state)
{
	struct cluster *cluster = *state;
	struct fleet_engine *engine = open_engine(cluster, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	enum fleet_outcome outcome = FLEET_UNSURE;

	assert_int_equal(put_text(engine, "head/a", "", "one", &answer), FLEET_DONE);
	kill_member(cluster, 0);
	/* It may have been the leader; the election takes a moment. */
	for (int i = 0; i < 5 && outcome != FLEET_DONE; i++)
		outcome = read_key(engine, "head/a", &answer);
	assert_int_equal(outcome, FLEET_DONE);
	assert_string_equal(fleet_answer_find(&answer, "head/a")->value.text, "one");
	/* Without a majority nobody can tell what becomes of a write. */
	kill_member(cluster, 1);
	for (int i = 0; i < 3; i++) {
		outcome = put_text(engine, "head/a", "one", "two", &answer);
		assert_true(outcome == FLEET_UNSURE || outcome == FLEET_AWAY);
	}
	/* Nor after all are gone, and then it is known that nothing was done. */
	kill_member(cluster, 2);
	read_key(engine, "head/a", &answer);
	assert_int_equal(put_text(engine, "head/a", "one", "two", &answer), FLEET_AWAY);
	engine->ops->free(engine);
}

static uint64_t random_number(void *context)
{
	uint64_t *state = context;

	return *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
}

struct machine {
	struct fleet_session session;
	uint64_t random;
	uint64_t generation; /* that it has stored */
	char cert[32];
	unsigned finalized;
};

/* A CA that does at once what it is asked to. */
static void reply_as_ca(struct machine *machine, const struct fleet_action *action,
			struct fleet_reply *reply, struct fleet_record *record)
{
	reply->record = record;
	reply->url = "https://ca.example/1";
	if (action->kind == FLEET_PREPARE)
		secret_set(&record->key, "key", 3);
	if (action->kind == FLEET_LOOK)
		reply->result = machine->finalized ? FLEET_VALID : FLEET_READY;
	if (action->kind == FLEET_FINALIZE)
		machine->finalized++;
	if (action->kind == FLEET_FETCH) {
		record->cert = xstrdup("the certificate");
		record->chain = xstrdup("chain");
		record->not_after = 2000000000;
	}
}

static void take_generation(struct machine *machine, const struct fleet_record *record)
{
	machine->generation = record->generation;
	snprintf(machine->cert, sizeof(machine->cert), "%s", record->cert);
	assert_string_equal(secret_peek(&record->key), "key");
}

static void perform_lease(struct machine *machine, struct fleet_engine *engine,
			  struct fleet_time now, struct fleet_reply *reply)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_GRANT};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	fleet_session_ask_lease(&machine->session, now, &ask);
	engine->ops->perform(engine, &ask, &answer);
	reply->result = fleet_session_take_lease(&machine->session, &answer) ? FLEET_OK
									     : FLEET_UNCLEAR;
}

/* Runs a machine whose certificate is due unless it has one. */
static enum fleet_end run_machine(struct machine *machine, struct fleet_engine *engine)
{
	const struct fleet_local local = {.name = "a.example"};
	AUTO(fleet_node) struct fleet_node *node = fleet_node_new(&machine->session, &local);
	struct fleet_time now = {.mono_ms = 1000, .unix_s = 1700000000};
	struct fleet_action action;

	fleet_node_step(node, NULL, now, &action);
	while (action.kind != FLEET_END) {
		AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
		AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
		struct fleet_reply reply = {.result = FLEET_OK, .answer = &answer};

		now.mono_ms += 100;
		if (action.kind == FLEET_ASK)
			engine->ops->perform(engine, action.ask, &answer);
		else if (action.kind == FLEET_LEASE)
			perform_lease(machine, engine, now, &reply);
		else if (action.kind == FLEET_TAKE)
			take_generation(machine, action.record);
		else if (action.kind == FLEET_DECIDE)
			reply.due = machine->generation == 0;
		else
			reply_as_ca(machine, &action, &reply, &record);
		fleet_node_step(node, action.kind == FLEET_WAIT ? NULL : &reply, now, &action);
	}
	return action.end;
}

static void begin_machine(struct machine *machine, const struct fleet_keyring *ring,
			  const char *name)
{
	*machine = (struct machine){.random = (uint64_t)(unsigned char)name[0]};
	machine->session = (struct fleet_session){.fleet = "f",
						  .node = name,
						  .ring = ring,
						  .random = random_number,
						  .random_context = &machine->random,
						  .lease_ttl_s = 60};
}

static void test_one_machine_publishes_and_another_takes_over(void **state)
{
	struct fleet_engine *engine = open_engine(*state, NULL, "");
	AUTO(fleet_keyring) struct fleet_keyring ring = {.count = 1}, foreign = {.count = 1};
	struct machine first, second, stranger;
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	aead_make_key(&ring.keys[0]);
	aead_make_key(&foreign.keys[0]);
	begin_machine(&first, &ring, "first");
	begin_machine(&second, &ring, "second");
	begin_machine(&stranger, &foreign, "x");
	assert_int_equal(run_machine(&first, engine), FLEET_END_RENEWED);
	assert_int_equal(first.finalized, 1);
	assert_int_equal(run_machine(&second, engine), FLEET_END_CURRENT);
	assert_int_equal(second.generation, 1);
	assert_string_equal(second.cert, "the certificate");
	assert_int_equal(second.finalized, 0);
	/* Nothing is left that would keep others from the next renewal. */
	assert_int_equal(read_key(engine, "owner/a.example", &answer), FLEET_DONE);
	assert_int_equal(answer.pair_count, 0);
	assert_int_equal(read_key(engine, "order/a.example", &answer), FLEET_DONE);
	assert_int_equal(answer.pair_count, 0);
	assert_int_equal(run_machine(&stranger, engine), FLEET_END_REFUSED);
	assert_int_equal(stranger.generation, 0);
	engine->ops->free(engine);
}

static int64_t await_key(struct fleet_engine *engine, int64_t timeout_ms)
{
	AUTO(error) struct error err = ERROR_INIT;
	int64_t begun = clock_mono_ms(clock_system());

	assert_int_equal(engine->ops->await(engine, "tip", timeout_ms, &err), 0);
	return clock_mono_ms(clock_system()) - begun;
}

/* What has happened since the last answer counts, not since the watch began. */
static void test_an_event_wakes_who_waits(void **state)
{
	struct cluster *cluster = *state;
	struct fleet_engine *engine = open_engine(cluster, NULL, ""),
			    *other = open_engine(cluster, NULL, "");
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};

	assert_int_equal(put_text(engine, "tip", "", "one", &answer), FLEET_DONE);
	assert_true(await_key(engine, 700) >= 600);
	assert_int_equal(put_text(other, "tip", "one", "two", &answer), FLEET_DONE);
	assert_true(await_key(engine, 20000) < 10000);
	assert_int_equal(read_key(engine, "tip", &answer), FLEET_DONE);
	assert_string_equal(answer.pairs[0].value.text, "two");
	/* Other keys wake nobody. */
	assert_int_equal(put_text(other, "head/a", "", "x", &answer), FLEET_DONE);
	assert_true(await_key(engine, 700) >= 600);
	engine->ops->free(engine);
	other->ops->free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_guarded_writes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_any_bytes_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_or_nothing_and_deletion, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_range_comes_in_pages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leases, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_event_wakes_who_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_full_store_says_so_and_can_be_read,
						set_up_full, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_too_large_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_users, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_members_that_die, set_up_three, tear_down),
		cmocka_unit_test_setup_teardown(test_one_machine_publishes_and_another_takes_over,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
