using Edge.Hosting.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Edge.Hosting.Listening;

/// <summary>Watches the models' files: one that changed is loaded and tested beside the one that listens, and given to its runner.</summary>
/// <remarks>
/// Looks at time and length every two seconds, which works on every filesystem, and loads once they stood still from one look to the next, so a
/// copy under way is waited for. A file that cannot be used is refused with one line; what listens goes on.
/// </remarks>
internal sealed class ModelReloader(ListeningService listening, IOptions<EdgeOptions> options, EdgeMetrics metrics) : BackgroundService, IModelReloader
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim asked = new(0);
    private readonly Dictionary<ModelRunner, Watched> watched = [];

    /// <inheritdoc/>
    public void Reload()
    {
        try
        {
            asked.Release();
        }
        catch (ObjectDisposedException)
        {
            // The host has ended meanwhile; a signal may come at any time.
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        asked.Dispose();
        base.Dispose();
    }

    /// <summary>Looks at all files.</summary>
    /// <param name="force">Whether to load them whatever they look like.</param>
    internal void Look(bool force)
    {
        foreach (ModelRunner runner in listening.Bank?.Runners ?? [])
        {
            if (!watched.TryGetValue(runner, out Watched? file))
            {
                // What it was loaded from may have changed since: the digest tells.
                watched[runner] = file = new Watched(runner.Loaded.Digest);
            }

            if (force || file.HasSettled(Stamp.Of(runner.Options)))
            {
                Load(runner, file, force);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                bool force = await asked.WaitAsync(Interval, stoppingToken).ConfigureAwait(false);
                while (asked.Wait(0, CancellationToken.None))
                {
                    force = true; // one look answers all who asked by now
                }

                Look(force);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return; // also where another service kept the host from starting, which would count it as a failure
            }
        }
    }

    private void Load(ModelRunner runner, Watched file, bool force)
    {
        string? digest = LoadedModel.DigestOf(runner.Options);
        if (!force && digest is not null && digest == file.Digest)
        {
            return; // touched, or refused before
        }

        file.Digest = digest;
        try
        {
            LoadedModel loaded = LoadedModel.Load(runner.Options);
            string[] lacking = [.. ModelLoader.LabelFaults(loaded, options.Value)];
            if (lacking.Length > 0)
            {
                throw new InvalidDataException(string.Join(" ", lacking));
            }

            runner.Offer(new ModelStream(loaded, listening.Source!.SampleRateHz));
            Count(runner, "taken");
        }
        catch (Exception e) when (ModelLoader.IsBadFile(e) || e is ArgumentException)
        {
            Count(runner, "refused");
            listening.Notices.TryWrite(Notice.Warning($"{runner.Name} goes on with the model it has; the new one is refused: {e.Message}"));
        }
    }

    private void Count(ModelRunner runner, string outcome) => metrics.Reloads.Add(1, runner.ModelTag, new("outcome", outcome));

    /// <summary>What a look at the files shows.</summary>
    private readonly record struct Stamp(DateTime Time, long Length, DateTime SettingsTime, long SettingsLength)
    {
        public static Stamp Of(ModelOptions options)
        {
            (DateTime time, long length) = Look(options.Path);
            (DateTime settingsTime, long settingsLength) = Look(options.Detection);
            return new Stamp(time, length, settingsTime, settingsLength);
        }

        private static (DateTime Time, long Length) Look(string? path)
        {
            var file = string.IsNullOrEmpty(path) ? null : new FileInfo(path);
            return file is { Exists: true } ? (file.LastWriteTimeUtc, file.Length) : default;
        }
    }

    /// <summary>The files of one model.</summary>
    private sealed class Watched(string digest)
    {
        private Stamp? last;
        private bool changed;

        /// <summary>Of the files last loaded, or tried; null where they could not be read.</summary>
        public string? Digest { get; set; } = digest;

        /// <summary>Whether they have changed, and stood still since the last look.</summary>
        public bool HasSettled(Stamp now)
        {
            bool moved = now != last;
            bool settled = changed && !moved;
            (last, changed) = (now, moved);
            return settled;
        }
    }
}
