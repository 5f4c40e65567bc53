/* Webcams that are not there: a V4L2 shim for tests, loaded into any program with LD_PRELOAD.
 *
 *     cc -O1 -fPIC -shared -o webcams.so webcams.c -ldl -lpthread
 *     WEBCAMS=folder LD_PRELOAD=./webcams.so program
 *
 * The program sees no real camera. Each folder $WEBCAMS/video<N> is the device /dev/video<N>; making and removing it is
 * plugging and unplugging. Every other entry of $WEBCAMS is listed in /dev too. In a device's folder:
 *
 *     name    its name, one line
 *     modes   one a line: FOURCC WIDTHxHEIGHT FPS[/N] FILE [STRIDE], the present one first. FILE, in the same folder, is
 *             played in a loop: raw pictures one after another, or JPEGs one after another. STRIDE: bytes from one row
 *             to the next, when the device pads its rows
 *     state   words that are looked at again and again while it runs:
 *
 *             stall      no pictures come              garbage    pictures of random bytes
 *             frozen     the same picture again        corrupt    random bytes in the compressed data
 *             truncate   half of each picture          errflag    pictures marked as damaged by the driver
 *             empty      pictures of no bytes          eio        taking a picture fails
 *             busy       another program streams       eacces     may not be opened
 *             enospc     larger modes than 640x480 do not fit on the cable
 *             hang       no request returns until the word is gone
 *             metadata   it is a metadata node         latin1     its name is no UTF-8
 *
 * A device's descriptor is a memory file, so that mmap, munmap and close are the kernel's own.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FDS = 1024, MAX_MODES = 64, MAX_BUFFERS = 16, MAX_PICTURES = 4096, PATH = 1024 };

struct mode {
    uint32_t fourcc, width, height, fps, per_seconds;
    uint32_t row, rows, stride; /* bytes of a row, number of rows of all planes, bytes from row to row; 0 for JPEG */
    uint32_t size;              /* bytes of a buffer */
    char file[PATH];
};

/* One open descriptor of a device. */
struct camera {
    int fd, index;
    ino_t folder; /* plugged in again, it is another folder */
    struct mode modes[MAX_MODES];
    int mode_count, mode;
    int buffer_count;
    uint32_t buffer_size;
    uint8_t *memory;
    int queue[MAX_BUFFERS], queued;
    bool is_queued[MAX_BUFFERS];
    bool streaming;
    struct timespec started;
    long shown;
    uint8_t *source;
    size_t source_size, pictures[MAX_PICTURES + 1];
    int picture_count;
};

static struct camera *cameras[MAX_FDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *root(void) { return getenv("WEBCAMS"); }

/* The functions that this file hides, looked up once: Rust's locks come through `syscall` too. */
#define REAL(result, name, ...) ({ \
    static result (*found)(__VA_ARGS__); \
    if (!found) found = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name); \
    found; })
static int real_open(const char *path, int flags, int mode) { return REAL(int, open64, const char *, int, ...)(path, flags, mode); }
static int real_close(int fd) { return REAL(int, close, int)(fd); }
static int real_poll(struct pollfd *fds, nfds_t count, int ms) { return REAL(int, poll, struct pollfd *, nfds_t, int)(fds, count, ms); }

/* ---- What the folder says ---- */

static ssize_t read_file(int index, const char *name, char *text, size_t size)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/video%d/%s", root(), index, name);
    int fd = real_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return -1;
    ssize_t len = read(fd, text, size - 1);
    real_close(fd);
    text[len < 0 ? 0 : len] = 0;
    return len;
}

static bool state(int index, const char *word)
{
    char text[256], *rest = text, *one;
    if (read_file(index, "state", text, sizeof text) < 0) return false;
    while ((one = strsep(&rest, " \n")))
        if (!strcmp(one, word)) return true;
    return false;
}

static bool folder_of(int index, ino_t *inode)
{
    char path[PATH];
    struct stat status;
    snprintf(path, sizeof path, "%s/video%d", root(), index);
    if (stat(path, &status)) return false;
    *inode = status.st_ino;
    return true;
}

static bool is_unplugged(struct camera *camera)
{
    ino_t inode;
    return !folder_of(camera->index, &inode) || inode != camera->folder;
}

static void lay_out(struct mode *mode, uint32_t stride)
{
    uint32_t width = mode->width, height = mode->height;
    switch (mode->fourcc) {
    case V4L2_PIX_FMT_YUYV: mode->row = width * 2, mode->rows = height; break;
    case V4L2_PIX_FMT_RGB24: mode->row = width * 3, mode->rows = height; break;
    case V4L2_PIX_FMT_NV12: mode->row = width, mode->rows = height * 3 / 2; break;
    case V4L2_PIX_FMT_GREY: mode->row = width, mode->rows = height; break;
    default: mode->row = mode->rows = 0;
    }
    mode->stride = stride > mode->row ? stride : mode->row;
    mode->size = mode->row ? mode->stride * mode->rows : width * height * 2;
}

static bool read_modes(struct camera *camera)
{
    char text[4096], *rest = text, *line, fourcc[8], rate[32], file[256];
    if (read_file(camera->index, "modes", text, sizeof text) < 0) return false;
    while ((line = strsep(&rest, "\n")) && camera->mode_count < MAX_MODES) {
        struct mode *mode = &camera->modes[camera->mode_count];
        uint32_t stride = 0;
        if (sscanf(line, "%4s %ux%u %31s %255s %u", fourcc, &mode->width, &mode->height, rate, file, &stride) < 5) continue;
        mode->fourcc = v4l2_fourcc(fourcc[0], fourcc[1], fourcc[2], fourcc[3]);
        mode->per_seconds = 1;
        sscanf(rate, "%u/%u", &mode->fps, &mode->per_seconds);
        snprintf(mode->file, sizeof mode->file, "%s/video%d/%s", root(), camera->index, file);
        lay_out(mode, stride);
        camera->mode_count++;
    }
    return camera->mode_count > 0;
}

/* Finds where each picture begins. */
static void split(struct camera *camera, const struct mode *mode)
{
    const uint8_t *bytes = camera->source;
    size_t size = camera->source_size, step = (size_t)mode->row * mode->rows;
    camera->picture_count = 0;
    if (step) {
        for (size_t at = 0; at + step <= size && camera->picture_count < MAX_PICTURES; at += step)
            camera->pictures[camera->picture_count++] = at;
        camera->pictures[camera->picture_count] = camera->picture_count * step;
        return;
    }
    for (size_t at = 0; at + 3 < size && camera->picture_count < MAX_PICTURES; at++) {
        bool begins = bytes[at] == 0xff && bytes[at + 1] == 0xd8 && bytes[at + 2] == 0xff;
        bool after_end = at < 2 || (bytes[at - 2] == 0xff && bytes[at - 1] == 0xd9);
        if (begins && after_end) camera->pictures[camera->picture_count++] = at;
    }
    camera->pictures[camera->picture_count] = size;
}

static bool load_source(struct camera *camera)
{
    struct mode *mode = &camera->modes[camera->mode];
    struct stat status;
    int fd = real_open(mode->file, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return false;
    bool readable = !fstat(fd, &status) && status.st_size > 0;
    if (readable) {
        if (camera->source) munmap(camera->source, camera->source_size);
        camera->source_size = status.st_size;
        camera->source = mmap(NULL, camera->source_size, PROT_READ, MAP_PRIVATE, fd, 0);
        readable = camera->source != MAP_FAILED;
        if (readable) split(camera, mode);
        else camera->source = NULL;
    }
    real_close(fd);
    return readable && camera->picture_count > 0;
}

/* ---- Pictures ---- */

/* How many pictures the sensor has seen since the start. */
static long pictures_due(struct camera *camera)
{
    struct timespec now;
    struct mode *mode = &camera->modes[camera->mode];
    clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds = now.tv_sec - camera->started.tv_sec + (now.tv_nsec - camera->started.tv_nsec) / 1e9;
    return (long)(seconds * mode->fps / mode->per_seconds);
}

static bool is_ready(struct camera *camera)
{
    return camera->streaming && camera->queued && pictures_due(camera) > camera->shown && !state(camera->index, "stall");
}

static void describe_buffer(struct camera *camera, struct v4l2_buffer *buffer)
{
    buffer->memory = V4L2_MEMORY_MMAP;
    buffer->length = camera->buffer_size;
    buffer->m.offset = buffer->index * camera->buffer_size;
    buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_MAPPED;
    if (camera->is_queued[buffer->index]) buffer->flags |= V4L2_BUF_FLAG_QUEUED;
}

/* Writes a picture into a buffer and gives its length. What was in the buffer behind it stays there, as in real ones. */
static size_t expose(struct camera *camera, uint8_t *to)
{
    struct mode *mode = &camera->modes[camera->mode];
    long number = state(camera->index, "frozen") ? 0 : camera->shown % camera->picture_count;
    const uint8_t *from = camera->source + camera->pictures[number];
    size_t len = camera->pictures[number + 1] - camera->pictures[number];
    if (mode->row) {
        for (uint32_t row = 0; row < mode->rows; row++)
            memcpy(to + (size_t)row * mode->stride, from + (size_t)row * mode->row, mode->row);
        len = mode->size;
    } else {
        if (len > camera->buffer_size) len = camera->buffer_size;
        memcpy(to, from, len);
    }
    if (state(camera->index, "garbage"))
        for (size_t i = 0; i < len; i++) to[i] = rand() >> 7;
    if (state(camera->index, "corrupt"))
        for (size_t i = len / 4; i < len; i += 97) to[i] = rand() >> 7;
    if (state(camera->index, "truncate")) len /= 2;
    if (state(camera->index, "empty")) len = 0;
    return len;
}

static int take_buffer(struct camera *camera, struct v4l2_buffer *buffer)
{
    if (!camera->streaming) return EINVAL;
    if (!is_ready(camera)) return EAGAIN;
    if (state(camera->index, "eio")) return EIO;
    buffer->index = camera->queue[0];
    memmove(camera->queue, camera->queue + 1, --camera->queued * sizeof *camera->queue);
    camera->is_queued[buffer->index] = false;
    camera->shown = pictures_due(camera); /* who comes late has missed pictures */
    describe_buffer(camera, buffer);
    buffer->bytesused = expose(camera, camera->memory + (size_t)buffer->index * camera->buffer_size);
    buffer->sequence = camera->shown;
    if (state(camera->index, "errflag")) buffer->flags |= V4L2_BUF_FLAG_ERROR;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    buffer->timestamp.tv_sec = now.tv_sec;
    buffer->timestamp.tv_usec = now.tv_nsec / 1000;
    return 0;
}

static int give_buffer(struct camera *camera, struct v4l2_buffer *buffer)
{
    if ((int)buffer->index >= camera->buffer_count || camera->is_queued[buffer->index]) return EINVAL;
    camera->is_queued[buffer->index] = true;
    camera->queue[camera->queued++] = buffer->index;
    describe_buffer(camera, buffer);
    return 0;
}

static int request_buffers(struct camera *camera, struct v4l2_requestbuffers *request)
{
    if (request->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || request->memory != V4L2_MEMORY_MMAP) return EINVAL;
    if (state(camera->index, "busy") || (camera->streaming && request->count)) return EBUSY;
    if (camera->memory) munmap(camera->memory, (size_t)camera->buffer_count * camera->buffer_size);
    camera->memory = NULL;
    camera->streaming = false;
    camera->queued = 0;
    memset(camera->is_queued, 0, sizeof camera->is_queued);
    if (request->count > MAX_BUFFERS) request->count = MAX_BUFFERS;
    camera->buffer_count = request->count;
    if (!camera->buffer_count) return 0;
    camera->buffer_size = (camera->modes[camera->mode].size + 4095) & ~4095u; /* the kernel maps whole pages */
    size_t size = (size_t)camera->buffer_count * camera->buffer_size;
    if (ftruncate(camera->fd, 0) || ftruncate(camera->fd, size)) return ENOMEM;
    camera->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, camera->fd, 0);
    return camera->memory == MAP_FAILED ? (camera->memory = NULL, ENOMEM) : 0;
}

static int start(struct camera *camera)
{
    struct mode *mode = &camera->modes[camera->mode];
    if (!camera->buffer_count) return EINVAL;
    if (state(camera->index, "enospc") && mode->width > 640) return ENOSPC;
    if (!load_source(camera)) return EIO;
    clock_gettime(CLOCK_MONOTONIC, &camera->started);
    camera->shown = 0;
    camera->streaming = true;
    return 0;
}

/* ---- Modes ---- */

static int capability(struct camera *camera, struct v4l2_capability *answer)
{
    memset(answer, 0, sizeof *answer);
    char name[64] = "";
    read_file(camera->index, "name", name, sizeof name);
    name[strcspn(name, "\n")] = 0;
    strcpy((char *)answer->driver, "uvcvideo");
    snprintf((char *)answer->card, sizeof answer->card, "%.31s", name);
    if (state(camera->index, "latin1")) strcpy((char *)answer->card, "Kam\xe9ra");
    snprintf((char *)answer->bus_info, sizeof answer->bus_info, "usb-test-%d", camera->index);
    answer->device_caps = V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT;
    answer->device_caps |= state(camera->index, "metadata") ? V4L2_CAP_META_CAPTURE : V4L2_CAP_VIDEO_CAPTURE;
    /* A real driver names here what all nodes of the camera can do: the trap that metadata nodes are. */
    answer->capabilities = answer->device_caps | V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static bool same_size(const struct mode *a, const struct mode *b)
{
    return a->fourcc == b->fourcc && a->width == b->width && a->height == b->height;
}

static int enum_format(struct camera *camera, struct v4l2_fmtdesc *answer)
{
    uint32_t found = 0;
    if (answer->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL;
    for (int i = 0; i < camera->mode_count; i++) {
        bool known = false;
        for (int j = 0; j < i; j++) known |= camera->modes[j].fourcc == camera->modes[i].fourcc;
        if (known || found++ != answer->index) continue;
        answer->pixelformat = camera->modes[i].fourcc;
        strcpy((char *)answer->description, "\xc3 no UTF-8"); /* some cameras write such descriptions */
        return 0;
    }
    return EINVAL;
}

static int enum_size(struct camera *camera, struct v4l2_frmsizeenum *answer)
{
    uint32_t found = 0;
    for (int i = 0; i < camera->mode_count; i++) {
        struct mode *mode = &camera->modes[i];
        bool known = mode->fourcc != answer->pixel_format;
        for (int j = 0; j < i; j++) known |= same_size(&camera->modes[j], mode);
        if (known || found++ != answer->index) continue;
        answer->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        answer->discrete.width = mode->width;
        answer->discrete.height = mode->height;
        return 0;
    }
    return EINVAL;
}

static int enum_interval(struct camera *camera, struct v4l2_frmivalenum *answer)
{
    struct mode asked = {.fourcc = answer->pixel_format, .width = answer->width, .height = answer->height};
    uint32_t found = 0;
    for (int i = 0; i < camera->mode_count; i++) {
        struct mode *mode = &camera->modes[i];
        if (!same_size(mode, &asked) || found++ != answer->index) continue;
        answer->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        answer->discrete.numerator = mode->per_seconds;
        answer->discrete.denominator = mode->fps;
        return 0;
    }
    return EINVAL;
}

static int format(struct camera *camera, unsigned request, struct v4l2_format *asked)
{
    struct v4l2_pix_format *pix = &asked->fmt.pix;
    int chosen = camera->mode;
    if (asked->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL;
    if (request != VIDIOC_G_FMT) {
        if (camera->buffer_count || state(camera->index, "busy")) return EBUSY;
        /* Like uvcvideo: the format if it is known, else the present one, in the nearest size. */
        uint32_t fourcc = camera->modes[camera->mode].fourcc;
        for (int i = 0; i < camera->mode_count; i++)
            if (camera->modes[i].fourcc == pix->pixelformat) fourcc = pix->pixelformat;
        long nearest = -1;
        for (int i = 0; i < camera->mode_count; i++) {
            struct mode *mode = &camera->modes[i];
            long far = labs((long)mode->width - pix->width) + labs((long)mode->height - pix->height);
            if (mode->fourcc == fourcc && (nearest < 0 || far < nearest)) nearest = far, chosen = i;
        }
        if (request == VIDIOC_S_FMT) camera->mode = chosen;
    }
    struct mode *mode = &camera->modes[chosen];
    *pix = (struct v4l2_pix_format){.width = mode->width, .height = mode->height, .pixelformat = mode->fourcc,
        .field = V4L2_FIELD_NONE, .bytesperline = mode->stride, .sizeimage = mode->size};
    return 0;
}

static int rate(struct camera *camera, unsigned request, struct v4l2_streamparm *asked)
{
    struct v4l2_fract interval = asked->parm.capture.timeperframe;
    if (asked->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return EINVAL;
    if (request == VIDIOC_S_PARM && interval.numerator && interval.denominator) {
        if (camera->streaming) return EBUSY;
        double wanted = (double)interval.denominator / interval.numerator, nearest = -1;
        int present = camera->mode;
        for (int i = 0; i < camera->mode_count; i++) {
            struct mode *mode = &camera->modes[i];
            double far = wanted - (double)mode->fps / mode->per_seconds;
            if (far < 0) far = -far;
            if (same_size(mode, &camera->modes[present]) && (nearest < 0 || far < nearest)) nearest = far, camera->mode = i;
        }
    }
    struct mode *mode = &camera->modes[camera->mode];
    memset(&asked->parm, 0, sizeof asked->parm);
    asked->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    asked->parm.capture.timeperframe = (struct v4l2_fract){mode->per_seconds, mode->fps};
    return 0;
}

static int answer(struct camera *camera, unsigned request, void *argument)
{
    if (is_unplugged(camera)) return ENODEV;
    if (request == VIDIOC_QUERYCAP) return capability(camera, argument);
    if (state(camera->index, "metadata")) return EINVAL;
    switch (request) {
    case VIDIOC_ENUM_FMT: return enum_format(camera, argument);
    case VIDIOC_ENUM_FRAMESIZES: return enum_size(camera, argument);
    case VIDIOC_ENUM_FRAMEINTERVALS: return enum_interval(camera, argument);
    case VIDIOC_G_FMT: case VIDIOC_S_FMT: case VIDIOC_TRY_FMT: return format(camera, request, argument);
    case VIDIOC_G_PARM: case VIDIOC_S_PARM: return rate(camera, request, argument);
    case VIDIOC_REQBUFS: return request_buffers(camera, argument);
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *buffer = argument;
        if ((int)buffer->index >= camera->buffer_count) return EINVAL;
        describe_buffer(camera, buffer);
        return 0;
    }
    case VIDIOC_QBUF: return give_buffer(camera, argument);
    case VIDIOC_DQBUF: return take_buffer(camera, argument);
    case VIDIOC_STREAMON: return start(camera);
    case VIDIOC_STREAMOFF:
        camera->streaming = false;
        camera->queued = 0;
        memset(camera->is_queued, 0, sizeof camera->is_queued);
        return 0;
    default: return ENOTTY;
    }
}

/* ---- The functions that a program calls ---- */

static struct camera *camera_of(int fd) { return fd >= 0 && fd < MAX_FDS ? cameras[fd] : NULL; }

static int open_camera(int index)
{
    struct camera *camera = calloc(1, sizeof *camera);
    camera->index = index;
    int error = !folder_of(index, &camera->folder)  ? ENOENT
                : state(index, "eacces")            ? EACCES
                : state(index, "metadata")          ? 0
                : !read_modes(camera)               ? EIO
                                                    : 0;
    if (!error && (camera->fd = memfd_create("webcam", MFD_CLOEXEC)) < 0) error = errno;
    if (!error && camera->fd >= MAX_FDS) real_close(camera->fd), error = EMFILE;
    if (error) return free(camera), errno = error, -1;
    cameras[camera->fd] = camera;
    return camera->fd;
}

/* The number of a device's path; -1 for any other path. A path in /sys that speaks of a device leads into its folder. */
static int device(const char **path, char *elsewhere)
{
    int index, len = 0;
    if (!root()) return -1;
    if (sscanf(*path, "/dev/video%d%n", &index, &len) == 1 && !(*path)[len]) return index;
    if (!strncmp(*path, "/sys/class/video4linux/", 23)) {
        snprintf(elsewhere, PATH, "%s/%s", root(), *path + 23);
        *path = elsewhere;
    }
    return -1;
}

static int open_any(const char *path, int flags, int mode)
{
    char elsewhere[PATH];
    int index = device(&path, elsewhere);
    return index >= 0 ? open_camera(index) : real_open(path, flags, mode);
}

#define THIRD(flags) va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest)
int open(const char *path, int flags, ...) { THIRD(flags); return open_any(path, flags, mode); }
int open64(const char *path, int flags, ...) { THIRD(flags); return open_any(path, flags, mode); }
int openat(int folder, const char *path, int flags, ...)
{
    THIRD(flags);
    if (*path == '/') return open_any(path, flags, mode);
    return REAL(int, openat64, int, const char *, int, ...)(folder, path, flags, mode);
}

int close(int fd)
{
    pthread_mutex_lock(&lock);
    struct camera *camera = camera_of(fd);
    if (camera) {
        cameras[fd] = NULL;
        if (camera->memory) munmap(camera->memory, (size_t)camera->buffer_count * camera->buffer_size);
        if (camera->source) munmap(camera->source, camera->source_size);
        free(camera);
    }
    pthread_mutex_unlock(&lock);
    return real_close(fd);
}

static int ask(int fd, unsigned request, void *argument)
{
    /* A device that hangs must hang its caller alone. */
    if (camera_of(fd)) while (state(camera_of(fd)->index, "hang")) usleep(2000);
    pthread_mutex_lock(&lock);
    struct camera *camera = camera_of(fd);
    int error = camera ? answer(camera, request, argument) : EBADF;
    pthread_mutex_unlock(&lock);
    return error ? errno = error, -1 : 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return camera_of(fd) ? ask(fd, request, argument) : REAL(int, ioctl, int, unsigned long, ...)(fd, request, argument);
}

/* The v4l crate calls syscall(SYS_ioctl, …). */
long syscall(long number, ...)
{
    long a[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_ioctl && camera_of(a[0])) return ask(a[0], a[1], (void *)a[2]);
    return REAL(long, syscall, long, ...)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* What a device has to tell; 0 when nothing. */
static short events(int fd)
{
    pthread_mutex_lock(&lock);
    struct camera *camera = camera_of(fd);
    short found = !camera ? POLLNVAL
                  : is_unplugged(camera) ? POLLERR | POLLHUP
                  : !camera->streaming   ? POLLERR
                  : is_ready(camera)     ? POLLIN
                                         : 0;
    pthread_mutex_unlock(&lock);
    return found;
}

/* The C library declares that poll only writes to its argument, which the compiler then takes at its word. */
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

/* Framekeep and the v4l crate wait for one descriptor at a time; everything else is the kernel's. */
int poll(struct pollfd *fds, nfds_t count, int ms)
{
    if (count != 1 || !camera_of(fds->fd)) return real_poll(fds, count, ms);
    for (int waited = 0;; waited += 2) {
        if ((fds->revents = events(fds->fd))) return 1;
        if (ms >= 0 && waited >= ms) return 0;
        if (real_poll(NULL, 0, 2) < 0) return -1; /* a signal */
    }
}

DIR *opendir(const char *path)
{
    bool is_dev = root() && (!strcmp(path, "/dev") || !strcmp(path, "/dev/"));
    return REAL(DIR *, opendir, const char *)(is_dev ? root() : path);
}
