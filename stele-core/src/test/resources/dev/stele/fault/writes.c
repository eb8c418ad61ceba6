/*
 * Library that records what a process writes below one directory, and what it forces to the disk. It is loaded before
 * the C library (LD_PRELOAD), so it covers the calls of the JVM and those of SQLite. A test replays the record with a
 * part of the writes that were not forced, as a loss of power leaves them.
 *
 * Environment:
 *   STELE_RECORD_ROOT  directory whose files are recorded; empty at first
 *   STELE_RECORD_LOG   file of the record, outside of that directory
 *
 * The record is a sequence of events: four 64-bit numbers in native order (type, a, b, lengths of both texts, the
 * first in the lower 32 bits), then the bytes of both texts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  CREATE = 1,     /* a = inode, first text = path */
  WRITE,          /* a = inode, b = offset, first text = bytes */
  SIZE,           /* a = inode, b = size */
  SYNC,           /* a = inode */
  SYNC_DIRECTORY, /* first text = path */
  RENAME,         /* first text = old path, second text = new path */
  REMOVE,         /* first text = path */
  MAKE_DIRECTORY, /* first text = path */
};

#define MAX_FILES 65536
#define MAX_MAPPED 1024
#define MAX_MAPPED_BYTES 64

struct mapped {
  int file;
  uint64_t inode;
  ssize_t size;
  char bytes[MAX_MAPPED_BYTES];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int record_file = -1;
static char root[4096];
static size_t root_length;
static uint64_t inodes[MAX_FILES];   /* of the open files below the root; 0 for others */
static char *directories[MAX_FILES]; /* paths of the open directories below the root */
static struct mapped mapped[MAX_MAPPED]; /* small files that are written through memory */
static int mapped_count;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static ssize_t real_write(int file, const void *from, size_t size) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = next("write");
  return real(file, from, size);
}

__attribute__((constructor)) static void start(void) {
  const char *log = getenv("STELE_RECORD_LOG");
  const char *directory = getenv("STELE_RECORD_ROOT");
  if (!log || !directory || strlen(directory) >= sizeof root) return;
  strcpy(root, directory);
  int (*real_open)(const char *, int, ...) = next("open");
  record_file = real_open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (record_file >= 0) root_length = strlen(root);
}

static int inside(const char *path) {
  return root_length && path && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || !path[root_length]);
}

static uint64_t inode(int file) { return root_length && file >= 0 && file < MAX_FILES ? inodes[file] : 0; }

static void put(const void *bytes, size_t size) {
  const char *from = bytes;
  while (size > 0) {
    ssize_t written = real_write(record_file, from, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) abort(); /* a record with a gap would prove nothing */
    from += written;
    size -= (size_t)written;
  }
}

/* All events are recorded under the lock, in the order in which the system executed them. */
static void event(int64_t type, uint64_t a, int64_t b, const void *first, size_t first_size, const char *second) {
  size_t second_size = second ? strlen(second) : 0;
  int64_t head[4] = {type, (int64_t)a, b, (int64_t)(((uint64_t)second_size << 32) | first_size)};
  put(head, sizeof head);
  put(first, first_size);
  put(second, second_size);
}

static void path_event(int64_t type, uint64_t a, const char *path, const char *second) {
  event(type, a, 0, path, strlen(path), second);
}

/* What was written through memory since the last look. */
static void record_mapped(void) {
  static ssize_t (*real)(int, void *, size_t, off_t);
  if (!real) real = next("pread");
  for (int i = 0; i < mapped_count; i++) {
    char bytes[MAX_MAPPED_BYTES];
    ssize_t size = real(mapped[i].file, bytes, sizeof bytes, 0);
    if (size > 0 && (size != mapped[i].size || memcmp(bytes, mapped[i].bytes, (size_t)size) != 0)) {
      memcpy(mapped[i].bytes, bytes, (size_t)size);
      mapped[i].size = size;
      event(WRITE, mapped[i].inode, 0, bytes, (size_t)size, NULL);
    }
  }
}

static void note_open(int file, const char *path, int flags, int existed) {
  struct stat status;
  if (file < 0 || file >= MAX_FILES || fstat(file, &status) != 0) return;
  if (S_ISDIR(status.st_mode)) {
    directories[file] = strdup(path);
  } else {
    inodes[file] = status.st_ino;
    if (!existed) path_event(CREATE, status.st_ino, path, NULL);
    else if (flags & O_TRUNC) event(SIZE, status.st_ino, 0, NULL, 0, NULL);
  }
}

#define OPEN_FUNCTION(name, parameters, arguments)              \
  int name parameters {                                         \
    static int(*real) parameters;                               \
    if (!real) real = next(#name);                              \
    mode_t mode = 0;                                            \
    if (flags & (O_CREAT | O_TMPFILE)) {                        \
      va_list list;                                             \
      va_start(list, flags);                                    \
      mode = va_arg(list, mode_t);                              \
      va_end(list);                                             \
    }                                                           \
    if (!inside(path)) return real arguments;                   \
    pthread_mutex_lock(&lock);                                  \
    int existed = access(path, F_OK) == 0;                      \
    int file = real arguments;                                  \
    int error = errno;                                          \
    note_open(file, path, flags, existed);                      \
    pthread_mutex_unlock(&lock);                                \
    errno = error;                                              \
    return file;                                                \
  }
OPEN_FUNCTION(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN_FUNCTION(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN_FUNCTION(openat, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))
OPEN_FUNCTION(openat64, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))

int close(int file) {
  static int (*real)(int);
  if (!real) real = next("close");
  if (root_length && file >= 0 && file < MAX_FILES && (inodes[file] || directories[file])) {
    pthread_mutex_lock(&lock);
    inodes[file] = 0;
    free(directories[file]);
    directories[file] = NULL;
    pthread_mutex_unlock(&lock);
  }
  return real(file);
}

static int64_t position(int file) {
  return fcntl(file, F_GETFL) & O_APPEND ? lseek(file, 0, SEEK_END) : lseek(file, 0, SEEK_CUR);
}

#define WRITE_CALL(name, at, parameters, arguments)             \
  ssize_t name parameters {                                     \
    static ssize_t(*real) parameters;                           \
    if (!real) real = next(#name);                              \
    uint64_t node = inode(file);                                \
    if (!node) return real arguments;                           \
    pthread_mutex_lock(&lock);                                  \
    int64_t offset = at;                                        \
    ssize_t written = real arguments;                           \
    int error = errno;                                          \
    if (written > 0) event(WRITE, node, offset, from, (size_t)written, NULL); \
    pthread_mutex_unlock(&lock);                                \
    errno = error;                                              \
    return written;                                             \
  }
WRITE_CALL(write, position(file), (int file, const void *from, size_t size), (file, from, size))
WRITE_CALL(pwrite, at, (int file, const void *from, size_t size, off_t at), (file, from, size, at))
WRITE_CALL(pwrite64, at, (int file, const void *from, size_t size, off64_t at), (file, from, size, at))

ssize_t writev(int file, const struct iovec *from, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = next("writev");
  return inode(file) && count > 0 ? write(file, from[0].iov_base, from[0].iov_len) : real(file, from, count);
}

/* The kernel copies between files: refused, so that the caller copies by itself. */
ssize_t copy_file_range(int in, off64_t *in_at, int file, off64_t *at, size_t size, unsigned flags) {
  static ssize_t (*real)(int, off64_t *, int, off64_t *, size_t, unsigned);
  if (!real) real = next("copy_file_range");
  if (!inode(file)) return real(in, in_at, file, at, size, flags);
  errno = EXDEV;
  return -1;
}

#define SENDFILE(name, offset)                                  \
  ssize_t name(int file, int in, offset *at, size_t size) {     \
    static ssize_t (*real)(int, int, offset *, size_t);         \
    if (!real) real = next(#name);                              \
    if (!inode(file)) return real(file, in, at, size);          \
    errno = EINVAL;                                             \
    return -1;                                                  \
  }
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

#define SYNC_CALL(name)                                         \
  int name(int file) {                                          \
    static int (*real)(int);                                    \
    if (!real) real = next(#name);                              \
    if (!root_length || file < 0 || file >= MAX_FILES || !(inodes[file] || directories[file])) return real(file); \
    pthread_mutex_lock(&lock);                                  \
    record_mapped();                                            \
    if (inodes[file]) event(SYNC, inodes[file], 0, NULL, 0, NULL); \
    else path_event(SYNC_DIRECTORY, 0, directories[file], NULL); \
    pthread_mutex_unlock(&lock);                                \
    return 0;                                                   \
  }
SYNC_CALL(fsync)
SYNC_CALL(fdatasync)

#define SIZE_CALL(name, type)                                   \
  int name(int file, type size) {                               \
    static int (*real)(int, type);                              \
    if (!real) real = next(#name);                              \
    uint64_t node = inode(file);                                \
    if (!node) return real(file, size);                         \
    pthread_mutex_lock(&lock);                                  \
    int result = real(file, size);                              \
    int error = errno;                                          \
    if (result == 0) event(SIZE, node, size, NULL, 0, NULL);    \
    pthread_mutex_unlock(&lock);                                \
    errno = error;                                              \
    return result;                                              \
  }
SIZE_CALL(ftruncate, off_t)
SIZE_CALL(ftruncate64, off64_t)

#define PATH_CALL(name, is_recorded, type, parameters, arguments, second) \
  int name parameters {                                         \
    static int(*real) parameters;                               \
    if (!real) real = next(#name);                              \
    if (!inside(path) || !(is_recorded)) return real arguments; \
    pthread_mutex_lock(&lock);                                  \
    int result = real arguments;                                \
    int error = errno;                                          \
    if (result == 0) path_event(type, 0, path, second);         \
    pthread_mutex_unlock(&lock);                                \
    errno = error;                                              \
    return result;                                              \
  }
PATH_CALL(unlink, 1, REMOVE, (const char *path), (path), NULL)
PATH_CALL(rmdir, 1, REMOVE, (const char *path), (path), NULL)
PATH_CALL(unlinkat, 1, REMOVE, (int directory, const char *path, int flags), (directory, path, flags), NULL)
PATH_CALL(mkdir, 1, MAKE_DIRECTORY, (const char *path, mode_t mode), (path, mode), NULL)
PATH_CALL(rename, 1, RENAME, (const char *path, const char *to), (path, to), to)

static void note_mapped(int file) {
  struct stat status;
  if (mapped_count == MAX_MAPPED || fstat(file, &status) != 0 || status.st_size > MAX_MAPPED_BYTES) return;
  for (int i = 0; i < mapped_count; i++) {
    if (mapped[i].inode == status.st_ino) return;
  }
  /* The second handle stays open: closing it would release the locks of the process on the file. */
  mapped[mapped_count].file = dup(file);
  mapped[mapped_count].inode = status.st_ino;
  mapped[mapped_count].size = 0;
  mapped_count++;
}

#define MAP_FUNCTION(name, offset)                                                            \
  void *name(void *address, size_t size, int protection, int flags, int file, offset at) {    \
    static void *(*real)(void *, size_t, int, int, int, offset);                              \
    if (!real) real = next(#name);                                                            \
    void *result = real(address, size, protection, flags, file, at);                          \
    if (inode(file) && (flags & MAP_SHARED) && (protection & PROT_WRITE) && result != MAP_FAILED) { \
      pthread_mutex_lock(&lock);                                                              \
      note_mapped(file);                                                                      \
      pthread_mutex_unlock(&lock);                                                            \
    }                                                                                         \
    return result;                                                                            \
  }
MAP_FUNCTION(mmap, off_t)
MAP_FUNCTION(mmap64, off64_t)
