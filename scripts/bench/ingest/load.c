// The load, in C so that it takes little of the machine it measures: one thread, epoll, prepared packets. Also the
// sink that shows how fast it can be. Compiled by load.ts.
//
//   load sink                          answers every PUBLISH with a PUBACK; prints "ready <port>"
//   load send <port> <file> <count>    file: for each connection u32 length and its CONNECT with SUBSCRIBE; prints
//                                      "connected <ms>" and then takes orders, one a line:
//     load <file>                      file: for each connection u32 length and its PUBLISH packets
//     run <connections> <window> <ms> <wrap> <pause>   sends; wrap 1 begins anew where packets run out; pause: mean
//                                      milliseconds from a PUBACK to the next record, 0: at once; answers one line
//     end
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_LIMIT 10000
#define WINDOW_LIMIT 1024
#define READ_BYTES 16384
#define HELD_BYTES 65536
#define SAMPLES_LIMIT 4000000
#define DRAIN_LIMIT_MS 120000.0

struct connection {
  int fd;
  int accepted;
  const uint8_t *packets, *packets_end, *at;
  double sent_at[WINDOW_LIMIT];
  // When the next record is due after a pause; 0 if none is.
  double due;
  unsigned oldest, newest;
  size_t sent;
  // What a packet cut by the end of a read has so far; what the socket did not take yet.
  uint8_t head[8192];
  size_t head_bytes;
  uint8_t held[HELD_BYTES];
  size_t held_bytes;
};

static struct connection *all;
static int connections, poller;
static float *samples;
static size_t acknowledged, sent, downward;

static void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000.0 + t.tv_nsec / 1e6;
}

static void want(struct connection *c, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event) < 0) fail("epoll_ctl");
}

static void put(struct connection *c, const uint8_t *bytes, size_t length) {
  ssize_t written = 0;
  if (c->held_bytes == 0) {
    written = write(c->fd, bytes, length);
    if (written < 0 && errno != EAGAIN) fail("write");
    if (written < 0) written = 0;
  }
  size_t left = length - written;
  if (left == 0) return;
  if (c->held_bytes + left > HELD_BYTES) { errno = ENOBUFS; fail("held"); }
  memcpy(c->held + c->held_bytes, bytes + written, left);
  c->held_bytes += left;
  want(c, EPOLLIN | EPOLLOUT);
}

static void flush(struct connection *c) {
  ssize_t written = write(c->fd, c->held, c->held_bytes);
  if (written < 0) { if (errno == EAGAIN) return; fail("write"); }
  c->held_bytes -= written;
  memmove(c->held, c->held + written, c->held_bytes);
  if (c->held_bytes == 0) want(c, EPOLLIN);
}

// Bytes of the packet at `at`, 0 if its end is not there yet; `body` is where its fixed header ends.
static size_t packet_bytes(const uint8_t *at, const uint8_t *end, size_t *body) {
  size_t length = 0, digit = 1;
  for (int shift = 0; at + digit < end; shift += 7) {
    length |= (size_t)(at[digit] & 0x7f) << shift;
    if (!(at[digit++] & 0x80)) {
      *body = digit;
      return at + digit + length <= end ? digit + length : 0;
    }
  }
  return 0;
}

static const uint8_t *map_file(const char *name) {
  int fd = open(name, O_RDONLY);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) < 0) fail(name);
  const uint8_t *bytes = mmap(NULL, info.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (bytes == MAP_FAILED) fail(name);
  close(fd);
  return bytes;
}

// Handles what was read; returns PUBACKs among it, or -1 if a connection was refused.
static int take(struct connection *c, const uint8_t *bytes, size_t length) {
  int pubacks = 0;
  uint8_t joined[READ_BYTES + sizeof c->head];
  if (c->head_bytes) {
    memcpy(joined, c->head, c->head_bytes);
    memcpy(joined + c->head_bytes, bytes, length);
    bytes = joined;
    length += c->head_bytes;
  }
  const uint8_t *at = bytes, *end = bytes + length;
  for (size_t size, body; at < end && (size = packet_bytes(at, end, &body)) > 0; at += size) {
    switch (at[0] >> 4) {
      case 2: if (at[body + 1] != 0) return -1; break;
      case 9: c->accepted = 1; break;
      case 4: pubacks++; break;
      case 3: {
        downward++;
        if (!(at[0] & 6)) break;
        size_t topic = at[body] << 8 | at[body + 1];
        uint8_t puback[4] = {0x40, 2, at[body + 2 + topic], at[body + 3 + topic]};
        put(c, puback, 4);
      }
    }
  }
  c->head_bytes = end - at;
  if (c->head_bytes > sizeof c->head) { errno = EMSGSIZE; fail("packet"); }
  memcpy(c->head, at, c->head_bytes);
  return pubacks;
}

static void connect_all(int port, const uint8_t *file) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  poller = epoll_create1(0);
  double start = now_ms();
  for (int i = 0; i < connections; i++) {
    struct connection *c = &all[i];
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) fail("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) fail("connect");
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) < 0) fail("epoll_ctl");
    uint32_t length;
    memcpy(&length, file, 4);
    memcpy(c->held, file + 4, length);
    c->held_bytes = length;
    file += 4 + length;
  }
  int accepted = 0;
  struct epoll_event events[256];
  while (accepted < connections) {
    int count = epoll_wait(poller, events, 256, 20000);
    if (count <= 0) { errno = ETIMEDOUT; fail("connecting"); }
    for (int i = 0; i < count; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & (EPOLLERR | EPOLLHUP)) fail("a connection was closed");
      if (events[i].events & EPOLLOUT) flush(c);
      if (!(events[i].events & EPOLLIN)) continue;
      uint8_t bytes[READ_BYTES];
      ssize_t length = read(c->fd, bytes, sizeof bytes);
      if (length <= 0 && errno != EAGAIN) fail("a connection was closed");
      int was = c->accepted;
      if (length > 0 && take(c, bytes, length) < 0) { errno = EACCES; fail("connect"); }
      accepted += c->accepted - was;
    }
  }
  printf("connected %.1f\n", now_ms() - start);
  fflush(stdout);
}

// Up to `count` further packets with one write.
static void send_records(struct connection *c, int count, int wrap) {
  double now = now_ms();
  if (wrap && c->at == c->packets_end) c->at = c->packets;
  const uint8_t *end = c->at;
  for (size_t body; count > 0 && end < c->packets_end; count--) {
    end += packet_bytes(end, c->packets_end, &body);
    c->sent_at[c->newest++ % WINDOW_LIMIT] = now;
    c->sent++;
    sent++;
  }
  if (end > c->at) put(c, c->at, end - c->at);
  c->at = end;
}

static int by_size(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

// Between half of the mean and one and a half, the same in every run, so that connections do not keep step.
static double pause_ms(double mean) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return mean * (0.5 + state / 4294967296.0);
}

// Sends what is due, and returns how long nothing else is, in whole milliseconds, 100 at most.
static int send_due(int count, int wrap) {
  double now = now_ms(), wait = 100;
  for (int i = 0; i < count; i++) {
    struct connection *c = &all[i];
    if (c->due == 0) continue;
    if (c->due <= now) {
      c->due = 0;
      send_records(c, 1, wrap);
    } else if (c->due - now < wait) wait = c->due - now;
  }
  return wait < 1 ? 1 : (int)wait;
}

static void run(int count, int window, double duration, int wrap, double pause) {
  acknowledged = sent = downward = 0;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = usage.ru_utime.tv_sec * 1e3 + usage.ru_utime.tv_usec / 1e3 + usage.ru_stime.tv_sec * 1e3 + usage.ru_stime.tv_usec / 1e3;
  double start = now_ms(), elapsed = 0;
  size_t in_time = 0;
  int sending = 1;
  for (int i = 0; i < count; i++) {
    all[i].sent = 0;
    all[i].due = pause > 0 ? start + pause_ms(pause) : 0;
    if (pause == 0) send_records(&all[i], window, wrap);
  }
  struct epoll_event events[256];
  while (sending || acknowledged < sent) {
    int ready = epoll_wait(poller, events, 256, pause > 0 && sending ? send_due(count, wrap) : 100);
    double now = now_ms();
    if (now - start > duration + DRAIN_LIMIT_MS) { errno = ETIMEDOUT; fail("records were never acknowledged"); }
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & EPOLLOUT && c->held_bytes) flush(c);
      if (!(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
      uint8_t bytes[READ_BYTES];
      ssize_t length = read(c->fd, bytes, sizeof bytes);
      if (length < 0 && errno == EAGAIN) continue;
      if (length <= 0) fail("a connection was closed");
      int pubacks = take(c, bytes, length);
      now = now_ms();
      for (int k = 0; k < pubacks; k++) {
        if (acknowledged < SAMPLES_LIMIT) samples[acknowledged] = now - c->sent_at[c->oldest % WINDOW_LIMIT];
        c->oldest++;
        acknowledged++;
      }
      if (pubacks && sending) {
        if (pause > 0) c->due = now + pause_ms(pause);
        else send_records(c, pubacks, wrap);
        if (!wrap && c->at == c->packets_end) duration = 0;
      }
    }
    if (sending && now - start >= duration) {
      sending = 0;
      elapsed = now - start;
      in_time = acknowledged;
    }
  }
  getrusage(RUSAGE_SELF, &usage);
  cpu = usage.ru_utime.tv_sec * 1e3 + usage.ru_utime.tv_usec / 1e3 + usage.ru_stime.tv_sec * 1e3 + usage.ru_stime.tv_usec / 1e3 - cpu;
  size_t n = acknowledged < SAMPLES_LIMIT ? acknowledged : SAMPLES_LIMIT;
  qsort(samples, n, sizeof *samples, by_size);
  printf("{\"acknowledged\":%zu,\"sent\":%zu,\"elapsedMs\":%.1f,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f,\"downward\":%zu,\"generatorCpuMs\":%.1f,\"perConnection\":[",
    in_time, sent, elapsed, samples[n / 2], samples[n * 99 / 100], samples[n - 1], downward, cpu);
  for (int i = 0; i < count; i++) printf(i ? ",%zu" : "%zu", all[i].sent);
  puts("]}");
  fflush(stdout);
}

static void sink(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  if (bind(server, (struct sockaddr *)&address, size) < 0 || listen(server, 4096) < 0) fail("listen");
  getsockname(server, (struct sockaddr *)&address, &size);
  printf("ready %d\n", ntohs(address.sin_port));
  fflush(stdout);
  poller = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN}, events[256];
  epoll_ctl(poller, EPOLL_CTL_ADD, server, &event);
  for (;;) {
    int count = epoll_wait(poller, events, 256, -1);
    for (int i = 0; i < count; i++) {
      struct connection *c = events[i].data.ptr;
      if (!c) {
        for (int fd; (fd = accept4(server, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          c = calloc(1, sizeof *c);
          c->fd = fd;
          struct epoll_event its = {.events = EPOLLIN, .data.ptr = c};
          epoll_ctl(poller, EPOLL_CTL_ADD, fd, &its);
        }
        continue;
      }
      uint8_t bytes[READ_BYTES + sizeof c->head], answers[READ_BYTES];
      memcpy(bytes, c->head, c->head_bytes);
      ssize_t length = read(c->fd, bytes + c->head_bytes, READ_BYTES);
      if (length <= 0) { if (length == 0) { close(c->fd); free(c); } continue; }
      const uint8_t *at = bytes, *end = bytes + c->head_bytes + length;
      size_t answer = 0;
      for (size_t its, body; at < end && (its = packet_bytes(at, end, &body)) > 0; at += its) {
        static const uint8_t connack[] = {0x20, 2, 0, 0}, suback[] = {0x90, 3, 0, 1, 1}, puback[] = {0x40, 2, 0, 1};
        int type = at[0] >> 4;
        if (type == 1) memcpy(answers + answer, connack, 4), answer += 4;
        if (type == 8) memcpy(answers + answer, suback, 5), answer += 5;
        if (type == 3) memcpy(answers + answer, puback, 4), answer += 4;
      }
      c->head_bytes = end - at;
      memcpy(c->head, at, c->head_bytes);
      if (answer && write(c->fd, answers, answer) < 0 && errno != EPIPE && errno != ECONNRESET) fail("write");
    }
  }
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "sink")) sink();
  if (argc != 5 || strcmp(argv[1], "send") || atoi(argv[4]) > CONNECTIONS_LIMIT) {
    fputs("see the head of load.c\n", stderr);
    return 2;
  }
  connections = atoi(argv[4]);
  all = calloc(connections, sizeof *all);
  samples = malloc(SAMPLES_LIMIT * sizeof *samples);
  connect_all(atoi(argv[2]), map_file(argv[3]));
  char line[4096], name[4000];
  int count, window, wrap;
  double duration, pause;
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "load %3999s", name) == 1) {
      const uint8_t *file = map_file(name);
      for (int i = 0; i < connections; i++) {
        uint32_t length;
        memcpy(&length, file, 4);
        all[i].packets = all[i].at = file + 4;
        all[i].packets_end = file + 4 + length;
        file += 4 + length;
      }
    } else if (sscanf(line, "run %d %d %lf %d %lf", &count, &window, &duration, &wrap, &pause) == 5 && count <= connections && window < WINDOW_LIMIT) {
      run(count, window, duration, wrap, pause);
    } else break;
  }
  return 0;
}
