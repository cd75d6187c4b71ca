/* Prints the values of a regression by label, one event a line: values MODEL.edge SETTINGS.json SAMPLES.pcm */
#include <stdio.h>

#include "edge.h"

#define MOST_LABELS 64

int main(int argc, char **argv)
{
    static int16_t samples[16000 * 60];
    float values[MOST_LABELS];
    edge_model *model = NULL;
    edge_spotter *spotter = NULL;
    edge_model_info info;
    edge_event event;
    FILE *pcm = argc == 4 ? fopen(argv[3], "rb") : NULL;
    if (pcm == NULL || edge_model_load(argv[1], &model) != EDGE_OK || edge_model_get_info(model, &info, sizeof info) != EDGE_OK
        || edge_spotter_new(model, 0, argv[2], &spotter) != EDGE_OK) {
        printf("%s\n", edge_last_error());
        return EDGE_WORK_FAILED;
    }
    size_t count = fread(samples, 2, sizeof samples / 2, pcm);
    fclose(pcm);
    if (edge_spotter_push(spotter, samples, count) != EDGE_OK || edge_spotter_finish(spotter) != EDGE_OK)
        printf("%s\n", edge_last_error());
    while (edge_spotter_next_event(spotter, &event, sizeof event) == EDGE_OK) {
        size_t labels = (size_t)info.label_count;
        if (!event.has_values || edge_spotter_event_values(spotter, NULL, labels) != EDGE_WRONG_USAGE
            || edge_spotter_event_values(spotter, values, labels - 1) != EDGE_WRONG_USAGE
            || edge_spotter_event_values(spotter, values, MOST_LABELS) != EDGE_OK)
            printf("wrong: %s\n", edge_last_error());
        printf("%s", event.label);
        for (size_t i = 0; i < labels; i++)
            printf(" %s=%.8f", edge_model_label(model, (int32_t)i), (double)values[i]);
        printf("\n");
    }
    edge_spotter_reset(spotter);
    if (edge_spotter_event_values(spotter, values, MOST_LABELS) != EDGE_NO_EVENT)
        printf("reset keeps values\n");
    edge_spotter_free(spotter);
    edge_model_free(model);
    return EDGE_OK;
}
