#include "copenssl.h"

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

void copenssl_error(char *text, size_t capacity) {
    unsigned long code = ERR_get_error();
    if (code == 0) {
        snprintf(text, capacity, "unknown error");
    } else {
        ERR_error_string_n(code, text, capacity);
    }
    ERR_clear_error();
}

static int given(const char *text) { return text != NULL && text[0] != 0; }

static int password(char *target, int capacity, int is_writing, void *data) {
    (void)is_writing;
    const char *text = data;
    if (!given(text)) return 0;
    int count = (int)strlen(text);
    if (count > capacity) return -1;
    memcpy(target, text, (size_t)count);
    return count;
}

static void *fail(SSL_CTX *context, const char *step, const char *file, char *error, size_t capacity) {
    char reason[256];
    copenssl_error(reason, sizeof reason);
    snprintf(error, capacity, "%s%s%s: %s", step, given(file) ? ": " : "", given(file) ? file : "", reason);
    SSL_CTX_free(context);
    return NULL;
}

void *copenssl_context_create(const struct copenssl_settings *settings, char *error, size_t capacity) {
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    if (context == NULL) return fail(NULL, "Failed to create a TLS context", NULL, error, capacity);
    SSL_CTX_set_options(context, SSL_OP_NO_SSLv3 | SSL_OP_SINGLE_DH_USE | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    if (!(settings->protocols & 1)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1);
    if (!(settings->protocols & 2)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_1);
    if (!(settings->protocols & 4)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_2);
    if (!(settings->protocols & 8)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_3);
    if (settings->prefers_server_ciphers) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    if (settings->caches_sessions) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
        SSL_CTX_sess_set_cache_size(context, settings->cache_size);
        SSL_CTX_set_timeout(context, settings->cache_seconds);
        SSL_CTX_set_session_id_context(context, (const unsigned char *)"redis", 5);
    } else {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    }
    int mode = SSL_VERIFY_NONE;
    if (settings->verification == 1) mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    if (settings->verification == 2) mode = SSL_VERIFY_PEER;
    SSL_CTX_set_verify(context, mode, NULL);
    SSL_CTX_set_default_passwd_cb(context, password);
    SSL_CTX_set_default_passwd_cb_userdata(context, (void *)settings->key_password);
    if (given(settings->certificate) && SSL_CTX_use_certificate_chain_file(context, settings->certificate) <= 0)
        return fail(context, "Failed to load certificate", settings->certificate, error, capacity);
    if (given(settings->key) && SSL_CTX_use_PrivateKey_file(context, settings->key, SSL_FILETYPE_PEM) <= 0)
        return fail(context, "Failed to load private key", settings->key, error, capacity);
    // The password is the caller's again.
    SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
    const char *file = given(settings->authorities) ? settings->authorities : NULL;
    const char *directory = given(settings->authorities_directory) ? settings->authorities_directory : NULL;
    if ((file || directory) && SSL_CTX_load_verify_locations(context, file, directory) <= 0)
        return fail(context, "Failed to configure CA certificate(s) file/directory", file ? file : directory, error, capacity);
    if (given(settings->parameters)) {
        FILE *stream = fopen(settings->parameters, "r");
        EVP_PKEY *parameters = NULL;
        OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(
            &parameters, "PEM", NULL, "DH", OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS, NULL, NULL);
        if (stream && decoder) OSSL_DECODER_from_fp(decoder, stream);
        OSSL_DECODER_CTX_free(decoder);
        if (stream) fclose(stream);
        if (parameters == NULL) return fail(context, "Failed to read DH params file", settings->parameters, error, capacity);
        if (SSL_CTX_set0_tmp_dh_pkey(context, parameters) <= 0) {
            EVP_PKEY_free(parameters);
            return fail(context, "Failed to load DH params file", settings->parameters, error, capacity);
        }
    } else {
        SSL_CTX_set_dh_auto(context, 1);
    }
    if (given(settings->ciphers) && SSL_CTX_set_cipher_list(context, settings->ciphers) <= 0)
        return fail(context, "Failed to configure ciphers", settings->ciphers, error, capacity);
    if (given(settings->ciphersuites) && SSL_CTX_set_ciphersuites(context, settings->ciphersuites) <= 0)
        return fail(context, "Failed to configure ciphersuites", settings->ciphersuites, error, capacity);
    return context;
}

void copenssl_context_free(void *context) { SSL_CTX_free(context); }

void *copenssl_session_create(void *context, int descriptor, int is_server) {
    SSL *session = SSL_new(context);
    if (session == NULL) return NULL;
    if (SSL_set_fd(session, descriptor) <= 0) {
        SSL_free(session);
        return NULL;
    }
    if (is_server) {
        SSL_set_accept_state(session);
    } else {
        SSL_set_connect_state(session);
    }
    return session;
}

void copenssl_session_end(void *session) {
    ERR_clear_error();
    if (SSL_is_init_finished(session)) SSL_shutdown(session);
    ERR_clear_error();
}

void copenssl_session_free(void *session) { SSL_free(session); }

static long answer(SSL *session, int result) {
    switch (SSL_get_error(session, result)) {
    case SSL_ERROR_WANT_READ: return COPENSSL_WANTS_READ;
    case SSL_ERROR_WANT_WRITE: return COPENSSL_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN: return COPENSSL_CLOSED;
    default: return COPENSSL_FAILED;
    }
}

int copenssl_handshake(void *session) {
    ERR_clear_error();
    int result = SSL_do_handshake(session);
    return result == 1 ? 1 : (int)answer(session, result);
}

long copenssl_read(void *session, void *target, size_t count) {
    ERR_clear_error();
    int result = SSL_read(session, target, count > 1 << 30 ? 1 << 30 : (int)count);
    return result > 0 ? result : answer(session, result);
}

long copenssl_write(void *session, const void *source, size_t count) {
    ERR_clear_error();
    int result = SSL_write(session, source, count > 1 << 30 ? 1 << 30 : (int)count);
    return result > 0 ? result : answer(session, result);
}

int copenssl_pending(void *session) { return SSL_pending(session); }
