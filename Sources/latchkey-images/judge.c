/* What a picture is, by its bytes alone. */
#define _GNU_SOURCE
#include "worker.h"

#include <string.h>
#include <strings.h>

const char *judge_size(uint64_t width, uint64_t height) {
    if (width == 0 || height == 0) return DAMAGED;
    if (width > MOST_SIDE || height > MOST_SIDE || width * height > MOST_PIXELS) return TOO_MANY_PIXELS;
    return NULL;
}

/* Whether a text that begins with no letter is in there, in whatever case. */
static int contains(const uint8_t *bytes, size_t length, const char *text) {
    size_t count = strlen(text);
    const uint8_t *at = bytes, *end = bytes + length;
    while ((size_t)(end - at) >= count && (at = memchr(at, text[0], (size_t)(end - at) - count + 1))) {
        if (strncasecmp((const char *)at, text, count) == 0) return 1;
        at++;
    }
    return 0;
}

/* A ZIP is found from its end: the record that closes its directory, followed by a comment as long as it says. */
static int ends_as_zip(const uint8_t *bytes, size_t length) {
    enum { RECORD = 22, LONGEST_COMMENT = 65535 };
    for (size_t comment = 0; comment <= LONGEST_COMMENT && comment + RECORD <= length; comment++) {
        const uint8_t *record = bytes + length - RECORD - comment;
        if (memcmp(record, "PK\5\6", 4) == 0 && (size_t)(record[20] | record[21] << 8) <= comment) return 1;
    }
    return 0;
}

/* Whether the file is something else besides a picture. Phones do append things (a second picture, a clip), so that what follows a picture is not
   refused as such; it is never kept either. */
static int is_also_something_else(const uint8_t *bytes, size_t length, size_t end) {
    if (contains(bytes, length < 1024 ? length : 1024, "%PDF-")) return 1; /* where readers of PDF look for it */
    if (ends_as_zip(bytes, length)) return 1;
    const uint8_t *rest = bytes + end;
    size_t count = length - end;
    static const char *const markup[] = {"<script", "<html", "<svg", "<?php", "<!doctype", "%PDF-"};
    for (size_t i = 0; i < sizeof markup / sizeof *markup; i++)
        if (contains(rest, count, markup[i])) return 1;
    return count >= 4 && (memcmp(rest, "\177ELF", 4) == 0 || memcmp(rest, "Rar!", 4) == 0 || memcmp(rest, "7z\xBC\xAF", 4) == 0);
}

const char *judge(const uint8_t *bytes, size_t length, struct picture *picture) {
    const char *refused;
    size_t end = length;
    if (length >= 3 && memcmp(bytes, "\xFF\xD8\xFF", 3) == 0) {
        picture->format = JPEG;
        refused = judge_jpeg(bytes, length, picture, &end);
    } else if (length >= 8 && memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) == 0) {
        picture->format = PNG;
        refused = judge_png(bytes, length, picture, &end);
    } else if (length >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) {
        picture->format = WEBP;
        refused = judge_webp(bytes, length, picture, &end);
    } else if (length >= 16 && memcmp(bytes + 4, "ftyp", 4) == 0) {
        picture->format = HEIC;
        refused = judge_heic(bytes, length);
    } else {
        return UNSUPPORTED_FORMAT;
    }
    if (refused) return refused;
    return is_also_something_else(bytes, length, end) ? UNSUPPORTED_FORMAT : NULL;
}
