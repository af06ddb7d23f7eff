#define _GNU_SOURCE
#include "clinux.h"

#include <fcntl.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int milliseconds) {
    return (int)syscall(SYS_epoll_pwait, epoll, events, capacity, milliseconds, NULL, 8);
}

ptrdiff_t clinux_receive(int descriptor, void *buffer, size_t count) {
    return syscall(SYS_recvfrom, descriptor, buffer, count, 0, NULL, NULL);
}

ptrdiff_t clinux_send(int descriptor, const void *bytes, size_t count) {
    return syscall(SYS_sendto, descriptor, bytes, count, MSG_NOSIGNAL, NULL, 0);
}

int clinux_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int clinux_eventfd(int nonblocking) { return eventfd(0, EFD_CLOEXEC | (nonblocking ? EFD_NONBLOCK : 0)); }

void clinux_set_thread_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int clinux_daemonize(void) {
    pid_t child = fork();
    if (child < 0) return -1;
    if (child > 0) _exit(0);
    setsid();
    int null = open("/dev/null", O_RDWR);
    if (null < 0) return -1;
    for (int descriptor = 0; descriptor < 3; descriptor++) dup2(null, descriptor);
    if (null > 2) close(null);
    return 0;
}

struct clinux_allocator clinux_allocator_numbers(void) {
    struct mallinfo2 numbers = mallinfo2();
    return (struct clinux_allocator){numbers.arena, numbers.hblkhd, numbers.uordblks, numbers.fordblks};
}

__thread int64_t clinux_data_bytes __attribute__((tls_model("initial-exec"))) = 0;

void clinux_shrink_heap_in_steps(void) {
    mallopt(M_TRIM_THRESHOLD, 512 << 10);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

void clinux_trim_memory(void) { malloc_trim(0); }

int clinux_format_double(char *buffer, int capacity, double value) {
    return snprintf(buffer, (size_t)capacity, "%.17g", value);
}

int clinux_format_decimals(char *buffer, int capacity, int decimals, double value) {
    return snprintf(buffer, (size_t)capacity, "%.*f", decimals, value);
}
