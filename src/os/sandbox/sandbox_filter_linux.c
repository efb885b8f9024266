/*
 * A filter of system calls by seccomp (see sandbox_filter_linux.h): a list of what is refused. The
 * child keeps its open sockets and pipes, and memory; a list of what is allowed would break with
 * the next C library, and Landlock and the user without rights stand behind this one.
 */
#include "os/sandbox/sandbox_filter_linux.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/macros.h"
#include "os/sandbox/sandbox.h"

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define NATIVE_ARCHITECTURE 0 /* numbers of calls not looked at: no filter */
#endif

/* Numbers from here on are the x32 calls of x86_64 processors, a second set. */
enum { X32_CALLS = 0x40000000 };

static const unsigned refused_calls[] = {
	SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_execve, SYS_execveat, SYS_ptrace,
	SYS_kill, SYS_tkill, SYS_pidfd_open, SYS_process_vm_readv, SYS_process_vm_writev,
	SYS_unshare, SYS_setns, SYS_mount, SYS_bpf, SYS_keyctl, SYS_io_uring_setup,
	SYS_userfaultfd, SYS_perf_event_open,
};

static const unsigned refused_file_calls[] = {
#ifdef SYS_open /* newer architectures have only the calls that take a directory */
	SYS_open, SYS_creat, SYS_mkdir, SYS_unlink, SYS_rename, SYS_symlink, SYS_link,
	SYS_mknod, SYS_chmod,
#endif
	SYS_openat, SYS_openat2, SYS_mkdirat, SYS_unlinkat, SYS_renameat2, SYS_symlinkat,
	SYS_linkat, SYS_mknodat, SYS_fchmodat, SYS_truncate,
};

/* Room for the checks before and after the calls' own instructions. */
enum { MAX_INSTRUCTIONS = 2 * (ARRAY_LEN(refused_calls) + ARRAY_LEN(refused_file_calls)) + 16 };

struct program {
	struct sock_filter instructions[MAX_INSTRUCTIONS];
	unsigned short len;
};

static void add(struct program *program, struct sock_filter instruction)
{
	program->instructions[program->len++] = instruction;
}

static void add_load(struct program *program, size_t offset)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

/* "If the comparison holds, end with that action." */
static void add_verdict_if(struct program *program, unsigned short comparison, unsigned value,
			   unsigned action)
{
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value, 0, 1));
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void add_refusals(struct program *program, const unsigned *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_verdict_if(program, BPF_JEQ, calls[i], SECCOMP_RET_ERRNO | EPERM);
}

static void build(struct program *program, unsigned flags)
{
	/* Calls in the way of another processor (32-bit programs) would have other numbers. */
	add_load(program, offsetof(struct seccomp_data, arch));
	add(program,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCHITECTURE, 1, 0));
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	add_load(program, offsetof(struct seccomp_data, nr));
	if (NATIVE_ARCHITECTURE == AUDIT_ARCH_X86_64)
		add_verdict_if(program, BPF_JGE, X32_CALLS, SECCOMP_RET_ERRNO | EPERM);
	add_refusals(program, refused_calls, ARRAY_LEN(refused_calls));
	if (flags & SANDBOX_NO_FILES)
		add_refusals(program, refused_file_calls, ARRAY_LEN(refused_file_calls));
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

bool sandbox_filter_calls(unsigned flags)
{
	struct program program = {.len = 0};
	struct sock_fprog installed = {.filter = program.instructions};

	if (!NATIVE_ARCHITECTURE) {
		errno = ENOTSUP;
		return false;
	}
	build(&program, flags);
	installed.len = program.len;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &installed, 0, 0) == 0;
}
