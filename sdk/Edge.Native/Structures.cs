namespace Edge.Native;

/// <summary>Structures that C gives the size of: it says which version of edge.h a program was compiled with.</summary>
internal static unsafe class Structures
{
    /// <summary>Copies a structure to the caller's.</summary>
    /// <exception cref="ArgumentException">The destination is null, or smaller.</exception>
    public static void Copy<T>(in T value, void* destination, nuint size, string name)
        where T : unmanaged
    {
        if (destination is null || size < (nuint)sizeof(T))
        {
            throw new ArgumentException(destination is null
                ? $"The {name} to fill is null."
                : $"The {name} to fill has {size} bytes; expected sizeof({name}), {sizeof(T)}.");
        }

        *(T*)destination = value;
    }
}
