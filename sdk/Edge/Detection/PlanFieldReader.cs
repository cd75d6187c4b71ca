using Edge.Inference;

namespace Edge.Detection;

/// <summary>Reads fields; one that the file does not name keeps its value.</summary>
internal sealed class PlanFieldReader(PlanSection section, int maxCount) : PlanFields
{
    private readonly List<string> known = [];

    public override int Int32(string name, int value) => section.Int32(Known(name), int.MinValue, int.MaxValue, value);

    public override long Int64(string name, long value) => section.Int64(Known(name), value);

    public override bool Flag(string name, bool value) => section.Flag(Known(name), value);

    public override string Text(string name, string value) => section.String(Known(name), value);

    public override double Number(string name, double value) => section.Number(Known(name), double.MinValue, double.MaxValue, value);

    public override int? OptionalInt32(string name, int? value) => section.Has(Known(name)) ? section.Int32(name, int.MinValue, int.MaxValue) : value;

    public override double? OptionalNumber(string name, double? value) =>
        section.Has(Known(name)) ? section.Number(name, double.MinValue, double.MaxValue) : value;

    public override string? OptionalText(string name, string? value) => section.Has(Known(name)) ? section.String(name) : value;

    public override IReadOnlyList<int> Int32s(string name, IReadOnlyList<int> value) =>
        section.Has(Known(name)) ? section.Int32s(name, int.MinValue, int.MaxValue, 0, maxCount) : value;

    public override IReadOnlyList<double> Numbers(string name, IReadOnlyList<double> value) =>
        section.Has(Known(name)) ? section.Numbers(name, double.MinValue, double.MaxValue, 0, maxCount) : value;

    public override PlanFields? Section(string name) => section.Section(Known(name)) is { } inner ? new PlanFieldReader(inner, maxCount) : null;

    public override IReadOnlyList<T> Objects<T>(string name, IReadOnlyList<T> value, T empty, Func<PlanFields, T, T> walk) => section.Has(Known(name))
        ? [.. section.Sections(name, maxCount).Select(inner => walk(new PlanFieldReader(inner, maxCount), empty))]
        : value;

    public override void End()
    {
        foreach (string name in section.Names.Except(known))
        {
            section.Fault(name, $"is unknown; expected {string.Join(", ", known)}");
        }
    }

    protected override void Fault(string name, string what) => section.Fault(name, what);

    private string Known(string name)
    {
        known.Add(name);
        return name;
    }
}
