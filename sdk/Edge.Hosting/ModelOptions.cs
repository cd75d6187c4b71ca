namespace Edge.Hosting;

/// <summary>A model that listens.</summary>
public sealed class ModelOptions
{
    /// <summary>What to call it in events, metrics and log; null for the name of its file.</summary>
    public string? Name { get; set; }

    /// <summary>The .edge file. It may be replaced while it is in use.</summary>
    public string Path { get; set; } = "";

    /// <summary>Where the budget is exceeded, the model of the largest number gives way first.</summary>
    public int Priority { get; set; } = 1;

    /// <summary>A file of detection settings in place of the model's own; null for those.</summary>
    public string? Detection { get; set; }

    /// <summary>When it runs; null for always.</summary>
    public CascadeOptions? When { get; set; }

    /// <summary><see cref="Name"/>, or the file's.</summary>
    internal string DisplayName => string.IsNullOrEmpty(Name) ? System.IO.Path.GetFileNameWithoutExtension(Path) : Name;
}
