// Of OpenSSL's libcrypto what signing needs: RSA keys of 2048 bits or more, and RS256 (RFC 7518 section 3.3); PBKDF2 (RFC 8018) for passwords that
// another product has hashed; and HMAC-SHA-1 for one-time codes (RFC 4226).
#ifndef LATCHKEY_CCRYPTO_SHIM_H
#define LATCHKEY_CCRYPTO_SHIM_H
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>
#include <stddef.h>

// A new key; EVP_PKEY_Q_keygen takes variable arguments, which Swift does not call. NULL where it fails.
static inline EVP_PKEY *latchkey_rsa_new(size_t bits) { return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits); }

// The private key as DER (PKCS #8 or PKCS #1); NULL for what is none.
static inline EVP_PKEY *latchkey_rsa_read(const unsigned char *der, long length) {
    const unsigned char *at = der;
    return d2i_AutoPrivateKey(NULL, &at, length);
}

// How long the private key is as DER; it is written to `to` where that is not NULL. Below 0 where it fails.
static inline int latchkey_rsa_write(EVP_PKEY *key, unsigned char *to) {
    unsigned char *at = to;
    return i2d_PrivateKey(key, to == NULL ? NULL : &at);
}

// A number of the public key, big-endian into `to` of `size` bytes: "n" or "e". Its length, below 0 where it fails.
static inline int latchkey_rsa_number(EVP_PKEY *key, int is_modulus, unsigned char *to, int size) {
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key, is_modulus ? OSSL_PKEY_PARAM_RSA_N : OSSL_PKEY_PARAM_RSA_E, &number) != 1) return -1;
    int length = BN_num_bytes(number) <= size ? BN_bn2bin(number, to) : -1;
    BN_free(number);
    return length;
}

// RSASSA-PKCS1-v1_5 with SHA-256 over the message, into `to` of `size` bytes. Its length, 0 where it fails.
static inline size_t latchkey_rsa_sign(EVP_PKEY *key, const unsigned char *message, size_t length, unsigned char *to, size_t size) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t written = size;
    int done = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1
        && EVP_DigestSign(context, to, &written, message, length) == 1;
    EVP_MD_CTX_free(context);
    return done ? written : 0;
}

// PBKDF2 with HMAC over SHA-1, SHA-256 or SHA-512, into `to`. 1 where it is done.
static inline int latchkey_pbkdf2(
    int bits, const unsigned char *password, int length, const unsigned char *salt, int salt_length, int rounds, unsigned char *to, int size) {
    const EVP_MD *digest = bits == 512 ? EVP_sha512() : bits == 256 ? EVP_sha256() : EVP_sha1();
    return PKCS5_PBKDF2_HMAC((const char *)password, length, salt, salt_length, rounds, digest, size, to);
}

// HMAC-SHA-1 of the message into `to` of 20 bytes; 0 where it fails.
static inline int latchkey_hmac_sha1(const unsigned char *key, int size, const unsigned char *message, size_t length, unsigned char *to) {
    return HMAC(EVP_sha1(), key, size, message, length, to, NULL) != NULL;
}
#endif
