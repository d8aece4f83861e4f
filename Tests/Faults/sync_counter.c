/* Preloaded into the server (LD_PRELOAD), writes one line for each step between a commit and an answer to the file that SYNC_TRACE names.

   A line is `<sequence> <event> [detail...]`, in the order in which things happened: what must come before is written once it is over,
   what must come after is written before it begins.

     page <id>                    a page with this session was written to the database's log
     commit                       the frame that commits the pages before was written
     sync-begin / sync-end        a sync of the log; sync-end only where it succeeded
     answer <fd> <status> <ids>   bytes to a socket follow; the status where they begin an answer, else -; the sessions in them
*/
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ID_LENGTH = 30, MOST = 64 * 1024 }; /* ses_ and 26 characters */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long sequence;
static int trace = -1;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("SYNC_TRACE");
    if (path) trace = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The real call is made through syscall(), so that nothing of ours calls itself. */
static void note(const char *text, const char *ids) {
    if (trace < 0) return;
    int before = errno;
    char line[512];
    pthread_mutex_lock(&lock);
    int length = snprintf(line, sizeof line, "%lu %s%s\n", ++sequence, text, ids);
    if (length >= (int)sizeof line) length = sizeof line - 1, line[length - 1] = '\n';
    syscall(SYS_write, trace, line, (size_t)length);
    pthread_mutex_unlock(&lock);
    errno = before;
}

static int is_log(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path);
    return length > 4 && !memcmp(path + length - 4, "-wal", 4);
}

static int is_socket(int fd) {
    struct stat status;
    return fd > 2 && !fstat(fd, &status) && S_ISSOCK(status.st_mode);
}

/* The different session ids in these bytes, each with a space before it, as many as fit. */
static void find_ids(const char *bytes, size_t length, char *ids, size_t room) {
    ids[0] = 0;
    for (const char *at = bytes; (at = memmem(at, length - (size_t)(at - bytes), "ses_", 4)); at += 4) {
        if (length - (size_t)(at - bytes) < ID_LENGTH) return;
        int is_whole = 1; /* a page may have something else where an id stood */
        for (int i = 0; i < ID_LENGTH; i++) is_whole = is_whole && (at[i] == '_' || isdigit((unsigned char)at[i]) || islower((unsigned char)at[i]));
        if (!is_whole) continue;
        char id[ID_LENGTH + 2];
        snprintf(id, sizeof id, " %.*s", ID_LENGTH, at);
        size_t used = strlen(ids);
        if (!strstr(ids, id) && used + sizeof id < room) strcpy(ids + used, id);
    }
}

/* Called once the bytes are written: first 24 for the header of a frame, then its page. One line for each id, as a page holds many. */
static void note_log(const char *bytes, size_t length) {
    static int commits; /* only one thread writes to the log */
    if (length == 24) {
        commits = bytes[4] || bytes[5] || bytes[6] || bytes[7];
        return;
    }
    char ids[8192], one[ID_LENGTH + 2];
    find_ids(bytes, length, ids, sizeof ids);
    for (const char *at = ids; *at; at += ID_LENGTH + 1) {
        snprintf(one, sizeof one, "%.*s", ID_LENGTH + 1, at);
        note("page", one);
    }
    if (commits) note("commit", "");
    commits = 0;
}

static void note_answer(int fd, const char *bytes, size_t length) {
    char text[64], ids[400];
    int begins = length > 12 && !memcmp(bytes, "HTTP/1.1 ", 9);
    snprintf(text, sizeof text, "answer %d %.3s", fd, begins ? bytes + 9 : "-");
    find_ids(bytes, length, ids, sizeof ids);
    note(text, ids);
}

static void note_parts(int fd, const struct iovec *parts, int count) {
    static _Thread_local char joined[MOST];
    size_t length = 0;
    for (int i = 0; i < count && length < sizeof joined; i++) {
        size_t part = parts[i].iov_len < sizeof joined - length ? parts[i].iov_len : sizeof joined - length;
        memcpy(joined + length, parts[i].iov_base, part);
        length += part;
    }
    note_answer(fd, joined, length);
}

static int synced(int fd, long number) {
    int log = is_log(fd);
    if (log) note("sync-begin", "");
    long result = syscall(number, fd);
    if (log && result == 0) note("sync-end", "");
    return (int)result;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    long written = syscall(SYS_pwrite64, fd, bytes, length, offset);
    if (written == (long)length && is_log(fd)) note_log(bytes, length);
    return written;
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

ssize_t write(int fd, const void *bytes, size_t length) {
    if (is_socket(fd)) note_answer(fd, bytes, length);
    return syscall(SYS_write, fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (is_socket(fd)) note_parts(fd, parts, count);
    return syscall(SYS_writev, fd, parts, count);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    if (is_socket(fd)) note_parts(fd, message->msg_iov, (int)message->msg_iovlen);
    return syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t to_length) {
    if (is_socket(fd)) note_answer(fd, bytes, length);
    return syscall(SYS_sendto, fd, bytes, length, flags, to, to_length);
}
ssize_t send(int fd, const void *bytes, size_t length, int flags) { return sendto(fd, bytes, length, flags, NULL, 0); }
