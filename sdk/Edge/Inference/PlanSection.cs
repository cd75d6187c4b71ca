using System.Globalization;
using System.Text.Json;

namespace Edge.Inference;

/// <summary>A JSON object of a model file, read with every value checked; what is wrong is noted with its place and reading goes on.</summary>
/// <remarks>After a fault the returned value is a harmless stand-in. Whoever reads a section looks at the fault list before using what was read.</remarks>
public sealed class PlanSection
{
    private readonly JsonElement element;
    private readonly List<string> faults;

    /// <summary>Opens a section.</summary>
    /// <param name="element">The JSON value; not being an object is a fault.</param>
    /// <param name="place">How messages name it.</param>
    /// <param name="faults">Receives a sentence for everything that is wrong.</param>
    public PlanSection(JsonElement element, string place, List<string> faults)
    {
        this.element = element;
        this.faults = faults;
        Place = place;
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"{place} is {Describe(element)}; expected an object.");
        }
    }

    /// <summary>How messages name this section.</summary>
    public string Place { get; }

    /// <summary>The names in this section, in file order.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    yield return property.Name;
                }
            }
        }
    }

    /// <summary>Whether there is a value of this name.</summary>
    public bool Has(string name) => TryGet(name, out _);

    /// <summary>Notes that the value <paramref name="name"/> is wrong; <paramref name="what"/> continues the sentence.</summary>
    public void Fault(string name, string what) => faults.Add($"{Place}: {name} {what}.");

    /// <summary>Opens the same JSON for another reader with a fault list of its own.</summary>
    public PlanSection WithFaults(List<string> list) => new(element, Place, list);

    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>; where absent, <paramref name="absent"/>, or a fault if that is null.</summary>
    public int Int32(string name, int min, int max, int? absent = null)
    {
        if (!TryGet(name, out JsonElement value))
        {
            if (absent is null)
            {
                Fault(name, "is missing");
            }

            return absent ?? min;
        }

        return Int32(value, name, min, max, absent);
    }

    /// <summary>A whole number of up to 64 bits; where absent, <paramref name="absent"/>.</summary>
    public long Int64(string name, long absent)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return absent;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long number))
        {
            Fault(name, $"is {Describe(value)}; expected a whole number of at most 64 bits");
            return absent;
        }

        return number;
    }

    /// <summary>An array of <paramref name="minCount"/> to <paramref name="maxCount"/> whole numbers, each from <paramref name="min"/> to <paramref name="max"/>; its first wrong entry is noted.</summary>
    public int[] Int32s(string name, int min, int max, int minCount, int maxCount)
    {
        if (!TryGet(name, out JsonElement value) || value.ValueKind != JsonValueKind.Array)
        {
            Fault(name, value.ValueKind == JsonValueKind.Undefined ? "is missing" : $"is {Describe(value)}; expected an array");
            return new int[minCount];
        }

        int count = value.GetArrayLength();
        if (count < minCount || count > maxCount)
        {
            Fault(name, $"has {count} entries; expected {minCount} to {maxCount}");
            return new int[minCount];
        }

        var values = new int[count];
        int before = faults.Count;
        int i = 0;
        foreach (JsonElement entry in value.EnumerateArray())
        {
            values[i] = Int32(entry, $"{name}[{i}]", min, max);
            i++;
            if (faults.Count > before)
            {
                break; // one fault an array: a million of them would help nobody
            }
        }

        return values;
    }

    /// <summary>A finite number from <paramref name="min"/> to <paramref name="max"/>; where absent, <paramref name="absent"/>, or a fault if that is null.</summary>
    public double Number(string name, double min, double max, double? absent = null)
    {
        if (!TryGet(name, out JsonElement value))
        {
            if (absent is null)
            {
                Fault(name, "is missing");
            }

            return absent ?? min;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number) || !(number >= min && number <= max))
        {
            Fault(name, string.Create(CultureInfo.InvariantCulture, $"is {Describe(value)}; expected {Span(min, max)}"));
            return absent ?? min;
        }

        return number;
    }

    /// <summary>True or false; <paramref name="absent"/> where it is not given.</summary>
    public bool Flag(string name, bool absent)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return absent;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Fault(name, $"is {Describe(value)}; expected true or false");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>A string; where absent, <paramref name="absent"/>, or a fault if that is null.</summary>
    public string String(string name, string? absent = null)
    {
        if (!TryGet(name, out JsonElement value))
        {
            if (absent is null)
            {
                Fault(name, "is missing");
            }

            return absent ?? "";
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Fault(name, $"is {Describe(value)}; expected a string");
            return absent ?? "";
        }

        return value.GetString()!;
    }

    /// <summary>An array of strings; empty where absent.</summary>
    public string[] Strings(string name)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return [];
        }

        string?[] texts = value.ValueKind == JsonValueKind.Array ? Each(value, (v, _) => v.ValueKind == JsonValueKind.String ? v.GetString() : null) : [null];
        if (Array.IndexOf(texts, null) >= 0)
        {
            Fault(name, $"is {Describe(value)}; expected an array of strings");
            return [];
        }

        return texts!;
    }

    /// <summary>An array of <paramref name="minCount"/> to <paramref name="maxCount"/> finite numbers, each from <paramref name="min"/> to <paramref name="max"/>; its first wrong entry is noted.</summary>
    public double[] Numbers(string name, double min, double max, int minCount, int maxCount)
    {
        if (!TryGet(name, out JsonElement value) || value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is int count && (count < minCount || count > maxCount))
        {
            Fault(name, $"is {Describe(value)}; expected an array of {minCount} to {maxCount} numbers");
            return new double[minCount];
        }

        double[] values = Each(value, (v, _) => v.ValueKind == JsonValueKind.Number && v.TryGetDouble(out double number) ? number : double.NaN);
        if (Array.FindIndex(values, v => !(v >= min && v <= max)) is >= 0 and int wrong)
        {
            Fault($"{name}[{wrong}]", string.Create(CultureInfo.InvariantCulture, $"is {Describe(value[wrong])}; expected {Span(min, max)}"));
        }

        return values;
    }

    /// <summary>A section inside this one; null where absent.</summary>
    public PlanSection? Section(string name) => TryGet(name, out JsonElement value) ? new PlanSection(value, $"{Place}.{name}", faults) : null;

    /// <summary>The objects of an array; empty where absent.</summary>
    public IReadOnlyList<PlanSection> Sections(string name, int maxCount)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > maxCount)
        {
            Fault(name, $"is {Describe(value)}; expected an array of at most {maxCount} objects");
            return [];
        }

        return Each(value, (v, i) => new PlanSection(v, string.Create(CultureInfo.InvariantCulture, $"{Place}.{name}[{i}]"), faults));
    }

    /// <remarks>A loop, as LINQ over values is compiled ahead of time for each of their types.</remarks>
    private static T[] Each<T>(JsonElement array, Func<JsonElement, int, T> read)
    {
        var values = new T[array.GetArrayLength()];
        int i = 0;
        foreach (JsonElement element in array.EnumerateArray())
        {
            values[i] = read(element, i);
            i++;
        }

        return values;
    }

    private static string Describe(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            return "missing";
        }

        string text = value.ValueKind == JsonValueKind.Array ? $"an array of {value.GetArrayLength()}" : value.GetRawText();
        return text.Length > 60 ? string.Concat(text.AsSpan(0, 60), "…") : text;
    }

    private static string Span(double min, double max) =>
        (min, max) is (double.MinValue, double.MaxValue) ? "a number" : string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}");

    private int Int32(JsonElement value, string name, int min, int max, int? wrong = null)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int number) || number < min || number > max)
        {
            Fault(name, string.Create(CultureInfo.InvariantCulture, $"is {Describe(value)}; expected a whole number{((min, max) is (int.MinValue, int.MaxValue) ? " of at most 32 bits" : $" from {min} to {max}")}"));
            return wrong ?? min;
        }

        return number;
    }

    private bool TryGet(string name, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value);
    }
}
