/*
 * Makes the filter program of seccomp from the rows of sandbox_calls_linux.c (see
 * sandbox_filter_linux.h). Nothing kills the process: a call that is not on the list fails, and
 * most callers have a fallback.
 */
#include "os/sandbox/sandbox_filter_linux.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/macros.h"

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__ARM_EABI__) && defined(__ARMEL__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_S390X
#else
#define NATIVE_ARCHITECTURE 0 /* numbers of calls not looked at: no filter */
#endif

enum {
	/* Numbers from here on are the x32 calls of x86_64 processors, a second set. */
	X32_CALLS = 0x40000000,
	/* The last call that was looked at; all processors count alike from 424 on. */
	LAST_KNOWN_CALL = 462,
	/* Where the lower half of an argument is in its eight bytes. */
	LOWER_HALF = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0,
	MAX_INSTRUCTIONS = 1024,
};

struct program {
	struct sock_filter instructions[MAX_INSTRUCTIONS];
	unsigned short len;
};

static void add_instruction(struct program *program, struct sock_filter instruction)
{
	if (program->len == MAX_INSTRUCTIONS)
		BUG("the filter of system calls is too long");
	program->instructions[program->len++] = instruction;
}

static void add_load(struct program *program, size_t offset)
{
	add_instruction(program,
			(struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void add_verdict(struct program *program, unsigned action)
{
	add_instruction(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* "If the comparison holds, end with that action." */
static void add_verdict_if(struct program *program, unsigned short comparison, unsigned value,
			   unsigned action)
{
	add_instruction(program,
			(struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value, 0, 1));
	add_verdict(program, action);
}

/* Jumps that lead over the verdict of a row have their distance once its length is known. */
static void skip_to_end(struct program *program, unsigned short from)
{
	for (unsigned short i = from; i < program->len; i++)
		if (BPF_CLASS(program->instructions[i].code) == BPF_JMP)
			program->instructions[i].jf = (unsigned char)(program->len - i - 1);
}

static void add_condition(struct program *program, const struct sandbox_condition *condition)
{
	add_load(program,
		 offsetof(struct seccomp_data, args) + 8u * condition->number + LOWER_HALF);
	add_instruction(program,
			(struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, condition->mask));
	add_instruction(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							      condition->value, 0, 0));
}

/* Expects the number of the call to be loaded, and leaves it so. */
static void add_call(struct program *program, const struct sandbox_call *call)
{
	unsigned short from = program->len;

	add_instruction(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							      call->number, 0, 0));
	for (size_t i = 0; i < SANDBOX_CALL_CONDITIONS; i++) {
		struct sandbox_condition condition = call->conditions[i];

		if (i == 0 && call->needs & NEEDS_SELF)
			condition.value = (unsigned)getpid();
		if (condition.mask)
			add_condition(program, &condition);
	}
	add_verdict(program, SECCOMP_RET_ALLOW);
	skip_to_end(program, from);
	if (call->conditions[0].mask)
		add_load(program, offsetof(struct seccomp_data, nr));
}

static void add_head(struct program *program)
{
	/* Calls in the way of another processor (32-bit programs) would have other numbers. */
	add_load(program, offsetof(struct seccomp_data, arch));
	add_instruction(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							      NATIVE_ARCHITECTURE, 1, 0));
	add_verdict(program, SECCOMP_RET_KILL_PROCESS);
	add_load(program, offsetof(struct seccomp_data, nr));
	if (NATIVE_ARCHITECTURE == AUDIT_ARCH_X86_64)
		add_verdict_if(program, BPF_JGE, X32_CALLS, SECCOMP_RET_ERRNO | EPERM);
}

static void build_filter(struct program *program, const struct sandbox_request *request)
{
	add_head(program);
	for (size_t i = 0; i < sandbox_call_count; i++) {
		const struct sandbox_call *call = &sandbox_calls[i];

		if (!(call->kinds & request->kind) ||
		    (call->needs & NEEDS_UNIX_SERVICES && !request->has_unix_services))
			continue;
		add_call(program, call);
	}
	for (size_t i = 0; i < sandbox_unknown_call_count; i++)
		add_verdict_if(program, BPF_JEQ, sandbox_unknown_calls[i],
			       SECCOMP_RET_ERRNO | ENOSYS);
	add_verdict_if(program, BPF_JGT, LAST_KNOWN_CALL, SECCOMP_RET_ERRNO | ENOSYS);
	add_verdict(program, SECCOMP_RET_ERRNO | EPERM);
}

bool sandbox_filter_calls(const struct sandbox_request *request)
{
	struct program program = {.len = 0};
	struct sock_fprog installed = {.filter = program.instructions};

	if (!NATIVE_ARCHITECTURE) {
		errno = ENOTSUP;
		return false;
	}
	build_filter(&program, request);
	installed.len = program.len;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &installed, 0, 0) == 0;
}
