/* latchkey-images: makes clean renditions of one untrusted picture, and ends. See main.c for how it is called. */
#ifndef LATCHKEY_IMAGES_H
#define LATCHKEY_IMAGES_H

#include <stddef.h>
#include <stdint.h>

enum {
    MOST_BYTES = 12 * 1024 * 1024, /* of the picture as it was sent */
    MOST_SIDE = 12000,             /* pixels */
    MOST_PIXELS = 40 * 1000 * 1000,
    LAST_DESCRIPTOR = 5,
};

/* The refusals. They are part of the protocol: LatchkeyImages/PictureRefusal.swift has the same list. */
#define UNSUPPORTED_FORMAT "unsupported_format"
#define TOO_LARGE "too_large"
#define TOO_MANY_PIXELS "too_many_pixels"
#define ANIMATED "animated"
#define DAMAGED "damaged"

enum format { JPEG, PNG, WEBP, HEIC };

/* What a picture says of itself. A HEIC's dimensions are 0 here: only its decoder can read them. */
struct picture {
    enum format format;
    uint32_t width, height;
};

/* Takes from this process what it does not need: memory, time, files. Called before a byte is read. Answers 0 on success. */
int confine(void);

/* Leaves this process its memory, its threads and the descriptors that are open: no files, no network, no other process. Called once libvips has found
   its parts, and before it sees the picture. Answers 0 on success. */
int seal(void);

/* Judges a picture by its bytes alone, before any decoder sees it: which format, how large, one frame, whole, and nothing else besides.
   Answers a refusal, or NULL for a picture that may be decoded. */
const char *judge(const uint8_t *bytes, size_t length, struct picture *picture);

/* One for each format: walks the container from its beginning to its end. `end` is set to where the picture ends. */
const char *judge_jpeg(const uint8_t *bytes, size_t length, struct picture *picture, size_t *end);
const char *judge_png(const uint8_t *bytes, size_t length, struct picture *picture, size_t *end);
const char *judge_webp(const uint8_t *bytes, size_t length, struct picture *picture, size_t *end);
const char *judge_heic(const uint8_t *bytes, size_t length);

/* Whether a size is within the bounds; a refusal where it is not. */
const char *judge_size(uint64_t width, uint64_t height);

enum { RENDITIONS = 3 };

struct rendition {
    const char *name;
    int most; /* pixels on the long side */
    int width, height;
    size_t bytes;
};

/* Decodes the picture, turns it upright, makes it sRGB, drops everything that is not a pixel, and writes one JPEG for each rendition to the
   descriptors that begin at `descriptor`. Answers a refusal, or NULL. */
const char *render(const uint8_t *bytes, size_t length, const struct picture *picture, struct rendition *renditions, int descriptor);

#endif
