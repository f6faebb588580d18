// A disk in memory: files that hold what was synced and, in order, what was written since. What the two other files
// need of each other: disk.c is the disk, sqlite-files.c lets SQLite use it, controls.c is how a test commands it.
#ifndef PINGJIA_DISK_H
#define PINGJIA_DISK_H

#include <pthread.h>
#include <stdint.h>

#define SHARED_MEMORY_LOCKS 8
#define NEVER INT64_MAX

typedef struct Bytes {
  uint8_t *data;
  int64_t length;
  int64_t room;
} Bytes;

/** Written or cut since the last sync. */
typedef struct Change {
  int64_t offset;
  /** Of the data; CUT: the file was cut to offset. */
  int64_t length;
  uint8_t *data;
} Change;
#define CUT (-1)

struct Handle;
typedef struct Disk Disk;
typedef struct File File;

struct File {
  File *next;
  Disk *disk;
  char *path;
  /** What reads see: the operating system's cache. */
  Bytes cache;
  Bytes synced;
  Change *changes;
  int changeCount;
  int changeRoom;
  int64_t changedBytes;
  /** Its name is in the folder; a crash finds it there. */
  int linked;
  int linkSynced;
  /** The process that opened it has died, or the power failed: nothing reaches it any more. */
  int dead;
  int handles;
  int sharedLocks;
  struct Handle *reserved;
  struct Handle *pending;
  struct Handle *exclusive;
  uint8_t **regions;
  int regionCount;
  int mappers;
  int memoryShared[SHARED_MEMORY_LOCKS];
  struct Handle *memoryExclusive[SHARED_MEMORY_LOCKS];
};

struct Disk {
  Disk *next;
  char *folder;
  File *files;
  uint64_t random;
  /** Bytes that files may still grow by. */
  int64_t roomBytes;
  /** Counted down; at 0 it happens, once. */
  int64_t untilSyncFails;
  int64_t untilReadFlips;
  int64_t untilStop;
  /** As after a kill: nothing more reaches it. */
  int stopped;
  int64_t writes;
  int64_t syncs;
  int64_t failedSyncs;
  int64_t refusedWrites;
};

enum DiskResult { DISK_OK, DISK_SHORT, DISK_FULL, DISK_FAILED };

/** Held by every caller of the functions below. */
extern pthread_mutex_t diskMutex;

Disk *disk_at(const char *path);
Disk *disk_make(const char *folder, uint64_t seed);
void disk_remove(Disk *disk);

File *file_find(Disk *disk, const char *path);
/** NULL when the disk has stopped. */
File *file_create(Disk *disk, const char *path);
void file_released(File *file);
enum DiskResult file_read(File *file, int64_t offset, int length, uint8_t *into);
enum DiskResult file_write(File *file, int64_t offset, int length, const uint8_t *data);
enum DiskResult file_cut(File *file, int64_t length);
enum DiskResult file_sync(File *file);
enum DiskResult file_unlink(File *file);
void file_drop_shared_memory(File *file);
/** As copied there by a careful person: on disk at once, whatever is open. */
void file_put(Disk *disk, const char *path, const uint8_t *data, int64_t length);

void folder_sync(Disk *disk);
/** The process died: what it wrote is in the cache, and stays. */
void disk_kill(Disk *disk);
/** The power failed: what was synced, and any of what was written since. */
void disk_crash(Disk *disk);
int64_t disk_unsynced_bytes(const Disk *disk);

#endif
