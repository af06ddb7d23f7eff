// The few Linux facilities that Swift's Glibc overlay cannot express: epoll's packed union, prefetch, variadic calls.
// Thin functions; no logic lives in C. Only headers that the Glibc module lacks are included here: a header that both
// modules included would belong to one of them, and its names would be missing from the other.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/// One readiness event: the caller's 64-bit tag and the EPOLL* bits.
static inline uint64_t clinux_epoll_event_tag(const struct epoll_event *event) { return event->data.u64; }
static inline uint32_t clinux_epoll_event_bits(const struct epoll_event *event) { return event->events; }

static inline int clinux_epoll_control(int epoll, int operation, int descriptor, uint32_t bits, uint64_t tag) {
    struct epoll_event event;
    event.events = bits;
    event.data.u64 = tag;
    return epoll_ctl(epoll, operation, descriptor, &event);
}

/// Asks the processor to bring a cache line near; never faults, whatever the address.
static inline void clinux_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// A double with 17 significant digits, as printf's %.17g, or with a number of decimals, as %.*f. Returns the length.
int clinux_format_double(char *buffer, int capacity, double value);
int clinux_format_decimals(char *buffer, int capacity, int decimals, double value);

/// The calls of every turn of a loop, without the C library's bookkeeping for a thread that may be cancelled while it waits:
/// none here ever is, and in a program of several threads it is two atomic changes for each call.
int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int milliseconds);
ptrdiff_t clinux_receive(int descriptor, void *buffer, size_t count);
ptrdiff_t clinux_send(int descriptor, const void *bytes, size_t count);

/// accept4 with a non-blocking descriptor that child processes do not inherit.
int clinux_accept(int listener);

/// An eventfd that child processes do not inherit; `nonblocking` or one whose reader waits.
int clinux_eventfd(int nonblocking);

/// Names the calling thread; the kernel keeps 15 characters.
void clinux_set_thread_name(const char *name);

/// What glibc's allocator counts: bytes from the system, bytes mapped apart, bytes in use, bytes free.
struct clinux_allocator {
    size_t arena, mapped, used, free;
};
struct clinux_allocator clinux_allocator_numbers(void);

/// Bytes of data that this thread took and did not give back: a server's data belongs to one thread.
extern __thread int64_t clinux_data_bytes __attribute__((tls_model("initial-exec")));
static inline void clinux_count_data(int64_t bytes) { clinux_data_bytes += bytes; }
static inline int64_t clinux_counted_data(void) { return clinux_data_bytes; }

/// Makes the heap shrink in small steps. By itself glibc makes the steps as large as the largest memory it ever gave
/// back, up to 64 MiB, which takes milliseconds.
void clinux_shrink_heap_in_steps(void);

/// Gives unused memory back to the system.
void clinux_trim_memory(void);

/// Goes on in a child process of its own session, with the standard streams at /dev/null; the parent ends. 0, or -1 with
/// errno. To be called before any thread is started.
int clinux_daemonize(void);

#endif
