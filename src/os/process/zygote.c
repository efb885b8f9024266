/*
 * The zygote and its orders (see zygote.h). An order is one message, which carries the descriptors,
 * and each has one answer. What is wrong with an order is our own mistake, as nobody else can send
 * one.
 */
#include "os/process/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/frame.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "os/process/process_parts.h"
#include "os/process/process_secrecy.h"
#include "os/signals.h"

enum order_kind { ORDER_START = 1, ORDER_END };

enum {
	MAX_ORDER = 65536,
	MAX_WORD = 32768,
	ORDERS_FD = 3, /* in the zygote */
	FIRST_CHILD_FD = STDERR_FILENO,
	TITLE_LEN = 160,
	/* For an answer, in milliseconds: it forks, or waits 2 s for a child to end. One that takes
	 * longer is stopped, or the machine is short of memory. */
	PATIENCE_MS = 10000,
	/* After a signal to end. */
	END_PATIENCE_MS = 2500,
};

/* ---- The side of those who want children ---- */

static struct {
	pthread_mutex_t lock;
	bool is_enabled;
	struct process_child process;
} zygote = {.lock = PTHREAD_MUTEX_INITIALIZER, .process = PROCESS_CHILD_INIT};

void zygote_enable(void)
{
	zygote.is_enabled = true;
}

/* The zygote's argv has room for the words of its children, which are written over it. */
static bool has_zygote(void)
{
	AUTO_FREE char *room = xasprintf("%*s", TITLE_LEN, "");
	const char *const argv[] = {ZYGOTE_NAME, room, NULL};
	AUTO(error) struct error none = ERROR_INIT;

	if (!zygote.is_enabled || zygote.process.pid > 0)
		return zygote.is_enabled;
	if (process_spawn_program(argv, NULL, 0, &zygote.process, &none) == 0)
		return true;
	log_debug("children are started one by one: %s", none.text);
	return false;
}

/* The kernel copies the descriptors to the zygote, which has them when it reads the order; ours
 * stay open here. The control message is a union only to be aligned. */
static bool send_order(const struct strbuf *order, const int *fds, size_t fd_count)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(SPAWN_MAX_FDS * sizeof(int))];
	} control = {.room = {0}};
	struct iovec part = {.iov_base = order->text, .iov_len = order->len};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t sent;

	if (fd_count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(fd_count * sizeof(int)),
						  .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), fds, fd_count * sizeof(int));
	}
	do
		sent = sendmsg(zygote.process.channel, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)order->len;
}

static bool await_answer(void)
{
	struct pollfd ready = {.fd = zygote.process.channel, .events = POLLIN};
	int64_t start_ms = clock_mono_ms(clock_system()), left_ms;
	int count;

	/* A signal interrupts the wait, and shortens it. */
	do {
		left_ms = start_ms + (signals_pending() ? END_PATIENCE_MS : PATIENCE_MS) -
			  clock_mono_ms(clock_system());
		count = poll(&ready, 1, left_ms > 0 ? (int)left_ms : 0);
	} while (count < 0 && errno == EINTR && left_ms > 0);
	return count > 0;
}

/* The answer's number; negative: -errno. */
static int64_t give_order(const struct strbuf *order, const int *fds, size_t fd_count)
{
	int64_t answer = -EPIPE;
	ssize_t count = -1;

	if (!send_order(order, fds, fd_count))
		return -EPIPE;
	if (!await_answer())
		return -ETIMEDOUT;
	do
		count = recv(zygote.process.channel, &answer, sizeof(answer), 0);
	while (count < 0 && errno == EINTR);
	return count == sizeof(answer) ? answer : -EPIPE;
}

static void put_words(struct strbuf *order, const char *const *words)
{
	uint32_t count = 0;

	while (words[count])
		count++;
	frame_put_u32(order, count);
	for (uint32_t i = 0; i < count; i++)
		frame_put_text(order, words[i]);
}

/* For the caller to stop when it has given back the lock, which it holds here: until then no order
 * of another thread may go to this zygote. */
static struct process_child detach_zygote(void)
{
	struct process_child process = zygote.process;

	zygote.process = (struct process_child)PROCESS_CHILD_INIT;
	return process;
}

/* The lock is free while it ends: process_child_stop() asks zygote_end() first, which finds no
 * zygote any more, and then waits for it as for any child. */
void zygote_stop(void)
{
	struct process_child process;

	pthread_mutex_lock(&zygote.lock);
	process = detach_zygote();
	pthread_mutex_unlock(&zygote.lock);
	process_child_stop(&process);
}

/* Orders of several threads go one after the other, because an answer does not say to which it
 * belongs. A zygote that cannot be had costs nothing but time, so nothing of it is an error. */
bool zygote_start(const struct zygote_child *child, pid_t *ret_pid)
{
	AUTO(strbuf) struct strbuf order = STRBUF_INIT;
	struct process_child failed = PROCESS_CHILD_INIT;
	int64_t answer = 0;

	if (child->fd_count > SPAWN_MAX_FDS)
		BUG("more than %d descriptors for a child", SPAWN_MAX_FDS);
	frame_put_u8(&order, ORDER_START);
	put_words(&order, child->argv);
	put_words(&order, (const char *const *)child->environment->items);
	pthread_mutex_lock(&zygote.lock);
	if (order.len <= MAX_ORDER && has_zygote())
		answer = give_order(&order, child->fds, child->fd_count);
	/* A late answer would be taken for that to the next order, of whichever thread. */
	if (answer < 0)
		failed = detach_zygote();
	pthread_mutex_unlock(&zygote.lock);
	if (answer < 0) {
		/* A zygote that does not answer is of no use; and if processes are scarce (EAGAIN),
		 * the child can have its place. */
		log_debug("the process that has our children fails: %s", strerror((int)-answer));
		process_child_stop(&failed);
	}
	*ret_pid = (pid_t)answer;
	return answer > 0;
}

/* The zygote is the parent of the child, so it alone can wait for it; and as it has not waited yet,
 * the number cannot belong to another process by now. */
bool zygote_end(pid_t pid, int64_t patience_ms)
{
	AUTO(strbuf) struct strbuf order = STRBUF_INIT;
	struct process_child failed = PROCESS_CHILD_INIT;
	int64_t answer = -1;

	frame_put_u8(&order, ORDER_END);
	frame_put_u32(&order, (uint32_t)pid);
	frame_put_u32(&order, (uint32_t)patience_ms);
	pthread_mutex_lock(&zygote.lock);
	if (zygote.process.pid > 0)
		answer = give_order(&order, NULL, 0);
	if (answer == -ETIMEDOUT)
		failed = detach_zygote();
	pthread_mutex_unlock(&zygote.lock);
	if (answer == -ETIMEDOUT)
		process_child_stop(&failed);
	return answer == 0;
}

/* ---- The zygote ---- */

struct order {
	char bytes[MAX_ORDER];
	size_t len;
	int fds[SPAWN_MAX_FDS];
	size_t fd_count;
};

/* The kernel closes descriptors for which there is no room; so many are never sent. */
static void take_fds(struct msghdr *message, struct order *order)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);

	order->fd_count = 0;
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return;
	order->fd_count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(order->fds, CMSG_DATA(header), order->fd_count * sizeof(int));
}

/* False when those who want children are gone. */
static bool receive_order(struct order *order)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(SPAWN_MAX_FDS * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = order->bytes, .iov_len = sizeof(order->bytes)};
	struct msghdr message;
	ssize_t count;

	do {
		message = (struct msghdr){.msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = &control,
					  .msg_controllen = sizeof(control)};
		count = recvmsg(ORDERS_FD, &message, MSG_CMSG_CLOEXEC);
	} while (count < 0 && errno == EINTR);
	if (count <= 0)
		return false;
	order->len = (size_t)count;
	take_fds(&message, order);
	return true;
}

static void close_fds(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* Gives the child its descriptors, of which it then has no others. They arrive under arbitrary
 * numbers, which may be among the targets, so they are moved out of the way first. The zygote's own
 * channel has the number that the child's must get, so it is closed by that. */
static bool place_fds(const struct order *order)
{
	int copies[SPAWN_MAX_FDS];
	int above = FIRST_CHILD_FD + (int)order->fd_count;
	bool is_done = true;

	for (size_t i = 0; i < order->fd_count; i++)
		is_done = (copies[i] = fcntl(order->fds[i], F_DUPFD_CLOEXEC, above)) >= 0 &&
			  is_done;
	close_fds(order->fds, order->fd_count);
	for (size_t i = 0; i < order->fd_count && is_done; i++)
		is_done = dup2(copies[i], FIRST_CHILD_FD + (int)i) >= 0;
	close_fds(copies, order->fd_count);
	return is_done;
}

static void get_words(struct frame_reader *reader, struct strvec *ret_words)
{
	for (uint32_t count = frame_get_u32(reader); count && !reader->broken; count--)
		strvec_give(ret_words, frame_get_text(reader, MAX_WORD));
}

/* Has ps(1) show the child's words instead of the zygote's, as far as there is room. */
static void show_words(char **zygote_argv, const struct strvec *words)
{
	char *place = zygote_argv[0];
	size_t room = strlen(ZYGOTE_NAME) + 1 + TITLE_LEN;

	if (!zygote_argv[1] || zygote_argv[1] != place + strlen(place) + 1)
		return;
	memset(place, 0, room);
	for (size_t i = 0; i < words->count; i++) {
		size_t len = strlen(words->items[i]) + 1;

		if (len > room)
			return;
		memcpy(place, words->items[i], len);
		place += len;
		room -= len;
	}
}

/* Memory allocated here stays for the life of the child. The rest of its memory is a copy of the
 * zygote's, which never held anything but orders. It must not return into the zygote's loop. */
static void be_child(const struct order *order, struct frame_reader *reader, char **zygote_argv,
		     int (*run)(int argc, char **argv))
{
	struct strvec argv = STRVEC_INIT, environment = STRVEC_INIT;

	get_words(reader, &argv);
	get_words(reader, &environment);
	if (!frame_is_whole(reader) || !argv.count || setsid() < 0 || !place_fds(order))
		_exit(127);
	environ = environment.items;
	show_words(zygote_argv, &argv);
	_exit(run((int)argv.count, argv.items));
}

/* The end of a child is waited for here and not in the loop, as the one who asks waits for it, too,
 * and has nothing else to ask meanwhile. */
static int64_t obey(const struct order *order, char **zygote_argv,
		    int (*run)(int argc, char **argv))
{
	struct frame_reader reader = {.rest = span_make(order->bytes, order->len)};
	pid_t pid;

	if (frame_get_u8(&reader) == ORDER_END) {
		pid = (pid_t)frame_get_u32(&reader);
		process_await_end(pid, frame_get_u32(&reader));
		return 0;
	}
	pid = fork();
	if (pid == 0)
		be_child(order, &reader, zygote_argv, run);
	return pid < 0 ? -errno : pid;
}

void zygote_main(char **argv, int (*run)(int argc, char **argv))
{
	struct order *order = XNEW(struct order);

	process_refuse_tracing();
	while (receive_order(order)) {
		int64_t answer = obey(order, argv, run);

		close_fds(order->fds, order->fd_count);
		if (send(ORDERS_FD, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}
