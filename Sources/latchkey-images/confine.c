#define _GNU_SOURCE
#include "worker.h"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) return -1;
    if (now.rlim_max < hard) hard = now.rlim_max;
    if (hard < soft) soft = hard;
    return setrlimit(resource, &(struct rlimit){.rlim_cur = soft, .rlim_max = hard});
}

int confine(void) {
    /* The server has seen to that; here it holds whoever runs this. */
    if (close_range(LAST_DESCRIPTOR + 1, ~0u, 0) != 0) return -1;
    /* One arena: each further one reserves 64 MiB of the address space that is limited here. */
    mallopt(M_ARENA_MAX, 1);
    if (limit(RLIMIT_AS, 1ul << 30, 1ul << 30) != 0) return -1;        /* 40 megapixels in the costliest format fit, little more */
    if (limit(RLIMIT_CPU, 6, 7) != 0) return -1;                       /* seconds; SIGXCPU, then SIGKILL */
    if (limit(RLIMIT_FSIZE, 12ul << 20, 12ul << 20) != 0) return -1;   /* of each rendition; SIGXFSZ */
    if (limit(RLIMIT_NOFILE, 32, 32) != 0) return -1;
    if (limit(RLIMIT_CORE, 0, 0) != 0) return -1;                      /* a picture must not end up in a core file */
    if (setpriority(PRIO_PROCESS, 0, 5) != 0) return -1;               /* people who wait for an answer come before pictures */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return -1;     /* nobody waits for the result of a server that is gone */
    return 0;
}
