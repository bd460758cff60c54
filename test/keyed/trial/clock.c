/*
 * Makes the clock of a process jump: preloaded, it adds to the time of day the microseconds that stand, as 8 bytes, in the file that
 * CLOCK_OFFSET names. (libfaketime and the jemalloc of redis-server wait for each other at start.)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *offset;

__attribute__((constructor)) static void open_offset(void) {
  const char *path = getenv("CLOCK_OFFSET");
  int file = path ? open(path, O_RDONLY) : -1;
  if (file < 0) return;
  void *at = mmap(0, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
  if (at != MAP_FAILED) offset = at;
  close(file);
}

static int64_t microseconds(clockid_t clock, long *nanoseconds) {
  struct timespec now;
  syscall(SYS_clock_gettime, clock, &now);
  if (nanoseconds) *nanoseconds = now.tv_nsec % 1000;
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000 + (offset ? *offset : 0);
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  int64_t at = microseconds(CLOCK_REALTIME, 0);
  now->tv_sec = at / 1000000;
  now->tv_usec = at % 1000000;
  return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return (int)syscall(SYS_clock_gettime, clock, now);
  int64_t at = microseconds(clock, &now->tv_nsec);
  now->tv_sec = at / 1000000;
  now->tv_nsec += at % 1000000 * 1000;
  return 0;
}

time_t time(time_t *at) {
  time_t seconds = microseconds(CLOCK_REALTIME, 0) / 1000000;
  if (at) *at = seconds;
  return seconds;
}
