// Preloaded into the interpreter's Linux build. Its flash file is memory, as flash is on a board: without that it opens
// the file anew for every 16 bytes of code that it executes from Storage. Its clock goes on only while it runs or sleeps,
// not while other programs of a loaded machine have the processor.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FLASH_BYTES 262144
#define FLASH_FILE "espruino.flash"
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static FILE *handle;
static unsigned char *bytes;
static long at;

FILE *fopen(const char *path, const char *mode) {
  static FILE *(*real)(const char *, const char *);
  if (!real) real = REAL(fopen);
  if (strcmp(path, FLASH_FILE) != 0) return real(path, mode);
  if (handle) return handle;
  FILE *file = real(path, mode);
  if (!file) return NULL;
  void *map = mmap(NULL, FLASH_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
  if (map == MAP_FAILED) return file;
  bytes = map;
  handle = file;
  return handle;
}

int fclose(FILE *file) {
  static int (*real)(FILE *);
  if (!real) real = REAL(fclose);
  return handle && file == handle ? 0 : real(file);
}

int fseek(FILE *file, long offset, int whence) {
  static int (*real)(FILE *, long, int);
  if (!real) real = REAL(fseek);
  if (!handle || file != handle) return real(file, offset, whence);
  at = whence == SEEK_END ? FLASH_BYTES + offset : whence == SEEK_CUR ? at + offset : offset;
  return 0;
}

long ftell(FILE *file) {
  static long (*real)(FILE *);
  if (!real) real = REAL(ftell);
  return handle && file == handle ? at : real(file);
}

static size_t room(size_t wanted) {
  size_t left = at >= 0 && at < FLASH_BYTES ? (size_t)(FLASH_BYTES - at) : 0;
  return wanted < left ? wanted : left;
}

size_t fread(void *into, size_t size, size_t count, FILE *file) {
  static size_t (*real)(void *, size_t, size_t, FILE *);
  if (!real) real = REAL(fread);
  if (!handle || file != handle) return real(into, size, count, file);
  size_t length = room(size * count);
  memcpy(into, bytes + at, length);
  at += (long)length;
  return size ? length / size : 0;
}

size_t fwrite(const void *from, size_t size, size_t count, FILE *file) {
  static size_t (*real)(const void *, size_t, size_t, FILE *);
  if (!real) real = REAL(fwrite);
  if (!handle || file != handle) return real(from, size, count, file);
  size_t length = room(size * count);
  memcpy(bytes + at, from, length);
  at += (long)length;
  return size ? length / size : 0;
}

static pthread_t main_thread;
static clockid_t running;
static long long started_us, slept_us;

static long long us_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

__attribute__((constructor)) static void begin(void) {
  main_thread = pthread_self();
  pthread_getcpuclockid(main_thread, &running);
  started_us = us_of(CLOCK_REALTIME) - us_of(running);
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  long long now = started_us + us_of(running) + slept_us;
  time->tv_sec = now / 1000000;
  time->tv_usec = now % 1000000;
  return 0;
}

// Whatever the interpreter waits for: it sleeps in a select without files and looks at its sockets with one.
int select(int files, fd_set *reads, fd_set *writes, fd_set *errors, struct timeval *wait) {
  static int (*real)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
  if (!real) real = REAL(select);
  if (!pthread_equal(pthread_self(), main_thread)) return real(files, reads, writes, errors, wait);
  long long wanted = wait ? wait->tv_sec * 1000000LL + wait->tv_usec : 0;
  int result = real(files, reads, writes, errors, wait);
  // As long as it asked for: that it woke late is the machine's doing.
  if (files == 0) slept_us += wanted;
  return result;
}
