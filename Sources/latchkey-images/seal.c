/* The last door: which system calls this process may still make once it looks at the picture. */
#define _GNU_SOURCE
#include "worker.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "Say which architecture this is, and look at the calls below."
#endif

/* Memory, threads, time, and the descriptors that are open. Nothing here takes a path, an address or another process. */
static const unsigned allowed[] = {
    SYS_read, SYS_pread64, SYS_write, SYS_lseek, SYS_close, SYS_fstat,
    SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk,
    SYS_futex, SYS_set_robust_list, SYS_rseq, SYS_gettid, SYS_getpid, SYS_sched_getaffinity, SYS_sched_yield, SYS_membarrier,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack,
    SYS_clock_gettime, SYS_clock_nanosleep, SYS_restart_syscall, SYS_getrandom, SYS_sysinfo, SYS_getrusage,
    SYS_exit, SYS_exit_group,
};

enum { MOST = 16 + 2 * sizeof allowed / sizeof *allowed };

int seal(void) {
    struct sock_filter program[MOST];
    unsigned short count = 0;
#define SAY(...) (program[count++] = (struct sock_filter)__VA_ARGS__)
#define LOAD(field) SAY(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field)))
#define UNLESS(value, skip) SAY(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip))
#define ANSWER(action) SAY(BPF_STMT(BPF_RET | BPF_K, action))
    LOAD(arch);
    UNLESS(ARCHITECTURE, 1);
    SAY(BPF_STMT(BPF_JMP | BPF_JA, 1));
    ANSWER(SECCOMP_RET_KILL_PROCESS);
    LOAD(nr);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        UNLESS(allowed[i], 1);
        ANSWER(SECCOMP_RET_ALLOW);
    }
    /* clone3 keeps its flags where no filter sees them: the C library then takes clone, which may make threads and no processes. */
    UNLESS(SYS_clone3, 1);
    ANSWER(SECCOMP_RET_ERRNO | ENOSYS);
    UNLESS(SYS_clone, 3);
    LOAD(args[0]);
    SAY(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1));
    ANSWER(SECCOMP_RET_ALLOW);
    /* An error and no end: libraries ask for more than they need, such as a name for a thread. */
    ANSWER(SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog filter = {.len = count, .filter = program};
    /* For the threads that libvips has begun already too. */
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0 ? 0 : -1;
}
