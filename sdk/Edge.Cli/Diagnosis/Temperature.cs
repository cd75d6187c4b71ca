namespace Edge.Cli.Diagnosis;

/// <summary>The processor's temperature, and the one at which it slows down.</summary>
/// <param name="Celsius">Now, in °C.</param>
/// <param name="LimitCelsius">Where slowing down begins, in °C.</param>
internal sealed record Temperature(double Celsius, double LimitCelsius)
{
    // Raspberry Pi's firmware slows down at 80 °C whatever the device tree says; it is a fair limit elsewhere too.
    private const double UsualLimit = 80;
    private const string Zones = "/sys/class/thermal";

    /// <summary>The hottest of the processor's zones; of all zones where none has its name. Null where the board tells none.</summary>
    public static Temperature? Read(Machine machine)
    {
        Temperature? hottest = null;
        Temperature? hottestOfProcessor = null;
        foreach (string zone in machine.List(Zones, "thermal_zone*"))
        {
            // Between -40 and 150 °C; boards name sensors that are not there, too.
            if (machine.Number($"{Zones}/{zone}/temp") is not { } thousandths || thousandths is < -40_000 or > 150_000)
            {
                continue;
            }

            var here = new Temperature(thousandths / 1000.0, Limit(machine, $"{Zones}/{zone}"));
            hottest = Hotter(hottest, here);
            if (IsProcessor(machine.Text($"{Zones}/{zone}/type") ?? ""))
            {
                hottestOfProcessor = Hotter(hottestOfProcessor, here);
            }
        }

        return hottestOfProcessor ?? hottest;
    }

    private static Temperature Hotter(Temperature? a, Temperature b) => a is null || b.Celsius > a.Celsius ? b : a;

    private static bool IsProcessor(string type) =>
        type.Contains("cpu", StringComparison.OrdinalIgnoreCase) || type.Contains("soc", StringComparison.OrdinalIgnoreCase) || type == "x86_pkg_temp";

    private static double Limit(Machine machine, string zone)
    {
        double limit = UsualLimit;
        bool told = false;
        foreach (string trip in machine.List(zone, "trip_point_*_type"))
        {
            if (machine.Text($"{zone}/{trip}") == "passive" && machine.Number($"{zone}/{trip[..^"type".Length]}temp") is > 0 and { } thousandths)
            {
                limit = told ? Math.Min(limit, thousandths / 1000.0) : thousandths / 1000.0;
                told = true;
            }
        }

        return machine.Board?.StartsWith("Raspberry Pi", StringComparison.Ordinal) == true ? Math.Min(limit, UsualLimit) : limit;
    }
}
