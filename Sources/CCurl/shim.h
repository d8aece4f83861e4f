// libcurl's options are variadic functions and macros, which Swift does not import: here they have types.
#ifndef LATCHKEY_CCURL_SHIM_H
#define LATCHKEY_CCURL_SHIM_H
#include <curl/curl.h>

// Bytes of the mail into a buffer; 0 is its end, after which the server may take it.
typedef size_t (*latchkey_curl_read)(char *buffer, size_t size, size_t count, void *context);
// Anything but 0 ends the transfer.
typedef int (*latchkey_curl_progress)(void *context, curl_off_t download_all, curl_off_t downloaded, curl_off_t upload_all, curl_off_t uploaded);

// One mail to one recipient. `errors` has CURL_ERROR_SIZE bytes; NULL for what is not needed.
struct latchkey_curl_mail {
    const char *url;
    const char *user;
    const char *password;
    const char *authorities;
    const char *from;
    struct curl_slist *to;
    int requires_tls;
    long connect_seconds;
    long all_seconds;
    latchkey_curl_read read;
    latchkey_curl_progress progress;
    void *context;
    char *errors;
};

static inline CURLcode latchkey_curl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static inline CURLcode latchkey_curl_prepare(CURL *curl, const struct latchkey_curl_mail *mail) {
    CURLcode code = CURLE_OK;
#define LATCHKEY_SET(option, value) if (code == CURLE_OK) code = curl_easy_setopt(curl, option, value)
    LATCHKEY_SET(CURLOPT_ERRORBUFFER, mail->errors);
    LATCHKEY_SET(CURLOPT_URL, mail->url);
    LATCHKEY_SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    LATCHKEY_SET(CURLOPT_PROXY, "");
    LATCHKEY_SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    LATCHKEY_SET(CURLOPT_NOSIGNAL, 1L);
    LATCHKEY_SET(CURLOPT_FRESH_CONNECT, 1L);
    LATCHKEY_SET(CURLOPT_FORBID_REUSE, 1L);
    LATCHKEY_SET(CURLOPT_CONNECTTIMEOUT, mail->connect_seconds);
    LATCHKEY_SET(CURLOPT_TIMEOUT, mail->all_seconds);
    LATCHKEY_SET(CURLOPT_USE_SSL, (long)(mail->requires_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    LATCHKEY_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    LATCHKEY_SET(CURLOPT_SSL_VERIFYPEER, 1L);
    LATCHKEY_SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (mail->authorities) { LATCHKEY_SET(CURLOPT_CAINFO, mail->authorities); }
    if (mail->user) {
        LATCHKEY_SET(CURLOPT_USERNAME, mail->user);
        LATCHKEY_SET(CURLOPT_PASSWORD, mail->password ? mail->password : "");
    }
    LATCHKEY_SET(CURLOPT_MAIL_FROM, mail->from);
    LATCHKEY_SET(CURLOPT_MAIL_RCPT, mail->to);
    LATCHKEY_SET(CURLOPT_UPLOAD, 1L);
    LATCHKEY_SET(CURLOPT_READFUNCTION, mail->read);
    LATCHKEY_SET(CURLOPT_READDATA, mail->context);
    LATCHKEY_SET(CURLOPT_NOPROGRESS, 0L);
    LATCHKEY_SET(CURLOPT_XFERINFOFUNCTION, mail->progress);
    LATCHKEY_SET(CURLOPT_XFERINFODATA, mail->context);
#undef LATCHKEY_SET
    return code;
}

// The last answer's number, such as 250.
static inline long latchkey_curl_response(CURL *curl) {
    long code = 0;
    return curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}
#endif
