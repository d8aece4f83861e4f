#pragma once

/// A file that the binary carries. It is served as `/assets/HASH/NAME` and may be kept for ever, as its hash changes with its content.
typedef struct {
    const char *name;
    const char *content_type;
    const unsigned char *plain;
    unsigned long plain_size;
    const unsigned char *gzip;
    unsigned long gzip_size;
    /// The first 16 hexadecimal digits of the SHA-256 of `plain`.
    const char *hash;
} lk_asset;

/// All of them, sorted by name.
const lk_asset *lk_assets(void);
unsigned long lk_assets_count(void);
