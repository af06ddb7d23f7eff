// The part of OpenSSL that `Net` needs, as plain functions: most of its interface is macros, which Swift does not see.
// Thin; what to do with the answers is decided in Swift.
#ifndef COPENSSL_H
#define COPENSSL_H

#include <stddef.h>

/// What a context is made of. Empty strings are "not given".
struct copenssl_settings {
    const char *certificate;
    const char *key;
    const char *key_password;
    const char *authorities;
    const char *authorities_directory;
    const char *parameters;
    const char *ciphers;
    const char *ciphersuites;
    /// Protocols allowed: 1 TLSv1, 2 TLSv1.1, 4 TLSv1.2, 8 TLSv1.3.
    int protocols;
    /// 0: the peer's certificate is not asked for, 1: it must be good, 2: it must be good if there is one.
    int verification;
    int prefers_server_ciphers;
    int caches_sessions;
    int cache_size;
    int cache_seconds;
};

/// What an operation on a session came to, when it is not a count of bytes.
enum {
    COPENSSL_CLOSED = 0,
    COPENSSL_WANTS_READ = -1,
    COPENSSL_WANTS_WRITE = -2,
    COPENSSL_FAILED = -3,
};

/// A context, or NULL with the step that failed and why in `error`.
void *copenssl_context_create(const struct copenssl_settings *settings, char *error, size_t capacity);
void copenssl_context_free(void *context);

/// A session over a connected socket, or NULL. The socket stays the caller's.
void *copenssl_session_create(void *context, int descriptor, int is_server);
/// Says good-bye if it can do so without waiting.
void copenssl_session_end(void *session);
void copenssl_session_free(void *session);

/// 1 when the handshake is done, else one of the answers above.
int copenssl_handshake(void *session);
/// Bytes read or written, else one of the answers above.
long copenssl_read(void *session, void *target, size_t count);
long copenssl_write(void *session, const void *source, size_t count);
/// Decrypted bytes that wait in the session.
int copenssl_pending(void *session);
/// The newest error of this thread in words; forgets it.
void copenssl_error(char *text, size_t capacity);

#endif
