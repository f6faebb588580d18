// Preloaded into a gateway by a test: while the file named by DISK_FAULT_FILE holds "fsync", syncing fails as a broken
// disk's does; while it holds "full", nothing more can be written to the database. Everything else goes its way.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
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

static int is_database(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, "pingjia.sqlite") != NULL;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(error) return errno = error, -1

int fsync(int fd) {
  if (is_database(fd) && fault_is("fsync")) FAIL(EIO);
  return NEXT(fsync)(fd);
}

int fdatasync(int fd) {
  if (is_database(fd) && fault_is("fsync")) FAIL(EIO);
  return NEXT(fdatasync)(fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  if (is_database(fd) && fault_is("full")) FAIL(ENOSPC);
  return NEXT(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  if (is_database(fd) && fault_is("full")) FAIL(ENOSPC);
  return NEXT(pwrite64)(fd, bytes, count, at);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (is_database(fd) && fault_is("full")) FAIL(ENOSPC);
  return NEXT(write)(fd, bytes, count);
}
