using System.Runtime.InteropServices;
using System.Text.Unicode;
using Edge.Detection;

namespace Edge.Native;

/// <summary>edge_event of edge.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeEvent
{
    private const int LabelBytes = 96;

    public double StartSeconds;
    public double EndSeconds;
    public float Score;
    public float MeanScore;
    public int IsOnset;
    public int HasValues;
    public fixed byte Label[LabelBytes];

    public static NativeEvent Of(in AudioEvent heard)
    {
        var made = new NativeEvent
        {
            StartSeconds = heard.Start.TotalSeconds,
            EndSeconds = heard.End.TotalSeconds,
            Score = heard.Score,
            MeanScore = heard.MeanScore,
            IsOnset = heard.Phase == EventPhase.Onset ? 1 : 0,
            HasValues = heard.Values is null ? 0 : 1,
        };
        Utf8.FromUtf16(heard.Label, new Span<byte>(made.Label, LabelBytes - 1), out _, out _); // cuts between characters
        return made;
    }
}
