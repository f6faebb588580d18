// How a test commands the disks: SQL functions of the one connection that loads this library. Each takes the disk's
// folder first; virtual-disk.ts names and types them. The VFS stays when that connection closes.
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "sqlite-files.h"
#include "sqlite3ext.h"
SQLITE_EXTENSION_INIT1

typedef void Command(sqlite3_context *context, Disk *disk, sqlite3_value **values);

/** From now on it happens at the n-th; null: never. */
static int64_t count_of(sqlite3_value *value) {
  return sqlite3_value_type(value) == SQLITE_NULL ? NEVER : sqlite3_value_int64(value);
}

static void set_room(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)context;
  disk->roomBytes = count_of(values[1]);
}

static void set_sync_failure(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)context;
  disk->untilSyncFails = count_of(values[1]);
}

static void set_read_flip(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)context;
  disk->untilReadFlips = count_of(values[1]);
}

static void set_stop(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)context;
  disk->untilStop = count_of(values[1]);
}

static void do_kill(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)context, (void)values;
  disk_kill(disk);
}

static void do_crash(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)context, (void)values;
  disk_crash(disk);
}

static void do_remove(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)context, (void)values;
  disk_remove(disk);
}

/** Names in the folder, with line feeds between. */
static void list_names(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)values;
  char *names = sqlite3_mprintf("");
  for (File *file = disk->files; file; file = file->next)
    if (file->linked) names = sqlite3_mprintf("%z%s\n", names, file->path + strlen(disk->folder) + 1);
  sqlite3_result_text(context, names, -1, sqlite3_free);
}

static void put_file(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)context;
  char *path = sqlite3_mprintf("%s/%s", disk->folder, (const char *)sqlite3_value_text(values[1]));
  int isGone = sqlite3_value_type(values[2]) == SQLITE_NULL;
  const void *data = sqlite3_value_blob(values[2]);
  file_put(disk, path, isGone ? NULL : data ? data : (const void *)"", sqlite3_value_bytes(values[2]));
  sqlite3_free(path);
}

static void get_file(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  char *path = sqlite3_mprintf("%s/%s", disk->folder, (const char *)sqlite3_value_text(values[1]));
  File *file = file_find(disk, path);
  sqlite3_free(path);
  if (!file) return sqlite3_result_null(context);
  if (file->cache.length == 0) return sqlite3_result_zeroblob(context, 0);
  sqlite3_result_blob64(context, file->cache.data, (sqlite3_uint64)file->cache.length, SQLITE_TRANSIENT);
}

static void tell_counts(sqlite3_context *context, Disk *disk, sqlite3_value **values) {
  (void)values;
  char *counts = sqlite3_mprintf(
      "{\"writes\":%lld,\"syncs\":%lld,\"failedSyncs\":%lld,\"refusedWrites\":%lld,\"unsyncedBytes\":%lld,"
      "\"stopped\":%s}",
      disk->writes, disk->syncs, disk->failedSyncs, disk->refusedWrites, disk_unsynced_bytes(disk),
      disk->stopped ? "true" : "false");
  sqlite3_result_text(context, counts, -1, sqlite3_free);
}

static void with_disk(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  Command *command = (Command *)sqlite3_user_data(context);
  pthread_mutex_lock(&diskMutex);
  Disk *disk = disk_at((const char *)sqlite3_value_text(values[0]));
  if (disk) command(context, disk, values);
  else sqlite3_result_error(context, "there is no disk at that folder", -1);
  pthread_mutex_unlock(&diskMutex);
}

static void make_disk(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  const char *folder = (const char *)sqlite3_value_text(values[0]);
  pthread_mutex_lock(&diskMutex);
  if (disk_at(folder)) sqlite3_result_error(context, "there is a disk at that folder already", -1);
  else disk_make(folder, (uint64_t)sqlite3_value_int64(values[1]));
  seed_sqlite_random((uint64_t)sqlite3_value_int64(values[1]));
  pthread_mutex_unlock(&diskMutex);
}

static int add(sqlite3 *database, const char *name, int values, Command *command) {
  return sqlite3_create_function(database, name, values, SQLITE_UTF8, (void *)command, with_disk, NULL, NULL);
}

int sqlite3_pingjiadisk_init(sqlite3 *database, char **error, const sqlite3_api_routines *api) {
  SQLITE_EXTENSION_INIT2(api);
  int result = register_sqlite_files();
  if (result != SQLITE_OK) {
    *error = sqlite3_mprintf("the disk is already in this process");
    return result;
  }
  sqlite3_create_function(database, "disk_make", 2, SQLITE_UTF8, NULL, make_disk, NULL, NULL);
  add(database, "disk_remove", 1, do_remove);
  add(database, "disk_kill", 1, do_kill);
  add(database, "disk_crash", 1, do_crash);
  add(database, "disk_room", 2, set_room);
  add(database, "disk_fail_sync", 2, set_sync_failure);
  add(database, "disk_flip_read", 2, set_read_flip);
  add(database, "disk_stop", 2, set_stop);
  add(database, "disk_names", 1, list_names);
  add(database, "disk_get", 2, get_file);
  add(database, "disk_put", 3, put_file);
  add(database, "disk_counts", 1, tell_counts);
  return SQLITE_OK_LOAD_PERMANENTLY;
}
