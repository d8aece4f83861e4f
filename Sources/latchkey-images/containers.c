/* The four containers, each walked from its beginning to its end without decoding. */
#define _GNU_SOURCE
#include "worker.h"

#include <string.h>

static uint32_t big16(const uint8_t *bytes) { return (uint32_t)bytes[0] << 8 | bytes[1]; }
static uint32_t big32(const uint8_t *bytes) { return big16(bytes) << 16 | big16(bytes + 2); }
static uint32_t little16(const uint8_t *bytes) { return (uint32_t)bytes[1] << 8 | bytes[0]; }
static uint32_t little24(const uint8_t *bytes) { return (uint32_t)bytes[2] << 16 | little16(bytes); }
static uint32_t little32(const uint8_t *bytes) { return little16(bytes + 2) << 16 | little16(bytes); }

/* JPEG: markers and segments, and entropy-coded data, which ends at the next marker that is neither stuffing nor a restart. */
static size_t after_scan(const uint8_t *bytes, size_t length, size_t at) {
    while (at + 1 < length) {
        const uint8_t *found = memchr(bytes + at, 0xFF, length - at - 1);
        if (!found) break;
        at = (size_t)(found - bytes);
        uint8_t next = bytes[at + 1];
        if (next != 0 && !(next >= 0xD0 && next <= 0xD7)) return at;
        at += 2;
    }
    return length;
}

const char *judge_jpeg(const uint8_t *bytes, size_t length, struct picture *picture, size_t *end) {
    size_t at = 2;
    while (at + 1 < length) {
        if (bytes[at] != 0xFF) return DAMAGED;
        uint8_t marker = bytes[at + 1];
        if (marker == 0xFF) { /* a fill byte */
            at++;
            continue;
        }
        at += 2;
        if (marker == 0xD9) {
            *end = at;
            return judge_size(picture->width, picture->height); /* zero where there was no frame */
        }
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) continue;
        if (marker == 0x00 || marker == 0xD8 || at + 2 > length) return DAMAGED;
        uint32_t size = big16(bytes + at);
        if (size < 2 || size > length - at) return DAMAGED;
        if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
            if (size < 8 || picture->width) return DAMAGED; /* one frame, and not two that different readers choose from */
            picture->height = big16(bytes + at + 3);
            picture->width = big16(bytes + at + 5);
            const char *refused = judge_size(picture->width, picture->height);
            if (refused) return refused;
        }
        at += size;
        if (marker == 0xDA) {
            if (!picture->width) return DAMAGED;
            at = after_scan(bytes, length, at);
        }
    }
    return DAMAGED; /* cut off */
}

const char *judge_png(const uint8_t *bytes, size_t length, struct picture *picture, size_t *end) {
    int has_data = 0;
    for (size_t at = 8; length - at >= 12;) {
        uint32_t size = big32(bytes + at);
        const uint8_t *type = bytes + at + 4, *data = bytes + at + 8;
        if (size > length - at - 12) return DAMAGED;
        if (at == 8) {
            if (size != 13 || memcmp(type, "IHDR", 4) != 0) return DAMAGED;
            picture->width = big32(data);
            picture->height = big32(data + 4);
            const char *refused = judge_size(picture->width, picture->height);
            if (refused) return refused;
        } else if (memcmp(type, "IHDR", 4) == 0) {
            return DAMAGED;
        }
        if (memcmp(type, "acTL", 4) == 0 || memcmp(type, "fcTL", 4) == 0) return ANIMATED;
        if (memcmp(type, "IDAT", 4) == 0) has_data = 1;
        at += 12 + (size_t)size;
        if (memcmp(type, "IEND", 4) == 0) {
            *end = at;
            return has_data ? NULL : DAMAGED;
        }
    }
    return DAMAGED;
}

/* The size that a bitstream of WebP says in its first bytes. */
static const char *judge_bitstream(const uint8_t *type, const uint8_t *data, uint32_t size, struct picture *picture) {
    if (memcmp(type, "VP8 ", 4) == 0) {
        if (size < 10 || memcmp(data + 3, "\x9D\x01\x2A", 3) != 0) return DAMAGED;
        picture->width = little16(data + 6) & 0x3FFF;
        picture->height = little16(data + 8) & 0x3FFF;
    } else {
        if (size < 5 || data[0] != 0x2F) return DAMAGED;
        uint32_t bits = little32(data + 1);
        picture->width = (bits & 0x3FFF) + 1;
        picture->height = (bits >> 14 & 0x3FFF) + 1;
    }
    return judge_size(picture->width, picture->height);
}

const char *judge_webp(const uint8_t *bytes, size_t length, struct picture *picture, size_t *end) {
    uint32_t riff = little32(bytes + 4);
    if (riff < 4 || riff > length - 8) return DAMAGED;
    *end = 8 + (size_t)riff;
    int bitstreams = 0;
    for (size_t at = 12; *end - at >= 8;) {
        const uint8_t *type = bytes + at, *data = bytes + at + 8;
        uint32_t size = little32(bytes + at + 4);
        if (size > *end - at - 8) return DAMAGED;
        const char *refused = NULL;
        if (memcmp(type, "VP8X", 4) == 0) {
            if (size < 10) return DAMAGED;
            if (data[0] & 0x02) return ANIMATED;
            refused = judge_size((uint64_t)little24(data + 4) + 1, (uint64_t)little24(data + 7) + 1);
        } else if (memcmp(type, "ANIM", 4) == 0 || memcmp(type, "ANMF", 4) == 0) {
            return ANIMATED;
        } else if (memcmp(type, "VP8 ", 4) == 0 || memcmp(type, "VP8L", 4) == 0) {
            if (bitstreams++) return DAMAGED;
            refused = judge_bitstream(type, data, size, picture);
        }
        if (refused) return refused;
        size_t whole = 8 + (size_t)size + (size & 1);
        if (whole > *end - at) break; /* the padding of a last chunk may be missing */
        at += whole;
    }
    return bitstreams ? NULL : DAMAGED;
}

/* HEIC: only what kind of file it says to be; its boxes are for libheif. AVIF and other codecs in the same container are not taken. */
const char *judge_heic(const uint8_t *bytes, size_t length) {
    uint32_t size = big32(bytes);
    if (size < 16 || size > length || size > 4096 || size % 4) return DAMAGED;
    const uint8_t *major = bytes + 8;
    if (memcmp(major, "hevc", 4) == 0 || memcmp(major, "hevx", 4) == 0 || memcmp(major, "msf1", 4) == 0) return ANIMATED;
    for (size_t at = 8; at + 4 <= size; at += at == 8 ? 8 : 4)
        if (memcmp(bytes + at, "heic", 4) == 0 || memcmp(bytes + at, "heix", 4) == 0) return NULL;
    return UNSUPPORTED_FORMAT;
}
