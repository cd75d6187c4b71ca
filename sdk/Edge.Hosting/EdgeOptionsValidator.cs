using System.Globalization;
using Edge.Cli;
using Edge.Hosting.Actions;
using Edge.Hosting.Sources;
using Microsoft.Extensions.Options;

namespace Edge.Hosting;

/// <summary>Finds every fault of the options that can be seen without opening a file.</summary>
/// <param name="sources">Knows the kinds of sources.</param>
/// <param name="actions">Knows the kinds of actions.</param>
/// <param name="configuration">Knows the faults of the configuration that the options were read from; null where a program has set them.</param>
internal sealed class EdgeOptionsValidator(SourceFactory sources, ActionFactory actions, ConfigurationFaults? configuration = null) : IValidateOptions<EdgeOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, EdgeOptions options)
    {
        List<string> faults = [.. configuration?.Find() ?? [], .. Faults(options)];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>Every fault, as sentences.</summary>
    public IReadOnlyList<string> Faults(EdgeOptions options)
    {
        var faults = new List<string>();
        sources.Check(options.Source, faults);
        Check(options.Source, faults);
        Range(faults, "CpuBudget", options.CpuBudget, 0.01, 64);
        if (options.Models.Count == 0)
        {
            faults.Add("Models is empty; expected one model at least, as in { \"Path\": \"/usr/share/edge/models/wake-words.edge\" }.");
        }

        for (int i = 0; i < options.Models.Count; i++)
        {
            Check(options.Models, i, faults);
        }

        CheckCycles(options.Models, faults);
        for (int i = 0; i < options.Actions.Count; i++)
        {
            actions.Check(options.Actions[i], $"Actions[{i}]", faults);
            CheckNames(options, i, faults);
        }

        actions.CheckTogether(options.Actions, "Actions", faults);
        Range(faults, "Metrics.EverySeconds", options.Metrics.EverySeconds, 1, 86_400);
        return faults;
    }

    private static void Check(SourceOptions source, List<string> faults)
    {
        Range(faults, "Source.RateHz", source.RateHz, 8_000, 192_000);
        Range(faults, "Source.Channels", source.Channels ?? 1, 1, 64);
        Range(faults, "Source.Channel", source.Channel ?? 0, 0, 63);
        Range(faults, "Source.PeriodMs", source.PeriodMs, 5, 1_000);
        Range(faults, "Source.BufferMs", source.BufferMs, 2 * Math.Max(source.PeriodMs, 5), 10_000);
    }

    private static void CheckNames(EdgeOptions options, int action, List<string> faults)
    {
        string[] models = [.. options.Models.Select(model => model.DisplayName)];
        foreach (string name in options.Actions[action].Models.Where(name => !models.Contains(name)))
        {
            faults.Add($"Actions[{action}].Models has '{name}'; expected names of models: {string.Join(", ", models)}.{Suggestion.For(name, models)}");
        }
    }

    private static void Check(IList<ModelOptions> models, int index, List<string> faults)
    {
        ModelOptions model = models[index];
        string at = $"Models[{index}]";
        if (string.IsNullOrEmpty(model.Path))
        {
            faults.Add($"{at}.Path is missing; expected an .edge file.");
        }

        int first = models.TakeWhile(other => other.DisplayName != model.DisplayName).Count();
        if (first < index && model.DisplayName.Length > 0)
        {
            faults.Add($"{at} is called '{model.DisplayName}', as Models[{first}] is; give one of them another Name.");
        }

        Range(faults, $"{at}.Priority", model.Priority, 0, 1_000);
        if (model.When is not { } when)
        {
            return;
        }

        string[] others = [.. models.Where(other => other != model).Select(other => other.DisplayName)];
        if (!others.Contains(when.Model))
        {
            faults.Add($"{at}.When.Model is '{when.Model}'; expected another model's name{(others.Length == 0 ? ", but there is none" : $": {string.Join(", ", others)}")}.{Suggestion.For(when.Model ?? "", others)}");
        }

        Range(faults, $"{at}.When.ForMs", when.ForMs, 0, 3_600_000);
        Range(faults, $"{at}.When.ReplayMs", when.ReplayMs, 0, CascadeOptions.MaxReplayMs);
    }

    /// <summary>Models that wait for each other in a ring would wait for ever.</summary>
    private static void CheckCycles(IList<ModelOptions> models, List<string> faults)
    {
        for (int i = 0; i < models.Count; i++)
        {
            ModelOptions? at = models[i];
            for (int steps = 0; at?.When is { } when && steps < models.Count; steps++)
            {
                at = models.FirstOrDefault(other => other.DisplayName == when.Model);
                if (at == models[i])
                {
                    faults.Add($"Models[{i}].When waits, over other models or at once, for {models[i].DisplayName} itself, so it would never run; break the ring.");
                    break;
                }
            }
        }
    }

    private static void Range(List<string> faults, string field, double value, double low, double high)
    {
        if (!(value >= low && value <= high))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{field} is {value}; expected {low} to {high}."));
        }
    }
}
