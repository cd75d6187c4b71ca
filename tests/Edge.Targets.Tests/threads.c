/* One model under several threads: spotters of their own hear the same, and a spotter that two threads use refuses one of them. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "edge.h"

#define THREADS 4
#define ROUNDS 200
#define SAMPLES 1600

static int16_t samples[SAMPLES];
static edge_model *model;
static edge_spotter *shared;

static void *own(void *result)
{
    edge_spotter *spotter;
    int *wrong = result;
    *wrong = edge_spotter_new(model, 0, NULL, &spotter) != EDGE_OK;
    for (int i = 0; i < ROUNDS && !*wrong; i++)
        *wrong = edge_spotter_push(spotter, samples, SAMPLES) != EDGE_OK;
    *wrong |= edge_last_error()[0] != 0; /* faults of other threads are not this one's */
    *wrong |= edge_spotter_free(spotter) != EDGE_OK;
    return NULL;
}

static void *together(void *result)
{
    int *wrong = result;
    *wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int status = edge_spotter_push(shared, samples, SAMPLES);
        if (status != EDGE_OK && (status != EDGE_WRONG_USAGE || strstr(edge_last_error(), "nother thread") == NULL))
            *wrong = 1;
    }
    return NULL;
}

static int run(void *(*body)(void *))
{
    pthread_t threads[THREADS];
    int wrong[THREADS], any = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, body, &wrong[i]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        any |= wrong[i];
    }
    return any;
}

int main(int argc, char **argv)
{
    if (argc != 2 || edge_model_load(argv[1], &model) != EDGE_OK || edge_spotter_new(model, 0, NULL, &shared) != EDGE_OK)
        return 2;
    for (int i = 0; i < SAMPLES; i++)
        samples[i] = (int16_t)(i * 7919 % 20011 - 10000);
    if (edge_spotter_push(NULL, samples, 1) != EDGE_WRONG_USAGE) /* this thread has a fault now */
        return 3;
    if (run(own)) {
        printf("a thread with a spotter of its own was refused: %s\n", edge_last_error());
        return 1;
    }
    if (run(together)) {
        printf("a shared spotter answered with something else than a refusal\n");
        return 1;
    }
    return edge_spotter_free(shared) != EDGE_OK || edge_model_free(model) != EDGE_OK;
}
