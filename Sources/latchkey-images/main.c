/* latchkey-images OFFSET LENGTH

   One process for one picture, because decoders of pictures have holes: what breaks out of one finds a process without files, privileges or time.

     descriptor 0        the picture's file; the picture is its LENGTH bytes from OFFSET
     descriptor 1        one line of JSON: {"full":{"width":..,"height":..,"bytes":..},"large":{..},"thumb":{..}} or {"refused":"..."}
     descriptors 3 4 5   empty files for the renditions full, large and thumb

   Every other end than exit code 0 with such a line means that the picture is to be refused. */
#define _GNU_SOURCE
#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PICTURE = 0, FIRST_RENDITION = 3 };

static int refuse(const char *code) {
    printf("{\"refused\":\"%s\"}\n", code);
    return fflush(stdout) == 0 ? 0 : 1;
}

static uint8_t *read_picture(off_t offset, size_t length) {
    uint8_t *bytes = malloc(length);
    size_t done = 0;
    while (bytes && done < length) {
        ssize_t count = pread(PICTURE, bytes + done, length - done, offset + (off_t)done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return NULL; /* the process ends: nobody frees */
        done += (size_t)count;
    }
    return bytes;
}

int main(int argc, char **argv) {
    if (argc != 3 || confine() != 0) return 2;
    char *end_of_offset, *end_of_length;
    unsigned long long offset = strtoull(argv[1], &end_of_offset, 10), length = strtoull(argv[2], &end_of_length, 10);
    if (*end_of_offset || *end_of_length || offset > INT64_MAX / 2) return 2;
    if (length == 0) return refuse(UNSUPPORTED_FORMAT);
    if (length > MOST_BYTES) return refuse(TOO_LARGE);
    uint8_t *bytes = read_picture((off_t)offset, length);
    if (!bytes) return 2;

    struct picture picture = {0};
    const char *refused = judge(bytes, length, &picture);
    if (refused) return refuse(refused);
    struct rendition renditions[RENDITIONS] = {{.name = "full", .most = 2560}, {.name = "large", .most = 1280}, {.name = "thumb", .most = 320}};
    refused = render(bytes, length, &picture, renditions, FIRST_RENDITION);
    if (refused) return refuse(refused);

    for (int i = 0; i < RENDITIONS; i++) {
        const struct rendition *made = &renditions[i];
        printf("%s\"%s\":{\"width\":%d,\"height\":%d,\"bytes\":%zu}", i ? "," : "{", made->name, made->width, made->height, made->bytes);
    }
    printf("}\n");
    if (fflush(stdout) != 0) return 1;
    _exit(0); /* without tidying up, which would only run more code */
}
