using System.Globalization;
using System.Text.RegularExpressions;

namespace Edge.Hosting.Actions;

/// <summary>Text with placeholders that stand for parts of an event: <c>{label} {score} {model} {start_s} {end_s} {time} {source}</c>.</summary>
public static partial class EventText
{
    /// <summary>The placeholders there are.</summary>
    public static IReadOnlyList<string> Placeholders { get; } = ["{label}", "{score}", "{model}", "{start_s}", "{end_s}", "{time}", "{source}"];

    /// <summary>Puts the event's parts in place of the placeholders, once: a label that reads like one stays as it is.</summary>
    /// <param name="text">With or without placeholders; other braces stay.</param>
    /// <param name="heard">The event. Control characters in its names become spaces.</param>
    public static string Fill(string text, DeviceEvent heard) => Placeholder().Replace(text, match => match.Value switch
    {
        "{label}" => Plain(heard.Heard.Label),
        "{score}" => heard.Heard.Score.ToString("0.####", CultureInfo.InvariantCulture),
        "{model}" => Plain(heard.Heard.Model),
        "{start_s}" => EventLine.Seconds(heard.Heard.Start).ToString(CultureInfo.InvariantCulture),
        "{end_s}" => EventLine.Seconds(heard.Heard.End).ToString(CultureInfo.InvariantCulture),
        "{time}" => EventLine.FormatTime(heard.Time),
        "{source}" => Plain(heard.Source),
        _ => match.Value,
    });

    /// <summary>What looks like a placeholder in a text and is none.</summary>
    internal static IEnumerable<string> Strangers(string text) =>
        Placeholder().Matches(text).Select(match => match.Value).Where(found => !Placeholders.Contains(found)).Distinct();

    /// <summary>Whether a text holds a placeholder.</summary>
    internal static bool HasPlaceholder(string text) => Placeholder().IsMatch(text);

    private static string Plain(string name) =>
        name.Any(char.IsControl) ? string.Create(name.Length, name, (span, from) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(from[i]) ? ' ' : from[i];
            }
        }) : name;

    [GeneratedRegex(@"\{[a-z_]+\}")]
    private static partial Regex Placeholder();
}
