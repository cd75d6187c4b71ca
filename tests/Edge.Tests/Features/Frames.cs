using Edge.Features;

namespace Edge.Tests.Features;

/// <summary>All frames that a front end gives for a whole sound.</summary>
internal static class Frames
{
    public static List<int[]> Read(FrontEnd frontEnd, ReadOnlySpan<short> sound)
    {
        var frames = new List<int[]>();
        var features = new int[frontEnd.Bins];
        while (frontEnd.TryRead(ref sound, features))
        {
            frames.Add([.. features]);
        }

        Assert.True(sound.IsEmpty, "TryRead left samples behind");
        return frames;
    }

    /// <summary>The same, with the sound cut into pieces of 0 to <paramref name="longest"/> samples.</summary>
    public static List<int[]> ReadInPieces(FrontEnd frontEnd, short[] sound, int longest, int seed)
    {
        var random = new Random(seed);
        var frames = new List<int[]>();
        for (int at = 0; at < sound.Length;)
        {
            int length = Math.Min(random.Next(longest + 1), sound.Length - at);
            frames.AddRange(Read(frontEnd, sound.AsSpan(at, length)));
            at += length;
        }

        return frames;
    }
}
