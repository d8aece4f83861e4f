/* Preloaded into the image worker: takes the place of a function that libvips runs while it decodes, and does there what whoever breaks out of a
   decoder would try first. Says what came of it on the error output: the error's number, or 0 where it worked. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int vips_image_hasalpha(void *image);

static void tell(const char *what, long result) { dprintf(2, "%s %d\n", what, result < 0 ? errno : 0); }

int vips_image_hasalpha(void *image) {
    (void)image;
    char *none[] = {NULL};
    struct stat status;
    struct rlimit limits;
    tell("socket", socket(AF_INET, SOCK_STREAM, 0));
    tell("unix", socket(AF_UNIX, SOCK_STREAM, 0));
    tell("open", open("/etc/passwd", O_RDONLY));
    tell("create", open("/tmp/latchkey-broken", O_WRONLY | O_CREAT, 0600));
    tell("stat", stat("/etc/passwd", &status));
    tell("unlink", unlink("/tmp/latchkey-broken-none"));
    pid_t child = fork();
    if (child == 0) _exit(0);
    tell("fork", child);
    tell("kill", kill(getppid(), 0));
    tell("limits", prlimit(getppid(), RLIMIT_CORE, NULL, &limits));
    tell("exec", execve("/bin/true", none, none));
    return 0;
}
