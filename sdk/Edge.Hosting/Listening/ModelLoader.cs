using Edge.Cli;

namespace Edge.Hosting.Listening;

/// <summary>Loads all models of the options and tells every fault at once.</summary>
internal static class ModelLoader
{
    /// <summary>Loads the models.</summary>
    /// <param name="options">Names them.</param>
    /// <param name="faults">Receives a sentence for each model that cannot be used, and each label that none has.</param>
    /// <returns>Those that can be used, in order.</returns>
    public static IReadOnlyList<LoadedModel> Load(EdgeOptions options, ICollection<string> faults)
    {
        var models = new List<LoadedModel>();
        for (int i = 0; i < options.Models.Count; i++)
        {
            if (string.IsNullOrEmpty(options.Models[i].Path))
            {
                continue; // a fault of the options, told with the others of them
            }

            try
            {
                models.Add(LoadedModel.Load(options.Models[i]));
            }
            catch (Exception e) when (IsBadFile(e))
            {
                faults.Add($"Models[{i}]: {e.Message}");
            }
        }

        foreach (LoadedModel model in models)
        {
            foreach (string fault in LabelFaults(model, options))
            {
                faults.Add(fault);
            }
        }

        return models;
    }

    /// <summary>Whether an exception tells of a file that is missing, unreadable or no usable model.</summary>
    public static bool IsBadFile(Exception e) => e is IOException or UnauthorizedAccessException or InvalidDataException;

    /// <summary>Labels of a model that others wait for and that it lacks.</summary>
    public static IEnumerable<string> LabelFaults(LoadedModel model, EdgeOptions options)
    {
        for (int i = 0; i < options.Models.Count; i++)
        {
            if (options.Models[i].When is { Label: { Length: > 0 } label } when && when.Model == model.Options.DisplayName && !model.EventLabels.Contains(label))
            {
                yield return $"Models[{i}].When.Label is '{label}'; {when.Model} tells of {string.Join(", ", model.EventLabels)}.{Suggestion.For(label, model.EventLabels)}";
            }
        }
    }
}
