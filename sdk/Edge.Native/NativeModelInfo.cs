using System.Runtime.InteropServices;

namespace Edge.Native;

/// <summary>edge_model_info of edge.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeModelInfo
{
    public int SampleRateHz;
    public int StepSamples;
    public int LabelCount;
    public int Reserved;
    public long MemoryBytes;
    public long FileBytes;
    public byte* Name;
}
