using System.Text.Json;

namespace Edge.Detection;

/// <summary>Writes fields as a JSON object.</summary>
internal sealed class PlanFieldWriter : PlanFields
{
    private readonly Utf8JsonWriter json;

    public PlanFieldWriter(Utf8JsonWriter json)
    {
        this.json = json;
        json.WriteStartObject();
    }

    public override int Int32(string name, int value)
    {
        json.WriteNumber(name, value);
        return value;
    }

    public override long Int64(string name, long value)
    {
        json.WriteNumber(name, value);
        return value;
    }

    public override bool Flag(string name, bool value)
    {
        json.WriteBoolean(name, value);
        return value;
    }

    public override string Text(string name, string value)
    {
        json.WriteString(name, value);
        return value;
    }

    public override double Number(string name, double value)
    {
        json.WriteNumber(name, value);
        return value;
    }

    public override int? OptionalInt32(string name, int? value) => value is { } number ? Int32(name, number) : null;

    public override double? OptionalNumber(string name, double? value) => value is { } number ? Number(name, number) : null;

    public override string? OptionalText(string name, string? value) => value is null ? null : Text(name, value);

    public override IReadOnlyList<int> Int32s(string name, IReadOnlyList<int> value)
    {
        json.WriteStartArray(name);
        foreach (int number in value)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
        return value;
    }

    public override IReadOnlyList<double> Numbers(string name, IReadOnlyList<double> value)
    {
        json.WriteStartArray(name);
        foreach (double number in value)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
        return value;
    }

    public override PlanFields Section(string name)
    {
        json.WritePropertyName(name);
        return new PlanFieldWriter(json);
    }

    public override IReadOnlyList<T> Objects<T>(string name, IReadOnlyList<T> value, T empty, Func<PlanFields, T, T> walk)
    {
        json.WriteStartArray(name);
        foreach (T record in value)
        {
            walk(new PlanFieldWriter(json), record);
        }

        json.WriteEndArray();
        return value;
    }

    public override void End() => json.WriteEndObject();

    protected override void Fault(string name, string what) => throw new ArgumentException($"{name} {what}.");
}
