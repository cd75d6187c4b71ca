/* Spots events in a WAV file through libedge.
 *
 *     ./build.sh publish
 *     gcc -std=c99 -Wall -Wextra -I artifacts/host/libedge samples/CLibrary/spot.c artifacts/host/libedge/libedge.so \
 *         -Wl,-rpath,artifacts/host/libedge -o spot
 *     ./spot samples/models/wake-words.edge samples/recordings/keywords.wav */
#include <stdio.h>
#include <string.h>

#include "edge.h"

#define BLOCK 320

static uint32_t number(const unsigned char *bytes, int count)
{
    uint32_t value = 0;
    while (count-- > 0)
        value = value << 8 | bytes[count];
    return value;
}

/* Reads up to the samples of a WAV file of 16 bits, mono; returns their count and sets the rate, or -1. */
static long open_samples(FILE *wav, int32_t *rate_hz)
{
    unsigned char head[16];
    *rate_hz = 0;
    if (fread(head, 1, 12, wav) != 12 || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
        return -1;
    while (fread(head, 1, 8, wav) == 8) {
        uint32_t length = number(head + 4, 4);
        if (memcmp(head, "data", 4) == 0)
            return *rate_hz > 0 ? (long)(length / 2) : -1;
        length += length & 1; /* chunks are padded */
        if (memcmp(head, "fmt ", 4) == 0 && length >= 16) {
            if (fread(head, 1, 16, wav) != 16 || number(head, 2) != 1 || number(head + 2, 2) != 1 || number(head + 14, 2) != 16)
                return -1;
            *rate_hz = (int32_t)number(head + 4, 4);
            length -= 16;
        }
        if (fseek(wav, (long)length, SEEK_CUR) != 0)
            return -1;
    }
    return -1;
}

static void print_events(edge_spotter *spotter)
{
    edge_event event;
    while (edge_spotter_next_event(spotter, &event, sizeof event) == EDGE_OK)
        printf("%.2f-%.2f s  %s  %.2f\n", event.start_s, event.end_s, event.label, (double)event.score);
}

static int spot(edge_spotter *spotter, FILE *wav, long left)
{
    unsigned char bytes[2 * BLOCK];
    int16_t samples[BLOCK];
    size_t count;
    int status = EDGE_OK;
    while (left > 0 && status == EDGE_OK && (count = fread(bytes, 2, left < BLOCK ? (size_t)left : BLOCK, wav)) > 0) {
        for (size_t i = 0; i < count; i++)
            samples[i] = (int16_t)number(bytes + 2 * i, 2);
        status = edge_spotter_push(spotter, samples, count);
        print_events(spotter);
        left -= (long)count;
    }
    if (status == EDGE_OK)
        status = edge_spotter_finish(spotter);
    print_events(spotter);
    return status;
}

int main(int argc, char **argv)
{
    edge_model *model = NULL;
    edge_spotter *spotter = NULL;
    int32_t rate_hz = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: spot MODEL.edge RECORDING.wav\n");
        return EDGE_WRONG_USAGE;
    }
    FILE *wav = fopen(argv[2], "rb");
    long count = wav == NULL ? -1 : open_samples(wav, &rate_hz);
    if (count < 0) {
        fprintf(stderr, "spot: %s is no WAV file of 16 bits, mono\n", argv[2]);
        if (wav != NULL)
            fclose(wav);
        return EDGE_BAD_INPUT_FILE;
    }
    int status = edge_model_load(argv[1], &model);
    if (status == EDGE_OK)
        status = edge_spotter_new(model, rate_hz, NULL, &spotter);
    if (status == EDGE_OK)
        status = spot(spotter, wav, count);
    if (status != EDGE_OK)
        fprintf(stderr, "spot: %s\n", edge_last_error());
    edge_spotter_free(spotter);
    edge_model_free(model);
    fclose(wav);
    return status;
}
