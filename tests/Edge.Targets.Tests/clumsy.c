/* Calls libedge as it should not be called; prints the line of every answer that is not as edge.h says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge.h"

static int wrong = 0;

#define EXPECT(condition) \
    do { \
        if (!(condition)) { \
            printf("line %d: %s; last error: %s\n", __LINE__, #condition, edge_last_error()); \
            wrong = 1; \
        } \
    } while (0)

static void models(const char *path, const char *other_path)
{
    edge_model *model = (edge_model *)7;
    edge_model_info info;
    EXPECT(edge_model_load(NULL, &model) == EDGE_WRONG_USAGE && model == NULL);
    EXPECT(edge_model_load("", &model) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_load("\xff\xfe", &model) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_load(path, NULL) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_load("/nowhere/no.edge", &model) == EDGE_BAD_INPUT_FILE && strstr(edge_last_error(), "/nowhere/no.edge") != NULL);
    EXPECT(edge_model_load("/", &model) == EDGE_BAD_INPUT_FILE);
    EXPECT(edge_model_load(other_path, &model) == EDGE_BAD_INPUT_FILE && model == NULL);
    EXPECT(edge_model_load_memory(NULL, 10, &model) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_load_memory("", 0, &model) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_load_memory("no model", 8, &model) == EDGE_BAD_INPUT_FILE);
    EXPECT(edge_model_free(NULL) == EDGE_OK);
    EXPECT(edge_model_free((edge_model *)12345) == EDGE_WRONG_USAGE);

    EXPECT(edge_model_load(path, &model) == EDGE_OK && model != NULL);
    EXPECT(edge_model_get_info(model, NULL, sizeof info) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_get_info(model, &info, 0) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_get_info(model, &info, sizeof info - 1) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_get_info((edge_model *)((char *)model + 1), &info, sizeof info) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_get_info(NULL, &info, sizeof info) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_get_info(model, &info, sizeof info) == EDGE_OK);
    EXPECT(info.sample_rate_hz == 16000 && info.step_samples == 320 && info.label_count > 1 && strcmp(info.name, "wake-words") == 0);
    EXPECT(edge_model_label(model, -1) == NULL && edge_model_label(model, info.label_count) == NULL);
    EXPECT(edge_model_label(model, 0) != NULL && edge_model_label(model, info.label_count - 1)[0] != 0);
    EXPECT(edge_model_free(model) == EDGE_OK);
    EXPECT(edge_model_free(model) == EDGE_WRONG_USAGE);
    EXPECT(edge_model_label(model, 0) == NULL);
}

static void spotters(const char *path, const char *other_path)
{
    static const int16_t silence[16000];
    edge_model *model = NULL;
    edge_spotter *spotter = (edge_spotter *)7;
    edge_event event;
    EXPECT(edge_spotter_new(NULL, 0, NULL, &spotter) == EDGE_WRONG_USAGE && spotter == NULL);
    EXPECT(edge_model_load(path, &model) == EDGE_OK);
    EXPECT(edge_spotter_new(model, 0, NULL, NULL) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_new(model, -1, NULL, &spotter) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_new(model, 7999, NULL, &spotter) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_new(model, 2000000000, NULL, &spotter) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_new(model, 0, "/nowhere/no.json", &spotter) == EDGE_BAD_INPUT_FILE);
    EXPECT(edge_spotter_new(model, 0, other_path, &spotter) == EDGE_BAD_INPUT_FILE);
    EXPECT(edge_spotter_new((edge_model *)spotter, 0, NULL, &spotter) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_new(model, 48000, NULL, &spotter) == EDGE_OK && spotter != NULL);
    EXPECT(edge_model_free(model) == EDGE_OK); /* the spotter keeps it */

    EXPECT(edge_spotter_push(spotter, NULL, 5) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_push(spotter, silence, (size_t)-1) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_push(spotter, NULL, 0) == EDGE_OK);
    EXPECT(edge_spotter_push(spotter, silence, 1) == EDGE_OK);
    EXPECT(edge_spotter_push(spotter, silence, 16000) == EDGE_OK);
    EXPECT(edge_spotter_next_event(spotter, NULL, sizeof event) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_next_event(spotter, &event, sizeof event - 8) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_next_event(spotter, &event, sizeof event) == EDGE_NO_EVENT);
    EXPECT(edge_spotter_event_values(spotter, NULL, 0) == EDGE_NO_EVENT);
    EXPECT(edge_spotter_event_values(NULL, NULL, 0) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_finish(spotter) == EDGE_OK);
    EXPECT(edge_spotter_finish(spotter) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_push(spotter, silence, 10) == EDGE_WRONG_USAGE && strstr(edge_last_error(), "edge_spotter_reset") != NULL);
    EXPECT(edge_spotter_reset(spotter) == EDGE_OK && edge_spotter_push(spotter, silence, 10) == EDGE_OK);
    EXPECT(edge_spotter_free(spotter) == EDGE_OK);
    EXPECT(edge_spotter_free(spotter) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_push(spotter, silence, 10) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_next_event(spotter, &event, sizeof event) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_reset(NULL) == EDGE_WRONG_USAGE && edge_spotter_finish((edge_spotter *)-1) == EDGE_WRONG_USAGE);
    EXPECT(edge_spotter_free(NULL) == EDGE_OK);
}

/* The bytes are the library's own copy: the caller's may go at once. */
static void memory(const char *path)
{
    edge_model *model = NULL;
    edge_spotter *spotter = NULL;
    static const int16_t silence[16000];
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = malloc(1 << 20);
    size_t length = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    EXPECT(edge_model_load_memory(bytes, length / 2, &model) == EDGE_BAD_INPUT_FILE && model == NULL);
    EXPECT(edge_model_load_memory(bytes, length, &model) == EDGE_OK);
    memset(bytes, 0xA5, length);
    free(bytes);
    EXPECT(edge_spotter_new(model, 0, NULL, &spotter) == EDGE_OK);
    EXPECT(edge_spotter_push(spotter, silence, 16000) == EDGE_OK);
    EXPECT(edge_spotter_free(spotter) == EDGE_OK && edge_model_free(model) == EDGE_OK);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return EDGE_WRONG_USAGE;
    EXPECT(strcmp(edge_version(), "") != 0 && edge_last_error()[0] == 0);
    models(argv[1], argv[2]);
    spotters(argv[1], argv[2]);
    for (int i = 0; i < 20; i++)
        memory(argv[1]);
    return wrong;
}
