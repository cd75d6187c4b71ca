namespace Edge.Hosting.Listening;

/// <summary>What a model does.</summary>
internal enum ModelState
{
    /// <summary>It hears the sound.</summary>
    Running,

    /// <summary>It waits for what another model hears: see <see cref="CascadeOptions"/>.</summary>
    Waiting,

    /// <summary>It does not run, because the models together took more than their budget.</summary>
    GivenWay,
}
