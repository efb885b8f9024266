/*
 * A crash, an I/O error or a full disk at every single change of the file system, with and without
 * a kernel that exchanges directories: live/ shows the old generation or the new one, whole; the
 * next look repairs what was left; and the same operation works then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ascii.h"
#include "store/account/account.h"
#include "store/account/accounts.h"
#include "store/generations.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_delete.h"
#include "store/lineage/lineage_links.h"
#include "store/lineage/lineage_page.h"
#include "txn/faults.h"

#define CONF CONFIG "/renewal/a.test.conf"
#define PLACE                                                                                      \
	&(const struct account_place)                                                              \
	{                                                                                          \
		CONFIG, "https://ca.example.test/dir"                                              \
	}

static enum fault_exchange exchange;
static enum fault_kind fault;

/* Readers see a whole set at every instant where directories can be exchanged, and after every
 * error that does not end the process. */
static bool shows_whole_sets(void)
{
	return exchange == EXCHANGE_WORKS || fault != FAULT_KILL;
}

static void start_anew(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (dir_remove_tree(CONFIG, &err) < 0 || dir_remove_tree("moved", &err) < 0)
		BUG("%s", err.text);
}

static void lay_first_generation(void)
{
	start_anew();
	lineage_free(created("1"));
	put_text(CONFIG "/live/a.test/mine.txt", "mine");
}

static void lay_two_generations(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	start_anew();
	lineage = created("1");
	put_text(CONFIG "/live/a.test/mine.txt", "mine");
	if (add(lineage, "2", "2", &err) < 0)
		BUG("%s", err.text);
}

static void lay_moved_archive(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	start_anew();
	lineage = created("1");
	if (file_rename(CONFIG "/archive/a.test", "moved", &err) < 0 ||
	    file_symlink("../../moved", CONFIG "/archive/a.test", &err) < 0)
		BUG("%s", err.text);
	ini_set(ini_root(lineage_conf(lineage)), "archive_dir", "moved");
	if (lineage_save_conf(lineage, &err) < 0)
		BUG("%s", err.text);
}

static int create_first(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	return create(NAME, "1", &lineage, &err);
}

static const char *const page_names[] = {"a.test", "b.test", "c.test", "d.test"};

/* Those of the four that do not exist, together. */
static int create_page(void)
{
	struct lineage *lineages[ARRAY_LEN(page_names)] = {NULL};
	struct lineage_creation creations[ARRAY_LEN(page_names)] = {{.lineage = NULL}};
	AUTO(texts) struct texts texts;
	AUTO(error) struct error err = ERROR_INIT;
	size_t count = 0;
	int rc = 0;

	take_texts(&texts, "1", "1");
	for (size_t i = 0; i < ARRAY_LEN(page_names) && rc == 0; i++) {
		AUTO_FREE char *conf = xasprintf(CONFIG "/renewal/%s.conf", page_names[i]);
		struct lineage_begin_request request = begin_request;

		request.name = page_names[i];
		if (file_exists(conf))
			continue;
		rc = lineage_begin(&request, &lineages[count], &err);
		creations[count].lineage = lineages[count];
		creations[count].generation = &texts.generation;
		count += rc == 0;
	}
	if (rc == 0)
		rc = lineage_create_page(creations, count, &err);
	for (size_t i = 0; i < count; i++) {
		rc = error_is_set(&creations[i].error) ? -1 : rc;
		error_release(&creations[i].error);
		lineage_free(lineages[i]);
	}
	return rc;
}

static int add_second(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	if (lineage_open(CONFIG, NAME, &lineage, &err) < 0)
		return -1;
	ini_set(lineage_params(lineage), "account", "0123");
	return add(lineage, "2", "2", &err);
}

static int deploy_second(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	if (lineage_open(CONFIG, NAME, &lineage, &err) < 0)
		return -1;
	return show(lineage, 0, &err);
}

static int renew_wholly(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	if (lineage_open(CONFIG, NAME, &lineage, &err) < 0)
		return -1;
	ini_set(lineage_params(lineage), "account", "0123");
	if (add(lineage, "2", "2", &err) < 0 || show(lineage, 0, &err) < 0)
		return -1;
	lineage_prune(lineage);
	return 0;
}

/* A lineage with two keys, whose second is of the same fixture. */
static void fill_conf_of_two(void *context, struct ini *conf)
{
	fill_test_conf(context, conf);
	lineage_note_second(conf, "rsa");
}

static void take_two(struct texts *first, struct texts *second, const char *generation)
{
	take_texts(first, generation, generation);
	take_texts(second, generation, generation);
	second->generation.suffix = "-rsa";
	first->generation.second = &second->generation;
}

static int create_two(const char *generation, struct lineage **ret_lineage, struct error *err)
{
	AUTO(texts) struct texts first;
	AUTO(texts) struct texts second;
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	struct lineage_begin_request request = begin_request;

	request.fill_conf = fill_conf_of_two;
	take_two(&first, &second, generation);
	if (lineage_begin(&request, &lineage, err) < 0 ||
	    lineage_reserve(lineage, &first.generation, &notes, err) < 0 ||
	    lineage_create(lineage, &first.generation, err) < 0)
		return err->code;
	*ret_lineage = STEAL(lineage);
	return 0;
}

static int add_two(struct lineage *lineage, const char *generation, struct error *err)
{
	AUTO(texts) struct texts first;
	AUTO(texts) struct texts second;

	take_two(&first, &second, generation);
	return lineage_add_generation(lineage, &first.generation, err);
}

static void lay_two_keys(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	start_anew();
	if (create_two("1", &lineage, &err) < 0)
		BUG("%s", err.text);
	put_text(CONFIG "/live/a.test/mine.txt", "mine");
}

static int create_both(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	return create_two("1", &lineage, &err);
}

static int renew_both(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	if (lineage_open(CONFIG, NAME, &lineage, &err) < 0)
		return -1;
	if (add_two(lineage, "2", &err) < 0 || show(lineage, 0, &err) < 0)
		return -1;
	lineage_prune(lineage);
	return 0;
}

/* The first of two was issued, and is on disk while the second is waited for. */
static void lay_first_of_two(void)
{
	AUTO(texts) struct texts first;
	AUTO(texts) struct texts second;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	lay_two_keys();
	take_two(&first, &second, "2");
	if (lineage_open(CONFIG, NAME, &lineage, &err) < 0 ||
	    lineage_reserve(lineage, &first.generation, &notes, &err) < 0 ||
	    lineage_draft_issued(lineage, &first.generation, &err) < 0)
		BUG("%s", err.text);
}

static int store_after_second(void)
{
	AUTO(texts) struct texts first;
	AUTO(texts) struct texts second;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	take_two(&first, &second, "2");
	first.generation.is_drafted = true;
	if (lineage_open(CONFIG, NAME, &lineage, &err) < 0 ||
	    lineage_add_generation(lineage, &first.generation, &err) < 0)
		return -1;
	return show(lineage, 0, &err);
}

static int delete_it(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec sharers = STRVEC_INIT;

	return lineage_delete(CONFIG, NAME, &sharers, &err);
}

static int update_links(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	return lineage_update_symlinks(CONFIG, NAME, &err);
}

static int save_account(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(key) struct key *key = NULL;
	AUTO(account) struct account *account = NULL;

	if (key_generate(&(struct key_spec){.kind = KEY_EC, .curve = "secp256r1"}, &key, &err) < 0)
		BUG("%s", err.text);
	return account_save_new(PLACE, STEAL(key),
				&(struct account_urls){.uri = "https://ca.example.test/1"},
				&account, &err);
}

/* The generation that live/ shows to a reader who knows nothing of us. */
static const char *shown_with(const char *suffix)
{
	static const char *const generations[] = {"1", "2"};
	AUTO_FREE char *cert = xasprintf(CONFIG "/live/a.test/cert%s.pem", suffix);
	AUTO_FREE char *key = xasprintf(CONFIG "/live/a.test/privkey%s.pem", suffix);

	for (size_t i = 0; i < ARRAY_LEN(generations); i++)
		if (is_fixture(cert, generations[i], ".cert.pem") &&
		    is_fixture(key, generations[i], ".key.pem"))
			return generations[i];
	return "neither";
}

static const char *shown(void)
{
	return shown_with("");
}

static void assert_shown(const char *before, const char *after)
{
	const char *now = shown();

	if (strcmp(now, before) != 0 && strcmp(now, after) != 0)
		fail_msg("live/ shows %s", now);
}

static void assert_entries(const char *dir, const char *wanted)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	if (dir_list(dir, "", &names, &err) < 0)
		fail_msg("%s", err.text);
	joined = strvec_join(&names, " ");
	assert_string_equal(joined, wanted);
}

/* As the next run counts them, which begins with what this one left. */
static size_t lineage_count(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	recovered();
	assert_int_equal(lineage_names(CONFIG, &names, &err), 0);
	return names.count;
}

/* Opens, which repairs, and sees that nothing of ours is left. */
static struct lineage *repaired(void)
{
	struct lineage *lineage;

	assert_int_equal(lineage_count(), 1);
	lineage = opened();
	assert_entries(CONFIG "/live", "README a.test");
	return lineage;
}

static void assert_live_is_tidy(void)
{
	assert_entries(CONFIG "/live/a.test",
		       "README cert.pem chain.pem fullchain.pem mine.txt privkey.pem");
}

static void check_create(bool completed)
{
	size_t count = lineage_count();

	assert_true(count == 1 || (count == 0 && !completed));
	if (count == 0) {
		/* But for the key, which may be that of a certificate. */
		if (file_exists(CONFIG "/archive/a.test"))
			assert_entries(CONFIG "/archive/a.test", ".privkey.pem.new");
		assert_false(file_exists(CONFIG "/live/a.test"));
		assert_int_equal(create_first(), 0);
	}
	assert_string_equal(shown(), "1");
	lineage_free(repaired());
	assert_entries(CONFIG "/renewal", "a.test.conf");
}

/* It exists, and is whole; or nothing of it is there, but perhaps the key. */
static void check_in_page(const char *name, bool must_exist)
{
	AUTO_FREE char *conf = xasprintf(CONFIG "/renewal/%s.conf", name);
	AUTO_FREE char *live = xasprintf(CONFIG "/live/%s", name);
	AUTO_FREE char *archive = xasprintf(CONFIG "/archive/%s", name);
	AUTO_FREE char *cert = path_join(live, "cert.pem");
	AUTO_FREE char *key = path_join(live, "privkey.pem");

	if (file_exists(conf)) {
		assert_true(is_fixture(cert, "1", ".cert.pem"));
		assert_true(is_fixture(key, "1", ".key.pem"));
		assert_entries(archive, "cert1.pem chain1.pem fullchain1.pem privkey1.pem");
		return;
	}
	assert_false(must_exist);
	assert_false(file_exists(live));
	if (file_exists(archive))
		assert_entries(archive, ".privkey.pem.new");
}

static void check_page(bool completed)
{
	recovered();
	for (size_t i = 0; i < ARRAY_LEN(page_names); i++)
		check_in_page(page_names[i], completed);
	assert_int_equal(create_page(), 0);
	for (size_t i = 0; i < ARRAY_LEN(page_names); i++)
		check_in_page(page_names[i], true);
	assert_entries(CONFIG "/renewal", "a.test.conf b.test.conf c.test.conf d.test.conf");
	assert_entries(CONFIG "/live", "README a.test b.test c.test d.test");
}

static void check_add(bool completed)
{
	AUTO(lineage) struct lineage *lineage = NULL;

	assert_string_equal(shown(), "1");
	lineage = repaired();
	assert_true(!completed || lineage_latest_version(lineage) == 2);
	/* What counts as complete is complete. */
	assert_int_equal(deploy_second(), 0);
	assert_string_equal(shown(), lineage_latest_version(lineage) == 2 ? "2" : "1");
	assert_int_equal(add_second(), 0);
	assert_int_equal(deploy_second(), 0);
	assert_string_equal(shown(), "2");
	assert_entries(CONFIG "/renewal", "a.test.conf");
}

static void check_deploy(bool completed)
{
	AUTO(lineage) struct lineage *lineage = NULL;

	if (shows_whole_sets())
		assert_shown("1", "2");
	lineage = repaired();
	assert_shown(completed ? "2" : "1", "2");
	assert_live_is_tidy();
	assert_int_equal(deploy_second(), 0);
	assert_string_equal(shown(), "2");
	assert_live_is_tidy();
}

static void check_renewal(bool completed)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO_FREE char *conf = NULL;

	if (shows_whole_sets())
		assert_shown("1", "2");
	lineage = repaired();
	conf = text_of(CONF);
	assert_shown(completed ? "2" : "1", "2");
	/* The conf is durable before live/ changes, with what that owes. */
	assert_true(strcmp(shown(), "1") == 0 ||
		    (strstr(conf, "account = 0123") && strstr(conf, "owed = a reload")));
	assert_live_is_tidy();
	assert_int_equal(renew_wholly(), 0);
	assert_string_equal(shown(), "2");
	assert_entries(CONFIG "/renewal", "a.test.conf");
}

static void check_create_both(bool completed)
{
	size_t count = lineage_count();

	assert_true(count == 1 || (count == 0 && !completed));
	if (count == 0) {
		assert_false(file_exists(CONFIG "/live/a.test"));
		assert_int_equal(create_both(), 0);
	}
	assert_string_equal(shown(), "1");
	assert_string_equal(shown_with("-rsa"), "1");
	lineage_free(repaired());
	assert_entries(CONFIG "/renewal", "a.test.conf");
}

/* Both keys change in one step where directories can be exchanged. Where they cannot, each shows a
 * whole generation after the repair, and the next deployment brings them together. */
static void check_renew_both(bool completed)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;

	if (exchange == EXCHANGE_WORKS) {
		assert_shown("1", "2");
		assert_string_equal(shown_with("-rsa"), shown());
	}
	lineage = repaired();
	assert_shown(completed ? "2" : "1", "2");
	assert_true(strcmp(shown_with("-rsa"), "neither") != 0);
	assert_int_equal(show(lineage, 0, &err), 0);
	assert_string_equal(shown_with("-rsa"), shown());
	assert_int_equal(renew_both(), 0);
	assert_string_equal(shown(), "2");
	assert_string_equal(shown_with("-rsa"), "2");
	assert_entries(CONFIG "/live/a.test",
		       "README cert-rsa.pem cert.pem chain-rsa.pem chain.pem fullchain-rsa.pem "
		       "fullchain.pem mine.txt privkey-rsa.pem privkey.pem");
	assert_entries(CONFIG "/live", "README a.test");
}

/* Whatever happens to the second, the first is never lost. */
static void check_store_after_second(bool completed)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(lineage) struct lineage *lineage = repaired();

	assert_int_equal(show(lineage, 0, &err), 0);
	assert_string_equal(shown(), "2");
	assert_true(strcmp(shown_with("-rsa"), completed ? "2" : "1") == 0 ||
		    strcmp(shown_with("-rsa"), "2") == 0);
	assert_int_equal(renew_both(), 0);
	assert_string_equal(shown_with("-rsa"), "2");
}

static void check_delete(bool completed)
{
	size_t count = lineage_count();

	assert_true(count == 0 || !completed);
	if (count == 1) {
		assert_string_equal(shown(), "1");
		assert_int_equal(delete_it(), 0);
	}
	assert_false(file_exists(CONFIG "/archive/a.test"));
	assert_entries(CONFIG "/renewal", "");
	assert_entries(CONFIG "/live/a.test", "mine.txt");
}

static void check_links(bool completed)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *target = NULL;

	if (shows_whole_sets())
		assert_string_equal(shown(), "1");
	lineage_free(repaired());
	assert_string_equal(shown(), "1");
	assert_int_equal(update_links(), 0);
	assert_int_equal(file_read_link(CONFIG "/live/a.test/cert.pem", &target, &err), 0);
	assert_string_equal(target, "../../../moved/cert1.pem");
	assert_entries(CONFIG "/live/a.test",
		       "README cert.pem chain.pem fullchain.pem privkey.pem");
}

static size_t account_count(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec ids = STRVEC_INIT;

	assert_int_equal(account_list(PLACE, &ids, &err), 0);
	return ids.count;
}

static void check_account(bool completed)
{
	size_t count = account_count();

	assert_true(count == 1 || (count == 0 && !completed));
	assert_int_equal(save_account(), 0);
	assert_int_equal(account_count(), count + 1);
	assert_false(file_exists(CONFIG "/accounts/ca.example.test/dir/.new"));
}

static const struct scenario {
	const char *name;
	struct fault_plan plan;
	unsigned at_least; /* changes that are met */
} scenarios[] = {
	{"create", {start_anew, create_first, check_create}, 30},
	{"page", {start_anew, create_page, check_page}, 100},
	{"add", {lay_first_generation, add_second, check_add}, 20},
	{"deploy", {lay_two_generations, deploy_second, check_deploy}, 20},
	{"renew", {lay_first_generation, renew_wholly, check_renewal}, 40},
	{"create two keys", {start_anew, create_both, check_create_both}, 40},
	{"renew two keys", {lay_two_keys, renew_both, check_renew_both}, 60},
	{"second of two keys",
	 {lay_first_of_two, store_after_second, check_store_after_second},
	 20},
	{"delete two keys", {lay_two_keys, delete_it, check_delete}, 20},
	{"delete", {lay_first_generation, delete_it, check_delete}, 15},
	{"update_symlinks", {lay_moved_archive, update_links, check_links}, 20},
	{"account", {start_anew, save_account, check_account}, 15},
};

static void try_all(enum fault_kind kind)
{
	faults_set_exchange(exchange);
	fault = kind;
	for (size_t i = 0; i < ARRAY_LEN(scenarios); i++) {
		unsigned met = faults_try_all(kind, &scenarios[i].plan);

		print_message("%s, %s: %u changes\n", scenarios[i].name, fault_kind_name(kind),
			      met);
		if (kind != FAULT_FULL)
			assert_in_range(met, scenarios[i].at_least, 200);
	}
}

static void test_every_crash_leaves_old_or_new(void **state)
{
	exchange = EXCHANGE_WORKS;
	try_all(FAULT_KILL);
}

static void test_every_failure_leaves_old_or_new(void **state)
{
	exchange = EXCHANGE_WORKS;
	try_all(FAULT_FAIL);
}

static void test_a_full_disk_leaves_old_or_new(void **state)
{
	exchange = EXCHANGE_WORKS;
	try_all(FAULT_FULL);
}

static void test_crashes_without_exchange_are_repaired(void **state)
{
	exchange = EXCHANGE_UNKNOWN;
	try_all(FAULT_KILL);
}

static void test_failures_without_exchange_are_repaired(void **state)
{
	exchange = EXCHANGE_REFUSED;
	try_all(FAULT_FAIL);
	try_all(FAULT_FULL);
}

/* Position of the first record that starts and ends so; BUG when there is none. */
static size_t find(const struct strvec *trace, size_t from, const char *start, const char *end)
{
	for (size_t i = from; i < trace->count; i++)
		if (str_starts(trace->items[i], start) && str_ends(trace->items[i], end))
			return i;
	fail_msg("no %s ... %s", start, end);
	return 0;
}

static void test_each_step_is_durable_before_the_next(void **state)
{
	AUTO(strvec) struct strvec trace = STRVEC_INIT;
	size_t at;

	faults_set_exchange(EXCHANGE_WORKS);
	lay_first_generation();
	faults_trace(renew_wholly, &trace);
	at = find(&trace, 0, "create", "/.privkey.pem.new");
	at = find(&trace, at, "fsync", "/.privkey.pem.new");
	at = find(&trace, at, "rename", "/privkey2.pem");
	at = find(&trace, at, "fsync", "/archive/a.test");
	at = find(&trace, at, "fsync", "/a.test.conf.new");
	at = find(&trace, at, "rename", "/a.test.conf");
	at = find(&trace, at, "fsync", "/renewal");
	at = find(&trace, at, "symlink", "/.a.test.twin/cert.pem");
	at = find(&trace, at, "fsync", "/.a.test.twin");
	at = find(&trace, at, "exchange", "/a.test");
	at = find(&trace, at, "fsync", "/live");
	at = find(&trace, at, "rename", "/.a.test.twin/cert.pem");
	at = find(&trace, at, "fsync", "/.a.test.twin");
	find(&trace, at, "exchange", "/a.test");
}

/* A record of the trace that each lineage of the page has. */
struct page_change {
	const char *verb, *before, *after; /* and the path's end: before NAME after */
};

static size_t find_change(const struct strvec *trace, const struct page_change *change,
			  const char *name)
{
	AUTO_FREE char *end = xasprintf("%s%s%s", change->before, name, change->after);

	return find(trace, 0, change->verb, end);
}

/* A sync comes after the earlier change of all lineages, and before the later one of any. */
static void assert_synced_between(const struct strvec *trace, const struct page_change *earlier,
				  const struct page_change *later)
{
	size_t sync, last = 0;

	for (size_t i = 0; i < ARRAY_LEN(page_names); i++) {
		size_t at = find_change(trace, earlier, page_names[i]);

		last = at > last ? at : last;
	}
	sync = find(trace, last, "syncfs", "");
	for (size_t i = 0; i < ARRAY_LEN(page_names); i++)
		assert_true(find_change(trace, later, page_names[i]) > sync);
}

static void test_each_step_of_a_page_is_durable_before_the_next(void **state)
{
	static const struct {
		struct page_change earlier, later;
	} pairs[] = {
		{{"create", "/.", ".part.new"}, {"rename", "/.", ".part"}},
		{{"rename", "/.", ".part"}, {"mkdir", "/archive/", ""}},
		{{"create", "/", "/.privkey.pem.new"}, {"rename", "/", "/cert1.pem"}},
		{{"create", "/", "/.fullchain.pem.new"}, {"rename", "/", "/cert1.pem"}},
		{{"rename", "/", "/privkey1.pem"}, {"rename", "/renewal/", ".conf"}},
		{{"symlink", "/live/", "/fullchain.pem"}, {"rename", "/renewal/", ".conf"}},
		{{"create", "/", ".conf.new"}, {"rename", "/renewal/", ".conf"}},
		{{"rename", "/renewal/", ".conf"}, {"unlink", "/.", ".part"}},
	};
	AUTO(strvec) struct strvec trace = STRVEC_INIT;

	faults_set_exchange(EXCHANGE_WORKS);
	start_anew();
	faults_trace(create_page, &trace);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		assert_synced_between(&trace, &pairs[i].earlier, &pairs[i].later);
	/* Those of the directories that all lineages share. */
	for (size_t i = 0; i < trace.count; i++)
		assert_false(str_starts(trace.items[i], "fsync") &&
			     strstr(trace.items[i], ".test"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test_in_memory(test_every_crash_leaves_old_or_new),
		scratch_test_in_memory(test_every_failure_leaves_old_or_new),
		scratch_test_in_memory(test_a_full_disk_leaves_old_or_new),
		scratch_test_in_memory(test_crashes_without_exchange_are_repaired),
		scratch_test_in_memory(test_failures_without_exchange_are_repaired),
		scratch_test_in_memory(test_each_step_is_durable_before_the_next),
		scratch_test_in_memory(test_each_step_of_a_page_is_durable_before_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
