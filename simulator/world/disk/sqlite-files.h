// SQLite's way to the disk: a VFS that is the default one, and passes every path that lies on no such disk to the
// operating system's.
#ifndef PINGJIA_SQLITE_FILES_H
#define PINGJIA_SQLITE_FILES_H

#include <stdint.h>

/** An SQLite result code. */
int register_sqlite_files(void);

void seed_sqlite_random(uint64_t seed);

#endif
