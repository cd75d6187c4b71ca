/* Edge as a C library: loads .edge models and spots keywords and other events in 16-bit PCM.
 *
 *     edge_model *model;
 *     edge_spotter *spotter;
 *     edge_event event;
 *     if (edge_model_load("wake-words.edge", &model) != EDGE_OK || edge_spotter_new(model, 0, NULL, &spotter) != EDGE_OK)
 *         fprintf(stderr, "%s\n", edge_last_error());
 *     while ((count = read_microphone(samples)) > 0) {
 *         edge_spotter_push(spotter, samples, count);
 *         while (edge_spotter_next_event(spotter, &event, sizeof event) == EDGE_OK)
 *             printf("%.2f s  %s\n", event.start_s, event.label);
 *     }
 *
 * Handles. What a function gives through its last parameter is freed by the function ..._free of its type. Null, a
 * handle that was freed and a number that never was a handle are refused with EDGE_WRONG_USAGE; no handle's value is
 * given out twice. On failure the last parameter receives null.
 *
 * Threads. A model may be used by any number of threads at once. A spotter is one stream of sound: one thread at a
 * time; a call while another thread is inside the same spotter is refused with EDGE_WRONG_USAGE.
 *
 * The library cannot be unloaded: do not call dlclose() on it. Text is UTF-8. */
#ifndef EDGE_H
#define EDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What functions return; the numbers are the exit codes of the program edge. */
enum {
    EDGE_NO_EVENT = -1,      /* there is no such event; no fault */
    EDGE_OK = 0,
    EDGE_WORK_FAILED = 1,    /* memory is exhausted, or a fault of the library */
    EDGE_WRONG_USAGE = 2,    /* a parameter is wrong; nothing was done */
    EDGE_BAD_INPUT_FILE = 3  /* a file is missing, unreadable or damaged */
};

typedef struct edge_model edge_model;
typedef struct edge_spotter edge_spotter;

typedef struct edge_model_info {
    int32_t sample_rate_hz; /* of the sound that the model takes */
    int32_t step_samples;   /* from one vector of scores to the next, at that rate */
    int32_t label_count;    /* of edge_model_label */
    int32_t reserved;       /* 0 */
    int64_t memory_bytes;   /* of one spotter, beside the file */
    int64_t file_bytes;     /* shared by all spotters */
    const char *name;       /* lives as long as the model */
} edge_model_info;

#define EDGE_LABEL_BYTES 96

/* Times count from the first sample that was pushed since the spotter was made or reset. */
typedef struct edge_event {
    double start_s;
    double end_s;      /* of a keyword: the moment it was recognised */
    float score;       /* 0 to 1 */
    float mean_score;  /* 0 to 1, over the event so far */
    int32_t is_onset;  /* 1: has begun and goes on, the same event follows once it is over; 0: is over */
    int32_t has_values; /* 1: a regression's, for edge_spotter_event_values; its score is 0 */
    char label[EDGE_LABEL_BYTES]; /* ends in 0; longer names are cut between characters */
} edge_event;

/* "1.0.0"; lives as long as the process. */
const char *edge_version(void);

/* Why the last call on this thread that failed was refused: what was found, what was expected. Empty where none was.
 * Valid until the next call of a function of this library on the same thread. */
const char *edge_last_error(void);

/* Maps an .edge file. While the model lives, replace the file by renaming another over it; never write into it. */
int edge_model_load(const char *path, edge_model **model);

/* Reads a whole .edge file from memory; the bytes are copied and may be freed afterwards. */
int edge_model_load_memory(const void *bytes, size_t length, edge_model **model);

/* Fills *info; size is sizeof(edge_model_info), less is refused. */
int edge_model_get_info(const edge_model *model, edge_model_info *info, size_t size);

/* Name of a score, index from 0; lives as long as the model. Null where model or index is wrong. */
const char *edge_model_label(const edge_model *model, int32_t index);

/* Spotters that use the model keep it until they are freed. Null is allowed. */
int edge_model_free(edge_model *model);

/* Prepares one stream. sample_rate_hz: of the sound that will be pushed, 8000 to 192000; 0 for the model's own.
 * detection: path of a file of detection settings, as of `edge run --detection`; null for the model's own. */
int edge_spotter_new(edge_model *model, int32_t sample_rate_hz, const char *detection, edge_spotter **spotter);

/* Hears the stream's next samples, mono, as many as there are, up to 2147483647. Where 65536 events wait to be taken,
 * nothing is heard and EDGE_WRONG_USAGE returned until some are. Memory is allocated only for events that wait. */
int edge_spotter_push(edge_spotter *spotter, const int16_t *samples, size_t count);

/* Takes the oldest event that waits and fills *event, with zeros where none waits, which is EDGE_NO_EVENT; size is
 * sizeof(edge_event), less is refused. */
int edge_spotter_next_event(edge_spotter *spotter, edge_event *event, size_t size);

/* Fills values[0] to values[label_count - 1], in the order of edge_model_label, with the real values of the event that
 * was taken last; count is the room, less than label_count is refused. EDGE_NO_EVENT where that event has no values. */
int edge_spotter_event_values(edge_spotter *spotter, float *values, size_t count);

/* Ends the stream: closes events that are under way, for edge_spotter_next_event. Push nothing before edge_spotter_reset. */
int edge_spotter_finish(edge_spotter *spotter);

/* Forgets all sound, and the events that wait; time begins anew. */
int edge_spotter_reset(edge_spotter *spotter);

/* Null is allowed. */
int edge_spotter_free(edge_spotter *spotter);

#ifdef __cplusplus
}
#endif

#endif
