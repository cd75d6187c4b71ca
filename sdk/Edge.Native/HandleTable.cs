using System.Collections.Concurrent;

namespace Edge.Native;

/// <summary>Numbers that C holds in place of objects. None is given out twice, so that a freed one, or one that never was, is known as such.</summary>
/// <param name="kind">What the objects are, for messages.</param>
/// <param name="maker">The function of edge.h that gives their handles.</param>
internal sealed class HandleTable<T>(string kind, string maker)
    where T : class
{
    private const int Spacing = 16; // numbers beside a handle, such as a pointer into it, are no handles

    private readonly ConcurrentDictionary<nint, T> objects = new();
    private long last;

    /// <summary>Gives an object a handle; never 0.</summary>
    public nint Add(T value)
    {
        nint handle = (nint)(Interlocked.Increment(ref last) * Spacing);
        objects[handle] = value;
        return handle;
    }

    /// <summary>The object of a handle; takes no lock.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public T Find(nint handle) => objects.TryGetValue(handle, out T? value) ? value : throw Unknown(handle);

    /// <summary>Forgets a handle and gives what it stood for.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public T Remove(nint handle) => objects.TryRemove(handle, out T? value) ? value : throw Unknown(handle);

    private ArgumentException Unknown(nint handle) => new(handle == 0
        ? $"The {kind} is null; expected what {maker} gave."
        : $"0x{handle:x} is no {kind}, or one that was freed; expected what {maker} gave.");
}
