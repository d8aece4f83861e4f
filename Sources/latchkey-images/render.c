/* From a judged picture to clean renditions, by libvips. */
#define _GNU_SOURCE
#include "worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vips/vips.h>

static const char *const loaders[] = {
    [JPEG] = "VipsForeignLoadJpeg", [PNG] = "VipsForeignLoadPng", [WEBP] = "VipsForeignLoadWebp", [HEIC] = "VipsForeignLoadHeif"};

static void say_nothing(const char *domain, GLogLevelFlags level, const char *message, void *data) {
    (void)domain, (void)level, (void)message, (void)data;
}

/* libvips with one loader and no other: Debian's is linked with ImageMagick, poppler and more. */
static int start(enum format format) {
    g_log_set_default_handler(say_nothing, NULL);
    setenv("VIPS_DISC_THRESHOLD", "4g", 1); /* a picture is never laid down in a temporary file */
    if (VIPS_INIT("latchkey-images") != 0) return -1;
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    vips_operation_block_set(loaders[format], FALSE);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    if (format == HEIC) {
        /* Newer versions of libheif look for their decoder's file when the first picture is opened: this is none. */
        VipsImage *none = NULL;
        (void)vips_heifload_buffer((void *)"", 1, &none, NULL);
        vips_error_clear();
    }
    return seal();
}

/* Opens the picture, which reads its head alone; its pixels are decoded when they are asked for. */
static VipsImage *load(const uint8_t *bytes, size_t length, enum format format, int shrink) {
    VipsImage *image = NULL;
    int failed = -1;
    switch (format) {
    case JPEG:
        failed = vips_jpegload_buffer(
            (void *)bytes, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, "shrink", shrink, NULL);
        break;
    case PNG:
        failed = vips_pngload_buffer((void *)bytes, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
        break;
    case WEBP:
        failed = vips_webpload_buffer((void *)bytes, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
        break;
    case HEIC:
        failed = vips_heifload_buffer((void *)bytes, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
        break;
    }
    return failed ? NULL : image;
}

/* Whether this HEIC holds what its name says: the container may hold other codecs. */
static int is_hevc(VipsImage *image) {
    const char *compression;
    return vips_image_get_string(image, "heif-compression", &compression) == 0 && strcmp(compression, "hevc") == 0;
}

/* The picture upright, in 8-bit sRGB without alpha, at most `most` pixels a side, its pixels in memory and nothing else. */
static VipsImage *upright(VipsImage *picture, int most) {
    VipsImage *small = NULL, *colours = NULL, *opaque = NULL, *plain = NULL;
    /* A picture with a colour profile of its own is taken from that to sRGB; one without is sRGB already, and another conversion would shift it. */
    const char *profile = vips_image_get_typeof(picture, VIPS_META_ICC_NAME) ? "srgb" : NULL;
    if (vips_thumbnail_image(
            picture, &small, most, "height", most, "size", VIPS_SIZE_DOWN, profile ? "export_profile" : NULL, profile, NULL))
        return NULL;
    if (vips_colourspace(small, &colours, VIPS_INTERPRETATION_sRGB, NULL)) return NULL;
    if (vips_image_hasalpha(colours)) {
        VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
        int failed = vips_flatten(colours, &opaque, "background", white, NULL);
        vips_area_unref(VIPS_AREA(white));
        if (failed) return NULL;
    } else {
        opaque = colours;
    }
    /* The resolution is of the camera too. */
    if (vips_copy(opaque, &plain, "xres", 72 / 25.4, "yres", 72 / 25.4, NULL)) return NULL;
    if (plain->Bands != 3 || plain->BandFmt != VIPS_FORMAT_UCHAR) return NULL;
    return vips_image_copy_memory(plain); /* the decoding happens here */
}

static int write_all(int descriptor, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = write(descriptor, bytes, length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return -1;
        bytes += count, length -= (size_t)count;
    }
    return 0;
}

static int save(VipsImage *image, struct rendition *rendition, int descriptor) {
    void *bytes = NULL;
    if (vips_jpegsave_buffer(image, &bytes, &rendition->bytes, "Q", 85, "strip", TRUE, NULL)) return -1;
    rendition->width = image->Xsize;
    rendition->height = image->Ysize;
    int failed = write_all(descriptor, bytes, rendition->bytes);
    g_free(bytes);
    return failed;
}

const char *render(const uint8_t *bytes, size_t length, const struct picture *picture, struct rendition *renditions, int descriptor) {
    if (start(picture->format) != 0) return DAMAGED;
    VipsImage *image = load(bytes, length, picture->format, 1);
    if (!image) return DAMAGED;
    if (picture->format == HEIC && !is_hevc(image)) return UNSUPPORTED_FORMAT;
    /* Judged again as the decoder sees it, still before it decodes. */
    const char *refused = judge_size((uint64_t)image->Xsize, (uint64_t)image->Ysize);
    if (refused) return refused;
    if (vips_image_get_n_pages(image) > 1) return ANIMATED;

    /* A JPEG is decoded at half or quarter size where that is still enough. */
    int longest = VIPS_MAX(image->Xsize, image->Ysize), shrink = 1;
    while (picture->format == JPEG && shrink < 8 && longest / (shrink * 2) >= renditions[0].most) shrink *= 2;
    if (shrink > 1) {
        g_object_unref(image);
        image = load(bytes, length, picture->format, shrink);
        if (!image) return DAMAGED;
    }
    /* Each rendition is made of the one before it. */
    for (int i = 0; i < RENDITIONS; i++) {
        VipsImage *made = upright(image, renditions[i].most);
        if (!made || save(made, &renditions[i], descriptor + i) != 0) return DAMAGED;
        g_object_unref(image);
        image = made;
    }
    return NULL;
}
