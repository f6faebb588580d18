// Preloaded into the real interpreter. Counts writes to its flash file; at the one that is asked for only a part of the
// bytes arrives, and the process is gone, as a board whose power fails. Also lets its time run faster.
//   PJ_CUT_AT      number of the write, from 0, at which the power fails
//   PJ_CUT_BYTES   how many bytes of it arrive whole
//   PJ_CUT_MASK    bits of the next byte that keep their old value
//   PJ_CUT_COUNT   file that gets the number of writes so far
//   PJ_TIME_SCALE  how many times faster than real time its clock goes
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define FLASH_BYTES 262144
#define PAGE_BYTES 1024

static long writes = 0;

static long number(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

static int is_flash(FILE *file) {
  struct stat status;
  return fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && status.st_size == FLASH_BYTES;
}

static void tell_count(void) {
  const char *path = getenv("PJ_CUT_COUNT");
  if (!path) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%ld\n", writes);
  fclose(file);
}

// A torn write leaves a prefix and some bits of the next byte; a torn erase leaves the page with anything in it.
static void tear(FILE *file, const unsigned char *bytes, size_t length) {
  long kept = number("PJ_CUT_BYTES", 0);
  int erasing = length == PAGE_BYTES;
  for (size_t i = 0; i < length; i++) if (bytes[i] != 0xff) erasing = 0;
  long at = ftell(file);
  unsigned char *torn = malloc(length);
  fflush(file);
  if (pread(fileno(file), torn, length, at) != (ssize_t)length) abort();
  if (erasing) {
    unsigned int seed = (unsigned int)kept + 1;
    for (size_t i = 0; i < length; i++) torn[i] |= (unsigned char)rand_r(&seed);
  } else {
    for (size_t i = 0; i < length && (long)i < kept; i++) torn[i] = bytes[i];
    if (kept < (long)length) torn[kept] = bytes[kept] | (torn[kept] & (unsigned char)number("PJ_CUT_MASK", 255));
  }
  if (pwrite(fileno(file), torn, length, at) != (ssize_t)length) abort();
  kill(getpid(), SIGKILL);
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
  static size_t (*real)(const void *, size_t, size_t, FILE *);
  if (!real) real = dlsym(RTLD_NEXT, "fwrite");
  if (is_flash(file)) {
    if (writes == number("PJ_CUT_AT", -1)) tear(file, data, size * count);
    writes++;
    tell_count();
  }
  return real(data, size, count, file);
}

static long scale(void) {
  static long factor;
  if (!factor) factor = number("PJ_TIME_SCALE", 1);
  return factor;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  static int (*real)(struct timeval *, void *);
  static long long startUs;
  if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(time, zone);
  long long nowUs = time->tv_sec * 1000000LL + time->tv_usec;
  if (!startUs) startUs = nowUs;
  nowUs = startUs + (nowUs - startUs) * scale();
  time->tv_sec = nowUs / 1000000;
  time->tv_usec = nowUs % 1000000;
  return result;
}

// The interpreter sleeps in a select without files.
int select(int files, fd_set *reads, fd_set *writes_, fd_set *errors, struct timeval *wait) {
  static int (*real)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
  if (!real) real = dlsym(RTLD_NEXT, "select");
  if (files != 0 || !wait) return real(files, reads, writes_, errors, wait);
  long long us = (wait->tv_sec * 1000000LL + wait->tv_usec) / scale();
  struct timeval shorter = {us / 1000000, us % 1000000};
  return real(files, reads, writes_, errors, &shorter);
}
