/* Children in their sandbox: the greeting, and what is done where there is no sandbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/confined_child.h"

#define CHILD_NAME "certbot: test"
#define PATIENCE_MS 20000

/* Says what it was told, as one message after the greeting. */
static int child_main(char *const *argv)
{
	struct sandbox_request rights = {.kind = SANDBOX_RESOLVER};
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct channel channel;
	struct span unused;

	channel_init(&channel, CONFINED_CHANNEL_FD, 100);
	if (!confined_self_enter(argv, &rights, &channel))
		return 1;
	strbuf_addf(&message, "%s %d", argv[CONFINED_FIRST_ARG], (int)rights.tcp_port_count);
	channel_put(&channel, span_make(message.text, message.len));
	return channel_await(&channel, PATIENCE_MS, &unused, &err) == ERR_IO ? 0 : 1;
}

static void test_the_first_message_given_out_follows_the_greeting(void **state)
{
	static const int ports[] = {53, 5353};
	static const char *const args[] = {"word", NULL};
	const struct confined_start start = {
		.name = CHILD_NAME,
		.args = args,
		.tcp_ports = ports,
		.tcp_port_count = ARRAY_LEN(ports),
		.max_message = 5000,
	};
	struct confined_child child = {.name = NULL};
	AUTO(error) struct error err = ERROR_INIT;
	struct span message;

	assert_int_equal(confined_child_start(&child, NULL, &start, &err), 0);
	assert_string_equal(child.name, "test");
	assert_int_equal(channel_await(&child.channel, PATIENCE_MS, &message, &err), 1);
	assert_int_equal(message.len, strlen("word 2"));
	assert_memory_equal(message.ptr, "word 2", message.len);
	confined_child_stop(&child);
	assert_int_equal(child.process.pid, 0);
}

struct told {
	int count;
	bool is_confined;
	char *missing;
};

static void note(void *context, const char *process, bool is_confined, const char *missing)
{
	struct told *told = context;

	assert_string_equal(process, "test");
	told->count++;
	told->is_confined = is_confined;
	REPLACE(told->missing, xstrdup(missing));
}

static void test_work_without_a_child_is_told_or_refused(void **state)
{
	struct told told = {.count = 0};
	struct confinement confinement = {.tell = note, .context = &told};
	AUTO(error) struct error err = ERROR_INIT, reason = ERROR_INIT;

	error_set(&reason, ERR_IO, "no more processes");
	assert_int_equal(confinement_do_without(&confinement, "test", &reason, &err), 0);
	assert_int_equal(told.count, 1);
	assert_false(told.is_confined);
	assert_non_null(strstr(told.missing, "no more processes"));
	confinement.is_required = true;
	assert_int_equal(confinement_do_without(&confinement, "test", &reason, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "no more processes"));
	assert_int_equal(told.count, 1);
	free(told.missing);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_message_given_out_follows_the_greeting),
		cmocka_unit_test(test_work_without_a_child_is_told_or_refused),
	};

	if (strcmp(argv[0], CHILD_NAME) == 0)
		return child_main(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
