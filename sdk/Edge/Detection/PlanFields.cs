using System.Text;

namespace Edge.Detection;

/// <summary>Walks over the fields of a section of the plan; one list of a record's fields serves for reading and for writing it.</summary>
/// <remarks>Each method takes a field's name and its value so far and returns its value after: the file's when reading, the same when writing.</remarks>
internal abstract class PlanFields
{
    /// <summary>A whole number of any size; the record checks the range.</summary>
    public abstract int Int32(string name, int value);

    /// <summary>A whole number of up to 64 bits; the record checks the range.</summary>
    public abstract long Int64(string name, long value);

    /// <summary>True or false.</summary>
    public abstract bool Flag(string name, bool value);

    /// <summary>Text.</summary>
    public abstract string Text(string name, string value);

    /// <summary>A number of any size; the record checks the range.</summary>
    public abstract double Number(string name, double value);

    /// <summary>A whole number that may be absent; null is not written.</summary>
    public abstract int? OptionalInt32(string name, int? value);

    /// <summary>A number that may be absent; null is not written.</summary>
    public abstract double? OptionalNumber(string name, double? value);

    /// <summary>Text that may be absent; null is not written.</summary>
    public abstract string? OptionalText(string name, string? value);

    /// <summary>Whole numbers.</summary>
    public abstract IReadOnlyList<int> Int32s(string name, IReadOnlyList<int> value);

    /// <summary>Numbers.</summary>
    public abstract IReadOnlyList<double> Numbers(string name, IReadOnlyList<double> value);

    /// <summary>An object inside this one; null where the file has none.</summary>
    public abstract PlanFields? Section(string name);

    /// <summary>An array of objects.</summary>
    /// <param name="name">The field.</param>
    /// <param name="value">The records so far.</param>
    /// <param name="empty">What a record has where the file says nothing.</param>
    /// <param name="walk">Walks over an object's fields, to its <see cref="End"/>.</param>
    public abstract IReadOnlyList<T> Objects<T>(string name, IReadOnlyList<T> value, T empty, Func<PlanFields, T, T> walk);

    /// <summary>Ends the section: what a file holds beyond the fields asked for is a fault.</summary>
    public abstract void End();

    /// <summary>A member of an enumeration, written in lower case with hyphens: <c>LogMel</c> is "log-mel".</summary>
    public T Choice<T>(string name, T value)
        where T : struct, Enum
    {
        string text = Text(name, Hyphenated(value.ToString()));
        string[] members = Array.ConvertAll(Enum.GetNames<T>(), Hyphenated);
        int index = Array.IndexOf(members, text);
        if (index < 0)
        {
            Fault(name, $"is '{text}'; expected one of {string.Join(", ", members)}");
        }

        return index < 0 ? value : Enum.GetValues<T>()[index];
    }

    /// <summary>Notes that a value is wrong; <paramref name="what"/> continues the sentence.</summary>
    protected abstract void Fault(string name, string what);

    private static string Hyphenated(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            text.Append(char.IsAsciiLetterUpper(c) && text.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
