using Edge.Cli;

namespace Edge.Quantization.Cli;

/// <summary>A progress bar for each stage of longer work, one at a time.</summary>
internal sealed class StageProgress : IDisposable
{
    private ProgressBar? bar;

    /// <summary>Begins a stage; the bar of the one before is wiped.</summary>
    /// <param name="stage">What is being done.</param>
    /// <param name="units">Units of work.</param>
    /// <returns>To be called for each unit that is done.</returns>
    public Action Begin(string stage, int units)
    {
        Dispose();
        var begun = new ProgressBar(stage, units);
        bar = begun;
        return () => begun.Advance();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        bar?.Dispose();
        bar = null;
    }
}
