/*
 * Library that makes system calls on the files below one directory fail. It is loaded before the C library
 * (LD_PRELOAD), so it covers the calls of the JVM and those of SQLite.
 *
 * Environment:
 *   STELE_FAULT_ROOT     directory whose files are affected
 *   STELE_FAULT_CONTROL  file of NUMBERS 64-bit numbers in native order, mapped by the test too, see the enum
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  ARMED,      /* 1 while calls may fail */
  COUNTDOWN,  /* number of the call that fails first, counted from 1 */
  ERROR,      /* errno of the failure; 0 for a short write or a slow call */
  LASTING,    /* 1 if all later calls fail too, 0 if one call fails */
  KINDS,      /* kinds of calls that are counted and fail, a bit each */
  INJECTED,   /* number of calls that failed */
  DELAY,      /* microseconds by which a call is delayed in place of failing */
  NUMBERS
};

/* CREATE is an open that makes a new file, NAMES are mkdir and rename, REMOVE are unlink and rmdir. */
enum { OPEN = 1, WRITE = 2, SYNC = 4, NAMES = 8, SIZE = 16, READ = 32, MAP = 64, CREATE = 128, REMOVE = 256 };

#define MAX_FILES 65536

static _Atomic int64_t *control;
static char root[4096];
static size_t root_length;
static _Atomic char tracked[MAX_FILES];

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("STELE_FAULT_CONTROL");
  const char *directory = getenv("STELE_FAULT_ROOT");
  if (!path || !directory || strlen(directory) >= sizeof root) return;
  strcpy(root, directory);
  root_length = strlen(root);
  int (*real_open)(const char *, int, ...) = next("open");
  int file = real_open(path, O_RDWR);
  if (file < 0) return;
  void *page = mmap(NULL, NUMBERS * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) control = page;
}

static int inside(const char *path) {
  return root_length && path && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || !path[root_length]);
}

static int watched(int file) { return file >= 0 && file < MAX_FILES && tracked[file]; }

/* Returns 1 if the call fails; errno is set. Returns 2 if a write is to be cut short. */
static int fails(int kind) {
  if (!control || !control[ARMED] || !(control[KINDS] & kind)) return 0;
  int64_t left = atomic_fetch_sub(&control[COUNTDOWN], 1) - 1;
  if (left > 0 || (left < 0 && !control[LASTING])) return 0;
  atomic_fetch_add(&control[INJECTED], 1);
  if (control[DELAY]) {
    usleep((useconds_t)control[DELAY]);
    return 0;
  }
  if (!control[ERROR]) return 2;
  errno = (int)control[ERROR];
  return 1;
}

static int kind_of_open(const char *path, int flags) {
  return (flags & O_CREAT) && access(path, F_OK) != 0 ? CREATE : OPEN;
}

static int opened(int file, const char *path) {
  if (file >= 0 && file < MAX_FILES) tracked[file] = (char)inside(path);
  return file;
}

#define OPEN_FUNCTION(name)                                   \
  int name(const char *path, int flags, ...) {                \
    static int (*real)(const char *, int, ...);               \
    if (!real) real = next(#name);                            \
    mode_t mode = 0;                                          \
    if (flags & (O_CREAT | O_TMPFILE)) {                      \
      va_list list;                                           \
      va_start(list, flags);                                  \
      mode = va_arg(list, mode_t);                            \
      va_end(list);                                           \
    }                                                         \
    if (inside(path) && fails(kind_of_open(path, flags)) == 1) return -1; \
    return opened(real(path, flags, mode), path);             \
  }
OPEN_FUNCTION(open)
OPEN_FUNCTION(open64)

#define OPENAT_FUNCTION(name)                                 \
  int name(int directory, const char *path, int flags, ...) { \
    static int (*real)(int, const char *, int, ...);          \
    if (!real) real = next(#name);                            \
    mode_t mode = 0;                                          \
    if (flags & (O_CREAT | O_TMPFILE)) {                      \
      va_list list;                                           \
      va_start(list, flags);                                  \
      mode = va_arg(list, mode_t);                            \
      va_end(list);                                           \
    }                                                         \
    if (inside(path) && fails(kind_of_open(path, flags)) == 1) return -1; \
    return opened(real(directory, path, flags, mode), path);  \
  }
OPENAT_FUNCTION(openat)
OPENAT_FUNCTION(openat64)

int close(int file) {
  static int (*real)(int);
  if (!real) real = next("close");
  if (file >= 0 && file < MAX_FILES) tracked[file] = 0;
  return real(file);
}

DIR *opendir(const char *path) {
  static DIR *(*real)(const char *);
  if (!real) real = next("opendir");
  if (inside(path) && fails(OPEN) == 1) return NULL;
  return real(path);
}

#define READ_CALL(name, parameters, arguments)                \
  ssize_t name parameters {                                   \
    static ssize_t(*real) parameters;                         \
    if (!real) real = next(#name);                            \
    if (watched(file) && fails(READ) == 1) return -1;         \
    return real arguments;                                    \
  }
READ_CALL(read, (int file, void *to, size_t size), (file, to, size))
READ_CALL(pread, (int file, void *to, size_t size, off_t at), (file, to, size, at))
READ_CALL(pread64, (int file, void *to, size_t size, off64_t at), (file, to, size, at))

/* A full disk has room for bytes that replace others. */
static int needs_room(int file, off64_t at, size_t size) {
  struct stat64 status;
  if (!control || control[ERROR] != ENOSPC) return 1;
  if (at < 0) at = lseek64(file, 0, SEEK_CUR);
  return fstat64(file, &status) != 0 || at + (off64_t)size > status.st_size;
}

#define WRITE_CALL(name, at, parameters, arguments)           \
  ssize_t name parameters {                                   \
    static ssize_t(*real) parameters;                         \
    if (!real) real = next(#name);                            \
    if (watched(file) && needs_room(file, at, size)) {        \
      int result = fails(WRITE);                              \
      if (result == 1) return -1;                             \
      if (result == 2 && size > 1) size /= 2;                 \
    }                                                         \
    return real arguments;                                    \
  }
WRITE_CALL(write, -1, (int file, const void *from, size_t size), (file, from, size))
WRITE_CALL(pwrite, at, (int file, const void *from, size_t size, off_t at), (file, from, size, at))
WRITE_CALL(pwrite64, at, (int file, const void *from, size_t size, off64_t at), (file, from, size, at))

ssize_t writev(int file, const struct iovec *from, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = next("writev");
  if (watched(file)) {
    int result = fails(WRITE);
    if (result == 1) return -1;
    if (result == 2 && count > 1) count = 1;
  }
  return real(file, from, count);
}

#define FILE_CALL(name, kind, parameters, arguments)          \
  int name parameters {                                       \
    static int(*real) parameters;                             \
    if (!real) real = next(#name);                            \
    if (watched(file) && fails(kind) == 1) return -1;         \
    return real arguments;                                    \
  }
FILE_CALL(fsync, SYNC, (int file), (file))
FILE_CALL(fdatasync, SYNC, (int file), (file))
FILE_CALL(ftruncate, SIZE, (int file, off_t size), (file, size))
FILE_CALL(ftruncate64, SIZE, (int file, off64_t size), (file, size))
FILE_CALL(fallocate, SIZE, (int file, int mode, off_t at, off_t size), (file, mode, at, size))

#define PATH_CALL(name, kind, parameters, arguments)          \
  int name parameters {                                       \
    static int(*real) parameters;                             \
    if (!real) real = next(#name);                            \
    if (inside(path) && fails(kind) == 1) return -1;         \
    return real arguments;                                    \
  }
PATH_CALL(unlink, REMOVE, (const char *path), (path))
PATH_CALL(rmdir, REMOVE, (const char *path), (path))
PATH_CALL(mkdir, NAMES, (const char *path, mode_t mode), (path, mode))
PATH_CALL(rename, NAMES, (const char *path, const char *to), (path, to))
PATH_CALL(unlinkat, REMOVE, (int directory, const char *path, int flags), (directory, path, flags))

#define MAP_FUNCTION(name, offset)                                                                \
  void *name(void *address, size_t size, int protection, int flags, int file, offset at) {       \
    static void *(*real)(void *, size_t, int, int, int, offset);                                  \
    if (!real) real = next(#name);                                                                \
    if (watched(file) && fails(MAP) == 1) return MAP_FAILED;                                      \
    return real(address, size, protection, flags, file, at);                                      \
  }
MAP_FUNCTION(mmap, off_t)
MAP_FUNCTION(mmap64, off64_t)
