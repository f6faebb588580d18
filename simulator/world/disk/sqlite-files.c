// Lets SQLite use the disk. Locks and shared memory are those of one process, because all connections to such a disk
// are; a program's death (disk_kill, disk_crash) takes them away as an operating system does. What the files of the
// operating system do about syncing folders is done here too: see unixSync and unixDelete in SQLite's os_unix.c.
#include "sqlite-files.h"

#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "sqlite3ext.h"
SQLITE_EXTENSION_INIT3

#define VFS_NAME "pingjia-disk"
/** As the operating system's files say of themselves, so that SQLite does the same on both. */
#define SECTOR_SIZE 4096

typedef struct Handle {
  sqlite3_file base;
  File *file;
  int lock;
  /** Bits of the shared memory's locks it holds. */
  unsigned sharedBits;
  unsigned exclusiveBits;
  int isMapped;
  /** Its first sync has to sync the folder as well. */
  int syncsFolder;
} Handle;

static sqlite3_vfs *systemVfs;
static uint64_t randomState;

static void enter(void) { pthread_mutex_lock(&diskMutex); }
static int leave(int result) {
  pthread_mutex_unlock(&diskMutex);
  return result;
}

static int code_of(enum DiskResult result, int failed) {
  switch (result) {
    case DISK_OK: return SQLITE_OK;
    case DISK_SHORT: return SQLITE_IOERR_SHORT_READ;
    case DISK_FULL: return SQLITE_FULL;
    default: return failed;
  }
}

static int unlock_to(Handle *handle, int level) {
  File *file = handle->file;
  if (level < SQLITE_LOCK_RESERVED) {
    if (file->exclusive == handle) file->exclusive = NULL;
    if (file->pending == handle) file->pending = NULL;
    if (file->reserved == handle) file->reserved = NULL;
  }
  if (level == SQLITE_LOCK_NONE && handle->lock > SQLITE_LOCK_NONE) file->sharedLocks -= 1;
  if (handle->lock > level) handle->lock = level;
  return SQLITE_OK;
}

static int lock_to(Handle *handle, int level) {
  File *file = handle->file;
  if (handle->lock >= level) return SQLITE_OK;
  if (file->dead || file->disk->stopped) return SQLITE_IOERR_LOCK;
  if (level == SQLITE_LOCK_SHARED) {
    if (file->pending) return SQLITE_BUSY;
    file->sharedLocks += 1;
  } else if (level == SQLITE_LOCK_RESERVED) {
    if (file->reserved) return SQLITE_BUSY;
    file->reserved = handle;
  } else {
    if ((file->reserved && file->reserved != handle) || (file->pending && file->pending != handle)) return SQLITE_BUSY;
    file->pending = handle;
    if (file->sharedLocks > 1) {
      handle->lock = SQLITE_LOCK_PENDING;
      return SQLITE_BUSY;
    }
    file->exclusive = handle;
  }
  handle->lock = level;
  return SQLITE_OK;
}

static int release_memory_locks(Handle *handle, unsigned bits) {
  File *file = handle->file;
  for (int at = 0; at < SHARED_MEMORY_LOCKS; at++) {
    unsigned bit = 1u << at & bits;
    if (handle->sharedBits & bit) file->memoryShared[at] -= 1;
    if (handle->exclusiveBits & bit) file->memoryExclusive[at] = NULL;
  }
  handle->sharedBits &= ~bits;
  handle->exclusiveBits &= ~bits;
  return SQLITE_OK;
}

static int take_memory_locks(Handle *handle, unsigned bits, int isExclusive) {
  File *file = handle->file;
  if (file->dead || file->disk->stopped) return SQLITE_IOERR_SHMLOCK;
  for (int at = 0; at < SHARED_MEMORY_LOCKS; at++) {
    unsigned bit = 1u << at & bits;
    if (!bit) continue;
    if (file->memoryExclusive[at] && file->memoryExclusive[at] != handle) return SQLITE_BUSY;
    if (isExclusive && file->memoryShared[at] > (handle->sharedBits & bit ? 1 : 0)) return SQLITE_BUSY;
  }
  for (int at = 0; at < SHARED_MEMORY_LOCKS; at++) {
    unsigned bit = 1u << at & bits;
    if (isExclusive && bit) file->memoryExclusive[at] = handle;
    else if (bit && !(handle->sharedBits & bit)) file->memoryShared[at] += 1;
  }
  if (isExclusive) handle->exclusiveBits |= bits;
  else handle->sharedBits |= bits;
  return SQLITE_OK;
}

static int unmap(Handle *handle) {
  if (!handle->isMapped) return SQLITE_OK;
  handle->isMapped = 0;
  release_memory_locks(handle, ~0u);
  handle->file->mappers -= 1;
  if (handle->file->mappers == 0) file_drop_shared_memory(handle->file);
  return SQLITE_OK;
}

static int map_region(Handle *handle, int region, int bytes, int mayGrow, void volatile **memory) {
  File *file = handle->file;
  *memory = NULL;
  if (file->dead || file->disk->stopped) return SQLITE_IOERR_SHMMAP;
  if (!handle->isMapped) {
    handle->isMapped = 1;
    file->mappers += 1;
  }
  if (region >= file->regionCount) {
    if (!mayGrow) return SQLITE_OK;
    uint8_t **regions = realloc(file->regions, (size_t)(region + 1) * sizeof(uint8_t *));
    if (!regions) return SQLITE_NOMEM;
    file->regions = regions;
    while (file->regionCount <= region) {
      uint8_t *made = calloc(1, (size_t)bytes);
      if (!made) return SQLITE_NOMEM;
      file->regions[file->regionCount++] = made;
    }
  }
  *memory = file->regions[region];
  return SQLITE_OK;
}

static int x_close(sqlite3_file *base) {
  Handle *handle = (Handle *)base;
  enter();
  unmap(handle);
  unlock_to(handle, SQLITE_LOCK_NONE);
  handle->file->handles -= 1;
  file_released(handle->file);
  return leave(SQLITE_OK);
}

static int x_read(sqlite3_file *base, void *into, int length, sqlite3_int64 offset) {
  enter();
  return leave(code_of(file_read(((Handle *)base)->file, offset, length, into), SQLITE_IOERR_READ));
}

static int x_write(sqlite3_file *base, const void *data, int length, sqlite3_int64 offset) {
  enter();
  return leave(code_of(file_write(((Handle *)base)->file, offset, length, data), SQLITE_IOERR_WRITE));
}

static int x_truncate(sqlite3_file *base, sqlite3_int64 length) {
  enter();
  return leave(code_of(file_cut(((Handle *)base)->file, length), SQLITE_IOERR_TRUNCATE));
}

static int x_sync(sqlite3_file *base, int flags) {
  (void)flags;
  Handle *handle = (Handle *)base;
  enter();
  enum DiskResult result = file_sync(handle->file);
  if (result == DISK_OK && handle->syncsFolder) {
    handle->syncsFolder = 0;
    folder_sync(handle->file->disk);
  }
  return leave(code_of(result, SQLITE_IOERR_FSYNC));
}

static int x_file_size(sqlite3_file *base, sqlite3_int64 *length) {
  File *file = ((Handle *)base)->file;
  enter();
  *length = file->cache.length;
  return leave(file->dead || file->disk->stopped ? SQLITE_IOERR_FSTAT : SQLITE_OK);
}

static int x_lock(sqlite3_file *base, int level) {
  enter();
  return leave(lock_to((Handle *)base, level));
}

static int x_unlock(sqlite3_file *base, int level) {
  enter();
  return leave(unlock_to((Handle *)base, level));
}

static int x_check_reserved_lock(sqlite3_file *base, int *isReserved) {
  File *file = ((Handle *)base)->file;
  enter();
  *isReserved = file->reserved || file->pending;
  return leave(SQLITE_OK);
}

static int x_file_control(sqlite3_file *base, int control, void *argument) {
  if (control == SQLITE_FCNTL_LOCKSTATE) {
    *(int *)argument = ((Handle *)base)->lock;
    return SQLITE_OK;
  }
  if (control == SQLITE_FCNTL_VFSNAME) {
    *(char **)argument = sqlite3_mprintf("%s", VFS_NAME);
    return SQLITE_OK;
  }
  return SQLITE_NOTFOUND;
}

static int x_sector_size(sqlite3_file *base) {
  (void)base;
  return SECTOR_SIZE;
}

static int x_device_characteristics(sqlite3_file *base) {
  (void)base;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SUBPAGE_READ;
}

static int x_shm_map(sqlite3_file *base, int region, int bytes, int mayGrow, void volatile **memory) {
  enter();
  return leave(map_region((Handle *)base, region, bytes, mayGrow, memory));
}

static int x_shm_lock(sqlite3_file *base, int first, int count, int flags) {
  Handle *handle = (Handle *)base;
  unsigned bits = ((1u << count) - 1) << first;
  enter();
  if (flags & SQLITE_SHM_UNLOCK) return leave(release_memory_locks(handle, bits));
  return leave(take_memory_locks(handle, bits, (flags & SQLITE_SHM_EXCLUSIVE) != 0));
}

static void x_shm_barrier(sqlite3_file *base) {
  (void)base;
  __sync_synchronize();
}

static int x_shm_unmap(sqlite3_file *base, int deletes) {
  (void)deletes;
  enter();
  return leave(unmap((Handle *)base));
}

static const sqlite3_io_methods methods = {
    2,          x_close, x_read,    x_write,  x_truncate,   x_sync,
    x_file_size, x_lock,  x_unlock,  x_check_reserved_lock, x_file_control, x_sector_size,
    x_device_characteristics, x_shm_map, x_shm_lock, x_shm_barrier, x_shm_unmap, NULL, NULL};

static int open_on(Disk *disk, const char *path, Handle *handle, int flags) {
  if (disk->stopped) return SQLITE_CANTOPEN;
  File *file = file_find(disk, path);
  int isNew = !file;
  if (isNew && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
  if (isNew) file = file_create(disk, path);
  if (!file) return SQLITE_CANTOPEN;
  file->handles += 1;
  handle->file = file;
  handle->syncsFolder = isNew && (flags & (SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL));
  handle->base.pMethods = &methods;
  return SQLITE_OK;
}

static int x_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *outFlags) {
  (void)vfs;
  enter();
  Disk *disk = disk_at(path);
  if (!disk) {
    leave(SQLITE_OK);
    return systemVfs->xOpen(systemVfs, path, base, flags, outFlags);
  }
  memset(base, 0, sizeof(Handle));
  if (outFlags) *outFlags = flags;
  return leave(open_on(disk, path, (Handle *)base, flags));
}

static int x_delete(sqlite3_vfs *vfs, const char *path, int syncsFolder) {
  (void)vfs;
  enter();
  Disk *disk = disk_at(path);
  if (!disk) {
    leave(SQLITE_OK);
    return systemVfs->xDelete(systemVfs, path, syncsFolder);
  }
  File *file = file_find(disk, path);
  if (!file) return leave(SQLITE_IOERR_DELETE_NOENT);
  enum DiskResult result = file_unlink(file);
  if (result == DISK_OK && syncsFolder) folder_sync(disk);
  return leave(code_of(result, SQLITE_IOERR_DELETE));
}

static int x_access(sqlite3_vfs *vfs, const char *path, int flags, int *isThere) {
  (void)vfs;
  enter();
  Disk *disk = disk_at(path);
  if (!disk) {
    leave(SQLITE_OK);
    return systemVfs->xAccess(systemVfs, path, flags, isThere);
  }
  File *file = file_find(disk, path);
  // An empty file does not exist, as in unixAccess.
  *isThere = file && (flags != SQLITE_ACCESS_EXISTS || file->cache.length > 0);
  return leave(SQLITE_OK);
}

/** SQLite takes its random numbers from here, once after each seeding: the same seed writes the same bytes. */
static int x_randomness(sqlite3_vfs *vfs, int length, char *into) {
  (void)vfs;
  for (int at = 0; at < length; at++) {
    randomState = randomState * 6364136223846793005u + 1442695040888963407u;
    into[at] = (char)(randomState >> 56);
  }
  return length;
}

void seed_sqlite_random(uint64_t seed) {
  randomState = seed;
  sqlite3_randomness(0, NULL);
}

int register_sqlite_files(void) {
  static sqlite3_vfs vfs;
  if (sqlite3_vfs_find(VFS_NAME)) return SQLITE_MISUSE;
  systemVfs = sqlite3_vfs_find(NULL);
  vfs = *systemVfs;
  vfs.pNext = NULL;
  vfs.zName = VFS_NAME;
  if (vfs.szOsFile < (int)sizeof(Handle)) vfs.szOsFile = (int)sizeof(Handle);
  vfs.xOpen = x_open;
  vfs.xDelete = x_delete;
  vfs.xAccess = x_access;
  vfs.xRandomness = x_randomness;
  return sqlite3_vfs_register(&vfs, 1);
}
