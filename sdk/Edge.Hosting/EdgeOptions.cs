using Edge.Hosting.Actions;

namespace Edge.Hosting;

/// <summary>What a device hears, with which models, and what follows: the section "Edge" of a configuration.</summary>
public sealed class EdgeOptions
{
    /// <summary>The section's name in a configuration.</summary>
    public const string SectionName = "Edge";

    /// <summary>Where sound comes from.</summary>
    public SourceOptions Source { get; set; } = new();

    /// <summary>Share of one core that all models together may take; above 1 where a board has cores to spare that nobody else wants, though one thread listens.</summary>
    public double CpuBudget { get; set; } = 0.5;

    /// <summary>The models, one at least.</summary>
    public IList<ModelOptions> Models { get; set; } = [];

    /// <summary>What happens with events.</summary>
    public IList<ActionOptions> Actions { get; set; } = [];

    /// <summary>Where figures of operation are written.</summary>
    public MetricsFileOptions Metrics { get; set; } = new();
}
