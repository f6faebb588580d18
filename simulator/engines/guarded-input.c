// Preloaded into the real interpreter. Its Linux build reads input on a thread of its own and puts it into a queue that
// the main thread empties; what a board does with interrupts off, that build does unguarded, so that characters get lost
// or doubled. Here either thread works on the queue only while the other one waits: the main thread in select, in which
// it sleeps and asks its sockets; the input thread from the return of its read until its next select.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sys/select.h>
#include <unistd.h>

#define CTRL_C 3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t main_thread;
static int main_rests = 0;
static int input_waits = 0;
static int input_works = 0;

__attribute__((constructor)) static void remember_main_thread(void) { main_thread = pthread_self(); }

static int is_main(void) { return pthread_equal(pthread_self(), main_thread); }

static void rest(void) {
  pthread_mutex_lock(&lock);
  main_rests = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void go_on(void) {
  pthread_mutex_lock(&lock);
  while (input_waits || input_works) pthread_cond_wait(&changed, &lock);
  main_rests = 0;
  pthread_mutex_unlock(&lock);
}

static void take_queue(void) {
  pthread_mutex_lock(&lock);
  input_waits = 1;
  while (!main_rests) pthread_cond_wait(&changed, &lock);
  input_waits = 0;
  input_works = 1;
  pthread_mutex_unlock(&lock);
}

static void leave_queue(void) {
  pthread_mutex_lock(&lock);
  input_works = 0;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

int select(int files, fd_set *reads, fd_set *writes, fd_set *errors, struct timeval *wait) {
  static int (*real)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
  if (!real) real = dlsym(RTLD_NEXT, "select");
  if (!is_main()) {
    leave_queue();
    return real(files, reads, writes, errors, wait);
  }
  rest();
  int result = real(files, reads, writes, errors, wait);
  go_on();
  return result;
}

// Ctrl-C only sets a flag, also while a program never rests.
ssize_t read(int file, void *data, size_t size) {
  static ssize_t (*real)(int, void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "read");
  ssize_t count = real(file, data, size);
  if (count > 0 && !is_main() && !(count == 1 && *(char *)data == CTRL_C)) take_queue();
  return count;
}

// The main thread ends by waiting for the other.
int pthread_join(pthread_t thread, void **result) {
  static int (*real)(pthread_t, void **);
  if (!real) real = dlsym(RTLD_NEXT, "pthread_join");
  if (is_main()) rest();
  return real(thread, result);
}
