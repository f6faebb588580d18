// Preloaded into the interpreter's Linux build: its flash file is memory, as flash is on a board. Without it the
// interpreter opens the file anew for every 16 bytes of code that it executes from Storage.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
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
