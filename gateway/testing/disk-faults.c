// Preloaded into a gateway by a test: while the file named by DISK_FAULT_FILE holds "fsync", syncing fails as a broken
// disk's does; while it holds "stall", syncing waits; while it holds "full", nothing more can be written to the
// database. DISK_KILL_AT_STEP=n kills the process at its n-th write or sync of the database, half of a write done;
// with DISK_KILL_IN=copy only those of the database file itself count, which a checkpoint copies the log into.
// Everything else goes its way.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fault_is(const char *name) {
  const char *file = getenv("DISK_FAULT_FILE");
  char held[16] = {0};
  int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return 0;
  ssize_t length = read(fd, held, sizeof held - 1);
  close(fd);
  return length > 0 && !strncmp(held, name, strlen(name));
}

#define PATH_LIMIT_BYTES 4096
static int path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_LIMIT_BYTES - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return 1;
}

static int is_database(int fd) {
  char path[PATH_LIMIT_BYTES];
  return path_of(fd, path) && strstr(path, "pingjia.sqlite") != NULL;
}

static int is_beside_database(int fd) {
  char path[PATH_LIMIT_BYTES];
  return path_of(fd, path) && strstr(path, "pingjia.sqlite-") != NULL;
}

static int is_last_step(int fd) {
  static atomic_long steps;
  const char *limit = getenv("DISK_KILL_AT_STEP");
  const char *in = getenv("DISK_KILL_IN");
  if (in && !strcmp(in, "copy") && is_beside_database(fd)) return 0;
  return limit && atomic_fetch_add(&steps, 1) + 1 == atol(limit);
}

static void end_here(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

#define STALL_STEP_MICROSECONDS 5000
static void wait_while_stalled(void) {
  while (fault_is("stall")) usleep(STALL_STEP_MICROSECONDS);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(error) return errno = error, -1

int fsync(int fd) {
  if (is_database(fd)) {
    if (is_last_step(fd)) end_here();
    wait_while_stalled();
    if (fault_is("fsync")) FAIL(EIO);
  }
  return NEXT(fsync)(fd);
}

int fdatasync(int fd) {
  if (is_database(fd)) {
    if (is_last_step(fd)) end_here();
    wait_while_stalled();
    if (fault_is("fsync")) FAIL(EIO);
  }
  return NEXT(fdatasync)(fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  if (is_database(fd)) {
    if (fault_is("full")) FAIL(ENOSPC);
    if (is_last_step(fd) && NEXT(pwrite)(fd, bytes, count / 2, at) >= 0) end_here();
  }
  return NEXT(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  if (is_database(fd)) {
    if (fault_is("full")) FAIL(ENOSPC);
    if (is_last_step(fd) && NEXT(pwrite64)(fd, bytes, count / 2, at) >= 0) end_here();
  }
  return NEXT(pwrite64)(fd, bytes, count, at);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (is_database(fd)) {
    if (fault_is("full")) FAIL(ENOSPC);
    if (is_last_step(fd) && NEXT(write)(fd, bytes, count / 2) >= 0) end_here();
  }
  return NEXT(write)(fd, bytes, count);
}
