using Edge.Detection;

namespace Edge.Native;

/// <summary>A model that C holds; it lives until C has freed it and the last spotter that uses it is gone.</summary>
internal sealed class LoadedModel(AudioModel model)
{
    private int users = 1; // C itself

    /// <summary>The model.</summary>
    public AudioModel Model { get; } = model;

    /// <summary>Its name.</summary>
    public PinnedText Name { get; } = new(model.Name);

    /// <summary>Names of its scores.</summary>
    public PinnedText[] Labels { get; } = Array.ConvertAll([.. model.Labels], (string label) => new PinnedText(label));

    /// <summary>Counts one more user.</summary>
    /// <exception cref="ArgumentException">The last user is gone: another thread freed the model.</exception>
    public void Take()
    {
        int before;
        do
        {
            before = Volatile.Read(ref users);
            if (before == 0)
            {
                throw new ArgumentException("The model was freed by another thread meanwhile.");
            }
        }
        while (Interlocked.CompareExchange(ref users, before + 1, before) != before);
    }

    /// <summary>Counts one user less; the last one's leaving unmaps the file.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            Model.Dispose();
        }
    }
}
