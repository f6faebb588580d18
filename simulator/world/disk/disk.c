// The disk itself: what a write, a sync, a kill and a power failure do to files. Knows nothing of SQLite.
#include "disk.h"

#include <stdlib.h>
#include <string.h>

#define SECTOR_BYTES 512
/** Beyond it a system begins to write its cache to the disk by itself, the oldest first. */
#define WRITE_BACK_BYTES (4 << 20)

pthread_mutex_t diskMutex = PTHREAD_MUTEX_INITIALIZER;
static Disk *disks;

static void *need(void *memory) {
  if (!memory) abort();
  return memory;
}

static uint64_t next_random(Disk *disk) {
  uint64_t value = (disk->random += 0x9e3779b97f4a7c15u);
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

static int64_t random_below(Disk *disk, int64_t limit) { return (int64_t)(next_random(disk) % (uint64_t)limit); }

static void bytes_resize(Bytes *bytes, int64_t length) {
  if (length > bytes->room) {
    bytes->room = length + length / 2;
    bytes->data = need(realloc(bytes->data, (size_t)bytes->room));
  }
  if (length > bytes->length) memset(bytes->data + bytes->length, 0, (size_t)(length - bytes->length));
  bytes->length = length;
}

static void bytes_put(Bytes *bytes, int64_t offset, int64_t length, const uint8_t *data) {
  if (length <= 0) return;
  if (offset + length > bytes->length) bytes_resize(bytes, offset + length);
  memcpy(bytes->data + offset, data, (size_t)length);
}

static void bytes_copy(Bytes *to, const Bytes *from) {
  bytes_resize(to, 0);
  bytes_put(to, 0, from->length, from->data);
}

static void forget_changes(File *file, int count) {
  for (int at = 0; at < count; at++) {
    file->changedBytes -= file->changes[at].length == CUT ? 0 : file->changes[at].length;
    free(file->changes[at].data);
  }
  file->changeCount -= count;
  memmove(file->changes, file->changes + count, (size_t)file->changeCount * sizeof(Change));
}

static void apply_change(File *file, const Change *change) {
  if (change->length == CUT) bytes_resize(&file->synced, change->offset);
  else bytes_put(&file->synced, change->offset, change->length, change->data);
}

static void write_back(File *file, int count) {
  for (int at = 0; at < count; at++) apply_change(file, &file->changes[at]);
  forget_changes(file, count);
}

static void note_change(File *file, int64_t offset, int64_t length, const uint8_t *data) {
  if (file->changeCount == file->changeRoom) {
    file->changeRoom = file->changeRoom ? 2 * file->changeRoom : 16;
    file->changes = need(realloc(file->changes, (size_t)file->changeRoom * sizeof(Change)));
  }
  Change *change = &file->changes[file->changeCount++];
  *change = (Change){offset, length, NULL};
  if (length == CUT) return;
  change->data = need(malloc((size_t)(length ? length : 1)));
  memcpy(change->data, data, (size_t)length);
  file->changedBytes += length;
  while (file->changedBytes > WRITE_BACK_BYTES) write_back(file, (file->changeCount + 1) / 2);
}

/** How much of what was written since the last sync the disk had when it stopped. */
enum Survival { NOTHING, EVERYTHING, BEGINNING, HALF, FEW, MOST, SURVIVALS };

static int survives(Disk *disk, enum Survival survival, int64_t position, int64_t beginning) {
  switch (survival) {
    case NOTHING: return 0;
    case EVERYTHING: return 1;
    case BEGINNING: return position < beginning;
    case HALF: return random_below(disk, 2) == 0;
    case FEW: return random_below(disk, 8) == 0;
    default: return random_below(disk, 8) != 0;
  }
}

/** Each sector of each change by itself, in the order they were made. */
static void lose_some(File *file, enum Survival survival) {
  Disk *disk = file->disk;
  int64_t pieces = file->changeCount + file->changedBytes / SECTOR_BYTES;
  int64_t beginning = random_below(disk, pieces + 1);
  int64_t position = 0;
  for (int at = 0; at < file->changeCount; at++) {
    const Change *change = &file->changes[at];
    if (change->length == CUT) {
      if (survives(disk, survival, position++, beginning)) apply_change(file, change);
      continue;
    }
    for (int64_t done = 0; done < change->length;) {
      int64_t offset = change->offset + done;
      int64_t piece = SECTOR_BYTES - offset % SECTOR_BYTES;
      if (piece > change->length - done) piece = change->length - done;
      if (survives(disk, survival, position++, beginning)) bytes_put(&file->synced, offset, piece, change->data + done);
      done += piece;
    }
  }
  forget_changes(file, file->changeCount);
}

static enum Survival draw_survival(Disk *disk) { return (enum Survival)random_below(disk, SURVIVALS); }

/** False when the disk has stopped; *half is set at the step in the middle of which it stops. */
static int take_step(Disk *disk, int *half) {
  *half = 0;
  if (disk->stopped) return 0;
  if (disk->untilStop == NEVER || --disk->untilStop > 0) return 1;
  disk->stopped = 1;
  *half = 1;
  return 1;
}

Disk *disk_at(const char *path) {
  for (Disk *disk = disks; path && disk; disk = disk->next) {
    size_t length = strlen(disk->folder);
    if (!strncmp(path, disk->folder, length) && (path[length] == '/' || !path[length])) return disk;
  }
  return NULL;
}

Disk *disk_make(const char *folder, uint64_t seed) {
  Disk *disk = need(calloc(1, sizeof(Disk)));
  disk->folder = need(strdup(folder));
  disk->random = seed;
  disk->roomBytes = disk->untilSyncFails = disk->untilReadFlips = disk->untilStop = NEVER;
  disk->next = disks;
  disks = disk;
  return disk;
}

static void file_free(File *file) {
  forget_changes(file, file->changeCount);
  file_drop_shared_memory(file);
  free(file->changes);
  free(file->cache.data);
  free(file->synced.data);
  free(file->path);
  free(file);
}

/** Handles that are still open keep what they need of it. */
static void abandon(File *file) {
  file->dead = 1;
  file->disk = NULL;
  file->next = NULL;
  if (file->handles == 0) file_free(file);
}

void disk_remove(Disk *disk) {
  Disk **place = &disks;
  while (*place != disk) place = &(*place)->next;
  *place = disk->next;
  for (File *file = disk->files, *next; file; file = next) {
    next = file->next;
    abandon(file);
  }
  free(disk->folder);
  free(disk);
}

File *file_find(Disk *disk, const char *path) {
  for (File *file = disk->files; file; file = file->next)
    if (file->linked && !strcmp(file->path, path)) return file;
  return NULL;
}

static File *file_make(Disk *disk, const char *path) {
  File *file = need(calloc(1, sizeof(File)));
  file->disk = disk;
  file->path = need(strdup(path));
  file->linked = 1;
  file->next = disk->files;
  disk->files = file;
  return file;
}

File *file_create(Disk *disk, const char *path) {
  int half;
  return take_step(disk, &half) && !half ? file_make(disk, path) : NULL;
}

static void remove_from_disk(File *file) {
  File **place = &file->disk->files;
  while (*place != file) place = &(*place)->next;
  *place = file->next;
  abandon(file);
}

/** Nobody has it open, no folder names it, and no crash can bring it back. */
void file_released(File *file) {
  if (file->handles > 0) return;
  if (file->dead) file_free(file);
  else if (!file->linked && !file->linkSynced) remove_from_disk(file);
}

enum DiskResult file_read(File *file, int64_t offset, int length, uint8_t *into) {
  if (file->dead || file->disk->stopped) return DISK_FAILED;
  int64_t there = file->cache.length - offset;
  int64_t copied = there < 0 ? 0 : there < length ? there : length;
  if (copied > 0) memcpy(into, file->cache.data + offset, (size_t)copied);
  if (file->disk->untilReadFlips != NEVER && --file->disk->untilReadFlips <= 0 && copied > 0) {
    file->disk->untilReadFlips = NEVER;
    into[random_below(file->disk, copied)] ^= (uint8_t)(1 << random_below(file->disk, 8));
  }
  if (copied == length) return DISK_OK;
  memset(into + copied, 0, (size_t)(length - copied));
  return DISK_SHORT;
}

enum DiskResult file_write(File *file, int64_t offset, int length, const uint8_t *data) {
  int half;
  if (file->dead || !take_step(file->disk, &half)) return DISK_FAILED;
  Disk *disk = file->disk;
  int64_t written = half ? length / 2 : length;
  int64_t growth = offset + written - file->cache.length;
  int isFull = growth > 0 && growth > disk->roomBytes;
  if (isFull) written -= growth - disk->roomBytes;
  if (written > 0) {
    growth = offset + written - file->cache.length;
    if (growth > 0 && disk->roomBytes != NEVER) disk->roomBytes -= growth;
    bytes_put(&file->cache, offset, written, data);
    note_change(file, offset, written, data);
  }
  disk->writes += 1;
  disk->refusedWrites += isFull;
  return half ? DISK_FAILED : isFull ? DISK_FULL : DISK_OK;
}

enum DiskResult file_cut(File *file, int64_t length) {
  int half;
  if (file->dead || !take_step(file->disk, &half) || half) return DISK_FAILED;
  if (file->disk->roomBytes != NEVER) file->disk->roomBytes += file->cache.length - length;
  bytes_resize(&file->cache, length);
  note_change(file, length, CUT, NULL);
  return DISK_OK;
}

/**
 * One that fails leaves what Linux leaves: some of it is on the disk, the cache takes all of it for written, and no
 * later sync will write it again.
 */
enum DiskResult file_sync(File *file) {
  int half;
  if (file->dead || !take_step(file->disk, &half)) return DISK_FAILED;
  Disk *disk = file->disk;
  disk->syncs += 1;
  int fails = disk->untilSyncFails != NEVER && --disk->untilSyncFails <= 0;
  // Some of it reached the disk, and the rest of it may yet.
  if (half) return DISK_FAILED;
  if (!fails) {
    write_back(file, file->changeCount);
    return DISK_OK;
  }
  disk->untilSyncFails = NEVER;
  disk->failedSyncs += 1;
  lose_some(file, draw_survival(disk));
  return DISK_FAILED;
}

enum DiskResult file_unlink(File *file) {
  int half;
  if (file->dead || !take_step(file->disk, &half) || half) return DISK_FAILED;
  if (file->disk->roomBytes != NEVER) file->disk->roomBytes += file->cache.length;
  file->linked = 0;
  file_released(file);
  return DISK_OK;
}

void file_drop_shared_memory(File *file) {
  for (int at = 0; at < file->regionCount; at++) free(file->regions[at]);
  free(file->regions);
  file->regions = NULL;
  file->regionCount = 0;
}

void file_put(Disk *disk, const char *path, const uint8_t *data, int64_t length) {
  File *old = file_find(disk, path);
  if (old) remove_from_disk(old);
  if (!data) return;
  File *file = file_make(disk, path);
  bytes_put(&file->cache, 0, length, data);
  bytes_put(&file->synced, 0, length, data);
  file->linkSynced = 1;
}

void folder_sync(Disk *disk) {
  for (File *file = disk->files, *next; file; file = next) {
    next = file->next;
    file->linkSynced = file->linked;
    file_released(file);
  }
}

/** The file as its successor finds it; open handles keep the old one, which nothing reaches any more. */
static void succeed(File *file, int isLinked, int isLinkSynced) {
  Disk *disk = file->disk;
  if (isLinked || isLinkSynced) {
    File *next = file_make(disk, file->path);
    next->linked = isLinked;
    next->linkSynced = isLinkSynced;
    next->cache = file->cache;
    next->synced = file->synced;
    next->changes = file->changes;
    next->changeCount = file->changeCount;
    next->changeRoom = file->changeRoom;
    next->changedBytes = file->changedBytes;
    file->cache = file->synced = (Bytes){0};
    file->changes = NULL;
    file->changeCount = file->changeRoom = 0;
    file->changedBytes = 0;
  }
  remove_from_disk(file);
}

static File *take_files(Disk *disk) {
  File *files = disk->files;
  disk->files = NULL;
  disk->stopped = 0;
  disk->untilStop = NEVER;
  return files;
}

/** Puts it back, so that it can be succeeded and removed as any other. */
static File *put_back(Disk *disk, File *file) {
  File *next = file->next;
  file->next = disk->files;
  disk->files = file;
  return next;
}

void disk_kill(Disk *disk) {
  for (File *file = take_files(disk), *next; file; file = next) {
    next = put_back(disk, file);
    succeed(file, file->linked, file->linkSynced);
  }
}

/** Of two files with one name, at most one is found: the one the folder's last sync knew, or the one made since. */
void disk_crash(Disk *disk) {
  enum Survival survival = draw_survival(disk);
  uint64_t names = next_random(disk);
  for (File *file = take_files(disk), *next; file; file = next) {
    next = put_back(disk, file);
    // One fate for all that bear a name: drawn from the name.
    uint64_t fate = names;
    for (const char *at = file->path; *at; at++) fate = (fate ^ (uint8_t)*at) * 0x100000001b3u;
    int isFound = (fate >> 40) & 1 ? file->linked : file->linkSynced;
    if (isFound) {
      lose_some(file, survival);
      bytes_copy(&file->cache, &file->synced);
    }
    succeed(file, isFound, isFound);
  }
}

int64_t disk_unsynced_bytes(const Disk *disk) {
  int64_t bytes = 0;
  for (const File *file = disk->files; file; file = file->next) bytes += file->changedBytes;
  return bytes;
}
