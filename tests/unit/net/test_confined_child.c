/* Children in their sandbox: the greeting, and what is done where there is no sandbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/confined_child.h"
#include "os/signals.h"

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

static void count_silence(void *context, const char *process, int seconds)
{
	int *told_seconds = context;

	assert_string_equal(process, "test");
	assert_int_equal(*told_seconds, 0);
	*told_seconds = seconds;
}

/* Once for each silence, then it is given up. */
static void test_a_silence_is_told_before_the_child_is_given_up(void **state)
{
	int told_seconds = 0;
	const struct confinement confinement = {.tell_silence = count_silence,
						.context = &told_seconds};
	struct confined_child child = {.confinement = &confinement, .name = "test"};
	AUTO(error) struct error err = ERROR_INIT;

	confined_child_expect(&child);
	assert_in_range(confined_child_wait_ms(&child, CONFINED_PATIENCE_MS), 1,
			CONFINED_SILENCE_MS);
	assert_int_equal(confined_child_check(&child, CONFINED_PATIENCE_MS, &err), 0);
	assert_int_equal(told_seconds, 0);
	for (int i = 0; i < 2; i++) {
		told_seconds = 0;
		child.channel.heard_ms -= CONFINED_SILENCE_MS + i * 1000;
		assert_int_equal(confined_child_wait_ms(&child, CONFINED_PATIENCE_MS), 0);
		assert_int_equal(confined_child_check(&child, CONFINED_PATIENCE_MS, &err), 0);
		assert_int_equal(told_seconds, CONFINED_SILENCE_MS / 1000 + i);
		assert_int_equal(confined_child_check(&child, CONFINED_PATIENCE_MS, &err), 0);
		assert_in_range(confined_child_wait_ms(&child, CONFINED_PATIENCE_MS), 1,
				CONFINED_PATIENCE_MS - CONFINED_SILENCE_MS);
		confined_child_expect(&child);
	}
	told_seconds = 0;
	child.channel.heard_ms -= CONFINED_PATIENCE_MS;
	assert_int_equal(confined_child_check(&child, 2 * CONFINED_PATIENCE_MS, &err), 0);
	assert_int_equal(told_seconds, 0); /* work that gives no signs */
	assert_int_equal(confined_child_check(&child, CONFINED_PATIENCE_MS, &err), 0);
	assert_int_equal(told_seconds, CONFINED_PATIENCE_MS / 1000);
	child.told_at_ms -= CONFINED_PATIENCE_MS - CONFINED_SILENCE_MS;
	assert_int_equal(confined_child_check(&child, CONFINED_PATIENCE_MS, &err), ERR_NETWORK);
}

/* When all have been stopped, as in a container that is paused, the child has time to say so. */
static void test_a_silence_of_an_hour_is_told_before_the_child_is_given_up(void **state)
{
	int told_seconds = 0;
	const struct confinement confinement = {.tell_silence = count_silence,
						.context = &told_seconds};
	struct confined_child child = {.confinement = &confinement, .name = "test"};
	AUTO(error) struct error err = ERROR_INIT;

	confined_child_expect(&child);
	child.channel.heard_ms -= 3600 * 1000;
	assert_int_equal(confined_child_check(&child, CONFINED_PATIENCE_MS, &err), 0);
	assert_int_equal(told_seconds, 3600);
	assert_in_range(confined_child_wait_ms(&child, CONFINED_PATIENCE_MS), 1,
			CONFINED_PATIENCE_MS - CONFINED_SILENCE_MS);
	assert_int_equal(confined_child_check(&child, CONFINED_PATIENCE_MS, &err), 0);
}

/* True when a wait begins that a signal to end has shortened, but not that for work without signs
 * of life. */
static bool waits_for_the_end(const struct confined_child *child)
{
	int64_t left_ms = confined_child_wait_ms(child, CONFINED_PATIENCE_MS);

	return left_ms > 0 && left_ms <= CONFINED_END_MS &&
	       confined_child_wait_ms(child, 2 * CONFINED_PATIENCE_MS) > CONFINED_END_MS;
}

/* In a process of its own, as a signal that came stays. */
static void test_a_signal_to_end_shortens_the_wait(void **state)
{
	struct confined_child child = {.name = "test"};
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		signals_install();
		confined_child_expect(&child);
		if (waits_for_the_end(&child) || raise(SIGTERM) != 0)
			_exit(1);
		_exit(waits_for_the_end(&child) && signals_age_ms() >= 0 ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(signals_age_ms(), -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_message_given_out_follows_the_greeting),
		cmocka_unit_test(test_a_silence_is_told_before_the_child_is_given_up),
		cmocka_unit_test(test_a_silence_of_an_hour_is_told_before_the_child_is_given_up),
		cmocka_unit_test(test_a_signal_to_end_shortens_the_wait),
		cmocka_unit_test(test_work_without_a_child_is_told_or_refused),
	};

	if (strcmp(argv[0], CHILD_NAME) == 0)
		return child_main(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
