/* The floor under every comparison: a server that parses nothing and answers with canned bytes.
 *
 *     floor PORT REQUEST-BYTES REPLY
 *
 * For every REQUEST-BYTES bytes that arrive it sends REPLY once (with \r, \n and \\ understood); with 0, once for each
 * read. Less than that as a connection's first bytes is what redis-benchmark asks before it begins: a reply for each
 * asterisk. One thread, one epoll instance, one receive and one send per readiness event: what is left is what sockets and
 * kernel cost, and no server can be cheaper on them. Not a server for anything else: it trusts whoever connects.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_CLIENTS = 65536, RECEIVE_BYTES = 1 << 16, EVENTS = 256 };

static char input[RECEIVE_BYTES];
static size_t leftover[MOST_CLIENTS];
static char has_asked[MOST_CLIENTS];

static size_t unescape(char *text) {
    size_t length = 0;
    for (const char *from = text; *from; from++) {
        char byte = *from;
        if (byte == '\\' && from[1]) {
            from++;
            byte = *from == 'r' ? '\r' : *from == 'n' ? '\n' : *from;
        }
        text[length++] = byte;
    }
    return length;
}

static int listen_on(int port) {
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 511) < 0) {
        perror("floor: cannot listen");
        exit(1);
    }
    return listener;
}

/* Sends the whole of it; a client that does not read is none of the benchmark's. */
static int send_all(int client, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(client, bytes, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return -1;
        bytes += sent;
        count -= (size_t)sent;
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: floor PORT REQUEST-BYTES REPLY\n");
        return 2;
    }
    size_t request_bytes = strtoul(argv[2], NULL, 10), reply_bytes = unescape(argv[3]);
    /* As many replies as one read can ask for, back to back, so that they leave in one send. */
    size_t most = request_bytes ? RECEIVE_BYTES / request_bytes + 2 : 1;
    char *replies = malloc(most * reply_bytes + 1);
    if (!replies) return 1;
    for (size_t i = 0; i < most; i++) memcpy(replies + i * reply_bytes, argv[3], reply_bytes);

    int listener = listen_on(atoi(argv[1])), epoll = epoll_create1(EPOLL_CLOEXEC), yes = 1;
    struct epoll_event events[EVENTS], event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int client = events[i].data.fd;
            if (client == listener) {
                client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                if (client < 0) continue;
                if (client >= MOST_CLIENTS) { close(client); continue; }
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                leftover[client] = 0;
                has_asked[client] = 0;
                event.data.fd = client;
                epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
                continue;
            }
            ssize_t received = recv(client, input, sizeof input, 0);
            if (received <= 0) { close(client); continue; }
            size_t count = 1;
            if (request_bytes) {
                size_t total = leftover[client] + (size_t)received;
                count = total / request_bytes;
                leftover[client] = total % request_bytes;
                if (!has_asked[client] && count == 0) {
                    for (ssize_t i = 0; i < received; i++) count += input[i] == '*';
                    leftover[client] = 0;
                    if (count > most) count = most;
                }
                has_asked[client] = 1;
            }
            if (count && send_all(client, replies, count * reply_bytes) < 0) close(client);
        }
    }
}
