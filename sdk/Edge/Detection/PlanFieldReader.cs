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

    public override IReadOnlyList<int> Int32s(string name, IReadOnlyList<int> value) =>
        section.Has(Known(name)) ? section.Int32s(name, int.MinValue, int.MaxValue, 0, maxCount) : value;

    public override IReadOnlyList<double> Numbers(string name, IReadOnlyList<double> value) =>
        section.Has(Known(name)) ? section.Numbers(name, double.MinValue, double.MaxValue, 0, maxCount) : value;

    public override PlanFields? Section(string name) => section.Section(Known(name)) is { } inner ? new PlanFieldReader(inner, maxCount) : null;

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
