using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using Edge.Cli;
using Edge.Hosting.Actions;
using Microsoft.Extensions.Configuration;

namespace Edge.Hosting;

/// <summary>Finds what binding passes over or stops at: fields that no option has, and values of another type.</summary>
/// <param name="section">The section "Edge".</param>
internal sealed class ConfigurationFaults(IConfiguration section)
{
    private readonly HashSet<string> unreadable = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every fault, as sentences.</summary>
    public IReadOnlyList<string> Find()
    {
        var faults = new List<string>();
        Check(section, "", typeof(EdgeOptions), faults);
        Check(section.GetSection(nameof(EdgeOptions.Source)), "Source.", typeof(SourceOptions), faults);
        Check(section.GetSection(nameof(EdgeOptions.Metrics)), "Metrics.", typeof(MetricsFileOptions), faults);
        foreach (IConfigurationSection model in Entries(nameof(EdgeOptions.Models), faults))
        {
            Check(model, $"Models[{model.Key}].", typeof(ModelOptions), faults);
            Check(model.GetSection(nameof(ModelOptions.When)), $"Models[{model.Key}].When.", typeof(CascadeOptions), faults);
        }

        foreach (IConfigurationSection action in Entries(nameof(EdgeOptions.Actions), faults))
        {
            Check(action, $"Actions[{action.Key}].", typeof(ActionOptions), faults);
        }

        return faults;
    }

    /// <summary>Sets what can be read: not values of another type, and not nulls, for which options have their defaults.</summary>
    public void Bind(EdgeOptions options)
    {
        Find();
        IEnumerable<KeyValuePair<string, string?>> readable = section.AsEnumerable(makePathsRelative: true).Where(field => field.Value is not null && !unreadable.Contains(field.Key));
        new ConfigurationBuilder().AddInMemoryCollection(readable).Build().Bind(options);
    }

    private List<IConfigurationSection> Entries(string list, List<string> faults)
    {
        var entries = new List<IConfigurationSection>();
        foreach (IConfigurationSection entry in section.GetSection(list).GetChildren())
        {
            if (int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                entries.Add(entry);
            }
            else
            {
                faults.Add($"{list} has a field '{entry.Key}'; expected a list of objects, [ {{ … }} ].");
            }
        }

        return entries;
    }

    private void Check(
        IConfiguration at, string path, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type options, List<string> faults)
    {
        PropertyInfo[] properties = Array.FindAll(options.GetProperties(), property => property.CanWrite);
        foreach (IConfigurationSection child in at.GetChildren())
        {
            PropertyInfo? property = Array.Find(properties, known => known.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                string[] known = Array.ConvertAll(properties, one => one.Name);
                string suggestion = Suggestion.For(child.Key, known);
                faults.Add($"{path}{child.Key} is no field.{(suggestion.Length > 0 ? suggestion : $" Expected one of {string.Join(", ", known)}.")}");
            }
            else if (Expected(property.PropertyType, child) is { } expected)
            {
                unreadable.Add(path.Replace('.', ':').Replace("[", ":", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal) + child.Key);
                faults.Add($"{path}{property.Name} is {(child.Value is { } value ? $"'{value}'" : "an object or a list")}; expected {expected}.");
            }
        }
    }

    /// <summary>What a field takes; null where its value is that.</summary>
    private static string? Expected(Type type, IConfigurationSection field)
    {
        bool nullable = Nullable.GetUnderlyingType(type) is not null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        bool scalar = type == typeof(string) || type.IsPrimitive || type.IsEnum;
        string? value = field.Value;
        if (!scalar)
        {
            return string.IsNullOrEmpty(value) ? null : "an object or a list";
        }

        if (field.GetChildren().Any())
        {
            return Described(type);
        }

        bool good = type switch
        {
            _ when value is null => nullable || type == typeof(string),
            _ when type == typeof(int) => int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _),
            _ when type == typeof(long) => long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _),
            _ when type == typeof(double) || type == typeof(float) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            _ when type == typeof(bool) => bool.TryParse(value, out _),
            _ => true,
        };
        return good || (nullable && value!.Length == 0) ? null : Described(type);
    }

    private static string Described(Type type) => type switch
    {
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) || type == typeof(float) => "a number",
        _ when type == typeof(bool) => "true or false",
        _ => "a text",
    };
}
