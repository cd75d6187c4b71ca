namespace Edge.Hosting;

/// <summary>Reloads models on demand, as on SIGHUP; files that change are noticed without it.</summary>
public interface IModelReloader
{
    /// <summary>Loads all models again, beside those that listen; returns at once. What cannot be used is refused with a line in the log.</summary>
    void Reload();
}
