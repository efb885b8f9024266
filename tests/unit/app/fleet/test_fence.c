/*
 * Renewals of two machines that share a store, with a CA that is only named: what a machine does
 * that was stopped while another went on in its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "acme/wire.h"
#include "app/fleet/own/fence.h"
#include "app/fleet/own/turns.h"
#include "app/fleet/fleet_store.h"
#include "app/run_fixture.h"
#include "store/renewal/renewal_state.h"

#define O1 "https://ca.example.test/order/1"
#define O2 "https://ca.example.test/order/2"
#define ORDER "order/" NAME
#define OWNER "owner/" NAME

/* A machine with its renewal. */
struct machine {
	struct member *member;
	struct issue_request request;
	struct error err;
};

struct fixture {
	struct run run;
	struct fleet_store store;
	struct lineage *lineage;
	struct machine a, b;
};

static void add_machine(struct fixture *f, struct machine *machine, const char *name)
{
	machine->member = store_join(&f->store, &f->run.app.network, f->run.settings, name);
	issue_request_init(&machine->request);
	machine->request.settings = f->run.settings;
	machine->request.lineage = f->lineage;
	acme_identifiers_add(&machine->request.identifiers, ACME_IDENTIFIER_DNS, NAME);
	fence_put(&machine->request, machine->member);
}

static void drop_machine(struct machine *machine)
{
	fence_drop(&machine->request);
	issue_request_release(&machine->request);
	error_release(&machine->err);
	member_free(STEAL(machine->member));
}

/* A machine whose process has died: its lease ends some time later. */
static void kill_machine(struct fixture *f, struct machine *machine)
{
	uint64_t lease = machine->member->session.lease;

	machine->member->session.lease = 0;
	drop_machine(machine);
	store_end_lease(&f->store, lease);
}

/* What the store says of the generation that is here. */
static void put_head(struct fixture *f)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT, value = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(fleet_record) struct fleet_record head = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(f->a.member, FLEET_HEAD, NAME);

	if (turns_read_cert(f->lineage, &pem, &err) < 0)
		BUG("%s", err.text);
	head.kind = FLEET_HEAD;
	head.generation = 1;
	head.digest = fleet_record_digest(pem.text);
	fleet_seal(&f->a.member->ring, &place, &head, &value);
	store_put(&f->store, "head/" NAME, span_make(value.text, value.len), 0);
}

/* A lineage whose first generation is in the store. */
static void set_up(struct fixture *f)
{
	*f = (struct fixture){.a.err = ERROR_INIT, .b.err = ERROR_INIT};
	start_run(&f->run, "renew");
	store_begin(&f->store);
	f->lineage = created("1");
	renewal_state_set_generation(lineage_conf(f->lineage), 1);
	add_machine(f, &f->a, "a");
	add_machine(f, &f->b, "b");
	put_head(f);
}

static void tear_down(struct fixture *f)
{
	drop_machine(&f->a);
	drop_machine(&f->b);
	lineage_free(f->lineage);
	store_end(&f->store);
	end_run(&f->run);
}

static struct key *fixture_key(const char *generation)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct key *key = NULL;

	read_fixture(generation, ".key.pem", &pem);
	if (key_from_pem(pem.text, pem.len, &key, &err) < 0)
		BUG("%s", err.text);
	return key;
}

static int claim(struct machine *machine)
{
	error_release(&machine->err);
	return machine->request.fence->ops->claim(&machine->request, &machine->err);
}

/* Key and CSR are made unless the order of another machine brings them. */
static int begin(struct machine *machine, const char *key, struct strbuf *csr)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT, none = STRVEC_INIT;
	const struct csr_request wanted = {.dns_names = &names, .ip_addresses = &none};

	if (!machine->request.key)
		machine->request.key = fixture_key(key);
	for (size_t i = 0; i < machine->request.identifiers.count; i++)
		strvec_push(&names, machine->request.identifiers.items[i].value);
	error_release(&machine->err);
	if (csr_make(machine->request.key, &wanted, csr, &machine->err) < 0)
		BUG("%s", machine->err.text);
	return machine->request.fence->ops->begin(&machine->request, csr, &machine->err);
}

static int begin_with(struct machine *machine, const char *key)
{
	AUTO(strbuf) struct strbuf csr = STRBUF_INIT;

	return begin(machine, key, &csr);
}

static int confirm(struct machine *machine, const char *url, bool finalizes)
{
	const struct acme_action action = {
		.kind = ACME_ACTION_CONFIRM, .order_url = url, .finalizes = finalizes};

	error_release(&machine->err);
	return machine->request.fence->ops->confirm(&machine->request, &action, &machine->err);
}

static void end(struct machine *machine, bool is_dead)
{
	AUTO(error) struct error failure = ERROR_INIT;

	error_set(&failure, ERR_ACME, "the CA says no");
	(machine->request.fence->ops->fail)(&machine->request, is_dead, &failure);
}

/* Publishes the certificate of that generation of the fixtures. */
static int publish(struct machine *machine, const char *cert)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;

	read_fixture(cert, ".cert.pem", &pem);
	read_fixture("chain", ".pem", &pem);
	cert_chain_release(&machine->request.chain);
	error_release(&machine->err);
	if (cert_chain_parse(pem.text, pem.len, &machine->request.chain, &machine->err) < 0)
		BUG("%s", machine->err.text);
	return machine->request.fence->ops->publish(&machine->request, &machine->err);
}

/* Claims, and has the CA open an order. */
static void open_order(struct machine *machine, const char *key, const char *url)
{
	if (claim(machine) < 0)
		fail_msg("%s", machine->err.text);
	assert_int_equal(begin_with(machine, key), 0);
	assert_int_equal(confirm(machine, url, false), 0);
}

static bool has_key(const struct fixture *f, const char *key)
{
	return store_find(&f->store, key) < f->store.count;
}

static void assert_parted(const struct machine *machine)
{
	assert_int_equal(machine->err.code, ERR_BUSY);
	assert_non_null(strstr(machine->err.text, "an order of its own"));
}

/* A has stored what it is about to order and is stopped; B goes on in its place, with another
 * order, and dies. */
static void overtake(struct fixture *f, const char *key)
{
	assert_int_equal(claim(&f->a), 0);
	assert_int_equal(begin_with(&f->a, "2"), 0);
	assert_null(f->a.request.fence->resumes);
	store_end_lease(&f->store, f->a.member->session.lease);
	f->store.now_ms += 120 * 1000;
	if (strcmp(key, "2") != 0)
		store_remove(&f->store, ORDER);
	open_order(&f->b, key, O2);
}

static void test_a_renewal_is_published_and_given_back(void **state)
{
	struct fixture f;

	set_up(&f);
	open_order(&f.a, "2", O1);
	assert_int_equal(claim(&f.b), ERR_BUSY);
	assert_int_equal(confirm(&f.a, O1, true), 0);
	assert_int_equal(publish(&f.a, "2"), 0);
	assert_int_equal(f.a.request.generation, 2);
	assert_true(has_key(&f, "gen/" NAME "/2"));
	assert_false(has_key(&f, OWNER) || has_key(&f, ORDER));
	tear_down(&f);
}

static void test_another_machine_goes_on_with_an_order(void **state)
{
	struct fixture f;

	set_up(&f);
	open_order(&f.a, "2", O1);
	kill_machine(&f, &f.a);
	assert_int_equal(claim(&f.b), 0);
	assert_string_equal(f.b.request.fence->resumes, O1);
	assert_int_equal(begin_with(&f.b, "1"), 0);
	assert_int_equal(confirm(&f.b, O1, true), 0);
	assert_int_equal(publish(&f.b, "2"), 0);
	add_machine(&f, &f.a, "a");
	tear_down(&f);
}

static void test_who_wakes_up_does_not_finalize_beside_his_successor(void **state)
{
	struct fixture f;

	set_up(&f);
	overtake(&f, "2");
	assert_int_equal(confirm(&f.b, O2, true), 0);
	kill_machine(&f, &f.b);
	assert_int_equal(confirm(&f.a, O1, false), ERR_BUSY);
	assert_parted(&f.a);
	assert_int_equal(confirm(&f.a, O1, true), ERR_BUSY);
	assert_parted(&f.a);
	add_machine(&f, &f.b, "b");
	tear_down(&f);
}

/* The lease is lost later: between the order's URL and the CSR. */
static void test_an_order_that_was_replaced_is_not_finalized(void **state)
{
	struct fixture f;

	set_up(&f);
	open_order(&f.a, "2", O1);
	store_end_lease(&f.store, f.a.member->session.lease);
	f.store.now_ms += 120 * 1000;
	store_remove(&f.store, ORDER);
	open_order(&f.b, "1", O2);
	kill_machine(&f, &f.b);
	assert_int_equal(confirm(&f.a, O1, true), ERR_BUSY);
	assert_parted(&f.a);
	assert_int_equal(publish(&f.a, "2"), ERR_BUSY);
	assert_false(has_key(&f, "gen/" NAME "/2"));
	add_machine(&f, &f.b, "b");
	tear_down(&f);
}

static void test_a_dead_order_ends_no_other(void **state)
{
	struct fixture f;

	set_up(&f);
	overtake(&f, "1");
	kill_machine(&f, &f.b);
	assert_int_equal(confirm(&f.a, O1, false), ERR_BUSY);
	end(&f.a, true);
	assert_true(has_key(&f, ORDER));
	assert_false(has_key(&f, "state/" NAME));
	add_machine(&f, &f.b, "b");
	tear_down(&f);
}

static void test_a_dead_order_is_dropped(void **state)
{
	struct fixture f;

	set_up(&f);
	open_order(&f.a, "2", O1);
	end(&f.a, true);
	assert_false(has_key(&f, ORDER));
	assert_true(has_key(&f, "state/" NAME));
	/* So is one that was never opened, and one that was about to be finalized. */
	assert_int_equal(begin_with(&f.a, "2"), 0);
	assert_true(has_key(&f, ORDER));
	end(&f.a, true);
	assert_false(has_key(&f, ORDER));
	assert_int_equal(begin_with(&f.a, "2"), 0);
	assert_int_equal(confirm(&f.a, O2, false), 0);
	assert_int_equal(confirm(&f.a, O2, true), 0);
	end(&f.a, true);
	assert_false(has_key(&f, ORDER));
	tear_down(&f);
}

static void test_a_certificate_for_another_key_is_not_published(void **state)
{
	struct fixture f;

	set_up(&f);
	open_order(&f.a, "2", O1);
	assert_int_equal(confirm(&f.a, O1, true), 0);
	assert_int_equal(publish(&f.a, "1"), ERR_REFUSED);
	assert_non_null(strstr(f.a.err.text, "not for the key of the fleet's order"));
	assert_false(has_key(&f, "gen/" NAME "/2"));
	tear_down(&f);
}

/* The CA did not say what became of the order: whoever comes next goes on with it, at once. */
static void test_an_attempt_that_ends_unclear_owns_nothing(void **state)
{
	struct fixture f;

	set_up(&f);
	open_order(&f.a, "2", O1);
	end(&f.a, false);
	assert_false(has_key(&f, OWNER));
	assert_int_equal(claim(&f.b), 0);
	assert_string_equal(f.b.request.fence->resumes, O1);
	/* What B owns by now is not given back by A. */
	fence_drop(&f.a.request);
	assert_true(has_key(&f, OWNER));
	tear_down(&f);
}

/* A process that goes on would keep it for as long as it lives. */
static void test_what_cannot_be_given_back_ends_with_the_lease(void **state)
{
	struct fixture f;
	uint64_t lease;

	set_up(&f);
	open_order(&f.a, "2", O1);
	lease = f.a.member->session.lease;
	f.store.is_away = true;
	f.a.member->silent_ms = f.store.now_ms;
	end(&f.a, false);
	assert_true(has_key(&f, OWNER));
	assert_true(f.a.member->session.must_end);
	f.store.is_away = false;
	assert_int_equal(claim(&f.a), 0);
	assert_string_equal(f.a.request.fence->resumes, O1);
	assert_true(f.a.member->session.lease != lease);
	assert_false(f.a.member->session.must_end);
	tear_down(&f);
}

/* The names of the CSR that would be sent. */
static void assert_csr_names(const struct strbuf *csr, const char *names)
{
	AUTO(csr_contents) struct csr_contents contents;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *found = NULL;

	csr_contents_init(&contents);
	assert_int_equal(csr_read(csr->text, csr->len, &contents, &err), 0);
	found = strvec_join(&contents.dns_names, " ");
	assert_string_equal(found, names);
}

/* A certificate's names were changed between two tries of two machines. */
static void test_an_intent_for_other_names_is_replaced(void **state)
{
	struct fixture f;
	AUTO(strbuf) struct strbuf csr = STRBUF_INIT, next = STRBUF_INIT;

	set_up(&f);
	assert_int_equal(claim(&f.a), 0);
	assert_int_equal(begin_with(&f.a, "2"), 0);
	kill_machine(&f, &f.a);
	acme_identifiers_add(&f.b.request.identifiers, ACME_IDENTIFIER_DNS, "b.test");
	assert_int_equal(claim(&f.b), 0);
	assert_int_equal(begin(&f.b, "1", &csr), 0);
	assert_csr_names(&csr, NAME " b.test");
	kill_machine(&f, &f.b);
	/* The next machine finds what was stored in its place. */
	add_machine(&f, &f.b, "b");
	acme_identifiers_add(&f.b.request.identifiers, ACME_IDENTIFIER_DNS, "b.test");
	assert_int_equal(claim(&f.b), 0);
	assert_int_equal(begin(&f.b, "1", &next), 0);
	assert_true(csr.len == next.len && memcmp(csr.text, next.text, csr.len) == 0);
	assert_int_equal(confirm(&f.b, O1, false), 0);
	assert_int_equal(confirm(&f.b, O1, true), 0);
	assert_int_equal(publish(&f.b, "2"), 0);
	add_machine(&f, &f.a, "a");
	tear_down(&f);
}

static void test_an_open_order_for_other_names_is_left_alone(void **state)
{
	struct fixture f;

	set_up(&f);
	open_order(&f.a, "2", O1);
	kill_machine(&f, &f.a);
	acme_identifiers_add(&f.b.request.identifiers, ACME_IDENTIFIER_DNS, "b.test");
	assert_int_equal(claim(&f.b), 0);
	assert_int_equal(begin_with(&f.b, "1"), ERR_BUSY);
	assert_non_null(strstr(f.b.err.text, "open for other names (" NAME ")"));
	assert_true(has_key(&f, ORDER));
	add_machine(&f, &f.a, "a");
	tear_down(&f);
}

/* A renews while B, who has seen nothing of it, is asked for a certificate. */
static void renew_by_a(struct fixture *f)
{
	open_order(&f->a, "2", O1);
	assert_int_equal(confirm(&f->a, O1, true), 0);
	assert_int_equal(publish(&f->a, "2"), 0);
}

static void test_what_another_has_renewed_is_taken_if_it_has_the_names(void **state)
{
	struct fixture f;

	set_up(&f);
	renew_by_a(&f);
	assert_int_equal(claim(&f.b), 0);
	assert_true(f.b.request.fence->is_taken);
	fence_drop(&f.b.request);
	fence_put(&f.b.request, f.b.member);
	acme_identifiers_add(&f.b.request.identifiers, ACME_IDENTIFIER_DNS, "b.test");
	assert_int_equal(claim(&f.b), ERR_BUSY);
	assert_non_null(strstr(f.b.err.text, "for other names (" NAME ")"));
	assert_non_null(strstr(f.b.err.hint, "certbot renew"));
	assert_false(f.b.request.fence->is_taken || f.b.request.is_elsewhere);
	tear_down(&f);
}

static void test_what_another_has_renewed_meanwhile_is_no_failure(void **state)
{
	struct fixture f;

	set_up(&f);
	assert_int_equal(claim(&f.b), 0);
	store_end_lease(&f.store, f.b.member->session.lease);
	f.store.now_ms += 120 * 1000;
	renew_by_a(&f);
	assert_int_equal(begin_with(&f.b, "1"), ERR_BUSY);
	assert_non_null(strstr(f.b.err.text, "has renewed it"));
	assert_true(f.b.request.is_elsewhere);
	tear_down(&f);
}

/* A store that is full is not waited for, and says what to do. */
static void test_a_store_that_is_full_ends_the_claim(void **state)
{
	struct fixture f;
	int64_t begun;

	set_up(&f);
	begun = f.store.now_ms;
	f.store.is_full = true;
	assert_int_equal(claim(&f.a), ERR_IO);
	assert_string_equal(f.a.err.text, "it is full");
	assert_int_equal(f.store.now_ms, begun);
	tear_down(&f);
}

/* The tip that was pulled last may come back with a backup of the store. */
static void test_a_publication_makes_the_next_pull_look(void **state)
{
	struct fixture f;

	set_up(&f);
	ini_set(ini_root(f.a.member->state), "tip", "of the last pull");
	renew_by_a(&f);
	assert_string_equal(ini_peek(ini_root(f.a.member->state), "tip"), "");
	tear_down(&f);
}

/* The first try failed at the CA, and the store has gone before the second one. */
static void test_a_second_try_without_the_store(void **state)
{
	struct fixture f;

	set_up(&f);
	give_option(&f.run, "fleet_solo_days=4000");
	open_order(&f.a, "2", O1);
	end(&f.a, true);
	f.store.is_away = true;
	assert_int_equal(begin_with(&f.a, "2"), 0);
	assert_int_equal(confirm(&f.a, O2, false), 0);
	assert_int_equal(confirm(&f.a, O2, true), 0);
	assert_int_equal(publish(&f.a, "2"), 0);
	assert_has(&f.run.logged, "renewed without the fleet");
	f.store.is_away = false;
	tear_down(&f);
}

static void take_token_key(struct strbuf *ret_pem)
{
	read_fixture("../crypto/tpm-ec", ".pem", ret_pem);
}

/* The name of a key in a token says nothing to other machines: it neither comes from them nor goes
 * to them, and a machine that renews alone makes no certificate for one. */
/* One order a day for the fleet. */
static void put_limit(struct fixture *f, uint64_t orders)
{
	struct fleet_place place = member_place(f->a.member, FLEET_LIMIT, FLEET_BUDGET_LIMIT);
	const struct fleet_record limit = {
		.kind = FLEET_LIMIT, .orders = orders, .window_s = 86400};
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	fleet_seal(&f->a.member->ring, &place, &limit, &value);
	store_put(&f->store, "limit/" FLEET_BUDGET_LIMIT, span_make(value.text, value.len), 0);
}

/* The orders of the window that are reserved, and not given back. */
static uint64_t count_reserved(struct fixture *f)
{
	const char *server = settings_string(f->run.settings, "server");
	AUTO_FREE char *name = fleet_budget_name(server);
	struct fleet_place place = member_place(f->a.member, FLEET_BUDGET, name);
	AUTO(fleet_record) struct fleet_record budget = FLEET_RECORD_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (member_read(f->a.member, &place, &budget, NULL, &err) < 0)
		BUG("%s", err.text);
	return budget.orders - budget.returned;
}

static void test_a_budget_postpones_what_comes_later(void **state)
{
	struct fixture f;

	set_up(&f);
	put_limit(&f, 1);
	assert_int_equal(claim(&f.a), 0);
	assert_int_equal(begin_with(&f.a, "2"), 0);
	assert_int_equal(count_reserved(&f), 1);
	end(&f.a, true);
	store_remove(&f.store, "state/" NAME);
	assert_int_equal(claim(&f.b), ERR_BUSY);
	assert_true(f.b.request.is_elsewhere);
	assert_non_null(strstr(f.b.err.text, "(1 in 1 day) are used up, for 1440 minutes more"));
	/* The next window, by the clock of whoever comes first. */
	f.store.now_ms += 86400 * 1000LL;
	assert_int_equal(claim(&f.b), 0);
	assert_int_equal(count_reserved(&f), 1);
	tear_down(&f);
}

static void test_what_was_not_ordered_is_given_back(void **state)
{
	struct fixture f;

	set_up(&f);
	put_limit(&f, 2);
	assert_int_equal(claim(&f.a), 0);
	assert_int_equal(count_reserved(&f), 1);
	fence_drop(&f.a.request);
	assert_int_equal(count_reserved(&f), 0);
	tear_down(&f);
}

/* A backup has fewer orders than this machine has seen, in an earlier process. */
static void test_a_store_that_is_set_back_gives_no_orders(void **state)
{
	struct fixture f;
	const char *server;
	AUTO_FREE char *name = NULL, *key = NULL;

	set_up(&f);
	server = settings_string(f.run.settings, "server");
	name = fleet_budget_name(server);
	key = xasprintf("budget/%s", name);
	put_limit(&f, 1);
	assert_int_equal(claim(&f.a), 0);
	assert_int_equal(begin_with(&f.a, "2"), 0);
	end(&f.a, true);
	store_remove(&f.store, "state/" NAME);
	store_remove(&f.store, key);
	assert_int_equal(claim(&f.a), ERR_BUSY);
	fence_drop(&f.a.request);
	/* The next process has it from fleet/state. */
	fleet_budget_free(STEAL(f.a.member->session.shares));
	fence_put(&f.a.request, f.a.member);
	assert_int_equal(claim(&f.a), ERR_BUSY);
	/* This machine has seen nothing yet. */
	assert_int_equal(claim(&f.b), 0);
	tear_down(&f);
}

static void test_a_count_that_was_tampered_with_is_refused(void **state)
{
	struct fixture f;
	AUTO_FREE char *name = NULL, *key = NULL;

	set_up(&f);
	name = fleet_budget_name(settings_string(f.run.settings, "server"));
	key = xasprintf("budget/%s", name);
	put_limit(&f, 1);
	store_put(&f.store, key, span_of("a count of somebody else"), 0);
	assert_int_equal(claim(&f.a), ERR_REFUSED);
	assert_false(f.a.request.is_elsewhere);
	tear_down(&f);
}

static void test_a_key_in_a_token_stays_out_of_the_fleet(void **state)
{
	struct fixture f;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT, cert = STRBUF_INIT;
	AUTO(fleet_record) struct fleet_record given = FLEET_RECORD_INIT, taken = FLEET_RECORD_INIT;
	AUTO(error) struct error err = ERROR_INIT, other = ERROR_INIT;

	set_up(&f);
	take_token_key(&pem);
	put_text(CONFIG "/archive/" NAME "/privkey1.pem", pem.text);
	assert_int_equal(turns_read_generation(f.lineage, &given, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "this one is in a token"));
	read_fixture("2", ".cert.pem", &cert);
	taken.cert = xstrdup(cert.text);
	taken.chain = xstrdup("");
	secret_set(&taken.key, pem.text, pem.len);
	assert_int_equal(turns_fill_request(&taken, &f.a.request, &other), ERR_REFUSED);
	assert_non_null(strstr(other.text, "this one is in a token"));
	tear_down(&f);
}

/* The store does not answer, and the certificate is about to expire. */
static void test_alone_no_key_in_a_token_is_used(void **state)
{
	struct fixture f;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT, csr = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	give_option(&f.run, "fleet_solo_days=4000");
	f.store.is_away = true;
	assert_int_equal(claim(&f.a), 0);
	take_token_key(&pem);
	assert_int_equal(key_from_pem(pem.text, pem.len, &f.a.request.key, &err), 0);
	assert_int_equal(f.a.request.fence->ops->begin(&f.a.request, &csr, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "this one is in a token"));
	f.store.is_away = false;
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_a_renewal_is_published_and_given_back),
		scratch_test(test_another_machine_goes_on_with_an_order),
		scratch_test(test_who_wakes_up_does_not_finalize_beside_his_successor),
		scratch_test(test_an_order_that_was_replaced_is_not_finalized),
		scratch_test(test_a_dead_order_ends_no_other),
		scratch_test(test_a_dead_order_is_dropped),
		scratch_test(test_a_certificate_for_another_key_is_not_published),
		scratch_test(test_an_attempt_that_ends_unclear_owns_nothing),
		scratch_test(test_what_cannot_be_given_back_ends_with_the_lease),
		scratch_test(test_an_intent_for_other_names_is_replaced),
		scratch_test(test_an_open_order_for_other_names_is_left_alone),
		scratch_test(test_what_another_has_renewed_is_taken_if_it_has_the_names),
		scratch_test(test_what_another_has_renewed_meanwhile_is_no_failure),
		scratch_test(test_a_second_try_without_the_store),
		scratch_test(test_a_store_that_is_full_ends_the_claim),
		scratch_test(test_a_publication_makes_the_next_pull_look),
		scratch_test(test_a_budget_postpones_what_comes_later),
		scratch_test(test_what_was_not_ordered_is_given_back),
		scratch_test(test_a_store_that_is_set_back_gives_no_orders),
		scratch_test(test_a_count_that_was_tampered_with_is_refused),
		scratch_test(test_a_key_in_a_token_stays_out_of_the_fleet),
		scratch_test(test_alone_no_key_in_a_token_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
