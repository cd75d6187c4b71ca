namespace Edge.Hosting;

/// <summary>A file of metrics as Prometheus's node exporter collects it.</summary>
public sealed class MetricsFileOptions
{
    /// <summary>The file, replaced as a whole each time; null for none.</summary>
    public string? Path { get; set; }

    /// <summary>Time from one writing to the next.</summary>
    public int EverySeconds { get; set; } = 15;
}
