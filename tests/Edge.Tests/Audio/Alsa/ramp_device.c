// A capture device for tests, as a plugin of libasound: sample n of its clock has the value n modulo 2^16, so that a reader can tell
// which moment it hears. It overruns like hardware, and the files "gone" and "asleep" in its folder unplug it and put it to sleep.
// With `studio 1` it is a device for studios: S32, 48 kHz and up, two channels, the sample in the upper half and 0x7FFF in the lower.
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    snd_pcm_ioplug_t io;
    char folder[512];
    long studio;
    uint64_t start; // frame of the device's clock at which capture began
    uint64_t taken; // frames read since
} ramp;

static uint64_t device_frame(const ramp *device)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * device->io.rate + (uint64_t)now.tv_nsec * device->io.rate / 1000000000u;
}

static int exists(const char *folder, const char *name)
{
    char path[600];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

// Frames that can be read; negative where the device fails, and its state says how.
static snd_pcm_sframes_t available(ramp *device)
{
    if (exists(device->folder, "gone")) {
        snd_pcm_ioplug_set_state(&device->io, SND_PCM_STATE_DISCONNECTED);
        return -ENODEV;
    }
    if (exists(device->folder, "asleep")) {
        snd_pcm_ioplug_set_state(&device->io, SND_PCM_STATE_SUSPENDED);
        return -ESTRPIPE;
    }
    if (device->io.state != SND_PCM_STATE_RUNNING)
        return 0;
    uint64_t captured = device_frame(device) - device->start;
    if (captured - device->taken > device->io.buffer_size) {
        snd_pcm_ioplug_set_state(&device->io, SND_PCM_STATE_XRUN);
        return -EPIPE;
    }
    return (snd_pcm_sframes_t)(captured - device->taken);
}

static snd_pcm_sframes_t ramp_pointer(snd_pcm_ioplug_t *io)
{
    ramp *device = io->private_data;
    snd_pcm_state_t before = io->state;
    snd_pcm_sframes_t avail = available(device);
    if (avail < 0 && avail != -EPIPE && before == SND_PCM_STATE_RUNNING)
        return (snd_pcm_sframes_t)(device->taken % io->buffer_size); // the state tells; a negative pointer would make it an overrun
    return avail < 0 ? avail : (snd_pcm_sframes_t)((device->taken + avail) % io->buffer_size);
}

static snd_pcm_sframes_t ramp_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
    ramp *device = io->private_data;
    for (snd_pcm_uframes_t i = 0; i < size; i++) {
        for (unsigned channel = 0; channel < io->channels; channel++) {
            char *sample = (char *)areas[channel].addr + (areas[channel].first + areas[channel].step * (offset + i)) / 8;
            int16_t value = (int16_t)(device->start + device->taken + i);
            if (device->studio)
                *(int32_t *)sample = value * 65536 + 0x7FFF;
            else
                *(int16_t *)sample = value;
        }
    }
    device->taken += size;
    return size;
}

static int ramp_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned count, unsigned short *revents)
{
    uint64_t expirations;
    if (read(fds[0].fd, &expirations, sizeof(expirations)) < 0)
        expirations = 0;
    snd_pcm_sframes_t avail = available(io->private_data);
    *revents = avail < 0 ? POLLIN | POLLERR : avail >= (snd_pcm_sframes_t)io->period_size ? POLLIN : 0;
    (void)count;
    return 0;
}

static int ramp_prepare(snd_pcm_ioplug_t *io)
{
    ramp *device = io->private_data;
    device->start = 0;
    device->taken = 0;
    return exists(device->folder, "gone") ? -ENODEV : exists(device->folder, "asleep") ? -ESTRPIPE : 0;
}

static int ramp_start(snd_pcm_ioplug_t *io)
{
    ramp *device = io->private_data;
    device->start = device_frame(device);
    struct itimerspec every = { { 0, 2000000 }, { 0, 2000000 } };
    return timerfd_settime(io->poll_fd, 0, &every, NULL) < 0 ? -errno : 0;
}

static int ramp_stop(snd_pcm_ioplug_t *io)
{
    (void)io;
    return 0;
}

static int ramp_close(snd_pcm_ioplug_t *io)
{
    close(io->poll_fd);
    free(io->private_data);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = ramp_start,
    .stop = ramp_stop,
    .pointer = ramp_pointer,
    .transfer = ramp_transfer,
    .close = ramp_close,
    .prepare = ramp_prepare,
    .poll_revents = ramp_poll_revents,
};

static int limit(ramp *device)
{
    static const unsigned access[] = { SND_PCM_ACCESS_RW_INTERLEAVED };
    unsigned format[] = { device->studio ? SND_PCM_FORMAT_S32 : SND_PCM_FORMAT_S16 };
    int code = snd_pcm_ioplug_set_param_list(&device->io, SND_PCM_IOPLUG_HW_ACCESS, 1, access);
    if (code >= 0)
        code = snd_pcm_ioplug_set_param_list(&device->io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
    if (code >= 0)
        code = snd_pcm_ioplug_set_param_minmax(&device->io, SND_PCM_IOPLUG_HW_CHANNELS, device->studio ? 2 : 1, 2);
    if (code >= 0)
        code = snd_pcm_ioplug_set_param_minmax(&device->io, SND_PCM_IOPLUG_HW_RATE, device->studio ? 48000 : 16000, 96000);
    if (code >= 0)
        code = snd_pcm_ioplug_set_param_minmax(&device->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 1 << 16);
    if (code >= 0)
        code = snd_pcm_ioplug_set_param_minmax(&device->io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 256, 1 << 18);
    return code;
}

SND_PCM_PLUGIN_DEFINE_FUNC(ramp)
{
    const char *folder = NULL;
    long studio = 0;
    snd_config_iterator_t i, next;
    snd_config_for_each(i, next, conf) {
        snd_config_t *node = snd_config_iterator_entry(i);
        const char *id;
        if (snd_config_get_id(node, &id) == 0 && strcmp(id, "folder") == 0)
            snd_config_get_string(node, &folder);
        else if (snd_config_get_id(node, &id) == 0 && strcmp(id, "studio") == 0)
            snd_config_get_integer(node, &studio);
    }
    if (!folder || exists(folder, "gone"))
        return -ENODEV;

    ramp *device = calloc(1, sizeof(*device));
    if (!device)
        return -ENOMEM;
    snprintf(device->folder, sizeof(device->folder), "%s", folder);
    device->studio = studio;
    device->io.version = SND_PCM_IOPLUG_VERSION;
    device->io.name = "ramp for tests";
    device->io.callback = &callbacks;
    device->io.private_data = device;
    device->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    device->io.poll_events = POLLIN;
    int code = snd_pcm_ioplug_create(&device->io, name, stream, mode);
    if (code < 0) {
        close(device->io.poll_fd);
        free(device);
        return code;
    }
    code = limit(device);
    if (code < 0) {
        snd_pcm_ioplug_delete(&device->io);
        return code;
    }
    *pcmp = device->io.pcm;
    (void)root;
    return 0;
}

SND_PCM_PLUGIN_SYMBOL(ramp);
